#!/usr/bin/env bash
# The target for drivers: it has to be told which one, in one of its ways, and says so.
set -euo pipefail

target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset "${!REMLOCK_@}"

fail() { echo "driver_target.sh: $*" >&2; exit 1; }

# refused REGEX PROGRAM ARGUMENT...
refused() {
    local message=$1 status=0
    shift
    "$@" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq 2 ] || fail "$* gives status $status: $(cat "$work/err")"
    grep -qE -- "$message" "$work/err" || fail "$* says $(cat "$work/err"), expected $message"
}

: >"$work/input"
refused 'which driver is to be fuzzed\? Say --subject=driver:NAME or --subject=PATH' "$target" "$work/input"
refused 'this target fuzzes driver and driver:..., not lock:p02' "$target" --subject=lock:p02 "$work/input"
refused "missing\.so" "$target" --subject=./missing.so "$work/input"
REMLOCK_SUBJECT=./absent.so refused "absent\.so" "$target" "$work/input"

# By its own name: a driver beside it, or a built-in one.
ln -s "$target" "$work/mine"
echo "no driver" >"$work/mine.so"
refused "$work/mine\.so" "$work/mine" "$work/input"
ln -s "$target" "$work/remlock-fuzz-driver-no-such-one"
refused 'driver:no-such-one' "$work/remlock-fuzz-driver-no-such-one" "$work/input"
ln -s "$target" "$work/remlock-fuzz-driver-no-such-one-afl"
refused "'driver:no-such-one'" "$work/remlock-fuzz-driver-no-such-one-afl" "$work/input"
