# shellcheck shell=bash disable=SC2154,SC2034 # sourced by test_cli.sh, which sets here, work, out and err, and reads code
# Groups about `remlock report`: what it takes, what becomes of replays that go wrong. tests/reports/ looks at the formats.

# outcome_of FILE WORD: what the JSON document in $out says of that replay.
outcome_of() {
    local index count
    count=$("$json_get" replays <<<"$out")
    for ((index = 0; index < count; index++)); do
        [ "$("$json_get" "replays.$index.file" <<<"$out")" = "$1" ] || continue
        json "replays.$index.outcome" "$2"
        return
    done
    complain "$1 should be in the report"
}

group_report() {
    write_replays
    # For people: an overview, then the story of each finding, in this order.
    run report finding.replay clean.replay --title 'The night of the 1st'
    exits 0
    says '^The night of the 1st$'; says '^1 finding in 2 replays: 2 as-expected$'
    says '^   1  use-after-free in IoReleaseRemoveLockEx  lock:m07-no-wait-for-one'
    local order
    order=$(grep -nE '^(What went wrong|What happened: .*|What Windows would say|How to fix it|How to replay it)$' <<<"$out" |
        cut -d: -f2 | cut -c1-11 | tr '\n' ';')
    [ "$order" = 'What went w;What happen;What Window;How to fix ;How to repl;' ] || complain "another order: $order"
    says '^  remlock replay finding\.replay$'; says '^  remlock replay --gdb finding\.replay '
    [ -z "$err" ] || complain 'nothing to complain about'

    # For programs.
    run report --json finding.replay
    exits 0; json document report; json format 1; json findings 1; json replays 1; json title 'remlock: finding.replay'
    json command report; json invocation 'remlock report --json finding.replay'
    json findings.0.finding use-after-free; json findings.0.file finding.replay; json findings.0.outcome as-expected
    json findings.0.commands.minimize 'remlock minimize finding.replay'; json findings.0.replay "$(cat finding.replay)"
    json replays.0.expected 'use-after-free IoReleaseRemoveLockEx'; json replays.0.got 'use-after-free IoReleaseRemoveLockEx'
    json replays.0.fingerprint "$("$json_get" findings.0.fingerprint <<<"$out")"
    local same=$out
    run report --format json -o here.json finding.replay; exits 0; silent; holds here.json
    # A document that was saved is written in other formats without running anything.
    sed 's/"use-after-free"/"found-long-ago"/' here.json >old.json
    run report old.json --title 'An old one'
    exits 0; says '^An old one$'; says '  found-long-ago in IoReleaseRemoveLockEx  '
    run report --format sarif old.json; exits 0; json runs.0.results.0.ruleId found-long-ago
    json "runs.0.tool.driver.rules.$("$json_get" runs.0.results.0.ruleIndex <<<"$out").id" found-long-ago
    run report --format junit old.json
    exits 0; says '<testsuites name="remlock: finding\.replay" tests="1" failures="1" errors="0" skipped="0" time="'
    says '<testcase name="finding\.replay" classname="lock:m07-no-wait-for-one"'
    says '^Replay it: remlock replay finding\.replay$'
    sed 's/"format":.*/"format": 2,/' here.json >newer.json
    run report --json newer.json; exits 0; outcome_of newer.json malformed
    [ "$("$json_get" findings.0.hash <here.json)" = "$("$json_get" findings.0.hash <<<"$same")" ] || complain 'the same trace'
    out=$(SOURCE_DATE_EPOCH=86400 "$remlock" report --json finding.replay); json created 1970-01-02T00:00:00Z

    # Outcomes are told, and are no failures of the report.
    printf 'junk' >junk.bin
    run report --json finding.replay clean.replay diverging.replay misspelt.replay junk.bin --jobs 3
    exits 0; json findings 1; json replays 5; outcome_of clean.replay as-expected; outcome_of diverging.replay diverged
    outcome_of misspelt.replay malformed; outcome_of junk.bin malformed
    sed 's/^expect.*/expect clean/' finding.replay >wrong.replay
    run report --json wrong.replay; exits 0; outcome_of wrong.replay not-as-expected; json findings 1
    # What diverged is told from what its file says, without a picture of something else.
    run report --json diverging.replay; exits 0; json findings.0.finding use-after-free; json findings.0.outcome diverged
    ! "$json_get" findings.0.trace <<<"$out" >/dev/null 2>&1 || complain 'there should be no trace of what did not happen'
    run report diverging.replay; says '^Why there is no more to see$'
    # What was clean is no finding, whatever the file says.
    sed 's/^expect.*/expect deadlock IoReleaseRemoveLockEx/' clean.replay >gone.replay
    run report --json gone.replay; exits 0; json findings 0; outcome_of gone.replay not-as-expected
    json replays.0.message 'it was to show deadlock IoReleaseRemoveLockEx, and nothing went wrong'

    usage 'a replay file, a folder or a campaign is missing' report
    usage 'no such format' report --format pdf finding.replay
    usage 'which of them' report --json --format text finding.replay
    usage 'time-limit' report --time-limit never finding.replay
    run report nothing.replay; exits 2; silent; warns '^remlock report: nothing\.replay: cannot be read: No such file'
    run report /dev/null; exits 2; silent; warns "'/dev/null' is neither a file nor a folder"
    run report finding.replay --source-root nowhere; exits 2; silent; warns "cannot find the source root 'nowhere'"
    run report finding.replay -o nowhere/report.txt; exits 2; silent; warns 'cannot create the file'
    mkdir scratch; TMPDIR=$work/scratch run report finding.replay; exits 0
    [ -z "$(ls scratch)" ] || complain "no folder may be left behind"
    TMPDIR=$work/nowhere run report finding.replay
    exits 2; warns "cannot make a folder in .*/nowhere.*; set TMPDIR to another one"
}

