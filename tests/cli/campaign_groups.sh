# Tests of `remlock campaign`; read by test_cli.sh.
# shellcheck shell=bash disable=SC2154,SC2034

# campaign ARGUMENT...: a short one of two processes, with engines that every build has, without the page.
campaign() {
    run campaign --jobs 2 --engines search,builtin --no-html --seed 1 "$@"
}

# until_says REGEX... -- ARGUMENT...: one that is interrupted as soon as its output has a line for each of these.
until_says() {
    local wanted=() pid regex missing=yes
    while [ "$1" != -- ]; do
        wanted+=("$1")
        shift
    done
    shift
    command_line="remlock campaign $* (interrupted when it has said ${wanted[*]})"
    "$remlock" campaign --jobs 2 --engines search,builtin --no-html --seed 1 --time 200s "$@" >out.txt 2>err.txt </dev/null &
    pid=$!
    while [ "$missing" = yes ] && kill -0 "$pid" 2>kill.txt; do
        sleep 0.1
        missing=no
        for regex in "${wanted[@]}"; do
            grep -qE -- "$regex" out.txt || missing=yes
        done
    done
    kill -INT "$pid" 2>kill.txt
    wait "$pid"
    code=$?
    out=$(cat out.txt) err=$(cat err.txt)
    for regex in "${wanted[@]}"; do
        says "$regex"
    done
}

# events NAME: the lines of $out that tell of this event.
events() {
    jq -c "select(.event == \"$1\")" <<<"$out"
}

# all_of EVENT CONDITION: there are such events, and the condition holds for each.
all_of() {
    jq -s -e "map(select(.event == \"$1\")) | length > 0 and all($2)" <<<"$out" >json.txt || complain "every $1 should have: $2"
}

# rows QUERY: what the database in ./night says.
rows() {
    sqlite3 night/campaign.sqlite "$1"
}

# nobody FOLDER: no process works for a campaign there any more.
nobody() {
    local round
    for round in $(seq 100); do
        pgrep -f -- "$PWD/$1/" >pgrep.txt || return 0
        sleep 0.1
    done
    complain "$round rounds of 0.1 s later there are still processes: $(cat pgrep.txt)"
}

