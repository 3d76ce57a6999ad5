#!/usr/bin/env bash
# The libFuzzer target: starts from nothing and from text, sees the counters, repeats itself, finds a mutant, keeps its input.
set -euo pipefail

seeds=$1
target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset "${!REMLOCK_@}"
export REMLOCK_REPLAY_DIR=$work UBSAN_OPTIONS=symbolize=0 ASAN_OPTIONS=symbolize=0
mkdir "$work/corpus"
ulimit -c 0

fail() { echo "libfuzzer.sh: $*" >&2; exit 1; }

last_coverage() { sed -n 's/^#[0-9]*[^c]*DONE *cov: \([0-9]*\).*/\1/p' "$1"; }

# From nothing. Whoever runs twice with one seed gets the same twice.
for log in first second; do
    "$target" -runs=20000 -seed=1 -artifact_prefix="$work/" 2>"$work/$log" || fail "run $log: $(tail -n 20 "$work/$log")"
done
coverage=$(last_coverage "$work/first")
[ "$coverage" -gt 50 ] || fail "coverage $coverage: the counters do not arrive"
strip='s/ exec\/s: .*//'
[ "$(grep -E '^#.*(NEW|DONE)' "$work/first" | sed "$strip")" = "$(grep -E '^#.*(NEW|DONE)' "$work/second" | sed "$strip")" ] ||
    fail "two runs with the same seed differ"

# The feedback can be turned off, also by an option, which the target takes out of the command line.
"$target" --feedback=no -runs=2000 -seed=1 2>"$work/log" || fail "without feedback: $(tail -n 20 "$work/log")"
[ "$(last_coverage "$work/log")" -le 1 ] || fail "there is coverage without feedback"
! grep -q 'WARNING: unrecognized' "$work/log" || fail "libFuzzer saw the option: $(cat "$work/log")"

# Text seeds load; what is kept from them replays in the same build.
"$target" -runs=20000 -seed=2 -artifact_prefix="$work/" "$work/corpus" "$seeds" 2>"$work/log" ||
    fail "with seeds: $(tail -n 20 "$work/log")"
[ -n "$(ls -A "$work/corpus")" ] || fail "nothing was kept"
"$target" -runs=0 "$work/corpus" 2>"$work/log" || fail "the corpus does not run again"
[ -z "$(find "$work" -name '*.replay')" ] || fail "a replay file without a finding"

# A mutant is found: the stable line, the replay, the input that the engine keeps, and that does it again.
status=0
REMLOCK_SUBJECT=lock:p02 "$target" -runs=500000 -seed=3 -artifact_prefix="$work/" 2>"$work/log" || status=$?
[ "$status" -eq 77 ] || fail "status $status where a finding was due: $(tail -n 20 "$work/log")"
[ "$(grep -c '^ASSERTION FAILED: [a-z-]* lock:p02-' "$work/log")" -eq 1 ] || fail "not one line of the finding"
replays=("$work"/*.replay)
crashes=("$work"/crash-*)
[ -f "${replays[0]}" ] || fail "no replay file"
[ -f "${crashes[0]}" ] || fail "no input kept"
status=0
REMLOCK_SUBJECT=lock:p02 "$target" "${crashes[0]}" 2>"$work/again" || status=$?
[ "$status" -eq 77 ] || fail "the kept input gives status $status"
[ "$(grep '^ASSERTION FAILED' "$work/log")" = "$(grep '^ASSERTION FAILED' "$work/again")" ] ||
    fail "the kept input gives another finding"
