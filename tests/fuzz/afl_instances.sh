#!/usr/bin/env bash
# Instances of AFL++ that share a folder: each goes on where it was, and what other engines put into the corpus reaches them.
set -euo pipefail

remlock=$1
target=$2
command -v afl-fuzz >/dev/null || { echo "afl-fuzz is not installed: skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset "${!REMLOCK_@}"
REMLOCK_ENGINE_DIR=$(dirname "$target")
export REMLOCK_ENGINE_DIR TMPDIR=$work/tmp
mkdir tmp
ulimit -c 0

fail() { echo "afl_instances.sh: $*" >&2; exit 1; }

# instance NAME ARGUMENT...: one short run of it.
instance() {
    local name=$1
    shift
    "$remlock" fuzz lock --engine afl++ --afl-sync sync --afl-instance "$name" --corpus shared --out out "$@" >log 2>err ||
        fail "$name: $(cat log err)"
}

statistic() { sed -n "s/^$2 *: *//p" "sync/$1/fuzzer_stats"; }

instance main --executions 200k --seed 1
[ "$(find shared -type f | wc -l)" -gt 30 ] || fail "the queue did not reach the corpus"
done_before=$(statistic main execs_done)
[ "$done_before" -gt 0 ] || fail "no statistics"

# It goes on, and what the builtin engine found meanwhile is read.
"$remlock" fuzz lock --executions 20k --seed 2 --corpus shared --out out >log
instance main --executions 200k --seed 3
grep -q -- '^command_line *: .*-M main .*-i - ' sync/main/fuzzer_stats || fail "it began anew: $(statistic main command_line)"
[ "$(statistic main execs_done)" -gt "$done_before" ] || fail "it did not count on"
executions=$(sed -n 's/^afl++: \([0-9,]*\) executions.*/\1/p' log | tr -d ,)
[ "$executions" -lt 390000 ] || fail "$executions executions: those of the run before were counted again"
[ -e sync/main/.synced/corpus ] || fail "the corpus was not read"
count=0
for file in sync/corpus/queue/*; do
    [[ $file = sync/corpus/queue/id:$(printf %06d $count),orig:* ]] || fail "number $count is missing: $file"
    count=$((count + 1))
done
[ "$count" -ge "$(find shared -type f | wc -l)" ] || [ "$count" -gt 100 ] || fail "only $count inputs were handed over"

# A secondary one reads the corpus as well, and has settings of its own.
instance second-2 --executions 200k --seed 4
[ -e sync/second-2/.synced/corpus ] || fail "a secondary instance did not read the corpus"
grep -q -- '^command_line *: .*-S second-2 -p rare ' sync/second-2/fuzzer_stats || fail "$(statistic second-2 command_line)"

# A folder that afl-fuzz cannot make sense of costs nothing but that.
mkdir -p sync/third-3/queue
: >sync/third-3/queue/nonsense
instance third-3 --executions 20k --seed 5

# Two machines, each with a main instance of its own: what the first has found reaches the second by a shared folder.
# machine NAME ARGUMENT...: one short run of its main instance.
machine() {
    local name=$1
    shift
    "$remlock" fuzz lock --engine afl++ --afl-sync "$name" --afl-instance "main-$name" --executions 100k "$@" \
        --out "out-$name" >log 2>err || fail "$name: $(cat log err)"
}

machine one --seed 6
touch -d '1 minute ago' one/main-one/queue/*
"$remlock" corpus exchange --afl one shared-afl --host one >log || fail "$(cat log)"
"$remlock" corpus exchange --afl two shared-afl --host two >log || fail "$(cat log)"
diff -r -x .state one/main-one/queue two/main-one/queue || fail "the queue of the first did not reach the second"
machine two --seed 7
[ -e two/main-two/.synced/main-one ] || fail "the second did not read what the first has found"
[ -n "$(find two/main-two/queue -name '*,sync:main-one,*')" ] || fail "it took nothing of it"

# refused REGEX ARGUMENT...
refused() {
    local message=$1 status=0
    shift
    "$remlock" fuzz lock "$@" >log 2>err || status=$?
    [ "$status" -eq 2 ] || fail "$* gives status $status"
    grep -q -- "$message" err || fail "$* says: $(cat err)"
}

refused 'afl-sync DIR is missing' --afl-instance main
refused "'../main' is no name" --afl-sync sync --afl-instance ../main
