#!/usr/bin/env bash
# Checks what a fuzzing service's build has left in a folder, as the service would: every target has its sanitizer and its
# corpus, needs nothing that does not travel, and runs from wherever it is put.
set -uo pipefail

usage() {
    cat <<'HELP'
Usage: scripts/check-fuzz-targets.sh OUT ENGINE SANITIZER [--runs N]

  OUT         the folder that a build.sh has filled
  ENGINE      libfuzzer or afl
  SANITIZER   address or undefined
  --runs N    inputs that every target has to run (1000)
  --help      this text

Each target is copied elsewhere, made unwritable, and run with another current folder, without OUT in its environment and
while OUT itself is away. Exit status: 0 all good, 1 something is wrong, 2 wrong usage, 77 a tool is missing.
HELP
}

complain() {
    printf 'check-fuzz-targets.sh: %s\n' "$*" >&2
}

problems=0
problem() {
    problems=$((problems + 1))
    printf '  WRONG: %s\n' "$*"
}

parse_arguments() {
    RUNS=1000
    local places=()
    while [ $# -gt 0 ]; do
        case $1 in
            --runs) [ $# -gt 1 ] || { complain "--runs wants a number"; exit 2; }; RUNS=$2; shift ;;
            -h | --help) usage; exit 0 ;;
            -*) complain "unknown argument '$1'; try --help"; exit 2 ;;
            *) places+=("$1") ;;
        esac
        shift
    done
    [ ${#places[@]} = 3 ] || { complain "a folder, an engine and a sanitizer are wanted; try --help"; exit 2; }
    FOLDER=${places[0]} ENGINE=${places[1]} SANITIZER=${places[2]}
    [ -d "$FOLDER" ] || { complain "there is no folder $FOLDER"; exit 2; }
    case $ENGINE in libfuzzer | afl) ;; *) complain "there is no engine '$ENGINE'"; exit 2 ;; esac
    case $SANITIZER in address | undefined) ;; *) complain "there is no sanitizer '$SANITIZER'"; exit 2 ;; esac
    FOLDER=$(cd "$FOLDER" && pwd)
}

need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || { complain "$tool is not installed"; exit 77; }
    done
}

# ------------------------------------------------------------------------------------------------------------ at rest --

is_target() {
    [ -f "$1" ] && [ -x "$1" ] && [[ $(basename "$1") != *.* ]] && grep -q LLVMFuzzerTestOneInput "$1"
}

# A build without the sanitizer has hardly any call of it: its runtime's own. The limits are those of OSS-Fuzz.
check_sanitizer() {
    local target=$1 asan ubsan

    read -r asan ubsan < <(objdump -d -C --no-show-raw-insn "$target" |
        awk '/call/ && /<__asan/ { asan++ } /call/ && /<__ubsan/ { ubsan++ } END { print asan + 0, ubsan + 0 }')
    case $SANITIZER in
        address)
            [ "$asan" -ge 1000 ] || problem "is not built with AddressSanitizer: $asan calls of it, at least 1000 are wanted" ;;
        undefined)
            [ "$ubsan" -ge 168 ] || problem "is not built with UndefinedBehaviorSanitizer: $ubsan calls of it, at least 168"
            [ "$asan" -lt 1000 ] || problem "is built with AddressSanitizer: $asan calls of it" ;;
    esac
}

# What the image has in which targets run; libstdc++ belongs to engines here, where theirs has libc++ in itself.
check_libraries() {
    local library

    while read -r library; do
        case $library in
            libc.so.6 | libm.so.6 | libdl.so.2 | libpthread.so.0 | librt.so.1 | libresolv.so.2 | ld-linux-*) ;;
            libgcc_s.so.1 | libstdc++.so.6) ;;
            *) problem "needs $library, which does not travel" ;;
        esac
    done < <(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    ! readelf -d "$1" | grep -qE 'R(UN)?PATH' || problem "has a path to libraries of where it was built"
}

check_side_files() {
    local name=$1 count

    [[ $name =~ ^[A-Za-z0-9_-]+$ ]] || problem "has a name with characters other than letters, digits, '_' and '-'"
    if [ ! -e "$FOLDER/${name}_seed_corpus.zip" ]; then
        problem "carries no corpus: there is no ${name}_seed_corpus.zip"
    else
        count=$(unzip -Z1 "$FOLDER/${name}_seed_corpus.zip" 2>/dev/null | grep -cv '/$')
        [ "$count" -gt 0 ] || problem "carries a corpus without inputs"
    fi
    [ ! -e "$FOLDER/$name.options" ] || check_options "$FOLDER/$name.options"
}

