#!/bin/sh
# health.sh alive|ready|sentinel. A replica that copies the primary's data is alive and not ready: killing it would make it
# start copying from the beginning.
set -eu

# shellcheck source=components/cache/lib.sh
. "$(dirname "$0")/lib.sh"

case $1 in
  # Any answer will do, one that says that it is still loading too.
  alive) [ -n "$(ask "${LOCAL:-127.0.0.1}" "$PORT" probe PING)" ] ;;
  ready)
    [ "$(ask "${LOCAL:-127.0.0.1}" "$PORT" probe PING)" = PONG ]
    replication=$(ask "${LOCAL:-127.0.0.1}" "$PORT" probe "INFO replication")
    [ "$(printf '%s\n' "$replication" | field role)" = master ] ||
      [ "$(printf '%s\n' "$replication" | field master_link_status)" = up ]
    ;;
  sentinel) [ "$(ask "${LOCAL:-127.0.0.1}" "$SENTINEL_PORT" probe PING)" = PONG ] ;;
  *) exit 2 ;;
esac
