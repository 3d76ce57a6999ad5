#!/usr/bin/env bash
# check.sh REMLOCK LIST - builds each program of LIST with remlock, and holds verify and test to what LIST says of it.
set -euo pipefail

remlock=$1
list=$2
sources=$(dirname "$list")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rows=0
failures=0

fail() {
    echo "$1"
    failures=$((failures + 1))
}

# A program does one thing: it runs.
verify() {
    "$remlock" verify "$scratch/program.so" --program 'main: run' --points sync --no-estimate --no-minimize --quiet \
        --out "$scratch/out" 2>&1 || true
}

run_test() {
    "$remlock" test "$scratch/program.so" --seed 5 --points sync --no-minimize --quiet --out "$scratch/out" "$@" 2>&1 || true
}

findings() {
    sed -n 's/^ASSERTION FAILED: \([^ ]*\).*/\1/p'
}

expect_traces() {
    local output traces

    output=$(verify)
    traces=$(sed -n 's/^complete: \([0-9,]*\) execution.*no finding.*/\1/p' <<<"$output" | tr -d ,)
    [ "$traces" = "$2" ] || fail "$1: verify runs ${traces:-?} executions, not $2: ${output%%$'\n'*}"
    expect_clean "$1"
}

expect_clean() {
    local output

    output=$(run_test --executions 1000 --races c11)
    [[ $output == clean:* ]] || fail "$1: test says $output"
}

expect_finding() {
    local output

    for output in "$(verify | findings)" "$(run_test --executions 20k | findings)"; do
        [ "$output" = "$2" ] || fail "$1: found ${output:-nothing}, not $2"
    done
}

check() {
    local name="$1 ($2)" options=() definition kind value

    read -r kind value <<<"$3"
    for definition in $2; do
        options+=(-D "$definition")
    done
    rows=$((rows + 1))
    if ! "$remlock" build --quiet "${options[@]}" -o "$scratch/program.so" "$sources/$1.c" >"$scratch/output" 2>&1; then
        fail "$name: does not build"
        cat "$scratch/output"
        return
    fi
    case $kind in
        traces) expect_traces "$name" "$value" ;;
        clean) expect_clean "$name" ;;
        finds) expect_finding "$name" "$value" ;;
        *) fail "$name: nothing known is called '$kind'" ;;
    esac
}

while IFS='|' read -r program definitions known; do
    case $program in '' | '#'*) continue ;; esac
    read -r program <<<"$program"
    read -r definitions <<<"$definitions" || true
    check "$program" "$definitions" "$known"
done <"$list"

echo "$rows programs, $failures disagreements"
[ "$rows" -ge 70 ] && [ "$failures" = 0 ]
