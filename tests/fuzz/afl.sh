#!/usr/bin/env bash
# The AFL++ target and the mutator library: counters arrive, stability is 100 %, trimming works, a mutant is found.
set -euo pipefail

seeds=$1
target=$2
folder=$(dirname "$target")
command -v afl-fuzz >/dev/null || { echo "afl-fuzz is not installed: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset "${!REMLOCK_@}"
ulimit -c 0
export TERM=xterm AFL_NO_UI=1 AFL_NO_COLOR=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_TRY_AFFINITY=1
export AFL_CUSTOM_MUTATOR_LIBRARY="$folder/remlock-afl-mutator.so" AFL_CUSTOM_MUTATOR_ONLY=1 REMLOCK_REPLAY_DIR=$work

fail() { echo "afl.sh: $*" >&2; exit 1; }

statistic() { sed -n "s/^$1 *: *//p" "$work/$2/default/fuzzer_stats"; }

afl-fuzz -V 6 -s 1 -t 2000 -i "$seeds" -o "$work/correct" -- "$target" >"$work/log" 2>&1 || fail "$(tail -n 20 "$work/log")"
[ "$(statistic stability correct)" = "100.00%" ] || fail "stability is $(statistic stability correct)"
[ "$(statistic corpus_variable correct)" = "0" ] || fail "inputs behave in more than one way"
[ "$(statistic saved_crashes correct)" = "0" ] || fail "a finding in the correct lock: $(ls "$work")"
[ "$(statistic edges_found correct)" -gt 100 ] || fail "$(statistic edges_found correct) edges: the counters do not arrive"
[ "$(statistic corpus_found correct)" -gt 0 ] || fail "the mutator found nothing new"

# Whatever AFL++ kept is an input of ours, text for seeds it did not trim, bytes else.
REMLOCK_SCHEDULES=1 "$folder/remlock-replay-lock" "$work/correct/default/queue" >/dev/null || fail "the queue does not run"

REMLOCK_SUBJECT=lock:p02 AFL_BENCH_UNTIL_CRASH=1 \
    afl-fuzz -V 60 -s 1 -t 2000 -i "$seeds" -o "$work/mutant" -- "$target" >"$work/log" 2>&1 || true
replays=("$work"/*.replay)
[ -f "${replays[0]}" ] || fail "the mutant was not found: $(tail -n 20 "$work/log")"
