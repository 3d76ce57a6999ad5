#!/usr/bin/env bash
# Tests of the command, one group at a time: test_cli.sh GROUP REMLOCK JSON_GET
set -uo pipefail

group=$1 remlock=$2 json_get=$3
failures=0

here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C
unset NO_COLOR COLUMNS

# run ARGUMENT...: runs the command; its streams in $out and $err, its exit status in $code.
run() {
    command_line="remlock $*"
    out=$("$remlock" "$@" 2>err.txt </dev/null)
    code=$?
    err=$(cat err.txt)
}

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n  %s\n  exit status %s\n--- stdout\n%s\n--- stderr\n%s\n\n' "$command_line" "$1" "$code" "$out" "$err"
}

exits() {
    [ "$code" = "$1" ] || complain "expected exit status $1"
}

# says REGEX, warns REGEX: a line of stdout, of stderr, matches.
says() {
    grep -qE -- "$1" <<<"$out" || complain "stdout should match: $1"
}

warns() {
    grep -qE -- "$1" <<<"$err" || complain "stderr should match: $1"
}

silent() {
    [ -z "$out" ] || complain "stdout should be empty"
}

holds() {
    [ -s "$1" ] || complain "there should be a file $1"
}

# json KEYS VALUE: what stdout, a JSON document, holds there.
json() {
    local value
    value=$("$json_get" "$1" <<<"$out" 2>&1) || { complain "stdout should be JSON with $1: $value"; return; }
    [ "$value" = "$2" ] || complain "stdout should hold $1 = $2, not $value"
}

# usage REGEX ARGUMENT...: refused as a wrong command line, with that message and nothing on stdout.
usage() {
    local message=$1
    shift
    run "$@"
    exits 2
    warns "$message"
    silent
}

write_replays() {
    cat >finding.replay <<'END'
remlock 1
subject lock:m07-no-wait-for-one
program
  io: acquire A; release A
  pnp: remove
schedule
  io@3 -> pnp
expect use-after-free IoReleaseRemoveLockEx
END
    sed -e 's/m07-no-wait-for-one//; s/lock:/lock/; s/^expect.*/expect clean/' finding.replay >clean.replay
    sed -e 's/io@3/io@300/' finding.replay >diverging.replay
    sed -e 's/release A/relaese A/' finding.replay >misspelt.replay
    sed -e '/^expect/d' finding.replay >silent.replay
    sed -e 's/^expect.*/expect clean/' finding.replay >other.replay
    printf 'this is no replay\n' >text.replay
    head -c 300 /dev/urandom >random.bin
    printf 'remlock 999\n' >future.replay
}

# ------------------------------------------------------------------------------------------------------------- groups --

group_main() {
    run; exits 2; silent; warns '^Usage: remlock COMMAND'
    run --help; exits 0; says '^Usage: remlock COMMAND'; says '^  doctor '
    run help; exits 0; says '^  minimize '
    run help test; exits 0; says '^Usage: remlock test '
    run --version; exits 0
    grep -qE '^remlock [0-9]+\.[0-9]+\.[0-9]+$' <<<"${out%%$'\n'*}" || complain 'the first line is for programs'
    says '^  compiler +(gcc|clang) [0-9.]+$'; says '^  engines +builtin'; says '^  replay files +format [0-9]'
    [ "$("$remlock" version; "$remlock" -V)" = "$out"$'\n'"$out" ] || complain 'all ways should say the same'
    run --version --json; exits 0; json command version; json replay_format.oldest 1
    says "\"compiler\":.*\"$("$remlock" version | sed -n 's/^  compiler *//p')\""
    usage "takes no argument: 'lock'" version lock
    usage "unknown command 'tset'; did you mean 'test'" tset
    usage "unknown command 'xyzzyxyzzy'; 'remlock --help' lists all" xyzzyxyzzy
    usage "unknown command 'repaly'; did you mean 'replay'" help repaly
    local name
    for name in build test verify fuzz campaign replay explain report minimize regress convert drivers findings doctor \
        version; do
        run "$name" --help
        exits 0
        says "^Usage: remlock $name "
        says '^Examples:'
        says "^  remlock $name"
        says '      --json '
        run "$name" --version; exits 0; says '^remlock '
        usage "Try .remlock $name --help'" "$name" --no-such-option
        usage "color=blue: expected auto, always or never" "$name" --color=blue
    done
    out=$("$remlock" findings 2>err.txt >/dev/full); code=$?; err=$(cat err.txt); command_line='remlock findings >/dev/full'
    exits 2; warns 'cannot write to the standard output'
}

