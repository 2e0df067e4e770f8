#!/bin/sh
# Starts the server in the role that a majority of the Sentinels give it: they know who was the primary before a restart of
# everything, and agree on the first pod before there ever was a failover. Without a majority nothing starts, so that no
# server can call itself the primary.
set -eu

# shellcheck source=components/cache/lib.sh
. "$(dirname "$0")/lib.sh"

# Rounds after which the largest group decides, where all could answer and no majority agrees: a failover was cut off half-way.
DIVIDED_AFTER=15

has_data() {
  [ -e "$DATA/appendonlydir" ] || [ -e "$DATA/dump.rdb" ]
}

others_have_data() {
  for member in $MEMBERS; do
    if [ "$member" != "$SELF" ] && ask "$member" "$PORT" probe "INFO keyspace" | grep -q '^db'; then return 0; fi
  done
  return 1
}

round=0
while :; do
  round=$((round + 1))
  all=$(votes)
  answered=$(printf '%s' "$all" | grep -c . || true)
  largest=$(printf '%s\n' "$all" | sort | uniq -c | sort -rn | head -n 1)
  count=$(printf '%s' "$largest" | awk '{ print $1 }')
  primary=$(printf '%s' "$largest" | awk '{ print $2 }')
  if [ "$answered" -ge "$QUORUM" ] && { [ "$count" -ge "$QUORUM" ] || [ "$round" -gt "$DIVIDED_AFTER" ]; }; then
    [ "$primary" = "$SELF" ] || break
    # A primary that lost its volume would have its replicas copy its emptiness. It waits until another one is the primary.
    if has_data || ! others_have_data; then break; fi
    echo "This is the primary, its volume is empty and its replicas are not: waiting for a failover" >&2
  else
    echo "No majority of the Sentinels yet: $answered of them answered" >&2
  fi
  sleep 1
done

umask 077
{
  cat "$CONFIG/valkey.conf" "$SECRETS/valkey-secrets.conf"
  echo "replica-announce-ip $SELF"
  if [ "$primary" != "$SELF" ]; then echo "replicaof $primary $PORT"; fi
} >"$RUN/valkey.conf"

echo "Starting; the primary is $primary" >&2
exec valkey-server "$RUN/valkey.conf"
