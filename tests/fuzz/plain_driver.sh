#!/usr/bin/env bash
# The driver without a fuzzer: reviewed seeds run clean, text or bytes; a finding has its line, its replay file and SIGABRT.
set -euo pipefail

seeds=$1
driver=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset "${!REMLOCK_@}"

fail() { echo "plain_driver.sh: $*" >&2; exit 1; }

# Every seed says what it is for.
count=0
for seed in "$seeds"/*.replay; do
    sed -n 2p "$seed" | grep -q '^# .' || fail "$seed does not say in its second line what it is for"
    count=$((count + 1))
done

"$driver" "$seeds" >"$work/out" 2>"$work/err" || fail "a seed does not run: $(cat "$work/err")"
grep -qx "$count inputs, 64 schedules each, no finding" "$work/out" || fail "unexpected: $(cat "$work/out")"
[ ! -s "$work/err" ] || fail "something is printed without a finding: $(cat "$work/err")"

# Any bytes will do.
head -c 500 /dev/urandom >"$work/noise"
: >"$work/empty"
"$driver" "$work/noise" "$work/empty" >"$work/out"

# On a mutant the seeds find it; the report is one stable line, then details.
status=0
(ulimit -c 0; cd "$work" && "$driver" --subject=lock:p02 --replay-dir="$work" "$seeds") >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 134 ] || fail "a finding ends with status $status, not SIGABRT"
[ "$(grep -c '^ASSERTION FAILED: ' "$work/err")" -eq 1 ] || fail "not exactly one line of the finding: $(cat "$work/err")"
head -n 1 "$work/err" | grep -qE '^ASSERTION FAILED: [a-z-]+ lock:p02-[a-z-]+ [A-Za-z-]+$' ||
    fail "first line: $(head -n 1 "$work/err")"
grep -q "to see it again: remlock replay $work/.*\.replay" "$work/err" || fail "no command to repeat it: $(cat "$work/err")"
replays=("$work"/*.replay)
[ -f "${replays[0]}" ] || fail "no replay file"

# The replay file is an input as well, and gives the same first line.
status=0
(ulimit -c 0; "$driver" --schedules=1 --subject=lock:p02 --replay-dir="$work" "${replays[0]}") 2>"$work/again" || status=$?
[ "$status" -eq 134 ] || fail "the replay file gives status $status"
[ "$(head -n 1 "$work/err")" = "$(head -n 1 "$work/again")" ] || fail "the replay file gives another finding"

# Wrong options and missing files are errors.
status=0; "$driver" --subject=lock:nothing "$seeds" 2>"$work/err" || status=$?
[ "$status" -eq 2 ] || fail "a wrong subject gives status $status"
status=0; "$driver" "$work/missing" >"$work/out" 2>"$work/err" || status=$?
[ "$status" -eq 1 ] || fail "a missing file gives status $status"
