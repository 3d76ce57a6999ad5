#!/usr/bin/env bash
# Tests of `remlock replay --gdb`, one group at a time: test_gdb.sh GROUP REMLOCK JSON_GET SOURCE
set -uo pipefail

group=$1 remlock=$2 json_get=$3 source=$4
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C TMPDIR=$work
unset NO_COLOR COLUMNS
# The search for leaks does not work in a debugger.
export ASAN_OPTIONS=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
cd "$source" || exit 1

# debug FILE COMMAND...: a session in gdb; what it says in $out.
debug() {
    local file=$1 command arguments=()
    shift
    for command in "$@"; do
        arguments+=(--ex "$command")
    done
    command_line="remlock replay --gdb $file: $*"
    out=$(timeout 200 "$remlock" replay --gdb --batch "${arguments[@]}" "$file" 2>&1 </dev/null)
    code=$?
}

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n  %s\n--- output (exit status %s)\n%s\n\n' "$command_line" "$1" "$code" "$out"
}

exits() {
    [ "$code" = "$1" ] || complain "expected exit status $1"
}

says() {
    grep -qE -- "$1" <<<"$out" || complain "should say: $1"
}

does_not_say() {
    ! grep -qE -- "$1" <<<"$out" || complain "should not say: $1"
}

# explained FILE KEYS: a value of the explanation as JSON.
explained() {
    "$remlock" explain --json "$1" 2>/dev/null | "$json_get" "explanation.$2"
}

# The tasks that give way at a preemption, in the order of the file, as gdb should tell them.
preemptions_of() {
    sed -n '/^schedule/,/^expect/s/^  *\([a-z0-9#]*@[0-9]*\) ->.*/\1/p' "$1"
}

can_debug() {
    command -v gdb >/dev/null && gdb -nx -batch -ex 'python print(1)' -ex run --args true 2>&1 | grep -q 'exited normally'
}

# ------------------------------------------------------------------------------------------------------------------ groups

group_usage() {
    local replay=corpus/regressions/driver/z08-freed-before-wait.replay arguments
    for arguments in "--batch $replay" "--ex bt $replay" "--gdb $replay $replay" "--gdb --json $replay" "--gdb -"; do
        command_line="remlock replay $arguments"
        # shellcheck disable=SC2086
        out=$("$remlock" replay $arguments 2>&1 </dev/null)
        code=$?
        exits 2
        says 'gdb'
    done
    command_line="without gdb on the PATH"
    out=$(PATH=$work "$remlock" replay --gdb "$replay" 2>&1)
    code=$?
    exits 2
    says 'gdb is not installed.*apt-get install gdb'
    echo 'remlock 1' >"$work/broken.replay"
    debug "$work/broken.replay"
    exits 4
    sed 's/io2@8/io2@8000/' "$replay" >"$work/diverging.replay"
    debug "$work/diverging.replay"
    exits 3
    says 'diverged'
    debug "$replay" 'remlock step 0' 'remlock to nowhere' 'remlock to io2@999' 'remlock task nobody' 'remlock help'
    says 'no number of steps'
    says 'say remlock to TASK@POINT'
    says 'io2@999 does not come any more'
    says "no task 'nobody' yet; there are: io2, pnp"
    says 'remlock preemption +to the next preemption'
    command_line="files left behind"
    out=$(find "$work" -name 'remlock-gdb-*')
    [ -z "$out" ] || complain "the private folder should be gone"
}

group_lock() {
    cat >"$work/lock.replay" <<'END'
remlock 1
subject lock
config refused=drop
program
  io: acquire A; release A
  read: acquire A
  pnp: remove
schedule
  io@3 -> pnp
  pnp@6 -> io
  io@4 -> read
  read@5 -> pnp
expect signal-after-free IoReleaseRemoveLockEx
END
    debug "$work/lock.replay" 'remlock violation' 'bt' 'remlock lock' 'continue'
    says 'violation: signal-after-free in IoReleaseRemoveLockEx'
    says '^#[0-9]+ .*RemoveLockRelease.*release.c:18'
    says '^18	 *KeSetEvent'
    says 'IoCount = 0'
    says 'over: the replay ended with its finding, signal-after-free'
    does_not_say 'scheduler_violate|fiber_main|Traceback'
    debug "$work/lock.replay" 'break release.c:11' 'continue' 'info locals' 'next' 'finish'
    says '^Breakpoint 1, RemoveLockRelease'
    says '^task io, after step'
    says 'release.c:11'
    does_not_say 'Traceback'
}

