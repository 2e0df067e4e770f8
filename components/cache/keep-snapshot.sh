#!/bin/sh
# Puts $RUN/snapshot.rdb into the object store at $DESTINATION, and then, never before, removes what is older than $KEEP.
set -eu

name=$(date -u +%Y-%m-%dT%H-%M-%SZ).rdb
rclone copyto "$RUN/snapshot.rdb" "$DESTINATION/$name"
rclone delete --min-age "$KEEP" --include '/*.rdb' "$DESTINATION"
echo "Kept $name, and what is not older than $KEEP" >&2