# Bugs are found, seen again in fresh processes, minimised and told; the canary is not among them.
group_campaign() {
    until_says '^ASSERTION FAILED: early-return lock:p02-signal-on-every-release IoReleaseRemoveLockAndWaitEx$' \
        '^ASSERTION FAILED: [a-z-]+ driver:z08-freed-before-wait ' -- lock:p02 driver:z08 --out night
    exits 1
    says '^remlock campaign --time 200s --jobs 2 --seed 1 .*--engines search,builtin --no-html lock:p02 driver:z08 '
    says '^2 subjects, [0-9]+ ways to run them, 2 processes at a time, '
    says '^  20 of 20 replays in fresh processes show it; [0-9]+ tasks?, [0-9]+ operations?, [0-9]+ preemptions?$'
    says '^  remlock explain night/findings/lock-p02-signal-on-every-release\.early-return\.IoReleaseRemoveLockAndWaitEx\.'
    grep -q canary <<<"$out" && complain 'the canary is not to be told of'
    run replay night/findings/*.replay; exits 1
    grep -q -e clean -e diverged <<<"$out" && complain 'each file should show its finding'
    [ "$(rows "SELECT count(*) FROM finding WHERE state = 'unreproducible'")" = 0 ] || complain 'all should show again'
    [ "$(rows "SELECT count(*) FROM finding WHERE identifier = 'canary'")" = 1 ] || complain 'the canary should be there'
    [ -z "$(find night/work -name '*.replay')" ] || complain 'nothing should be left in work'
    nobody night
}

# What is correct stays clean.
group_campaign_clean() {
    campaign lock --time 5s --out night --json
    exits 0
    [ "$(events end | jq -r '[.exit, .findings, .canary_alive] | @csv')" = '0,0,true' ] || complain 'nothing should be found'
    [ "$(events slice | jq -r .engine | sort -u | tr '\n' ' ')" != '' ] || complain 'there should be slices'
}

# The bug of m09a does not show under sequential consistency: it takes another memory model, and that is tried.
group_campaign_weak() {
    until_says '^ASSERTION FAILED: acquire-after-remove lock:m09a-relaxed-increment ' -- lock:m09a --out night
    exits 1
    says '^  seen by [a-z]+ with memory=c11 after '
}

# Every line of --json is an object of a documented shape.
group_campaign_json() {
    until_says '"event":"finding","elapsed":[0-9.]*,"subject":"lock:p02' '"event":"progress"' -- lock:p02 --out night --json
    exits 1
    jq -e . <<<"$out" >json.txt || complain 'every line should be JSON'
    local event
    for event in start slice finding progress end; do
        [ -n "$(events "$event")" ] || complain "there should be an event $event"
    done
    all_of finding '.state == "confirmed" and .attempts == 20 and .reproduced == 20 and (.fingerprint | length == 16) and
        (.file | startswith("night/findings/"))'
    all_of start '.seed == "1" and .jobs == 2 and .subjects == ["lock:p02-signal-on-every-release", "canary"] and
        .engines == ["search", "builtin"]'
    all_of slice '(.executions | type == "number") and (.outcome | IN("done", "failed", "killed"))'
    [ "$(head -n 1 <<<"$out" | jq -r .event)" = start ] || complain 'the first event should be start'
    [ "$(tail -n 1 <<<"$out" | jq -r .event)" = end ] || complain 'the last event should be end'
}

# Command lines that cannot be, and folders.
group_campaign_wrong() {
    usage "unknown subject 'lokc'; did you mean 'lock'" campaign lokc --out night
    usage "no subject matches 'driver:nothing\*'" campaign 'driver:nothing*' --out night
    usage "missing.so: no such file" campaign ./missing.so --out night
    usage "'fast' is none of search, builtin, libfuzzer, afl" campaign --engines fast
    usage 'expected NAME=VALUE' campaign --set memory
    usage "'odd' is no value of it for lock" campaign lock --set lock=free,odd --out night
    usage 'none of the subjects has this setting' campaign lock --set wings=2 --out night
    usage 'no subject is left' campaign lock --exclude 'lock*' --out night
    usage 'expected a time' campaign --time soon
    usage '--disk=1k: expected a number' campaign --disk 1k
    usage '--memory=1k: expected a number' campaign --memory 1k
    usage 'options.json: cannot be read' campaign --resume --out nowhere
    usage "cannot make the folder '/proc/night'" campaign lock --out /proc/night
    campaign lock:p02 --time 2s --out night --quiet; exits 1
    usage 'there is a campaign already; go on with it by --resume' campaign lock --out night
    printf '{}\n' >night/options.json
    usage 'options.json: damaged' campaign --resume --out night
    # An engine that is missing is said once, and the others run; alone it is not enough.
    command_line='remlock campaign --engines libfuzzer (without engines)'
    REMLOCK_ENGINE_DIR=/nowhere PATH=/nowhere "$remlock" campaign lock --engines libfuzzer --time 1s --out other \
        >out.txt 2>err.txt
    code=$? out=$(cat out.txt) err=$(cat err.txt)
    if ! grep -q '^remlock campaign: goes on without libfuzzer' <<<"$err"; then
        return # it is built
    fi
    exits 2; warns 'no engine of --engines can run any of the subjects'
    REMLOCK_ENGINE_DIR=/nowhere PATH=/nowhere "$remlock" campaign lock:p02 --engines search,libfuzzer,afl++ --time 2s \
        --jobs 2 --out other --no-html >out.txt 2>err.txt
    code=$? out=$(cat out.txt) err=$(cat err.txt)
    exits 1; warns "goes on without libfuzzer for 1 of 1 subjects: .*'cmake --preset libfuzzer"
    warns "goes on without afl\+\+ for 1 of 1 subjects: .*afl"
}

# Options say what is run.
group_campaign_options() {
    mkdir seeds
    cp "$here"/../../corpus/regressions/lock/m07*.replay seeds/
    until_says '"event":"slice",.*"configuration":"lock=verifier memory=sc' '"event":"slice",.*"engine":"builtin"' \
        -- 'lock:p0[23]*' lock --exclude '*p03*' --set lock=checked,verifier --set memory=sc --out night --json \
        --seeds seeds --disk 100M --memory 900M
    exits 1
    [ "$(events start | jq -c .subjects)" = '["lock:p02-signal-on-every-release","lock","canary"]' ] ||
        complain 'subjects should be these'
    [ "$(events start | jq -c '[.disk_limit, .memory_limit]')" = '[100000000,900000000]' ] || complain 'limits should be told'
    jq -r 'select(.event == "slice" and .subject != "canary") | .configuration' <<<"$out" | sort -u >configurations.txt
    grep -qv -e '^lock=checked memory=sc' -e '^lock=verifier memory=sc' configurations.txt &&
        complain "configurations should keep the settings: $(cat configurations.txt)"
    campaign --subjects 'lock,lock:p0*' --no-canary --time 2s --out other --json
    exits 1
    all_of start '(.subjects | index("canary")) == null and .subjects[0] == "lock"'
}

# A campaign that could not find anything does not pass for one that found nothing.
group_campaign_canary() {
    campaign lock --set alive=no --time 30s --out night
    exits 2
    warns 'the canary did not fail: nothing this campaign says can be trusted'
    nobody night
}

write_moody() {
    cat >moody.c <<'END_OF_PROGRAM'
#include <assert.h>
#include <pthread.h>
#include <stdint.h>

/* Where it was loaded decides: another process, another result. */
static int seen;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *argument)
{
    pthread_mutex_lock(&mutex);
    seen++;
    pthread_mutex_unlock(&mutex);
    return argument;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    work(0);
    pthread_join(thread, 0);
    assert(((uintptr_t)&seen >> 12 & 1) != 0);
    return 0;
}
END_OF_PROGRAM
    run build moody.c -o moody.so; exits 0
}

