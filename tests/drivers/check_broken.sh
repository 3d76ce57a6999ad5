#!/usr/bin/env bash
# check_broken.sh REMLOCK SOURCES LIST - changes one line of a correct driver after the other, and expects what LIST says.
set -euo pipefail

remlock=$1
sources=$2
list=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
changes=0
failures=0

fail() {
    echo "$1"
    failures=$((failures + 1))
}

# check DRIVER WHAT FINDINGS SCRIPT: one of the findings is expected. Under one strategy: what the mix comes to first differs
# from build to build.
check() {
    local found

    changes=$((changes + 1))
    sed "$4" "$sources/$1.c" >"$scratch/$1.c"
    if cmp -s "$sources/$1.c" "$scratch/$1.c"; then
        fail "$1, $2: the sed script changes nothing"
        return
    fi
    if ! "$remlock" build --quiet -o "$scratch/$1.so" "$scratch/$1.c" >"$scratch/output" 2>&1; then
        fail "$1, $2: does not build"
        cat "$scratch/output"
        return
    fi
    found=$("$remlock" test "$scratch/$1.so" --seed 5 --strategy pct --executions 200k --no-minimize --quiet \
        --out "$scratch/out" | sed -n 's/^ASSERTION FAILED: \([^ ]*\).*/\1/p') || true
    [[ -n $found && " $3 " == *" $found "* ]] || fail "$1, $2: expected $3, found ${found:-nothing}"
}

while IFS='|' read -r driver what findings script; do
    case $driver in '' | '#'*) continue ;; esac
    read -r driver <<<"$driver"
    read -r what <<<"$what"
    read -r findings <<<"$findings"
    check "$driver" "$what" "$findings" "${script# }"
done <"$list"

echo "$changes changes, found out $((changes - failures))"
[ "$changes" -ge 10 ] && [ "$failures" = 0 ]