group_test() {
    # What fails on purpose does, and is in no list; unless it is told not to.
    run test canary --seed 1 --quiet; exits 1; says '^ASSERTION FAILED: canary canary CanarySing$'
    run test canary --seed 1 --set alive=no --executions 1k; exits 0; says '^clean: '
    # A lock that is initialised again for a new device has been when the next removal finds it, under weak memory too.
    run test lock --program 'pnp: remove; init | io: remove' --memory c11 --executions 20k --seed 1; exits 0
    run drivers; exits 0
    grep -q canary <<<"$out" && complain 'the canary should not be listed'
    rm -r remlock-findings
    run test lock:m07 --seed 1 --strategy pct
    exits 1
    says '^remlock test lock:m07-no-wait-for-one --seed 1 .*--time 10s'
    says '^ASSERTION FAILED: use-after-free lock:m07-no-wait-for-one IoReleaseRemoveLockEx$'
    says '^  Task [a-z0-9]+ used IoCount in IoReleaseRemoveLockEx'
    says '^    program$'
    says '# before Interlocked.*\(IoCount\), release\.c:[0-9]+$'
    says '^  remlock explain remlock-findings/lock-m07.*use-after-free\.IoReleaseRemoveLockEx\.replay$'
    says '^1 finding: '
    holds remlock-findings/lock-m07-no-wait-for-one.use-after-free.IoReleaseRemoveLockEx.replay
    holds remlock-findings/lock-m07-no-wait-for-one.use-after-free.IoReleaseRemoveLockEx.found.replay
    run replay remlock-findings/*.replay; exits 1; says 'as-expected'

    # The same seed, the same findings: with another number of processes the first worker still has them.
    run test lock:m07 --seed 1 --strategy pct --out again --quiet; exits 1; [ -z "$err" ] || complain 'stderr should be empty'
    for file in remlock-findings/*; do
        cmp -s "$file" "again/${file##*/}" || complain "$file should be the same in both runs"
    done

    run test lock --executions 20k --seed 5 --json
    exits 0
    json command test; json subject lock; json seed 5; json executions 20000; json findings 0; json interrupted false
    run test lock --executions 20000 --seed 5 --jobs 2 --json; exits 0; json executions 20000
    run test lock --executions 3000 --check-determinism --json; exits 0; json checked_for_determinism 3000
    run test lock --time 300ms; exits 0; says '^clean: [0-9,]+ executions'
    local strategy
    run test --help; exits 0
    for strategy in random pct pos urw surw reads-from random-delay delay exhaustive dpor mix; do
        grep -q "^ *$strategy  " <<<"$out" || complain "--help should tell of --strategy $strategy"
    done
    # What is found under any of them is a replay that reproduces, whether the strategy looks ahead or not.
    for strategy in random pct pos urw surw reads-from random-delay delay exhaustive dpor mix; do
        run test lock --executions 2k --strategy "$strategy"; exits 0; says "--strategy $strategy"
        run test lock:m07 --executions 20k --seed 3 --strategy "$strategy" --no-minimize --out "by-$strategy"; exits 1
        run replay "by-$strategy"/*.replay; exits 1; says 'as-expected'
        run test lock:m07 --executions 20k --seed 3 --strategy "$strategy" --out "by-$strategy"; exits 1
        run replay "by-$strategy"/*.replay; exits 1; says 'as-expected'
    done
    grep -q lookahead by-pos/*.found.replay || complain 'a finding of a strategy that looks ahead should say so'

    run test lock:m07 --keep-going --executions 30k --seed 2 --json --out many
    exits 1
    [ "$("$json_get" findings <<<"$out")" -gt 1 ] || complain 'several distinct findings should come'
    json findings.0.minimised.minimal true

    run test lock:m07 --program 'io: acquire A; release A | pnp: remove' --strategy exhaustive --preemptions 1 --json
    exits 1; json findings.0.finding use-after-free
    run test lock --program 'io: acquire A; release A | pnp: remove' --strategy exhaustive --preemptions 3 --json
    exits 0; json exhausted true; json programs 1
    write_replays
    run test lock:m07 --program @finding.replay --no-minimize --executions 10k; exits 1
    printf 'io: acquire A; release A\npnp: remove\n' >program.txt
    run test lock:m07 --program @program.txt --executions 10k; exits 1
    run test lock --set lock=checked --set minutes=3 --points all --executions 1k
    exits 0; says '--points all --set lock=checked --set minutes=3'
    run test lock --misuse --executions 50k --seed 1 --json --out misuse; exits 1

    usage 'a subject is missing' test
    usage "one subject at a time" test lock lock
    usage "unknown subject 'lok'; did you mean 'lock'" test lok
    usage "subject 'lock:m1' could be any of lock:m10" test lock:m1
    usage "unknown subject 'zzzzzzzzzzz'; 'remlock drivers' lists all" test zzzzzzzzzzz
    usage '--time=soon: expected a time' test lock --time soon
    usage '--time=0s: expected a time' test lock --time 0s
    usage '--executions=many: expected a number' test lock --executions many
    usage '--executions=0: expected a number' test lock --executions 0
    usage '--strategy=luck: expected mix' test lock --strategy luck
    usage '--jobs=0' test lock --jobs 0
    usage "has no setting 'lokc'; did you mean 'lock'" test lock --set lokc=free
    usage 'lock=red: expected free, checked, verifier' test lock --set lock=red
    usage "'lock': expected NAME=VALUE" test lock --set lock
    run test lock --program 'io: acquire A | pnp: remove' --executions 2k; exits 0; says 'a caller was to blame; --blame all'
    run test lock --program 'io: acquire A; release A | pnp: remove' --executions 2k; exits 0
    ! grep -q 'to blame' <<<"$out" || complain 'nobody did anything wrong'
    usage 'points=some: expected sync, all' test lock --points some
    usage 'blame=me: expected all, lock' test lock --blame me
    usage "^remlock test: --program:1:[0-9]+: .*(acquire|operation)" test lock --program 'io: acqire A'
    usage '^remlock test: --program: no tasks' test lock --program ''
    usage '^remlock test: --program: no tasks' test lock --program '# nothing'
    usage 'cannot be read: No such file' test lock --program @nowhere.txt
    usage 'cannot make the folder' test lock --out /proc/nowhere
    printf x >plain; usage 'cannot make the folder' test lock --out plain/below
}

# A program whose assumption never holds still ends at its limits, and does not pass for one that was looked at.
group_assumption() {
    local condition

    for condition in 0 1; do
        printf 'extern void __VERIFIER_assume(int);\nint main(void)\n{\n    __VERIFIER_assume(%s);\n    return 0;\n}\n' \
            "$condition" >"assume$condition.c"
        run build "assume$condition.c" --out "assume$condition.so"
        exits 0
    done
    run test ./assume0.so --executions 10k
    exits 0
    says '^clean: 0 executions'
    says '^  note: 10,000 executions were given up: an assumption of the program did not hold'
    run test ./assume0.so --executions 10k --json
    json abandoned 10000
    json executions 0
    run test ./assume0.so --time 1s --strategy random
    exits 0
    run test ./assume1.so --executions 10k --strategy random --json
    exits 0
    json abandoned 0
    json executions 10000
    run test ./assume1.so --executions 10k
    ! grep -q 'given up' <<<"$out" || complain "nothing was given up"
}

# Where synchronisation alone shows the finding of a program, a schedule can count that: then it fits every compiler.
group_program_points() {
    local compiler

    cat >order.c <<'END'
#include <pthread.h>
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static int count;
static void *second(void *unused)
{
    pthread_mutex_lock(&other);
    count++;
    pthread_mutex_lock(&one);
    pthread_mutex_unlock(&one);
    pthread_mutex_unlock(&other);
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, second, 0);
    pthread_mutex_lock(&one);
    pthread_mutex_lock(&other);
    count++;
    pthread_mutex_unlock(&other);
    pthread_mutex_unlock(&one);
    return pthread_join(thread, 0);
}
END
    cat >plain.c <<'END'
#include <assert.h>
#include <pthread.h>
static int count;
static void *second(void *unused)
{
    count++;
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, second, 0);
    count++;
    pthread_join(thread, 0);
    assert(count == 2);
    return 0;
}
END
    run build plain.c -o plain.so; exits 0
    run test ./plain.so --executions 20k --seed 1 --out plain; exits 1; says '^ASSERTION FAILED: assertion-failed'
    for compiler in gcc clang; do
        command -v "$compiler" >/dev/null || continue
        run build order.c --cc "$compiler" -o "order-$compiler.so"; exits 0
    done
    run test ./order-gcc.so --executions 20k --seed 1 --out order; exits 1
    run minimize order/order-gcc.deadlock.*_lock.found.replay --out usual.replay; exits 0
    ! grep -q points=sync usual.replay || complain 'plain accesses belong to the story unless told otherwise'
    run minimize --portable order/order-gcc.deadlock.*_lock.found.replay --out portable.replay; exits 0
    grep -q points=sync portable.replay || complain 'points at synchronisation suffice for a deadlock'
    run minimize --portable plain/plain.assertion-failed.*found.replay --out needed.replay; exits 0
    ! grep -q points=sync needed.replay || complain 'without points at plain accesses it does not happen'
    for compiler in gcc clang; do
        [ -e "order-$compiler.so" ] || continue
        run replay --subject "./order-$compiler.so" portable.replay; exits 1; says as-expected
    done
}

group_replay() {
    write_replays
    run replay finding.replay; exits 1
    says '^ASSERTION FAILED: use-after-free lock:m07-no-wait-for-one IoReleaseRemoveLockEx$'; says 'as-expected'
    run replay clean.replay; exits 0; says '^clean: lock'
    run replay diverging.replay; exits 3; says "^diverged: .*io@300 -> pnp"
    run replay misspelt.replay; exits 4; warns 'misspelt\.replay:4:[0-9]+: .*relaese'; silent
    run replay text.replay; exits 4; warns 'text\.replay: neither a replay file'
    run replay random.bin; exits 4
    run replay future.replay; exits 4; warns 'future\.replay:1:'
    run replay nowhere.replay; exits 4; warns 'nowhere\.replay: cannot be read: No such file'
    run replay .; exits 4; warns 'cannot be read: Is a directory'
    run replay other.replay; exits 1; says 'other-finding: the file expects clean'
    run replay clean.replay finding.replay; exits 1
    run replay finding.replay diverging.replay clean.replay; exits 3
    run replay misspelt.replay diverging.replay finding.replay; exits 4; says 'ASSERTION FAILED'
    out=$("$remlock" replay - <finding.replay 2>err.txt); code=$?; err=$(cat err.txt); exits 1

    run replay --json finding.replay clean.replay diverging.replay misspelt.replay
    exits 4
    json command replay; json replays 4
    json replays.0.finding use-after-free; json replays.0.outcome as-expected; json replays.0.file finding.replay
    json replays.1.finding null; json replays.2.outcome diverged; json replays.3.outcome malformed

    usage 'a file is missing' replay
    usage "unknown subject 'lokc'" replay --subject lokc finding.replay
}

group_explain() {
    write_replays
    run explain finding.replay
    exits 0
    says '^use-after-free in IoReleaseRemoveLockEx$'; says '^What went wrong$'; says '^      +\| io +\| pnp '
    says '^io@3 .*\| < interrupted'; says '^  freed by task pnp during .remove.$'; says '^How to fix it$'
    ! LC_ALL=C grep -q '[^ -~]' <<<"$out" || complain 'only ASCII in the C locale'
    run explain --color=always finding.replay; exits 0; says $'\033\\[1;31m'
    out=$(NO_COLOR=1 "$remlock" explain --color=always finding.replay); code=$?
    ! grep -q $'\033' <<<"$out" || complain 'no colour with NO_COLOR'
    if locale -a 2>/dev/null | grep -qi '^C\.utf'; then
        out=$(LC_ALL=C.UTF-8 "$remlock" explain finding.replay); code=$?; says '│ io '
    fi
    run explain --json finding.replay; exits 0; json command explain; json explanation.finding use-after-free
    json explanation.schedule.0 'io@3 -> pnp'; json explanation.preemptions 1; json explanation.stacks 3
    json outcome as-expected; json expected 'use-after-free IoReleaseRemoveLockEx'
    json explanation.source.function RemoveLockRelease
    [ "$("$json_get" explanation.text <<<"$out" | sed -n '/To see it again/,$d; p')" = "$("$remlock" explain finding.replay |
        sed -n '/To see it again/,$d; p')" ] || complain 'the same text as without --json'
    run convert finding.replay -o finding.bin; run explain --json finding.bin; exits 0
    "$json_get" replay <<<"$out" >again.replay; run replay again.replay; exits 1; says 'use-after-free lock:m07'
    run explain diverging.replay; exits 3; says '^diverged: '; says '^What happens instead:$'
    run explain misspelt.replay; exits 4; silent
    run explain -o told.txt finding.replay; exits 0; silent; holds told.txt
    run explain -o /proc/nowhere/told.txt finding.replay; exits 2; warns 'cannot create the file'
    usage 'a file is missing' explain
    usage 'one file at a time' explain finding.replay clean.replay
    cp finding.replay shown.replay; cp clean.replay shown.found.replay
    run explain shown.found.replay shown.replay; exits 0; says 'use-after-free'
    run explain shown.replay shown.found.replay; exits 0; says 'use-after-free'
    usage 'one file at a time' explain shown.found.replay finding.replay
}

group_minimize() {
    write_replays
    run test lock:m15 --seed 3 --no-minimize --out big --quiet; exits 1
    local big
    big=$(echo big/*.replay)
    cp "$big" big.replay
    run minimize big.replay
    exits 0
    says '^big\.min\.replay: [0-9]+ to [0-9]+ tasks'; says '^minimal: '
    holds big.min.replay
    run replay big.min.replay; exits 1; says 'as-expected'
    run minimize --json -o small.replay big.replay
    exits 0; json command minimize; json minimal true; json result small.replay
    run minimize big.min.replay -o again.replay; exits 0
    diff <(grep -v '^#' big.min.replay) <(grep -v '^#' again.replay) >diff.txt ||
        complain 'a minimal replay should stay as it is'
    run minimize --executions 3 big.replay -o three.replay; exits 0; says '^not minimal'
    run minimize clean.replay; exits 1; warns 'clean\.replay: '
    run minimize misspelt.replay; exits 4
    run minimize big.replay -o /proc/nowhere/small.replay; exits 2; warns 'nowhere'
    usage 'a file is missing' minimize
    usage '--executions=x' minimize --executions x big.replay
}

group_convert() {
    write_replays
    run convert finding.replay -o input.bin; exits 0; silent; holds input.bin
    run convert input.bin -o back.replay; exits 0; holds back.replay
    diff <(sed 's/ *#.*//; /^expect/d; /^$/d' finding.replay) <(sed 's/ *#.*//; /^$/d' back.replay) >diff.txt ||
        complain 'text to binary to text should lose nothing'
    run convert back.replay -o again.bin; exits 0
    cmp -s input.bin again.bin || complain 'binary to text to binary should lose nothing'
    run replay input.bin; exits 1; says '^ASSERTION FAILED: use-after-free'
    run convert --json finding.replay; exits 0; json format binary
    run convert --json input.bin; exits 0; json format text
    run convert misspelt.replay; exits 4; silent
    run convert random.bin; exits 4; warns 'neither a replay file'
    run convert nowhere; exits 4
    run convert finding.replay -o /proc/nowhere/x; exits 2
    usage 'a file is missing' convert
}

