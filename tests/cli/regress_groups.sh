#!/usr/bin/env bash
# The groups about `remlock regress`. Sourced by test_cli.sh.
# shellcheck disable=SC2034,SC2154 # $remlock, $out, $code, ... are test_cli.sh's

# Programs that take their process down, or never end, where the scheduler cannot see it.
write_wreckers() {
    local name

    # The system call kill(getpid(), SIGKILL), the system call exit_group(3), and a loop without any access.
    cat >dies.c <<'END'
int main(void)
{
    long self, status;
    __asm__ volatile("syscall" : "=a"(self) : "a"(39L) : "rcx", "r11", "memory");
    __asm__ volatile("syscall" : "=a"(status) : "a"(62L), "D"(self), "S"(9L) : "rcx", "r11", "memory");
    return 0;
}
END
    cat >leaves.c <<'END'
int main(void)
{
    long status;
    __asm__ volatile("syscall" : "=a"(status) : "a"(231L), "D"(3L) : "rcx", "r11", "memory");
    return 0;
}
END
    cat >hangs.c <<'END'
int main(void)
{
    for (;;) {
        __asm__ volatile("pause");
    }
}
END
    for name in dies leaves hangs; do
        "$remlock" build --quiet "$name.c" -o "$name.so"
        printf 'remlock 1\nsubject ./%s.so\nprogram\n  main: run\nexpect clean\n' "$name" >"$name.replay"
    done
}

only_on_x86() {
    [ "$(uname -m)" = x86_64 ] || { printf 'group %s: written for x86-64\n' "$group"; exit 0; }
}

group_regress() {
    write_replays
    mkdir -p good/below bad empty
    cp finding.replay good/below; cp clean.replay good
    printf 'not a replay' >good/README
    run regress good; exits 0; says '^2 of 2 replays as expected'
    run regress --json good
    exits 0; json command regress; json replays 2; json failed 0; json replays.0.as_expected true
    json replays.1.outcome as-expected; json replays.1.subject lock
    json replays.1.expected clean; json replays.1.got clean
    json replays.0.expected 'use-after-free IoReleaseRemoveLockEx'
    run regress --repeat 50 good; exits 0; says '100 executions'
    run regress --repeat 50 --jobs 1 good; exits 0; says '100 executions'
    cp finding.replay diverging.replay misspelt.replay silent.replay other.replay bad
    run regress bad
    exits 1
    says '^NOT AS EXPECTED bad/diverging\.replay$'; says '^  diverged: '
    says '^NOT AS EXPECTED bad/misspelt\.replay$'; says 'misspelt\.replay:4:'
    says '^NOT AS EXPECTED bad/silent\.replay$'; says 'expects nothing'
    says '^NOT AS EXPECTED bad/other\.replay$'; says 'expected clean, got use-after-free IoReleaseRemoveLockEx'
    says '^1 of 5 replays as expected'
    run regress --json bad; exits 1; json failed 4
    json replays.0.outcome diverged; json replays.2.outcome malformed; json replays.3.outcome not-as-expected
    # Files and folders together, each file once, in the order of their names.
    run regress --json good bad/finding.replay bad/finding.replay good/clean.replay
    exits 0; json replays 3; json replays.0.file bad/finding.replay; json replays.1.file good/below/finding.replay
    usage 'no replay file' regress empty
    usage "cannot read 'nowhere'" regress nowhere
    usage 'a folder is missing, and there is no corpus/regressions here' regress
    usage 'jobs=0' regress --jobs 0 good
    usage 'time-limit=never: expected a time' regress --time-limit never good
    mkdir -p corpus/regressions; cp clean.replay corpus/regressions
    run regress; exits 0; says '^1 of 1 replays as expected'
}

# What takes its process down, or hangs, is the result of its file, and of no other one.
group_regress_processes() {
    local index jobs
    only_on_x86
    write_replays
    write_wreckers
    mkdir wrecks
    for index in 1 2 3 4 5; do
        cp finding.replay "wrecks/good$index.replay"
        cp dies.replay "wrecks/dies$index.replay"
    done
    cp leaves.replay hangs.replay wrecks
    for jobs in 1 2 7; do
        run regress --time-limit 2s --jobs "$jobs" wrecks
        exits 1
        says '^NOT AS EXPECTED wrecks/dies5\.replay$'; says '^  the code under test crashed: Killed'
        says '^  no end after 2 s; --time-limit allows more$'
        says '^  the code under test ended its process with status 3$'
        says '^5 of 12 replays as expected'
        [ "$jobs" = 1 ] && printf '%s' "$out" | grep -v ' replays as expected' >first.txt
        cmp -s first.txt <(printf '%s' "$out" | grep -v ' replays as expected') || complain 'the order should not vary'
    done
    run regress --time-limit 2s --repeat 3 --json wrecks
    exits 1; json failed 7; json executions 15; json replays.0.outcome crashed; json replays.9.outcome as-expected
    json replays.9.file wrecks/good5.replay; json replays.10.outcome timed-out; json replays.11.outcome crashed
    run regress --time-limit 60s finding.replay; exits 0
}