# What does not show again is told as what it is. Paths are subjects as well.
group_campaign_unreproducible() {
    write_moody
    until_says '^ASSERTION FAILED: nondeterminism ./moody.so -$' -- ./moody.so --out night
    exits 1
    says '^  assertion-failed in main was seen, and then in [0-9] of 10 replays in fresh processes; nothing wrong came instead$'
    holds night/findings/moody-*.assertion-failed.main.replay
    [ "$(rows "SELECT state FROM finding WHERE identifier = 'assertion-failed'")" = unreproducible ] ||
        complain 'the database should say so'
    # The next session asks again.
    rm -rf night
    until_says '^ASSERTION FAILED: ' -- lock:p02 --out night
    sqlite3 night/campaign.sqlite \
        "UPDATE finding SET state = 'unreproducible' WHERE state = 'confirmed' AND identifier <> 'canary'"
    run campaign --resume --time 1s --out night; exits 1
    says '^ASSERTION FAILED: [a-z-]+ lock:p02'
    [ "$(rows "SELECT count(*) FROM finding WHERE state = 'unreproducible'")" = 0 ] ||
        complain 'it should be confirmed after all'
}

# Interrupted, killed, and taken up again: the options are known, what was found is neither lost nor told twice.
group_campaign_resume() {
    until_says '^ASSERTION FAILED: ' -- lock:p02 lock --out night
    exits 1
    says ', interrupted$'
    says '^  remlock campaign --resume --out night$'
    nobody night
    run campaign --resume --out night --time 3s; exits 1
    says '^remlock campaign --time 3s --jobs 2 .*--engines search,builtin --no-html lock:p02 lock --out night$'
    [ "$(rows 'SELECT count(*) FROM session')" = 2 ] || complain 'there should be two sessions'
    run campaign --resume --out night; exits 1; warns 'of --time are over; a longer --time goes on'
    says ' 0 s left: '
}

group_campaign_kill() {
    local pid round
    local what=(lock:p02 driver:z08 --jobs 2 --engines search --no-html --time 200s)
    command_line='remlock campaign (then SIGKILL)'
    for round in 1 2 3; do
        "$remlock" campaign "${what[@]}" --out "$PWD/night" >out.txt 2>err.txt </dev/null &
        pid=$!
        sleep "$round.3"
        kill -KILL "$pid"
        wait "$pid" 2>wait.txt
        code=$?
        nobody night
        what=(--resume)
    done
    until_says '"subject":"driver:z08[^,]*,"finding"' -- --resume --out "$PWD/night" --json; exits 1
    # What was not confirmed then is now, although no time is left.
    run campaign --resume --time 1s --out "$PWD/night"; exits 1
    [ "$(rows "SELECT count(*) FROM slice WHERE outcome = 'running'")" = 0 ] || complain 'no slice should be running'
    [ "$(rows "SELECT count(DISTINCT fingerprint) = count(*) FROM finding")" = 1 ] ||
        complain 'each finding should be there once'
    [ "$(rows "SELECT count(*) FROM finding WHERE state = 'found' OR NOT announced")" = 0 ] || complain 'all should be settled'
    [ "$(rows "SELECT count(*) FROM finding JOIN subject ON subject.id = subject WHERE name LIKE 'driver:z08%'")" != 0 ] ||
        complain 'the bug of the driver should be found'
}

# Two at a time in one folder cannot be.
group_campaign_two() {
    local pid
    "$remlock" campaign lock --jobs 1 --engines search --no-html --time 60s --out night >out.txt 2>err.txt </dev/null &
    pid=$!
    until [ -e night/running ]; do sleep 0.1; done
    usage 'another campaign is running in this folder' campaign --resume --out night
    kill -HUP "$pid"
    wait "$pid"
    code=$?
    out=$(cat out.txt) err=$(cat err.txt)
    exits 0
    says ', interrupted$'
}

