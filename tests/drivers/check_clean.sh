#!/usr/bin/env bash
# check_clean.sh REMLOCK SOURCES FOLDER - nothing is found in the built-in drivers whose sources are in the one folder, nor in
# the drivers that were built into the other; and no data race.
set -euo pipefail

remlock=$1
sources=$2
folder=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
drivers=0
failures=0

# clean SUBJECT OPTION... - false, and what was found, when something is.
clean() {
    local status=0

    "$remlock" test "$@" --quiet --out "$scratch/out" >"$scratch/output" 2>&1 || status=$?
    if [ "$status" != 0 ]; then
        echo "$*: exit status $status"
        cat "$scratch/output"
    fi
    return "$status"
}

expect_clean() {
    drivers=$((drivers + 1))
    clean "$1" --seed 20 --executions 20k && clean "$1" --seed 21 --executions 5k --races nt || failures=$((failures + 1))
}

for source in "$sources"/*.c; do expect_clean "driver:$(basename "$source" .c)"; done
for driver in "$folder"/*.so; do expect_clean "$driver"; done

echo "$drivers correct drivers, nothing found in $((drivers - failures))"
[ "$drivers" -ge 20 ] && [ "$failures" = 0 ]
