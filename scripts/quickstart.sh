#!/usr/bin/env bash
# The first two minutes with remlock: installs what is missing, builds, and follows a removal bug from discovery to replay.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-packages.sh
. "$REPOSITORY/scripts/lib-packages.sh"

usage() {
    cat <<'HELP'
Usage: scripts/quickstart.sh [--no-install]

Installs what is missing on a Debian or Ubuntu machine, builds remlock, and then shows what it does: a lock with a bug is tested
until the bug shows, the failing run is made as small as possible, explained and replayed; the correct lock survives the same
test; and libFuzzer finds the bug as well. Can be run again at any time.

  --no-install  installs nothing; says what is missing and stops
  --help        this text
HELP
}

MUTANT=lock:p10
BUDGET=10s
FINDINGS=build/quickstart
REMLOCK=build/default/cli/remlock
REMLOCK_WITH_FUZZERS=build/libfuzzer/cli/remlock

parse_arguments() {
    INSTALL=yes
    while [ $# -gt 0 ]; do
        case $1 in
            --no-install) INSTALL=no ;;
            -h | --help) usage; exit 0 ;;
            *) usage_error "unknown argument '$1'" ;;
        esac
        shift
    done
}

# watch STATUS COMMAND...: shows and runs a command; anything but that exit status ends the tour.
watch() {
    local expected=$1 status=0

    shift
    show_command "$@"
    say
    "$@" || status=$?
    [ "$status" = "$expected" ] || fail "'$*' ended with exit status $status where $expected was expected"
}

build_everything() {
    heading "Building (what the compilers say goes to build/*/build.log)"
    say "remlock, with the C compiler of this machine: build/default"
    configure build/default default
    build build/default "$(nproc)" remlock
    say "remlock and its fuzz target, with clang $CLANG_VERSION and libFuzzer: build/libfuzzer"
    configure build/libfuzzer libfuzzer "clang-$CLANG_VERSION"
    build build/libfuzzer "$(nproc)" remlock remlock-fuzz-lock
}

find_a_bug() {
    heading "1. Finding a removal bug, and making it small"
    cat <<TEXT
A remove lock keeps a device's memory alive until the last I/O is done. The one tested here looks whether the device is gone
first and counts itself in afterwards, and the remover may come in between. remlock invents small programs and tries many
schedules of each until one goes wrong; then it takes out of that run whatever the bug does not need, and writes the rest to a
file: the program, and the one switch of tasks that matters.

TEXT
    watch 1 "$REMLOCK" test "$MUTANT" --time "$BUDGET" --out "$FINDINGS"
    FOUND=$(find "$FINDINGS" -name '*.replay' ! -name '*.found.replay' | sort | head -n 1)
    [ -n "$FOUND" ] || fail "the test found something but left no replay file in $FINDINGS"
}

explain_it() {
    heading "2. Explaining it"
    say "A column for each task; time goes down. What the marks mean stands below the table."
    say
    watch 0 "$REMLOCK" explain "$FOUND"
}

replay_it() {
    heading "3. Replaying it"
    say "The file shows the same failure every time, on every machine, under every compiler."
    say
    watch 1 "$REMLOCK" replay "$FOUND"
}

test_the_correct_lock() {
    heading "4. The correct lock survives the same test (this takes $BUDGET)"
    watch 0 "$REMLOCK" test lock --time "$BUDGET" --out "$FINDINGS/correct"
}

fuzz_it() {
    heading "5. libFuzzer finds the bug as well (this takes $BUDGET at most)"
    say "Its inputs are programs with their schedules, and which task saw whose write counts as coverage."
    say
    watch 1 "$REMLOCK_WITH_FUZZERS" fuzz "$MUTANT" --engine libfuzzer --time "$BUDGET" --out "$FINDINGS/libfuzzer"
}

what_next() {
    heading "That was it"
    cat <<TEXT
The files are in $FINDINGS. What to try now:

  $REMLOCK drivers                           all locks with a bug; test another one
  $REMLOCK test lock --misuse --keep-going   what the lock says of callers that break its rules
  $REMLOCK --help                            all commands
  scripts/test.sh                                          the test suite, with every compiler
TEXT
}

parse_arguments "$@"
heading "What this machine needs"
ensure_packages "$INSTALL" build fuzz
installed_at=$SECONDS
build_everything
rm -rf "$FINDINGS"
find_a_bug
explain_it
replay_it
test_the_correct_lock
fuzz_it
what_next
say
say "building and watching took $(duration $((SECONDS - installed_at)))"
