#!/usr/bin/env bash
# check_found.sh REMLOCK SOURCES REPLAYS - `remlock test driver:NAME` finds the bug of every driver whose source is in the
# folder, within a minute, whatever the seed; data races when it looks for them, as the driver's replay does.
set -euo pipefail

remlock=$1
sources=$2
replays=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
drivers=0
failures=0

for source in "$sources"/*.c; do
    name=$(basename "$source" .c)
    drivers=$((drivers + 1))
    status=0
    races=$(sed -n 's/^config .*\<races=\([a-z0-9]*\).*/\1/p' "$replays/$name.replay")
    "$remlock" test "driver:$name" --races "${races:-off}" --time 60s --quiet --no-minimize --out "$scratch/$name" \
        >"$scratch/output" 2>&1 || status=$?
    if [ "$status" != 1 ] || ! grep -q '^ASSERTION FAILED: ' "$scratch/output"; then
        echo "driver:$name: exit status $status, and not a finding:"
        cat "$scratch/output"
        failures=$((failures + 1))
    fi
done

echo "$drivers drivers with a bug, $((drivers - failures)) found out"
[ "$drivers" -ge 50 ] && [ "$failures" = 0 ]