group_fuzz() {
    run fuzz lock:m07 --executions 300k --seed 1 --out found
    exits 1
    says '^remlock fuzz lock:m07-no-wait-for-one --seed 1 --engine builtin'
    says '^ASSERTION FAILED: '; says '^builtin: '
    run replay found/lock-m07*.replay; exits 1; says 'as-expected'
    run fuzz lock --executions 30k --seed 1 --json --out clean
    exits 0; json command fuzz; json engines.0.engine builtin; json engines.0.ran true; json findings 0
    run fuzz lock:m07 --keep-going --executions 100k --seed 1 --json --out many; exits 1
    run fuzz lock --seeds nowhere --executions 1k; exits 2; warns 'nowhere'
    run fuzz lock --executions 20k --seed 1 --corpus shared --out one; exits 0; says '--corpus shared --out one'
    [ ! -e one/corpus ] || complain "there is a corpus of its own beside the shared one"
    cp -r shared before
    run fuzz lock --executions 20k --seed 1 --json --out alone; first=$("$json_get" engines.0.coverage <<<"$out")
    run fuzz lock --executions 1k --seed 2 --corpus shared --json --out two
    [ "$("$json_get" engines.0.coverage <<<"$out")" -ge "$first" ] || complain "less coverage than $first: nothing was read"
    ! diff -r before shared | grep -v "^Only in shared" || complain "inputs of others have gone"
    usage 'name another one with --corpus' fuzz lock --corpus /proc/nowhere
    usage "'hongfuzz' is none of builtin, libfuzzer, afl" fuzz lock --engine hongfuzz
    usage 'a subject is missing' fuzz
    usage 'cannot make the folder' fuzz lock --out /proc/nowhere
    usage "has no setting 'lokc'" fuzz lock --set lokc=free
}

