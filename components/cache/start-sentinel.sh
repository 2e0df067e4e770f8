#!/bin/sh
# Starts the Sentinel with today's configuration and yesterday's knowledge. Sentinel keeps what it learns (who is the primary, the
# epochs, its peers) in its own configuration file; that file would also keep old settings and passwords for ever. So the
# file is put together anew, and only what was learnt is carried over.
set -eu

# shellcheck source=components/cache/lib.sh
. "$(dirname "$0")/lib.sh"

folder=$DATA/sentinel
state=$folder/sentinel.conf
mkdir -p "$folder"
touch "$state"

primary=$(sed -n "s/^sentinel monitor $NAME \"\{0,1\}\([^ \"]*\)\"\{0,1\} .*/\1/p" "$state" | tail -n 1)
# Before there ever was a failover: the first pod, as every Sentinel says by itself.
is_member "$primary" || primary=${MEMBERS%% *}

# What was learnt, but not of pods that are gone: their votes would count as missing in every election.
learnt() {
  sed -n "/^sentinel \(config-epoch\|leader-epoch\) $NAME /p; /^sentinel current-epoch /p" "$state"
  for member in $MEMBERS; do
    grep -F "sentinel known-replica $NAME $member " "$state" || true
    [ "$member" = "$SELF" ] || grep -F "sentinel known-sentinel $NAME $member " "$state" || true
  done
}

umask 077
{
  cat "$CONFIG/sentinel.conf" "$SECRETS/sentinel-secrets.conf"
  echo "sentinel monitor $NAME $primary $PORT $QUORUM"
  echo "sentinel announce-ip $SELF"
  # The same identity after the loss of its volume, or the others would count a dead voter.
  echo "sentinel myid $(printf '%s' "$SELF" | sha1sum | cut -c 1-40)"
  learnt
} >"$folder/next.conf"
mv "$folder/next.conf" "$state"

exec valkey-server "$state" --sentinel
