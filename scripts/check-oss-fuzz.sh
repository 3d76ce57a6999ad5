#!/usr/bin/env bash
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite would, without Docker, and checks them: see check-fuzz-targets.sh.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

usage() {
    cat <<'HELP'
Usage: scripts/check-oss-fuzz.sh [OPTION]...

Sets the environment that OSS-Fuzz's build images set, runs oss-fuzz/build.sh (or that of ClusterFuzzLite) into a folder of its
own, and checks every target; then lets the target for locks fuzz a wrong lock, and looks at what it prints.

  --only ENGINE-SANITIZER,...  engines libfuzzer and afl, sanitizers address and undefined (all four)
  --drivers NAME,...           drivers to build targets for, of drivers/reference/ (all)
  --command REMLOCK            a built remlock; otherwise one is built
  --work DIR                   where to build (build/oss-fuzz)
  --runs N                     inputs for each target (1000)
  --help                       this text

Exit status: 0 all good, 1 something is wrong, 2 wrong usage, 77 a tool is missing.
HELP
}

COMBINATIONS=libfuzzer-address,libfuzzer-undefined,afl-address,afl-undefined
DRIVERS='' COMMAND='' WORKPLACE=$REPOSITORY/build/oss-fuzz RUNS=1000
BROKEN=lock:m07-no-wait-for-one

value() {
    [ $# -gt 1 ] || usage_error "$1 wants a value"
    printf '%s' "$2"
}

parse_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --only) COMBINATIONS=$(value "$@") ;;
            --drivers) DRIVERS=$(value "$@") ;;
            --command) COMMAND=$(value "$@") ;;
            --work) WORKPLACE=$(value "$@") ;;
            --runs) RUNS=$(value "$@") ;;
            -h | --help) usage; exit 0 ;;
            *) usage_error "unknown argument '$1'" ;;
        esac
        shift 2
    done
}

newest_clang() {
    local version
    version=$(compgen -c clang- | sed -n 's/^clang-\([0-9]*\)$/\1/p' | sort -rn | head -n 1)
    [ -z "$version" ] || printf 'clang-%s' "$version"
}

skip() {
    complain "$*"
    exit 77
}

# What `compile` of their build images exports. Libraries of LLVM are where Debian has them.
set_environment() {
    local engine=$1 sanitizer=$2 flags checks driver

    checks=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute
    checks+=,shift,signed-integer-overflow,unreachable,vla-bound,vptr
    flags='-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION'
    case $sanitizer in
        address) flags+=' -fsanitize=address -fsanitize-address-use-after-scope' ;;
        undefined) flags+=" -fsanitize=$checks,unsigned-integer-overflow -fno-sanitize-recover=$checks" ;;
        *) usage_error "there is no sanitizer '$sanitizer'" ;;
    esac
    case $engine in
        libfuzzer)
            CC=$(newest_clang) CXX=${CC/clang/clang++} LIB_FUZZING_ENGINE=-fsanitize=fuzzer
            command -v "$CXX" >/dev/null || skip "no clang++ is installed"
            flags+=' -fsanitize=fuzzer-no-link' ;;
        afl)
            CC=afl-clang-fast CXX=afl-clang-fast++
            command -v "$CC" >/dev/null || skip "AFL++ is not installed"
            for driver in /usr/lib/afl /usr/local/lib/afl; do
                [ ! -e "$driver/libAFLDriver.a" ] || LIB_FUZZING_ENGINE=$driver/libAFLDriver.a
            done ;;
        *) usage_error "there is no engine '$engine'" ;;
    esac
    export CC CXX LIB_FUZZING_ENGINE CFLAGS=$flags CXXFLAGS=$flags
    export FUZZING_ENGINE=$engine SANITIZER=$sanitizer ARCHITECTURE=x86_64 FUZZING_LANGUAGE=c
    export SRC=$WORKPLACE/src WORK=$WORKPLACE/work-$engine-$sanitizer OUT=$WORKPLACE/out-$engine-$sanitizer
}