# Counts and content of the file, and the same verdict as without it.
group_regress_junit() {
    write_replays
    mkdir -p mixed
    cp finding.replay clean.replay diverging.replay misspelt.replay mixed
    run regress --junit results.xml mixed; exits 1; says '^2 of 4 replays as expected'
    holds results.xml
    command -v xmllint >xmllint.txt || { printf 'xmllint is missing: the file was not looked at\n'; return; }
    xmllint --noout results.xml || complain 'results.xml should be XML'
    [ "$(xmllint --xpath 'count(//testcase)' results.xml)" = 4 ] || complain 'there should be a test case for each file'
    [ "$(xmllint --xpath 'count(//testcase[failure or error])' results.xml)" = 2 ] || complain 'two should have failed'
    [ "$(xmllint --xpath 'sum(//testsuite/@tests)' results.xml)" = 4 ] || complain 'the suite should count them'
    [ -n "$(xmllint --xpath 'string(//testsuite/@timestamp)' results.xml)" ] || complain 'it should say when it was'
    grep -q 'misspelt' results.xml || complain 'the file that failed should be named'
    run regress --junit results.xml mixed/clean.replay; exits 0
    [ "$(xmllint --xpath 'count(//testcase)' results.xml)" = 1 ] || complain 'the file should have been replaced'
    [ "$(xmllint --xpath 'count(//failure) + count(//error)' results.xml)" = 0 ] || complain 'nothing should have failed'
    run regress --junit nowhere/results.xml mixed/clean.replay; exits 2; warns 'nowhere/results.xml'
}

