#!/usr/bin/env bash
# What a replay under ThreadSanitizer prints and returns: check_reports.sh REMLOCK
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

# run CODE < REPLAY
run() {
    local code=0
    cat >"$folder/case.replay"
    "$remlock" replay "$folder/case.replay" >"$folder/out" 2>"$folder/err" || code=$?
    [ "$code" = "$1" ] || fail "exit code $code, not $1"
}

# A race, and where both accesses are, by whom.
run 1 <<'REPLAY'
remlock 1
subject lock:m08a-plain-increment
config races=c11
program
  io: hold 1
  read: acquire A; release A
REPLAY
grep -q '^ASSERTION FAILED: data-race' "$folder/out" || fail "our verdict is missing"
grep -q 'WARNING: ThreadSanitizer: data race' "$folder/err" || fail "ThreadSanitizer's report is missing"
grep -q '#0 Acquire .*m08a_plain_increment.c:' "$folder/err" || fail "the place of the access is missing"
grep -q "Thread T[0-9]* 'read'" "$folder/err" || fail "the name of the task is missing"

# Volatile accesses count as atomic on NT: two of them are no race.
run 0 <<'REPLAY'
remlock 1
subject lock:m08a-plain-increment
config races=nt
program
  io: hold 1
  read: acquire A; release A
REPLAY
[ -s "$folder/err" ] && fail "something is reported of a program without a race"

# The event orders the remover behind whoever was last; the count orders the others.
run 0 <<'REPLAY'
remlock 1
subject lock
config races=nt lock=checked
program
  io: acquire A; release A
  read: acquire B; release B
  pnp: remove
schedule
  io@4 -> read
  read@4 -> pnp
  pnp@6 -> io
REPLAY
[ -s "$folder/err" ] && fail "something is reported of the lock, which has no race"
exit $failed
