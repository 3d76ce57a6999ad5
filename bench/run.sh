#!/usr/bin/env bash
# Builds what is missing and measures: prints a table and keeps the numbers in build/default/bench/remlock-bench.json.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../scripts/lib-packages.sh
. "$REPOSITORY/scripts/lib-packages.sh"

usage() {
    cat <<'HELP'
Usage: bench/run.sh [--jobs N] [--compiler CC] [SECTION...]

Builds remlock in build/default and, where clang and AFL++ are installed, fuzz targets in build/libfuzzer and build/afl; then
measures. Sections: scheduler, lock, drivers, replays, engines, peers (all these when none is named) and feedback, which
takes minutes.

  --jobs N, -j N   build with as many processes (default: one per processor)
  --compiler CC    the compiler of everything but the fuzz targets (default: as cmake chooses)
  --help           this text

Exit status: 0 measured (whatever the numbers are), 1 something could not be built or run, 2 wrong usage.
HELP
}

jobs=$(nproc)
compiler=
sections=()
while [ $# -gt 0 ]; do
    case $1 in
        -j | --jobs) [ $# -gt 1 ] || usage_error "$1 wants a number"; jobs=$2; shift ;;
        --compiler) [ $# -gt 1 ] || usage_error "--compiler wants the name of one"; compiler=$2; shift ;;
        -h | --help) usage; exit 0 ;;
        -*) usage_error "unknown argument '$1'" ;;
        *) sections+=("$1") ;;
    esac
    shift
done
[[ $jobs =~ ^[1-9][0-9]*$ ]] || usage_error "--jobs wants a number from 1, not '$jobs'"

say "building in build/default" >&2
configure build/default default "$compiler"
build build/default "$jobs" remlock remlock_drivers remlock-bench

clang=$(newest_clang installed)
if [ "$clang" != 0 ]; then
    say "building in build/libfuzzer, with clang $clang" >&2
    configure build/libfuzzer libfuzzer "clang-$clang"
    build build/libfuzzer "$jobs" remlock-fuzz-lock remlock-bench-empty
fi
if command -v afl-clang-fast >/dev/null; then
    say "building in build/afl" >&2
    configure build/afl afl
    build build/afl "$jobs" remlock-fuzz-lock-afl-target remlock-afl-mutator
fi

exec build/default/bench/remlock-bench --json build/default/bench/remlock-bench.json "${sections[@]}"
