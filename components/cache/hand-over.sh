#!/bin/sh
# Runs before the server of a pod is stopped. A primary hands its role over first, without losing an acknowledged write:
# it takes no writes for a moment, waits until its replicas have all of them, and has Sentinel promote one.
# Whatever goes wrong here, the pod stops; then it is a failover like any other.
set -eu

# shellcheck source=components/cache/lib.sh
. "$(dirname "$0")/lib.sh"

# How long clients' writes wait at most (milliseconds): longer than the two steps below may take (seconds), or what is written in
# between would be lost.
PAUSE=20000
CATCH_UP=5
PROMOTION=12

replication() {
  ask "$SELF" "$PORT" probe "INFO replication"
}

# Whether every replica that follows has the data up to offset $1.
caught_up() {
  replication | awk -F '[:,=]' -v wanted="$1" '
    /^slave[0-9]+:/ { for (i = 1; i < NF; i++) { if ($i == "state") state = $(i + 1); if ($i == "offset") offset = $(i + 1) }
                      if (state == "online") { if (offset + 0 < wanted + 0) behind = 1; online = 1 } }
    END { exit (online && !behind) ? 0 : 1 }'
}

before=$(replication)
[ "$(printf '%s\n' "$before" | field role)" = master ] || exit 0
[ "$(printf '%s\n' "$before" | field connected_slaves)" -gt 0 ] || exit 0

ask "$SELF" "$PORT" sentinel "CLIENT PAUSE $PAUSE WRITE" >/dev/null
offset=$(replication | field master_repl_offset)
end=$(($(date +%s) + CATCH_UP))
until caught_up "$offset" || [ "$(date +%s)" -ge "$end" ]; do sleep 0.2; done

# This pod's own Sentinel is being stopped as well: the others do it, the first that can.
end=$(($(date +%s) + PROMOTION))
asked=
while [ "$(date +%s)" -lt "$end" ]; do
  for member in $MEMBERS; do
    [ "$member" != "$SELF" ] || continue
    now=$(primary_of "$member")
    if is_member "$now" && [ "$now" != "$SELF" ]; then
      echo "Handed over to $now" >&2
      exit 0
    fi
    if [ -z "$asked" ] && [ "$(ask "$member" "$SENTINEL_PORT" sentinel "SENTINEL FAILOVER $NAME")" = OK ]; then
      asked=$member
    fi
  done
  sleep 0.2
done
echo "No Sentinel promoted another server in time" >&2
