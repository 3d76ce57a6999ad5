#!/usr/bin/env bash
# Whatever is killed of a run, nothing of it stays: no process, and after the next run no folder.
# survival.sh REMLOCK TARGET ENGINE
set -euo pipefail

remlock=$1
target=$2
engine=$3
[ "$engine" != afl++ ] || command -v afl-fuzz >/dev/null || { echo "afl-fuzz is not installed: skipped"; exit 77; }
work=$(mktemp -d)
cd "$work"
unset "${!REMLOCK_@}"
REMLOCK_ENGINE_DIR=$(dirname "$target")
export REMLOCK_ENGINE_DIR TMPDIR=$work/tmp SURVIVAL_TEST=$work
mkdir tmp
ulimit -c 0

fail() { echo "survival.sh: $*" >&2; exit 1; }

# Processes of this test are those with its folder in their environment; those that have ended have none.
ours() {
    local process
    for process in /proc/[0-9]*; do
        if grep -qz "^SURVIVAL_TEST=$work\$" "$process/environ" 2>/dev/null && [ "${process#/proc/}" != $$ ] &&
            [ "$(sed 's/.*) . \([0-9]*\) .*/\1/' "$process/stat" 2>/dev/null)" != $$ ]; then
            printf '%s\n' "${process#/proc/}"
        fi
    done
}

finish() {
    local process
    for process in $(ours); do
        kill -9 "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

# until_true COMMAND: within a minute, or the test has failed.
until_true() {
    for _ in $(seq 600); do
        ! "$@" || return 0
        sleep 0.1
    done
    fail "after a minute still not: $*"
}

child() { pgrep -P "$1" | head -n 1 || true; }

# The engine's own process, and one that it has started, exist.
runs_on() {
    local guardian engine_process
    guardian=$(child "$1")
    [ -n "$guardian" ] && engine_process=$(child "$guardian") && [ -n "$engine_process" ] && [ -n "$(child "$engine_process")" ]
}

nobody_left() { [ -z "$(ours)" ]; }

# after_killing HOW MANY GENERATIONS BELOW: 0 is the command, 1 the guardian, 2 the engine.
after_killing() {
    local victim generation command
    "$remlock" fuzz lock --engine "$engine" --time 200s --keep-going --corpus shared --out out >log 2>err &
    command=$!
    until_true runs_on "$command"
    victim=$command
    for ((generation = 0; generation < $1; generation++)); do
        victim=$(child "$victim")
    done
    kill -9 "$victim"
    wait "$command" 2>/dev/null || true
    until_true nobody_left
}

for generation in 0 1 2; do
    after_killing "$generation"
done

# One that is in use stays, one that was left goes.
"$remlock" fuzz lock --engine "$engine" --time 200s --keep-going --corpus shared --out out >log 2>err &
other=$!
until_true runs_on "$other"
mkdir tmp/remlock-fuzz-just-made tmp/remlock-fuzz-of-old
touch -d '1 hour ago' tmp/remlock-fuzz-of-old
"$remlock" fuzz lock --engine "$engine" --executions 1k --corpus shared --out out >log 2>err
[ -e tmp/remlock-fuzz-just-made ] || fail "a folder that had no time to get an owner was swept"
[ ! -e tmp/remlock-fuzz-of-old ] || fail "a folder without an owner was left"
rmdir tmp/remlock-fuzz-just-made
[ "$(find tmp -maxdepth 1 -name 'remlock-fuzz-*' | wc -l)" -eq 1 ] || fail "not the one folder in use: $(ls tmp)"
runs_on "$other" || fail "the other run was disturbed"
kill -INT "$other"
wait "$other" || fail "interrupted it ends with status $?"
until_true nobody_left
[ -z "$(ls tmp)" ] || fail "left behind: $(ls tmp)"
