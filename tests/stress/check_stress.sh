#!/usr/bin/env bash
# What `remlock stress` finds, keeps and returns: check_stress.sh REMLOCK
#
# Real threads do what they like: only what is found in nearly every execution is expected to be found.
set -euo pipefail
remlock=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

fail() {
    echo "$1"
    cat "$folder/out" "$folder/err"
    failed=1
}

# run CODE ARGUMENT...
run() {
    local expected=$1 code=0
    shift
    "$remlock" stress "$@" --out "$folder/found" >"$folder/out" 2>"$folder/err" || code=$?
    [ "$code" = "$expected" ] || fail "stress $*: exit code $code, not $expected"
}

# Correct ones are clean.
run 0 lock --time 2s --seed 1 --quiet --search 0
run 0 driver:power --time 1s --seed 1 --quiet --search 0
grep -q ' 0 findings' "$folder/out" || fail "the summary does not say that nothing was found"

# A finding becomes a replay that shows the same.
run 1 lock:m02 --time 10s --seed 1 --quiet --search 2000
replay=$(find "$folder/found" -name 'lock-m02*.replay' ! -name '*.found.replay')
[ -n "$replay" ] || fail "there is no replay"
code=0
"$remlock" replay --quiet "$replay" >"$folder/out" 2>"$folder/err" || code=$?
[ $code = 1 ] || fail "the replay returns $code"
grep -q 'ASSERTION FAILED: lost-wakeup' "$folder/out" || fail "the replay shows something else"

# Without a search the program is kept, and it is enough to see the finding again.
rm -rf "$folder/found"
run 1 driver:z04 --time 10s --seed 2 --quiet --search 0
program=$(find "$folder/found" -name 'stress-*.replay')
[ -n "$program" ] || fail "the program is not kept"
run 1 --file "$program" --time 10s --seed 2 --quiet --search 0 --json
grep -q '"reached_by_search":.*false' "$folder/out" || fail "a search is claimed that did not happen"

# Ctrl-C: what was found until then is told, and nothing else is made of it.
"$remlock" stress lock --time 1m --seed 1 --out "$folder/found" >"$folder/out" 2>"$folder/err" &
sleep 1
kill -INT $!
code=0
wait $! || code=$?
[ $code = 0 ] || fail "interrupted: exit code $code"
grep -q ', interrupted' "$folder/out" || fail "the summary does not say that it was interrupted"

run 2 lock --time 0
run 2 lock:nothing-of-the-kind
exit $failed
