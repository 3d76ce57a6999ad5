#!/usr/bin/env bash
# Replays under ThreadSanitizer: check_lock.sh REMLOCK PROJECT
#
# Its reports must be there exactly when the memory model that is asked for calls the accesses a race, and the verdict must be
# the one that the file expects in either case.
set -euo pipefail
remlock=$1 corpus=$2/corpus/regressions/lock
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# check NAME RACES CODE FILE: where one of the accesses is, or "none"
check() {
    local file=$folder/$1.replay code=0
    awk -v races="$2" '
        $1 == "config" { print $0 " races=" races; next }
        $1 == "program" && !said { print "config races=" races }
        { said = said || $1 == "config"; print }' "$corpus/$1.replay" >"$file"
    "$remlock" replay --quiet "$file" >"$folder/out" 2>"$folder/err" || code=$?
    if [ "$code" != "$3" ]; then
        echo "$1 with races=$2: exit code $code, not $3"
        cat "$folder/out" "$folder/err"
        failed=1
    fi
    if [ "$4" = none ] && grep -q 'WARNING: ThreadSanitizer' "$folder/err"; then
        echo "$1 with races=$2: ThreadSanitizer reports a race where there is none"
        cat "$folder/err"
        failed=1
    elif [ "$4" != none ] && ! grep -q "#[01] .*/$4:" "$folder/err"; then
        echo "$1 with races=$2: ThreadSanitizer does not report a race in $4"
        cat "$folder/err"
        failed=1
    fi
}

# The count is volatile: what the mutant does to it is a race in C11 and, on NT, an atomic read and an atomic write.
check m08a-plain-increment nt 1 none
check m08a-plain-increment c11 1 m08a_plain_increment.c
check m08b-plain-decrement nt 1 none
check m08b-plain-decrement c11 1 m08b_plain_decrement.c
# Nothing but Interlocked operations, an event and the flag.
check m02-one-decrement nt 1 none
check m02-one-decrement c11 1 none
check m09b-hoisted-load nt 1 none
check m09b-hoisted-load c11 1 interlocked.h
exit $failed