# A second Ctrl-C does not wait for anything, and what had been entered is there.
group_campaign_twice() {
    local pid
    command_line='remlock campaign lock:p02 (then SIGINT twice)'
    "$remlock" campaign lock:p02 --jobs 1 --engines search --no-html --time 200s --out "$PWD/night" >out.txt 2>err.txt \
        </dev/null &
    pid=$!
    until grep -q '^ASSERTION FAILED: ' out.txt || ! kill -0 "$pid" 2>kill.txt; do sleep 0.1; done
    kill -INT "$pid"
    sleep 0.2
    kill -INT "$pid"
    wait "$pid"
    code=$?
    out=$(cat out.txt) err=$(cat err.txt)
    exits 130
    nobody night
    [ "$(rows "SELECT count(*) > 1 FROM finding")" = 1 ] || complain 'findings should be there'
    run campaign --resume --time 1s --out "$PWD/night"; exits 1
    [ "$(rows "SELECT count(*) FROM finding WHERE state = 'found' OR NOT announced")" = 0 ] || complain 'all should be settled'
}

# A program that never comes back is ended, and told of.
group_campaign_hang() {
    printf 'int main(void)\n{\n    for (;;) {\n        __asm__ volatile("");\n    }\n}\n' >hang.c
    run build hang.c -o hang.so; exits 0
    campaign ./hang.so --time 2s --out night
    exits 2
    warns 'search ./hang.so.*: did not end when its time was over, and was killed'
    warns '^remlock campaign: ./hang.so was not executed: no slice of it has come to its end$'
    nobody night
}

# The process of a slice that dies is told of, and its program kept.
group_campaign_crash() {
    local pid worker=
    command_line='remlock campaign (a worker then SIGABRT)'
    "$remlock" campaign lock --jobs 1 --engines search --no-html --no-canary --time 6s --out "$PWD/night" >out.txt 2>err.txt \
        </dev/null &
    pid=$!
    until [ -n "$worker" ]; do
        worker=$(pgrep -f -- "remlock test lock .*$PWD/night/" | tail -n 1)
    done
    sleep 0.2
    kill -ABRT "$(pgrep -f -- "remlock test lock .*$PWD/night/" | tail -n 1)"
    wait "$pid"
    code=$?
    out=$(cat out.txt) err=$(cat err.txt)
    exits 1
    warns 'search lock.*: the code under test crashed its process'
    warns "lock crashed its process; kept as .*/night/findings/lock\.crash-1\.replay"
    holds night/findings/lock.crash-1.replay
    run test lock --program @night/findings/lock.crash-1.replay --executions 1k; exits 0
}

# Memory and disk are bounded: a process that takes too much is ended, inputs that take too much go.
group_campaign_bounds() {
    local pid round
    run campaign lock --jobs 25 --engines search --no-html --no-canary --time 4s --memory 50M --out night
    warns 'search lock.*: killed: used [0-9]+ MB of memory, allowed are 2'
    [ "$(rows "SELECT count(*) > 0 FROM slice WHERE outcome = 'killed'")" = 1 ] || complain 'the database should say so'
    campaign lock:p02 --time 1s --out other; exits 1
    head -c 45000000 /dev/zero >other/corpus/lock-p02-signal-on-every-release/large
    command_line='remlock campaign --resume --disk 50M'
    "$remlock" campaign --resume --time 200s --disk 50M --out other >out.txt 2>err.txt </dev/null &
    pid=$!
    for round in $(seq 600); do
        [ -e other/corpus/lock-p02-signal-on-every-release/large ] || break
        sleep 0.1
    done
    kill -INT "$pid"
    wait "$pid"
    code=$? out=$(cat out.txt) err=$(cat err.txt)
    [ ! -e other/corpus/lock-p02-signal-on-every-release/large ] ||
        complain "after $round looks an input that takes all the room is there"
    holds other/findings/lock-p02-signal-on-every-release.early-return.IoReleaseRemoveLockAndWaitEx.replay
}

# On a terminal a block of lines is kept up to date, below what is told for good.
group_campaign_terminal() {
    command -v script >which.txt || exit 77
    command_line='remlock campaign on a terminal'
    TERM=xterm script -qec "$remlock campaign lock:p02 --jobs 2 --engines search --time 4s --out night" typescript \
        >out.txt </dev/null
    code=$?
    out=$(tr -d '\r' <out.txt) err=
    exits 1
    says '^ASSERTION FAILED: '
    says '^  search lock:p02-signal-on-every-release'
    says $'\033\\[[0-9]+A'
    says ' left: [0-9,]+ executions, .*[0-9]+ findings'
    holds night/summary.md
    holds night/report.html
}
