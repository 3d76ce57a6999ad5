#!/usr/bin/env bash
# What the tests of packages share; sourced by them.

failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
unset NO_COLOR COLUMNS REMLOCK_DRIVERS REMLOCK_ENGINE_DIR DESTDIR CMAKE_PREFIX_PATH

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*"
}

# must COMMAND ARGUMENT...: shows what it printed when it fails. Its output is in $work/output.
must() {
    "$@" >"$work/output" 2>&1 </dev/null && return
    complain "exit status $?: $*"
    tail -n 30 "$work/output"
    return 1
}

# says REGEX: a line of what `must` ran last.
says() {
    grep -qE -- "$1" "$work/output" || complain "should print $1:"$'\n'"$(head -n 20 "$work/output")"
}

# needs PROGRAM...: without them the test cannot be run.
needs() {
    local program

    for program in "$@"; do
        command -v "$program" >/dev/null || { echo "there is no $program here"; exit 77; }
    done
}

finish() {
    [ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
}

# The program of a tree PREFIX works: it runs its drivers, shows lines, and builds drivers and programs with its own headers.
check_tree() {
    local prefix=$1 remlock=$1/bin/remlock headers

    must "$remlock" --version && says '^remlock [0-9]'
    must "$remlock" doctor --json
    headers=$(readlink -f "$prefix/include/remlock")
    says "\"text\":.*\"$headers: 'remlock build' makes drivers of C files\""
    says '"explanations show functions, files and lines"'
    must "$remlock" test driver:filter --executions 500 --seed 1 --quiet
    must "$remlock" regress "$prefix/share/remlock/corpus/regressions/driver/z12-early-return.replay"
    must "$remlock" build "$prefix/share/remlock/drivers/reference/filter.c" -o "$work/filter.so"
    must "$remlock" test "$work/filter.so" --executions 500 --seed 1 --quiet
}

# The project in examples/ is built against the package in PREFIX, and its tests pass.
check_consumer() {
    local prefix=$1 build=$work/consumer-build

    cp -R "$prefix/share/remlock/examples/consumer" "$work/consumer"
    must cmake -S "$work/consumer" -B "$build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="${COMPILER:-cc}" || return
    must cmake --build "$build" || return
    must ctest --test-dir "$build" --no-tests=error --output-on-failure && says '^100% tests passed'
    says 'thermo-old.regressions'
    says 'mailbox.regressions.wrong-reader-woken'
    [ -s "$build/thermo.regressions.xml" ] || complain "regression tests should write JUnit"

    # A new bug fails the build of tomorrow: the old one put back is found by the replay and by the search.
    printf '#define THERMO_OLD_BUG\n' | cat - "$work/consumer/driver/io.c" >"$work/io.c"
    cp "$work/io.c" "$work/consumer/driver/io.c"
    must cmake --build "$build" || return
    if ctest --test-dir "$build" -R '^thermo[.]' >"$work/output" 2>&1; then
        complain "the bug should be found"
    fi
    says 'thermo.regressions .*Failed'
    says 'thermo.search .*Failed'
    compgen -G "$build/thermo.search.findings/*.replay" >/dev/null || complain "the search should leave a replay"

    # What cannot be meant is refused when the project is configured.
    refuse "names no source files" 'remlock_add_driver(nothing)'
    refuse "is no target of remlock_add_driver" 'remlock_add_test(TARGET nowhere)'
    refuse "was not made by remlock_add_driver" 'add_custom_target(other)
        remlock_add_regression_tests(TARGET other FOLDER tests)'
    refuse "there is no ..replay file in" 'remlock_add_driver(empty x.c)
        remlock_add_regression_tests(TARGET empty FOLDER nothing EACH)'
    refuse 'requested version "0.99"' 'find_package(remlock 0.99 REQUIRED)'
}

# refuse MESSAGE COMMANDS: a project with these is not configured.
refuse() {
    mkdir -p "$work/wrong"
    printf '%s\n' 'cmake_minimum_required(VERSION 3.20)' 'project(wrong LANGUAGES NONE)' 'find_package(remlock 0.1 REQUIRED)' \
        "$2" >"$work/wrong/CMakeLists.txt"
    if cmake -S "$work/wrong" -B "$work/wrong-build" -DCMAKE_PREFIX_PATH="$prefix" >"$work/output" 2>&1; then
        complain "should be refused: $2"
    fi
    tr -s ' \n' ' ' <"$work/output" >"$work/line" && mv "$work/line" "$work/output"
    says "$1"
}