group_tables() {
    run drivers; exits 0; says '^lock  +'; says '^lock:p02-signal-on-every-release +'
    run drivers --stories; exits 0; says '^    [A-Z]'
    run drivers lock:p02; exits 0; says '^Operations$'; says '^  acquire TAG \[lockN\]$'; says '^Settings'
    run drivers --json; exits 0; json command drivers; json subjects.0.name lock; json subjects.0.correct true
    run drivers --json lock; exits 0; json subject.name lock
    usage "unknown subject 'lokc'; did you mean 'lock'" drivers lokc
    run findings; exits 0; says '^use-after-free$'; says '^    To fix it:$'
    run findings deadlock; exits 0; says '^deadlock$'
    run findings --format markdown; exits 0; says '^\| .use-after-free. \| '
    run findings --format json; exits 0; json findings.0.identifier use-after-free
    run findings --json leak; exits 0; json findings 1
    usage "unknown finding 'deadlok'; did you mean 'deadlock'" findings deadlok
    usage '--format=html: expected text, markdown or json' findings --format html
    run doctor; [ "$code" = 0 ] || [ "$code" = 1 ] || complain 'expected exit status 0 or 1'; says '^(ok|missing) +executions '
    run doctor --json; json command doctor; json checks.0.name executions
    usage 'takes no argument' doctor please
}

