# Tests of `remlock verify`; read by test_cli.sh.
# shellcheck shell=bash disable=SC2154

two='io: acquire A; release A | pnp: remove'
three='io: acquire A; release A | b: acquire A; release A | pnp: remove'
many='a: hold 2 | b: hold 2 | c: hold 2 | d: hold 2 | pnp: remove'

group_verify() {
    # The same program in all the ways that there are; without reduction each schedule counts.
    run verify lock --program "$two"
    exits 0
    says '^remlock verify lock --program '
    says '^estimate: about [0-9]+ schedules before reduction, by 300 random ones; standard error [0-9]+ %$'
    says '^complete: [0-9]+ executions, no finding, in '
    says '^  covered: every distinguishable schedule of the program$'
    says '^  under: memory=sc, points=sync, races=off; executions of up to 20000 steps$'
    run verify lock --program "$three" --no-reduction --json
    exits 0; json command verify; json complete true; json executions 9936; json findings 0; json explored 1
    json strategy exhaustive
    run verify lock --program "$three" --no-reduction --jobs 3 --json; exits 0; json executions 9936
    run verify lock --program "$three" --json --no-estimate; exits 0; json strategy dpor; json complete true; json truncated 0
    run verify lock --program "$three" --states; exits 0; says '^complete: [0-9,]+ states, '
    says 'every reachable state of the program$'
    # Whose removal it is, and of which device, is decided before either task has come to a scheduling point.
    run verify lock --program 'pnp: remove; init | io: remove' --no-estimate --json; exits 0; json executions 5
    run verify lock --program "$three" --preemptions 1; exits 0; says 'with at most 1 preemptions of the program$'
    run verify lock --program "$three" --delays 1; exits 0; says 'with at most 1 delays of the program$'
    run verify lock --program "$three" --check-determinism --no-reduction --json; exits 0; json checked_for_determinism 9936

    # A finding is written as test does, and can be verified from there.
    run verify lock:m07 --program "$three" --quiet
    exits 1
    says '^ASSERTION FAILED: (use|signal)-after-free lock:m07-no-wait-for-one IoReleaseRemoveLockEx$'
    says '^1 finding: '
    mv remlock-findings/lock-m07*Ex.replay it.replay
    run replay it.replay; exits 1; says 'as-expected'
    run verify --file it.replay --json; exits 1; json subject lock:m07-no-wait-for-one; json complete false
    run verify lock --file it.replay --json; exits 0; json subject lock; json complete true
    # Without an estimate too, and by states.
    run verify lock:m07 --program "$three" --no-estimate --quiet; exits 1
    run verify lock:m07 --program "$three" --no-estimate --states --quiet; exits 1
    # A deadlock of a caller's is excused, and is a finding when asked for.
    run verify lock --program 'io: acquire A | pnp: remove'; exits 0; says 'of them a caller was to blame'
    run verify lock --program 'io: acquire A | pnp: remove' --blame all --quiet; exits 1; says '^ASSERTION FAILED: [a-z-]+ lock'
}

# Stopped by a limit: not complete, and says how far it came.
group_verify_limits() {
    run verify lock --program "$three" --no-reduction --executions 1k
    exits 5
    says '^not complete: 1,000 executions, no finding'
    says '^  stopped by --executions: about [0-9.]+ % explored'
    run verify lock --program "$many" --no-reduction --time 300ms; exits 5; says '^  stopped by --time: about '
    run verify lock --program "$many" --no-reduction --time 300ms --json; exits 5; json complete false; json covered ''
    interrupt INT verify lock --program "$many" --no-reduction; exits 5; says '^  interrupted: about '
    interrupt INT verify lock --program "$many" --no-reduction --jobs 2; exits 5; says '^  interrupted: about '
    usage 'what shall lock do\?' verify lock
    usage 'a subject is missing' verify --all-programs
    usage 'does not go together with --program' verify lock --all-programs --program "$two"
    usage 'three ways to explore: one of them' verify lock --program "$two" --states --no-reduction
    usage "has no operation 'fly'; 'remlock drivers lock' lists all" verify lock --all-programs --only acquire,fly
    usage 'memory=sc and races=off only' verify lock --program "$two" --states --races nt
    usage 'cannot read nowhere: ' verify lock --program "$two" --resume nowhere
}

# What lies dead in a stack may differ between processes: where addresses do, and between the variables of a frame that has
# room around each of them to find errors.
stacks_are_told_alike() {
    setarch -R true 2>/dev/null && ! "$remlock" --version | grep -q '^  sanitizers .*address'
}

