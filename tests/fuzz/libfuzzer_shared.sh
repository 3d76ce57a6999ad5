#!/usr/bin/env bash
# Several processes of libFuzzer with one corpus: what each keeps is whole, and the next one starts from all of it.
set -euo pipefail

remlock=$1
target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset "${!REMLOCK_@}"
REMLOCK_ENGINE_DIR=$(dirname "$target")
export REMLOCK_ENGINE_DIR UBSAN_OPTIONS=symbolize=0 ASAN_OPTIONS=symbolize=0
ulimit -c 0

fail() { echo "libfuzzer_shared.sh: $*" >&2; exit 1; }

# start NAME ARGUMENT...
start() {
    local name=$1
    shift
    "$remlock" fuzz lock --engine libfuzzer --corpus shared --out "$name" "$@" >"$name.log" 2>"$name.err" ||
        fail "$name: $(cat "$name.log" "$name.err")"
}

coverage() { sed -n 's/^libfuzzer: .* coverage \([0-9]*\),.*/\1/p' "$1.log"; }

start first --executions 20k --seed 1 & one=$!
start second --executions 20k --seed 2 & two=$!
wait $one
wait $two
[ -z "$(find shared -type f ! -name '????????????????')" ] || fail "a file under no name of ours: $(ls -A shared)"
"$REMLOCK_ENGINE_DIR/remlock-replay-lock" --schedules=1 shared >log || fail "an input does not run"
start third --executions 1k --seed 3
for name in first second; do
    [ "$(coverage third)" -ge "$(coverage $name)" ] || fail "the third one reaches $(coverage third), $name $(coverage $name)"
done