# Every preemption is stopped at, in order, and the task is named.
check_preemptions() {
    local file=$1 count expected commands=() told
    count=$(explained "$file" preemptions)
    for _ in $(seq "$count"); do
        commands+=(continue)
    done
    debug "$file" "${commands[@]}" 'remlock violation'
    told=$(sed -n 's/^preemption [0-9]* of [0-9]*: .* is interrupted at \([^,]*\),.*/\1/p' <<<"$out")
    expected=$(preemptions_of "$file" | grep -Fx -f <(printf '%s\n' "$told" ''))
    [ "$(grep -c . <<<"$told")" = "$count" ] || complain "there should be $count preemptions, not: $told"
    [ "$told" = "$expected" ] || complain "the preemptions should come in the order of the file: $expected"
    says "preemption $count of $count"
    says '^violation: '
    does_not_say 'Traceback'
}

group_mutant() {
    local file
    file=$(grep -l '^expect use-after-free' corpus/regressions/lock/*.replay | head -n 1)
    debug "$file" 'remlock violation'
    says "^  .*$(explained "$file" place)"
    says "^#[0-9]+ .*$(explained "$file" place)"
    # Before there are tasks.
    debug corpus/regressions/lock/p08-no-limit-asserted.replay 'remlock tasks' 'bt'
    says '^violation: assertion in IoInitializeRemoveLockEx'
    says 'no task runs'
    for file in $(grep -lE '@[0-9]+ -> ' corpus/regressions/lock/*.replay | head -n 4); do
        check_preemptions "$file"
    done
    "$remlock" test lock --set refused=drop --seed 5 --jobs 1 --no-minimize --out "$work/long" --quiet >/dev/null
    check_preemptions "$work"/long/*.replay
}

group_zoo() {
    local file=corpus/regressions/driver/z08-freed-before-wait.replay
    check_preemptions "$file"
    debug "$file" 'break z08-freed-before-wait.c:55' 'continue' 'continue' 'remlock tasks' 'remlock task system#2 bt' \
        'remlock violation' 'bt' 'remlock task pnp' 'remlock task pnp frame' 'remlock lock' 'info locals' 'continue'
    says '^Breakpoint 1, ReadComplete .*z08-freed-before-wait.c:55'
    says '^task io2, after step [0-9]*: io2@7'
    says 'preemption 1 of 1: io2 is interrupted at io2@8, before InterlockedIncrement pool block'
    says '^  io2 +ready .*\[late-read\].*z08-freed-before-wait.c:55'
    says '^\* pnp +running'
    says '^  system#2 +waiting .*wait for the program'
    says '^#[0-9]+ .*driver_conduct'
    says '^violation: use-after-free in IO_COMPLETION_ROUTINE'
    says '^#[0-9]+ .*DispatchRead .*z08-freed-before-wait.c:70'
    says '^#[0-9]+ .*IoReleaseRemoveLockAndWaitEx'
    says '^#[0-9]+ .*RemoveDevice .*z08-freed-before-wait.c:81'
    says '^#[0-9]+ .*RemoveLockReleaseAndWait .*release_and_wait.c'
    says 'RemoveLock.IoCount = 1'
    says 'tag IRP3.*acquired in IRP_MJ_READ at z08-freed-before-wait.c:63 by io2'
    says '^extension = (0x2|<optimized out>)'
    does_not_say 'Traceback'
    # A deadlock is in no task's code.
    debug corpus/regressions/driver/z29-wait-before-forward.replay 'remlock violation' 'remlock tasks' 'remlock task system#1'
    says '^violation: deadlock'
    says 'no task runs'
    says '^  system#1 +waiting .*RemoveEvent'
    says '^#[0-9]+ .*z29-wait-before-forward.c'
}

group_built() {
    local file
    sed 's/z08/mine/' drivers/zoo/z08-freed-before-wait.c >"$work/mine.c"
    cd "$work" || exit 1
    "$remlock" build mine.c -o mine.so >built.txt 2>&1 || { cat built.txt; exit 1; }
    file=mine.replay
    sed 's|^subject .*|subject ./mine.so|' "$source/corpus/regressions/driver/z08-freed-before-wait.replay" >"$file"
    debug "$file" 'break mine.c:55' 'continue' 'info args' 'delete' 'remlock violation'
    says '^Breakpoint 1, ReadComplete .*mine.c:55'
    says '^Irp = 0x'
    says '^violation: use-after-free'
    says '^#[0-9]+ .*mine.c:'
}

group_program() {
    cat >"$work/count.c" <<'END'
#include <assert.h>
#include <pthread.h>

static int count;

static void *add(void *unused)
{
    int seen = count;
    count = seen + 1;
    return unused;
}

int main(void)
{
    pthread_t threads[2];
    for (int index = 0; index < 2; index++) {
        pthread_create(&threads[index], NULL, add, NULL);
    }
    for (int index = 0; index < 2; index++) {
        pthread_join(threads[index], NULL);
    }
    assert(count == 2);
    return 0;
}
END
    cat >"$work/fault.c" <<'END'
#include <pthread.h>

static void nothing(void)
{
}

static void (*volatile shared)(void) = nothing;

static void *use(void *unused)
{
    if (shared) {
        shared();
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, use, NULL);
    shared = NULL;
    pthread_join(thread, NULL);
    return 0;
}
END
    cat >"$work/spin.c" <<'END'
#include <pthread.h>

static volatile int flag;

static void *wait_for(void *unused)
{
    while (!flag) {
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for, NULL);
    pthread_join(thread, NULL);
    return 0;
}
END
    cd "$work" || exit 1
    for program in count fault spin; do
        "$remlock" build "$program.c" -o "$program.so" >built.txt 2>&1 || { cat built.txt; exit 1; }
    done
    "$remlock" test ./fault.so --seed 1 --jobs 1 --out found --quiet >/dev/null
    cat >count.replay <<'END'
remlock 1
subject ./count.so
program
  main: run
schedule
  add#1@2 -> add#2
expect assertion-failed main
END
    debug count.replay 'break count.c:9' 'continue' 'print seen' 'continue' 'remlock tasks' \
        'remlock task add#1 print seen + 40' 'delete' 'remlock violation' 'bt'
    says '^Breakpoint 1, add .*count.c:9'
    says '^[$]1 = 0'
    says 'preemption 1 of 1: add#1 is interrupted at add#1@2, before write count'
    says '^  add#1 +ready .*add \(count.c:9\)'
    says '^  main +waiting .*pthread_join'
    says '^[$]2 = 40'
    says '^violation: assertion-failed in main'
    says '^#[0-9]+ .*main \(\) at .*count.c:22'
    # Two million steps, far more than the trace has, and gdb is not asked about each.
    printf 'remlock 1\nsubject ./spin.so\nprogram\n  main: run\nexpect livelock\n' >spin.replay
    debug spin.replay 'remlock violation' 'remlock tasks'
    says '^violation: livelock'
    says '^#[0-9]+ .*wait_for .*spin.c:7'
    says '^[*] wait_for#1 +running'
    debug found/fault.access-violation.replay 'remlock violation' 'remlock tasks' 'continue'
    says 'received signal SIGSEGV'
    says '^violation: access-violation'
    says '^\* use#1 +running'
    says 'over: the replay ended with its finding'
}

group_clean() {
    cat >"$work/clean.replay" <<'END'
remlock 1
subject lock
program
  io: acquire A; release A
  pnp: remove
schedule
  io@2 -> pnp
expect clean
END
    debug "$work/clean.replay" 'continue' 'continue'
    says '^preemption 1 of 1: io is interrupted at io@2'
    says '^clean: the replay ended without a finding'
    does_not_say 'violation:'
    exits 0
    debug "$work/clean.replay" 'remlock violation' 'remlock step' 'remlock tasks' 'remlock task io' 'remlock lock'
    says '^clean:'
    says 'the replay is over'
    does_not_say 'Traceback|Exception'
}

# `remlock step` as often as there are steps comes to the end, and not before; each says what the trace says.
group_stepping() {
    local file=corpus/regressions/driver/z08-freed-before-wait.replay steps commands=()
    debug "$file"
    says '^step 1 of [0-9]+: system#2 +starts'
    steps=$(sed -n 's/^step 1 of \([0-9]*\):.*/\1/p' <<<"$out")
    for _ in $(seq 2 "$steps"); do
        commands+=('remlock step')
    done
    debug "$file" "${commands[@]}" 'remlock trace all' 'remlock step'
    says "^step $steps of $steps: "
    says '^violation: '
    # Each step says what the line of the trace says; those that were not done are none.
    told=$(sed -n 's/^step [0-9]* of [0-9]*: //p' <<<"$out")
    expected=$(sed -n 's/^[ =][ >] \([a-z]\)/\1/p' <<<"$out" | grep -vE '^[^ ]+ +# |\(never done\)$')
    [ "$told" = "$expected" ] || complain "the steps should be those of the trace"
    debug "$file" 'remlock to io2@7' 'remlock trace 4' 'remlock next'
    says '^step [0-9]+ of [0-9]+: io2@7 +IoCompleteRequest'
    says '^=> io2@7 '
    says '^violation: '
    does_not_say 'Traceback'
    debug "$file" 'remlock to pnp@2' 'remlock next' 'remlock step 3'
    says '^step [0-9]+ of [0-9]+: pnp@3 '
    says '^step [0-9]+ of [0-9]+: pnp@6 '
    debug "$file" 'remlock preemption' 'run' 'remlock to io2@7'
    says '^step [0-9]+ of [0-9]+: io2@7 '
}

can_debug || { echo "gdb with Python is missing, or may not trace processes here"; exit 77; }
"group_$group"
[ "$failures" = 0 ]
