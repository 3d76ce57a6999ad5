#!/usr/bin/env bash
# Installs what is missing, builds remlock with every compiler it promises to work with, and runs everything CTest knows.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib-packages.sh
. "$REPOSITORY/scripts/lib-packages.sh"

usage() {
    cat <<'HELP'
Usage: scripts/test.sh [--only RUN,...] [--quick] [--jobs N] [--no-install]

Installs what is missing, builds, and runs everything CTest knows. Each run has a build folder of its own:

  gcc       build/default    gcc, optimised
  clang-14  build/clang-14   clang 14, with the targets of libFuzzer and AFL++
  clang     build/libfuzzer  the newest clang of the distribution, with the libFuzzer targets
  asan      build/asan       AddressSanitizer and UndefinedBehaviorSanitizer over our own code
  tsan      build/tsan       gcc with its ThreadSanitizer: does it agree with our race detector; stress on real threads
  afl       build/afl        gcc and afl-clang-fast, the tests of fuzzing only; only when asked for
  slow      build/default    the package for Debian built twice and compared, the fuzz targets with all that fuzzing services
                             have: ten minutes, only when asked for

  --only RUN,...  these runs alone
  --quick         without the tests that take most of the time: statistics, proofs, whole campaigns, other compilers; in
                  the folder build/quick, of one run
  --jobs N, -j N  as many at a time (default: one per processor)
  --no-install    installs nothing; says what is missing and stops
  --help          this text

CTest's results stand in junit.xml of each build folder. Exit status: 0 all passed, 1 something failed, 2 wrong usage.
HELP
}

# These take nine tenths of the time of all, and are for the run after a pull request rather than the one for it.
SLOW='^(programs|matrix|docs|gdb|examples|package|stress|native)\.|^threads\..*\.clang|^cli\.(build|verify|driver|fuzz|kill)'
SLOW+='|^cli\.(campaign_|regress_(processes|add))|^reports\.(html|schemas)'
SLOW+='|^scheduler\.(strategies|counting|hunts|reduction|samplers|litmus|explorer|dpor)|^(drivers|ci|html|install)\.'
SLOW+='|^campaign\.|^replay\.minimise|^style\.check|^harness\.(million|mutants)|^fuzz\.(builtin|engines|campaign)'

RUNS=gcc,clang-14,clang,asan,tsan
QUICK=()
JOBS=$(nproc)
INSTALL=yes

parse_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --only) [ $# -gt 1 ] || usage_error "--only wants the names of runs"; RUNS=$2; shift ;;
            --quick) QUICK=(--exclude-regex "$SLOW") ;;
            --only=*) RUNS=${1#*=} ;;
            -j | --jobs) [ $# -gt 1 ] || usage_error "$1 wants a number"; JOBS=$2; shift ;;
            -j*) JOBS=${1#-j} ;;
            --jobs=*) JOBS=${1#*=} ;;
            --no-install) INSTALL=no ;;
            -h | --help) usage; exit 0 ;;
            *) usage_error "unknown argument '$1'" ;;
        esac
        shift
    done
    [[ $JOBS =~ ^[1-9][0-9]*$ ]] || usage_error "--jobs wants a number from 1, not '$JOBS'"
}

# Sets PRESET, COMPILER, OPTIONS and CTEST_ARGUMENTS of a run; false when there is no such run. What is installed is built as it
# is installed by gcc; elsewhere optimising across rooms takes longer than it would gain.
describe_run() {
    OPTIONS=(-DREMLOCK_WHOLE_PROGRAM=OFF) CTEST_ARGUMENTS=(-LE slow)
    case $1 in
        gcc) PRESET=default COMPILER=gcc OPTIONS=() ;;
        clang-14)
            PRESET=clang-14 COMPILER=clang-14 CTEST_ARGUMENTS=(-LE 'slow|cli|drivers')
            OPTIONS+=(-DREMLOCK_AFL=ON)
            ;;
        clang)
            PRESET=libfuzzer COMPILER=clang-${CLANG_VERSION:-}
            CTEST_ARGUMENTS=(-LE 'slow|cli|drivers') # with sanitizers the same compiler runs them
            ;;
        asan) PRESET=asan COMPILER=clang-${CLANG_VERSION:-} ;;
        tsan) PRESET=tsan COMPILER=gcc ;;
        afl) PRESET=afl COMPILER=gcc ;;
        slow) PRESET=default COMPILER=gcc OPTIONS=() CTEST_ARGUMENTS=(-L slow) ;;
        *) return 1 ;;
    esac
}

run() {
    local folder=build/$PRESET

    if [ ${#QUICK[@]} -gt 0 ]; then
        folder=build/quick OPTIONS+=(-DREMLOCK_WHOLE_PROGRAM=OFF)
    fi
    configure "$folder" "$PRESET" "$COMPILER" "${OPTIONS[@]}" || return 1
    build "$folder" "$JOBS" || return 1
    # One more than processors: some tests wait most of the time.
    ctest --test-dir "$folder" --parallel $((JOBS + 1)) --output-on-failure --no-tests=error --timeout 600 \
        --output-junit junit.xml "${QUICK[@]}" "${CTEST_ARGUMENTS[@]}" </dev/null
}

parse_arguments "$@"
for name in ${RUNS//,/ }; do
    describe_run "$name" || usage_error "there is no run '$name'"
done
[ ${#QUICK[@]} = 0 ] || [[ $RUNS != *,* ]] || usage_error "--quick is for one run: say which with --only"

heading "What this machine needs"
ensure_packages "$INSTALL" build fuzz test

summary=''
failed=0
for name in ${RUNS//,/ }; do
    describe_run "$name"
    heading "$name: $COMPILER, preset $PRESET"
    began=$SECONDS
    verdict=passed
    run || { verdict=FAILED; failed=1; }
    summary+=$(printf '  %-9s %-7s %s' "$name" "$verdict" "$(duration $((SECONDS - began)))")$'\n'
done

heading "Summary"
printf '%s' "$summary"
say "all of it took $(duration $SECONDS)"
exit "$failed"
