# What all scripts of the cache share. Sourced, never run. POSIX sh: the images' shell is BusyBox's.
# shellcheck shell=sh

# Rendered: MEMBERS, QUORUM, NAME, PORT, SENTINEL_PORT, CONFIG, SECRETS, TLS, DATA, RUN.
# shellcheck source=/dev/null
. "$(dirname "$0")/topology.env"

# This pod's own host name, one of MEMBERS.
: "${SELF:?the host name of this pod}"

# ask HOST PORT USER COMMAND...: what a server or a Sentinel answers, one command after the other; nothing if it does not.
# The password goes through a pipe: a command line can be read by everyone on the node, an environment in many dumps.
ask() {
  ask_host=$1 ask_port=$2 ask_user=$3
  shift 3
  {
    printf 'AUTH %s ' "$ask_user"
    cat "$SECRETS/$ask_user"
    printf '\n'
    printf '%s\n' "$@"
  } | timeout 3 valkey-cli -h "$ask_host" -p "$ask_port" --tls --cacert "$TLS/ca.crt" 2>/dev/null |
    tr -d '\r' | tail -n +2
}

is_member() {
  case " $MEMBERS " in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
  esac
}

# The field of an INFO section that is on standard input.
field() {
  sed -n "s/^$1://p"
}

# Who is the primary, according to the Sentinel of host $1.
primary_of() {
  ask "$1" "$SENTINEL_PORT" probe "SENTINEL get-master-addr-by-name $NAME" | head -n 1
}

# Every Sentinel's answer, one a line.
votes() {
  for member in $MEMBERS; do
    vote=$(primary_of "$member") || continue
    if is_member "$vote"; then printf '%s\n' "$vote"; fi
  done
}
