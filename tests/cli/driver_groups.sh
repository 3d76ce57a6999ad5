# shellcheck shell=bash disable=SC2154 # sourced by test_cli.sh, which sets here, work, out and err
# Groups about drivers as subjects: found, replayed, explained, minimised and fuzzed exactly as the lock.

# A driver with a bug, built here as anybody would: my.so. Frees a pool block before it waits for the requests that use it.
make_driver() {
    run build --quiet "$here/../../drivers/zoo/z08-freed-before-wait.c" -o my.so
    exits 0
}

found_replay() {
    local replay
    for replay in remlock-findings/my.use-after-free.*.replay; do
        case $replay in *.found.replay) ;; *) printf '%s\n' "$replay" ;; esac
    done
}

group_driver() {
    make_driver
    run test ./my.so --seed 1 --time 60s
    exits 1
    says '^ASSERTION FAILED: use-after-free \./my\.so IO_COMPLETION_ROUTINE$'
    says 'io.*: |pnp: remove'
    holds "$(found_replay)"
    grep -q '^subject \./my\.so$' "$(found_replay)" || complain 'the replay should name the driver as it was given'
    # Wherever the driver is loaded, and whatever is behind it.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        "$remlock" test ./my.so --seed 1 --time 60s --no-minimize --quiet --out again | grep -o 'found in execution [0-9,]*'
    done | sort -u >executions.txt
    [ "$(wc -l <executions.txt)" = 1 ] || complain "the same seed should find it in the same execution: $(cat executions.txt)"
    run test ./my.so --seed 1 --time 60s --jobs 2 --json --out jobs
    exits 1
    json findings.0.finding use-after-free
    json subject ./my.so
    run test my.so --program 'io: open A; flush A' --executions 100
    exits 0
    ! grep -q 'came to nothing' "$out" || complain 'there was a device to do it to'
    # Nothing that a program asks for happens: clean, but no test.
    run test my.so --program 'io: read A' --executions 100
    exits 0
    says 'note: 100 of 100 operations came to nothing'
    # A program that removes a device that it has itself open hangs nobody.
    run test my.so --program 'pnp: open A; surprise-remove; remove' --executions 100
    exits 0
    run drivers ./my.so
    exits 0
    says '^\./my\.so: '
    says '  surprise-remove'
    usage 'nothing\.so: no such file' test ./nothing.so
    printf 'no driver\n' >text.so
    usage 'text\.so: cannot be loaded' test ./text.so
    mkdir 'a folder'
    cp my.so 'a folder/my.so'
    usage 'a byte that replay files cannot write' test './a folder/my.so'
}

group_driver_replays() {
    make_driver
    run test ./my.so --seed 1 --time 60s
    local replay
    replay=$(found_replay)
    run replay "$replay"
    exits 1
    says 'as-expected'
    run regress remlock-findings
    exits 0
    says '2 of 2 replays as expected'
    run minimize "$replay" -o again.replay
    exits 0
    cmp -s <(grep -v '^#' "$replay") <(grep -v '^#' again.replay) || complain 'nothing should be left to minimise'
    run convert "$replay" -o bytes
    exits 0
    run convert bytes -o back.replay
    exits 0
    cmp -s <(grep -v '^[#e]' "$replay" | sed 's/  #.*//') <(grep -v '^[#e]' back.replay | sed 's/  #.*//') ||
        complain 'a conversion there and back should lose nothing but what is expected'
    run replay bytes
    exits 1
    # The path is that of where remlock is called; --subject says another one.
    mkdir elsewhere
    cd elsewhere || exit 1
    run replay "../$replay"
    exits 4
    warns 'my\.so: no such file'
    run replay --subject ../my.so "../$replay"
    exits 1
    says 'use-after-free \.\./my\.so'
    run regress ../remlock-findings
    exits 1
    run regress --subject ../my.so ../remlock-findings
    exits 0
    run explain --subject ../my.so "../$replay"
    exits 0
    usage 'none\.so: no such file' regress --subject ./none.so ../remlock-findings
    cd ..
}

group_driver_explain() {
    make_driver
    run test ./my.so --seed 1 --time 60s
    export COLUMNS=200
    run explain "$(found_replay)"
    exits 0
    says 'freed that memory \(the pool block\)'
    says 'steps before the program begins'
    says 'IoAcquireRemoveLock RemoveLock: IoCount [0-9]+ .* [0-9]+'
    says "the driver's IO_COMPLETION_ROUTINE|IO_COMPLETION_ROUTINE"
    says 'IoCallDriver .*IRP_MN_REMOVE_DEVICE|IRP_MN_REMOVE_DEVICE'
    says 'freed by task [a-z0-9]+ during .*, in IRP_MN_REMOVE_DEVICE'
    says '^      RemoveDevice +z08-freed-before-wait\.c:[0-9]+$'
    says 'allocated by task system#[0-9]+, in '
    says '^      AddDevice +z08-freed-before-wait\.c:[0-9]+$'
    ! grep -qE '(execution|world|tasks|machine|call)\.c:' <<<"$out" || complain 'what runs the driver should not be shown'
    run explain --full "$(found_replay)"
    says 'IoAttachDeviceToDeviceStack'
    run explain --full "$(found_replay)"
    says ' RemoveLock\.IoCount: [0-9]+ '
    run explain --json "$(found_replay)"
    json explanation.stacks.0.frames.0.file interlocked.h
}

group_driver_fuzz() {
    make_driver
    run fuzz ./my.so --seed 1 --time 60s
    exits 1
    says '^ASSERTION FAILED: [A-Za-z0-9-]+ \./my\.so '
    local replays=(remlock-findings/my.*.replay)
    run replay "${replays[0]}"
    exits 1
    run doctor
    says '^[a-z]+ +drivers '
    says '^ok +headers for drivers '
}