# One Ctrl-C: the run ends soon, with a summary and what was found.
interrupt() {
    local signal=$1 pid start=$SECONDS
    shift
    command_line="remlock $* (then SIG$signal)"
    "$remlock" "$@" >out.txt 2>err.txt </dev/null &
    pid=$!
    sleep 1
    kill "-$signal" "$pid"
    wait "$pid"
    code=$?
    out=$(cat out.txt) err=$(cat err.txt)
    [ $((SECONDS - start)) -lt 20 ] || complain 'it should have ended at once'
}

group_interrupt() {
    interrupt INT test lock --time 60s; exits 0; says '^clean: .*, interrupted$'
    interrupt TERM test lock --time 60s --json; exits 0; json interrupted true
    interrupt INT test lock --time 60s --jobs 2; exits 0; says ', interrupted$'
    interrupt INT test lock:m07 --time 60s --keep-going --seed 1; exits 1; says '^[0-9]+ findings?: .*, interrupted$'
    holds remlock-findings/lock-m07-no-wait-for-one.use-after-free.IoReleaseRemoveLockEx.replay
    interrupt INT fuzz lock --time 60s; exits 0; says 'interrupted'
    write_replays
    mkdir good; cp clean.replay good
    interrupt INT regress --repeat 4000000000 good; exits 1; says ', interrupted$'
}

