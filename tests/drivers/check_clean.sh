#!/usr/bin/env bash
# check_clean.sh REMLOCK SOURCES FOLDER - nothing is found in the built-in drivers whose sources are in the one folder, nor in
# the drivers that were built into the other.
set -euo pipefail

remlock=$1
sources=$2
folder=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
drivers=0
failures=0

expect_clean() {
    local status=0

    drivers=$((drivers + 1))
    "$remlock" test "$1" --seed 20 --executions 20k --quiet --out "$scratch/out" >"$scratch/output" 2>&1 || status=$?
    if [ "$status" != 0 ]; then
        echo "$1: exit status $status"
        cat "$scratch/output"
        failures=$((failures + 1))
    fi
}

for source in "$sources"/*.c; do expect_clean "driver:$(basename "$source" .c)"; done
for driver in "$folder"/*.so; do expect_clean "$driver"; done

echo "$drivers correct drivers, nothing found in $((drivers - failures))"
[ "$drivers" -ge 20 ] && [ "$failures" = 0 ]
