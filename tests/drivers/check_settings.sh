#!/usr/bin/env bash
# check_settings.sh REMLOCK SOURCES - the correct drivers under each setting by itself and under all that make life hard; and of
# warnings the one that two of them are for: they wait before they forward the removal.
set -euo pipefail

remlock=$1
sources=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
settings=(lock=verifier cpus=one upper=yes faults=yes legacy=yes force-pending=yes allocation-failures=yes)
runs=0
failures=0

run() {
    local driver=$1 options=()
    shift

    for setting in "$@"; do options+=(--set "$setting"); done
    "$remlock" test "driver:$driver" --executions 1k --seed 11 --no-minimize --quiet --out "$scratch/out" "${options[@]}" 2>&1 |
        sed -n 's/^ASSERTION FAILED: \([^ ]*\).*/\1/p; s/^clean: .*/clean/p'
}

# expect RESULT DRIVER SETTING...
expect() {
    local expected=$1 found
    shift

    runs=$((runs + 1))
    found=$(run "$@") || true
    [ "$found" = "$expected" ] || { echo "$*: expected $expected, found ${found:-nothing}"; failures=$((failures + 1)); }
}

for source in "$sources"/*.c; do
    driver=$(basename "$source" .c)
    for setting in "${settings[@]}"; do expect clean "$driver" "$setting"; done
    expect clean "$driver" "${settings[@]}"
    case $driver in
        startio | work-item) expect wait-before-forward "$driver" warnings=yes ;;
        *) expect clean "$driver" warnings=yes ;;
    esac
done

echo "$runs runs, $((runs - failures)) as expected"
[ "$runs" -ge 80 ] && [ "$failures" = 0 ]