# The code under test takes its process down: the run tells, and saves the program.
group_crash() {
    local pid worker
    command_line='remlock test lock (its worker then SIGABRT)'
    "$remlock" test lock --time 60s >out.txt 2>err.txt </dev/null &
    pid=$!
    sleep 1
    worker=$(pgrep -P "$pid")
    kill -ABRT "$worker"
    wait "$pid"
    code=$?
    out=$(cat out.txt) err=$(cat err.txt)
    exits 1
    says '^crashed: '; warns 'the code under test crashed: Aborted'
    warns 'remlock test lock --program @remlock-findings/crash\.replay'
    holds remlock-findings/crash.replay
    run test lock --program @remlock-findings/crash.replay --executions 1k; exits 0
}

# Killed at many moments: whatever is there afterwards is complete, and no worker is left.
group_kill() {
    local round pid file
    command_line='remlock test (then SIGKILL)'
    mkdir found
    for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
        "$remlock" test lock:m10 --keep-going --seed "$round" --time 60s --jobs 2 --out "$PWD/found" >out.txt 2>err.txt &
        pid=$!
        sleep "0.$((round * 3 % 10))"
        kill -KILL "$pid"
        wait "$pid" 2>wait.txt
    done
    sleep 0.3
    for file in found/*; do
        [ -e "$file" ] || break
        run replay "$file"
        [ "$code" = 1 ] || complain "$file should be a complete replay"
    done
    run test lock:m10 --seed 1 --no-minimize --out big --quiet
    for file in big/*.replay; do
        for round in 1 2 3 4 5 6 7 8; do
            "$remlock" minimize "$file" -o small.replay >out.txt 2>err.txt &
            pid=$!
            sleep "0.0$((round * 2 % 10))"
            kill -KILL "$pid" 2>kill.txt
            wait "$pid" 2>wait.txt
            [ -e small.replay ] || continue
            run replay small.replay
            exits 1
        done
    done
    # Between getting a name beside the target and taking its place a file is complete already.
    for file in .remlock-*.new found/.remlock-*.new; do
        [ -e "$file" ] || continue
        run replay "$file"
        exits 1
    done
    pgrep -f -- "--out $PWD/found" >pgrep.txt
    code=$?
    [ "$code" = 1 ] || complain 'no worker should be left'
}

# shellcheck source=/dev/null
. "$here/build_groups.sh"
# shellcheck source=/dev/null
. "$here/campaign_groups.sh"
# shellcheck source=/dev/null
. "$here/campaign_view_groups.sh"
# shellcheck source=/dev/null
. "$here/corpus_groups.sh"
# shellcheck source=/dev/null
. "$here/driver_groups.sh"
# shellcheck source=/dev/null
. "$here/regress_groups.sh"
# shellcheck source=/dev/null
. "$here/report_groups.sh"
# shellcheck source=/dev/null
. "$here/verify_groups.sh"

"group_$group"
[ "$failures" = 0 ] || { printf '%s failures in group %s\n' "$failures" "$group"; exit 1; }
printf 'group %s: all as expected\n' "$group"