group_report_folders() {
    write_replays
    mkdir -p found/deep empty
    run report empty; exits 0; says '^0 findings in 0 replays$'
    run report --json empty; exits 0; json findings 0; json replays 0

    # The same problem is told once, from the replay that is simpler to read; what a replay was minimised from is left out.
    cp finding.replay found/deep/b.replay
    sed 's/^  io: .*/  io: acquire A; acquire B; release B; release A/; s/io@3/io@8/' finding.replay >found/a.replay
    cp finding.replay found/deep/b.found.replay
    cp clean.replay found/clean.replay
    run report --json found; exits 0; json findings 1; json replays 3
    json findings.0.file found/deep/b.replay; json findings.0.others 1; json findings.0.others.0 found/a.replay
    run report found; says '^  the same: found/a\.replay$'
    run report --json found/deep/b.found.replay; json replays 1

    # Raw fuzz inputs are told apart; their replay is made for them.
    run convert finding.replay -o input.bin; exits 0
    run report --json input.bin; exits 0; json findings.0.finding use-after-free
    "$json_get" findings.0.replay <<<"$out" >made.replay
    run replay made.replay; exits 1; says 'use-after-free lock:m07'

    # Names are any bytes, titles any characters.
    cp finding.replay $'found/o\xffd \xc3\xa9\x01.replay'
    run report --json $'found/o\xffd \xc3\xa9\x01.replay' --title $'tab\t<é> \x02 \xf0\x9f\x92\xa5'
    exits 0; json title $'tab\t<é> \x02 \xf0\x9f\x92\xa5'; json replays.0.file $'found/o\xef\xbf\xbdd é\x01.replay'
    outcome_of $'found/o\xef\xbf\xbdd é\x01.replay' as-expected
}

# A program for each thing that code under test can do to the process that runs it.
make_programs() {
    printf '__attribute__((constructor)) static void first(void) { __builtin_trap(); }\nint main(void) { return 0; }\n' >crash.c
    printf 'int main(void) { for (;;) { __asm__ volatile(""); } }\n' >hang.c
    cat >race.c <<'END'
#include <pthread.h>
#include <stdio.h>
static int counter;
static void *work(void *argument)
{
    counter++;
    puts("{ not JSON");
    return argument;
}
int main(void)
{
    pthread_t one, other;
    pthread_create(&one, NULL, work, NULL);
    pthread_create(&other, NULL, work, NULL);
    pthread_join(one, NULL);
    return pthread_join(other, NULL);
}
END
    local name
    for name in crash hang race; do
        run build --quiet "$name.c" -o "$name.so"; exits 0
        printf 'remlock 1\nsubject ./%s.so\nprogram\n  main: run\nexpect deadlock -\n' "$name" >"$name.replay"
    done
    sed -i 's/^program/config races=c11 output=yes\nprogram/; s/deadlock/data-race/' race.replay
}

group_report_code() {
    make_programs
    run report --json crash.replay race.replay --jobs 2
    exits 0; json replays 2; json findings 2; outcome_of crash.replay crashed; outcome_of race.replay as-expected
    says '"message":.*"the code under test (crashed: |ended the process with status )'
    json findings.0.finding deadlock; json findings.0.outcome crashed
    json findings.1.finding data-race; json findings.1.source.file race.c; json findings.1.source.line 6
    json sources 1; says '"race\.c":'; says '"static int counter;"'
    run report --json hang.replay --time-limit 2s
    outcome_of hang.replay timed-out; json replays.0.message 'it did not end within 2 s'; json findings.0.outcome timed-out
    run report crash.replay
    exits 0; says '^1 finding in 1 replay: 1 crashed$'; says 'No task can go on\.'
    # Stopped while something hangs: no report, and nothing is left of it.
    local process
    mkdir scratch
    TMPDIR=$work/scratch "$remlock" report --json hang.replay -o never.json --time-limit 10m 2>err.txt &
    process=$!
    until [ -n "$(ls scratch/*/ 2>/dev/null)" ]; do kill -0 "$process" || break; done
    kill -TERM "$process"; wait "$process"; code=$?; err=$(cat err.txt); command_line='remlock report, interrupted'
    exits 5; warns '^remlock report: interrupted: no report was written$'
    [ -z "$(ls scratch; ls never.json 2>/dev/null)" ] || complain 'nothing may be left'
    # A subject that is not there is told of, too.
    rm crash.so
    run report --json crash.replay; exits 0; outcome_of crash.replay malformed; json findings.0.outcome malformed

    # Source lines: relative to the source root, wherever that lies now; none from outside of it.
    mkdir -p moved/inner elsewhere
    cp race.c moved/; cp race.replay race.so moved/
    (cd moved && "$remlock" build --quiet race.c -o race.so && "$remlock" report --json race.replay >told.json)
    mv moved further
    out=$(cd further && "$remlock" report --json race.replay)
    json findings.0.source.file race.c; json sources 1
    [ "$("$json_get" findings.0.fingerprint <<<"$out")" = "$("$json_get" findings.0.fingerprint <further/told.json)" ] ||
        complain 'the same fingerprint in a moved folder'
    run report --json race.replay --source-root elsewhere
    exits 0; json sources 0; ! "$json_get" findings.0.source <<<"$out" >/dev/null 2>&1 || complain 'no line outside of the root'
}