check_options() {
    local line section='' name

    name=$(basename "$1")
    while IFS= read -r line; do
        case $line in
            '' | '#'* | ';'*) ;;
            '['*']') section=$line ;;
            *=*) [ -n "$section" ] || problem "$name: '$line' stands in no section" ;;
            *) problem "$name: '$line' is no option" ;;
        esac
    done <"$1"
}

# ------------------------------------------------------------------------------------------------------------ running --

# As nobody, when we are root: root may write what is not writable.
unprivileged() {
    if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
        setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
    else
        "$@"
    fi
}

# moved COMMAND...: what a service's machine gives it.
moved() {
    (
        cd "$ELSEWHERE" || exit 1
        unset OUT SRC WORK
        export TMPDIR=$SCRATCH ASAN_OPTIONS='' HOME=$SCRATCH
        export UBSAN_OPTIONS=print_stacktrace=1:silence_unsigned_overflow=1
        unprivileged timeout 120 "$@" </dev/null
    )
}

run_libfuzzer() {
    local target=$1 corpus=$2 count

    moved "$target" -runs="$RUNS" -seed=1 -timeout=25 -rss_limit_mb=2560 -artifact_prefix="$SCRATCH/" "$corpus" \
        >"$WORKPLACE/run.log" 2>&1 || problem "ends with status $? when it is run elsewhere"
    count=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$WORKPLACE/run.log")
    [ "${count:-0}" -ge "$RUNS" ] || problem "ran ${count:-0} inputs, not $RUNS"
}

run_afl() {
    local target=$1 corpus=$2 count stats=$SCRATCH/afl/default/fuzzer_stats

    rm -rf "$SCRATCH/afl"
    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_DISABLE_TRIM=1 TERM=xterm \
        AFL_FAST_CAL=1 moved env -u UBSAN_OPTIONS -u ASAN_OPTIONS afl-fuzz -E "$RUNS" -V 60 -i "$corpus" -o "$SCRATCH/afl" -- \
        "$target" >"$WORKPLACE/run.log" 2>&1 || problem "afl-fuzz ends with status $? when it is run elsewhere"
    count=$(sed -n 's/^execs_done *: //p' "$stats" 2>/dev/null)
    [ "${count:-0}" -ge "$RUNS" ] || problem "ran ${count:-0} inputs, not $RUNS"
}

check_run() {
    local name=$1 before=$problems

    rm -rf "$SCRATCH/corpus"
    mkdir "$SCRATCH/corpus"
    unzip -qq -o "$FOLDER/${name}_seed_corpus.zip" -d "$SCRATCH/corpus" 2>/dev/null || return
    [ "$(id -u)" != 0 ] || chown -R 65534:65534 "$SCRATCH"
    mv "$FOLDER" "$FOLDER.away"
    "run_$ENGINE" "$WORKPLACE/moved/$name" "$SCRATCH/corpus"
    mv "$FOLDER.away" "$FOLDER"
    [ "$problems" = "$before" ] || tail -n 15 "$WORKPLACE/run.log" | sed 's/^/  | /'
}

set_up() {
    WORKPLACE=$(mktemp -d)
    SCRATCH=$WORKPLACE/scratch ELSEWHERE=$WORKPLACE/elsewhere
    mkdir "$SCRATCH" "$ELSEWHERE"
    chmod 755 "$WORKPLACE"
    cp -r "$FOLDER" "$WORKPLACE/moved"
    chmod -R a-w,a+rX "$WORKPLACE/moved" "$ELSEWHERE"
}

clean_up() {
    [ ! -d "$FOLDER.away" ] || mv "$FOLDER.away" "$FOLDER"
    chmod -R u+w "$WORKPLACE"
    rm -rf "$WORKPLACE"
}

parse_arguments "$@"
need objdump readelf unzip
[ "$ENGINE" = libfuzzer ] || need afl-fuzz
trap 'clean_up' EXIT
set_up
targets=0
declare -A looked_at
for path in "$FOLDER"/*; do
    is_target "$path" || continue
    name=$(basename "$path")
    targets=$((targets + 1))
    printf '%s\n' "$name"
    checksum=$(sha256sum <"$path")
    if [ -z "${looked_at[$checksum]:-}" ]; then
        check_sanitizer "$path"
        check_libraries "$path"
        looked_at[$checksum]=yes
    fi
    check_side_files "$name"
    check_run "$name"
done
[ "$targets" -gt 0 ] || { printf '%s\n' "$FOLDER"; problem "holds no target: nothing executable with LLVMFuzzerTestOneInput"; }
printf '%s targets, %s problems (%s, %s)\n' "$targets" "$problems" "$ENGINE" "$SANITIZER"
[ "$problems" = 0 ]
