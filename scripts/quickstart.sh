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

Installs what is missing on a Debian or Ubuntu machine, builds remlock, and then shows what it does: a driver with a bug is
compiled and its device removed until the bug shows; the failing run is made as small as possible, explained and replayed; a
correct driver and the correct lock survive the same test; and libFuzzer finds a bug in a lock. Can be run again at any time.

  --no-install  installs nothing; says what is missing and stops
  --help        this text
HELP
}

DRIVER=z08-freed-before-wait
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
    build build/default "$(nproc)" remlock remlock_drivers
    say "remlock and its fuzz target, with clang $CLANG_VERSION and libFuzzer: build/libfuzzer"
    configure build/libfuzzer libfuzzer "clang-$CLANG_VERSION"
    build build/libfuzzer "$(nproc)" remlock remlock-fuzz-lock
}

build_a_driver() {
    heading "1. A driver with a bug, compiled as it is"
    cat <<TEXT
drivers/zoo/$DRIVER.c is an ordinary WDM filter: DriverEntry, AddDevice, dispatch routines. When its device is removed it frees
a buffer first and waits for the remove lock afterwards, so a request that is still on its way finds the buffer gone. remlock
compiles it, with its own wdm.h, into something that it can load. Your driver would go the same way: docs/tutorial.md.

TEXT
    mkdir -p "$FINDINGS"
    watch 0 "$REMLOCK" build "drivers/zoo/$DRIVER.c" -o "$FINDINGS/$DRIVER.so"
}

# The minimised file of the last finding.
found() {
    FOUND=$(find "$FINDINGS" -name '*.replay' ! -name '*.found.replay' | sort | head -n 1)
    [ -n "$FOUND" ] || fail "the test found something but left no replay file in $FINDINGS"
}

find_its_bug() {
    heading "2. Finding the bug, and making it small"
    cat <<TEXT
remlock loads the driver, plugs its device in, opens handles, reads, writes, cancels, puts it to sleep, and pulls the device out
in the middle of it, hundreds of thousands of times, each time under another schedule. When something goes wrong it takes out of
that run whatever the bug does not need, and writes the rest to a file.

TEXT
    watch 1 "$REMLOCK" test "$FINDINGS/$DRIVER.so" --time "$BUDGET" --out "$FINDINGS"
    found
}

explain_it() {
    heading "3. Explaining it"
    say "A column for each task; time goes down. What the marks mean stands below the table."
    say
    watch 0 "$REMLOCK" explain "$FOUND"
}

replay_it() {
    heading "4. Replaying it"
    say "The file shows the same failure every time, on every machine, under every compiler."
    say
    watch 1 "$REMLOCK" replay "$FOUND"
}

test_what_is_correct() {
    heading "5. A correct driver, and the correct lock, survive the same test (this takes twice $BUDGET)"
    watch 0 "$REMLOCK" test driver:filter --time "$BUDGET" --out "$FINDINGS/correct"
    watch 0 "$REMLOCK" test lock --time "$BUDGET" --out "$FINDINGS/correct"
}

fuzz_it() {
    heading "6. libFuzzer finds a bug in a remove lock (this takes $BUDGET at most)"
    say "This lock looks whether the device is gone first and counts itself in afterwards. libFuzzer's inputs are programs with"
    say "their schedules, and which task saw whose write counts as coverage."
    say
    watch 1 "$REMLOCK_WITH_FUZZERS" fuzz "$MUTANT" --engine libfuzzer --time "$BUDGET" --out "$FINDINGS/libfuzzer"
}

what_next() {
    heading "That was it"
    cat <<TEXT
The files are in $FINDINGS. What to try now:

  $REMLOCK drivers                           all drivers and locks of ours; test another one
  $REMLOCK build DIR -o mine.so              a driver of yours: docs/tutorial.md
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
build_a_driver
find_its_bug
explain_it
replay_it
test_what_is_correct
fuzz_it
what_next
say
say "building and watching took $(duration $((SECONDS - installed_at)))"