# In several sittings it does what it does in one.
group_verify_resume() {
    local mode sittings
    for mode in --no-reduction --states ''; do
        # shellcheck disable=SC2086
        run verify lock --program "$three" --no-estimate --json $mode; exits 0
        "$json_get" executions <<<"$out" >whole.txt
        rm -f kept
        # shellcheck disable=SC2086
        run verify lock --program "$three" --no-estimate $mode --executions 100 --checkpoint kept; exits 5; holds kept
        says '^  to go on: --resume kept with the same options$'
        sittings=1
        while [ "$code" = 5 ] && [ $sittings -lt 200 ]; do
            # shellcheck disable=SC2086
            run verify lock --program "$three" --no-estimate --json $mode --executions 100 --resume kept
            sittings=$((sittings + 1))
        done
        exits 0; json complete true
        if [ "$mode" = --states ] && ! stacks_are_told_alike; then
            # Some states are explored twice then, never fewer.
            [ "$("$json_get" executions <<<"$out")" -ge "$(cat whole.txt)" ] || complain 'fewer executions than in one sitting'
        else
            json executions "$(cat whole.txt)"
        fi
        [ $sittings -gt 2 ] || complain 'it should have taken several sittings'
    done
    # Many programs, and several workers.
    local all=(lock --all-programs --only "hold,remove" --tasks 2 --operations 1 --no-reduction --jobs 2)
    run verify "${all[@]}" --json; exits 0
    "$json_get" executions <<<"$out" >whole.txt
    run verify "${all[@]}" --executions 500 --checkpoint all
    exits 5; says '^  stopped by --executions: about [0-9.]+ % explored'
    run verify "${all[@]}" --resume all --json
    exits 0; json executions "$(cat whole.txt)"; json programs 15
    # Ctrl-C keeps it as well.
    interrupt INT verify lock --program "$many" --no-reduction --checkpoint late; exits 5; holds late
    run verify lock --program "$many" --no-reduction --resume late --executions 10; exits 5
    # What does not belong together is refused.
    usage "^remlock verify: kept: belongs to 'remlock verify lock --program" verify lock --program "$two" --resume kept
    usage '^remlock verify: late: belongs to ' verify lock --program "$many" --states --resume late
    usage '^remlock verify: late: belongs to ' verify lock:m01 --program "$many" --no-reduction --resume late
    printf '%s' "$many" | tr '|' '\n' >program.txt
    run verify lock --program @program.txt --no-reduction --executions 10 --checkpoint file; exits 5
    printf '\ne: hold 2\n' >>program.txt
    usage 'was made by another build of remlock or of the subject' \
        verify lock --program @program.txt --no-reduction --resume file
    head -c 300 late >short; usage 'short: is ' verify lock --program "$many" --no-reduction --resume short
    printf 'X' | dd of=late bs=1 seek=300 conv=notrunc 2>dd.txt
    usage 'late: is damaged' verify lock --program "$many" --no-reduction --resume late
    printf 'nothing' >other; usage 'other: is no checkpoint' verify lock --program "$many" --no-reduction --resume other
}

# Every small program of the correct lock, every personality.
group_verify_programs() {
    run verify lock --all-programs --only acquire,release,remove,surprise-remove --tasks 2 --operations 2 --states
    exits 0
    says '^estimate: 690 programs with about '
    says '^complete: 690 programs, [0-9,]+ states, '
    says '^  covered: every reachable state of 690 programs: up to 2 tasks with up to 2 operations each$'
    says '^  operations: acquire A; release A; remove; surprise-remove$'
    says '^  lock: every value, free, checked, verifier$'
    run verify lock --all-programs --only acquire,release,remove --tasks 3 --operations 1 --set lock=free --json
    exits 0; json programs 19; json complete true
    run verify lock --all-programs --only hold,remove --tasks 2 --operations 2 --set lock=free --memory c11 --json
    exits 0; json memory c11; json complete true
    run verify lock:m07 --all-programs --only hold,remove --tasks 2 --operations 1 --quiet; exits 1; says '^1 finding: '
}

# Every mutant is refuted on the program that shows its bug, and the correct lock proven on the same one.
group_verify_mutants() {
    local file count=0
    for file in "$here"/../../corpus/regressions/lock/*.replay; do
        grep -q '^subject lock:' "$file" || continue
        run verify --file "$file" --quiet --no-minimize --no-estimate --out found; exits 1
        run verify lock --file "$file" --json --no-estimate; exits 0; json complete true; json truncated 0
        count=$((count + 1))
    done
    [ $count -ge 36 ] || complain "there should be a replay for each mutant, not $count"
}