# Their images put the checkout at $SRC/remlock and build.sh at $SRC/build.sh; ClusterFuzzLite's has libFuzzer only.
build_targets() {
    local script=oss-fuzz/build.sh

    [ "$1" != libfuzzer ] || script=.clusterfuzzlite/build.sh
    rm -rf "$SRC" "$OUT"
    [ -e "$WORK/whole" ] || rm -rf "$WORK" # what was given up half-way is no beginning
    mkdir -p "$SRC" "$OUT" "$WORK"
    ln -s "$REPOSITORY" "$SRC/remlock"
    cp "$script" "$SRC/build.sh"
    [ -z "$COMMAND" ] || export REMLOCK=$COMMAND
    export REMLOCK_DRIVERS_TO_FUZZ=${DRIVERS//,/ }
    rm -f "$WORK/whole"
    (cd "$SRC/remlock" && bash -eu "$SRC/build.sh") >"$WORK/build.log" 2>&1 ||
        { tail -n 30 "$WORK/build.log"; complain "build.sh failed: its whole output is in $WORK/build.log"; return 1; }
    touch "$WORK/whole"
}

# The line by which crashes are grouped stands first.
check_line() {
    local log=$1 line

    line=$(grep -m 1 -E 'ASSERTION FAILED|ERROR|SUMMARY|runtime error' "$log")
    [[ $line =~ ^ASSERTION\ FAILED:\ [a-z-]+\ $BROKEN\ [A-Za-z_-]+$ ]] ||
        { complain "a crash should begin with 'ASSERTION FAILED: IDENTIFIER SUBJECT ROUTINE', not '$line'"; return 1; }
    say "  a wrong lock: $line"
}

find_bug_libfuzzer() {
    local log=$WORK/bug.log status=0

    mkdir -p "$WORK/bug"
    (cd "$WORK/bug" && REMLOCK_SUBJECT=$BROKEN timeout 120 "$OUT/remlock-fuzz-lock" -seed=1 -max_total_time=60 \
        -close_fd_mask=1 >"$log" 2>&1 </dev/null) || status=$?
    [ "$status" = 77 ] || { complain "a finding should end the target with status 77, not $status: see $log"; return 1; }
    check_line "$log"
}

# afl-fuzz keeps the input; the target, run on it, says the line.
find_bug_afl() {
    local log=$WORK/bug.log input status=0

    rm -rf "$WORK/bug" && mkdir -p "$WORK/bug/in"
    unzip -qq "$OUT/remlock-fuzz-lock_seed_corpus.zip" -d "$WORK/bug/in"
    (cd "$WORK/bug" && AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 \
        AFL_BENCH_UNTIL_CRASH=1 TERM=xterm REMLOCK_SUBJECT=$BROKEN timeout 120 afl-fuzz -V 60 -i in -o out -- \
        "$OUT/remlock-fuzz-lock" >afl.log 2>&1 </dev/null) || status=$?
    input=$(find "$WORK/bug" -path '*/crashes*/id*' | head -n 1)
    if [ -z "$input" ] && grep -q 'does not crash' "$WORK/bug/afl.log"; then
        input=$(find "$WORK/bug/in" -type f | sort | head -n 1)
    fi
    [ -n "$input" ] || { complain "afl-fuzz saw no crash of a wrong lock (status $status): see $WORK/bug/afl.log"; return 1; }
    status=0
    (cd "$WORK/bug" && REMLOCK_SUBJECT=$BROKEN timeout 60 "$OUT/remlock-fuzz-lock" "$input" >"$log" 2>&1 </dev/null) ||
        status=$?
    [ "$status" != 0 ] || { complain "the target ends well on an input that crashed under afl-fuzz"; return 1; }
    check_line "$log"
}

check() {
    local engine=${1%-*} sanitizer=${1#*-} status=0

    set_environment "$engine" "$sanitizer"
    build_targets "$engine" || return 1
    scripts/check-fuzz-targets.sh "$OUT" "$engine" "$sanitizer" --runs "$RUNS" || status=$?
    [ "$status" = 0 ] || return "$status"
    "find_bug_$engine"
}

parse_arguments "$@"
WORKPLACE=$(mkdir -p "$WORKPLACE" && cd "$WORKPLACE" && pwd)
for combination in ${COMBINATIONS//,/ }; do
    heading "$combination"
    (check "$combination") || exit $?
done
say "all of it took $(duration $SECONDS)"