group_regress_add() {
    local file=corpus/lock/m07-no-wait-for-one-use-after-free-in-IoReleaseRemoveLockEx.replay
    write_replays
    cat >big.replay <<'END'
remlock 1
subject lock:m07-no-wait-for-one
program
  read: acquire B; release B
  io: acquire A; release A; acquire C; release C
  pnp: remove
schedule
  io@3 -> pnp
expect use-after-free IoReleaseRemoveLockEx
END
    run replay --json big.replay; json replays.0.outcome as-expected
    run regress --add big.replay --to corpus --why 'the last release must wake the remover'
    exits 0; says "^$file$"; says '10 of 10 replays in fresh processes showed it, and minimised'
    holds "$file"
    [ "$(sed -n 2p "$file")" = '# the last release must wake the remover' ] || complain 'the reason should stand at its head'
    ! grep -q 'acquire C' "$file" || complain 'it should have been minimised'
    run regress corpus; exits 0

    # The same finding again, under whatever name.
    run regress --add finding.replay --to corpus --name another
    exits 1; silent; warns "$file has it already: use-after-free IoReleaseRemoveLockEx of lock:m07"
    run regress --add finding.replay --to corpus --force; exits 0; says 'IoReleaseRemoveLockEx-2\.replay$'
    run regress --add finding.replay --to corpus --force --name another.replay --json
    exits 0; json added.file corpus/lock/another.replay; json added.reproduced 10; json added.minimised true
    run regress --add finding.replay --to corpus --force --name another; exits 1; warns 'is there already; give another --name'
    run regress --add big.replay --to whole --no-minimize; exits 0
    grep -q 'acquire C' whole/lock/*.replay || complain 'it should be as it was'

    # A raw fuzz input; a clean one; a caller that errs.
    "$remlock" convert big.replay -o raw.bin
    run regress --add raw.bin --to raws; exits 0; says '^raws/lock/m07'
    run regress --add clean.replay --to corpus; exits 0; says '^corpus/lock/lock-stays-clean\.replay$'
    run regress --add clean.replay --to corpus; exits 1; warns 'lock-stays-clean\.replay has it already'
    printf 'remlock 1\nsubject lock\nprogram\n  pnp: raise high; remove\nexpect irql IoAcquireRemoveLockEx\n' >misuse.replay
    run regress --add misuse.replay --to corpus; exits 0; says '^corpus/misuse/lock-irql-in-IoAcquireRemoveLockEx\.replay$'
    run regress corpus; exits 0

    # What does not show what it says is not filed.
    find corpus | sort >before.txt
    for name in other diverging misspelt silent text nowhere; do
        run regress --add "$name.replay" --to corpus
        [ "$name" = silent ] || { silent; warns "$name\.replay"; }
    done
    run regress --add other.replay --to corpus; exits 1; warns 'does not show what it expects \(other-finding\)'
    run regress --add misspelt.replay --to corpus; exits 1; warns 'misspelt\.replay is no replay'
    run regress --add nowhere.replay --to corpus; exits 2; warns "cannot read 'nowhere.replay'"
    find corpus | sort | cmp -s - before.txt || complain 'nothing should have been filed'
    run regress --add clean.replay --to /proc/nowhere; exits 1; warns "cannot make the folder .*; --to names another one"
    run regress --add clean.replay --to other --name ../x; exits 1; warns 'is no name for a file'
    usage 'add FILE is missing' regress --why x corpus
    usage 'leave out --update' regress --add clean.replay --update
    usage 'leave out the other files' regress --add clean.replay corpus
    usage 'one file at a time' regress --add clean.replay --add finding.replay
}

# A path belongs into the corpus itself; what crashes or hangs is told as such.
group_regress_add_paths() {
    only_on_x86
    write_wreckers
    printf 'int main(void)\n{\n    __builtin_trap();\n}\n' >traps.c
    "$remlock" build --quiet traps.c -o traps.so
    printf 'remlock 1\nsubject ./traps.so\nprogram\n  main: run\nexpect access-violation -\n' >traps.replay
    run regress --add traps.replay --to mine; exits 0; says '^mine/traps-access-violation\.replay$'
    run regress mine; exits 0
    run regress --add hangs.replay --to mine --time-limit 2s; exits 1; silent; warns 'has no end after 2 s'
    run regress --add dies.replay --to mine; exits 1; silent; warns 'crashes: Killed'
}

write_stale() {
    write_replays
    mkdir -p stale
    cp finding.replay clean.replay stale
    { grep -v '^expect' other.replay; printf 'expect clean # for now\n'; } >stale/other.replay
    sed -e 's/^subject/# Shows the wait.\n&/' diverging.replay >stale/diverging.replay
    cp silent.replay misspelt.replay stale
    rm -rf copy; cp -r stale copy
}

group_regress_update() {
    write_stale
    run regress --update stale
    exits 1
    says '^  expects clean, and use-after-free IoReleaseRemoveLockEx comes$'
    says '^-expect clean # for now$'; says '^\+expect use-after-free IoReleaseRemoveLockEx # for now$'
    says '^-  io@300 -> pnp$'; says '^\+  io@3 -> pnp  # before InterlockedDecrement'
    says '^  another schedule, which shows the same finding$'
    says '^  it is no replay; repair it by hand$'
    says '^--- stale/silent\.replay$'; says '^\+\+\+ stale/silent\.replay$'; says '^@@ -[0-9]+,[0-9]+ \+[0-9]+,[0-9]+ @@$'
    says '^0 changed, 4 left as they are$'; says 'yes changes them$'
    diff -r stale copy >diff.txt || complain 'nothing should have changed'

    run regress --update --json stale
    exits 1; json updates 4; json updates.0.changed false; json updates.1.text ''; json failed 4
    diff -r stale copy >diff.txt || complain 'nothing should have changed'

    run regress --update --yes stale; exits 1; says '^3 changed, 1 left as they are$'
    cmp -s stale/misspelt.replay copy/misspelt.replay || complain 'what is no replay should be as it was'
    grep -q '^# Shows the wait' stale/diverging.replay || complain 'the comment at the head should still be there'
    rm stale/misspelt.replay
    run regress stale; exits 0; says '^5 of 5 replays as expected'
    run regress --update stale; exits 0; says 'nothing to change'
    find stale -name '.*' | grep -q . && complain 'nothing but the replays should be there'

    # The finding is gone: what comes instead is shown, and that no other schedule was found.
    sed -e 's/use-after-free.*/deadlock IoReleaseRemoveLockEx/' finding.replay >stale/gone.replay
    run regress --update --yes stale/gone.replay; exits 0; says 'no other schedule was found that shows what is expected'
    run regress stale/gone.replay; exits 0
    usage 'yes answers the questions of --update' regress --yes stale
}

# answer TEXT: runs --update on a terminal where somebody types that.
answer() {
    local line="$remlock regress --update --color never stale"
    command_line="remlock regress --update stale (on a terminal, $(printf '%q' "$1"))"
    out=$(printf '%b' "$1" | script -qec "$line" typescript.txt 2>err.txt)
    code=$?
    err=$(cat err.txt)
}

group_regress_asks() {
    command -v script >script.txt || { printf 'script is missing: nobody can be asked\n'; exit 0; }
    write_stale; rm stale/misspelt.replay copy/misspelt.replay
    answer 'n\nx\nno\nn\n'; exits 1; says 'change stale/diverging.replay\? \[y\]es'; says '0 changed, 3 left'
    diff -r stale copy >diff.txt || complain 'nothing should have changed'
    answer 'y\nq\n'; exits 1; says '1 changed, 1 left'
    cmp -s stale/diverging.replay copy/diverging.replay && complain 'the first should have changed'
    cmp -s stale/other.replay copy/other.replay || complain 'the second should be as it was'
    answer 'a\n'; exits 0; says '2 changed, 0 left'
    run regress stale; exits 0
}
