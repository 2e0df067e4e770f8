#!/bin/sh
# Copies the data of a replica that follows its primary into $RUN/snapshot.rdb, and checks the copy. A replica, since a copy makes
# its server fork; where there is none, the primary: late data are better than no data.
set -eu

# shellcheck source=components/cache/lib.sh
. "$(dirname "$0")/lib.sh"

is_following() {
  [ "$(ask "$1" "$PORT" probe "INFO replication" | field master_link_status)" = up ]
}

# The password is in the environment of this one command alone: it takes none from a pipe.
copy() {
  echo "Copying the data of $1" >&2
  REDISCLI_AUTH=$(cat "$SECRETS/backup") valkey-cli -h "$1" -p "$PORT" --tls --cacert "$TLS/ca.crt" --user backup \
    --no-auth-warning --rdb "$RUN/snapshot.rdb" >&2 && valkey-check-rdb "$RUN/snapshot.rdb" >&2
}

for member in $MEMBERS; do
  if is_following "$member" && copy "$member"; then exit 0; fi
done
for member in $MEMBERS; do
  if copy "$member"; then exit 0; fi
done
echo "No server of the cache gave its data" >&2
exit 1
