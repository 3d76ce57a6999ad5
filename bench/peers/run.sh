#!/usr/bin/env bash
# Measures remlock and other tools on one program, the protocol of the lock, one after the other in one run.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../scripts/lib.sh
. "$(dirname "$0")/../../scripts/lib.sh"

usage() {
    cat <<'HELP'
Usage: bench/peers/run.sh [--limit SECONDS] [--json FILE] [TOOL...]

Runs the rundown of bench/peers/ (acquirers and a remover) in remlock and in whichever of the other tools is installed:
the correct one to completion for two, three and four acquirers, then five mistakes until each is refuted, with three acquirers.
Prints two tables. Times are processor seconds. A tool that is missing is left out and named. This script installs nothing.

  --limit SECONDS  what one run may take of processor time (default 60)
  --json FILE      where the numbers go (default build/peers.json)
  --help           this text

Tools: remlock, relacy, genmc, nidhugg, spin, loom (default: all). Where they are, by environment variable:

  REMLOCK         the remlock program (default build/default/cli/remlock)
  RELACY_INCLUDE  the folder that holds relacy/relacy.hpp
  GENMC           default genmc
  NIDHUGGC        default nidhuggc
  SPIN            default spin
  LOOM_LIBRARY    libloom.rlib, with what it needs in deps/ beside it

Exit status: 0 measured (whatever the numbers are), 1 a program could not be built, 2 wrong usage.
HELP
}

limit=60
json=build/peers.json
tools=()
while [ $# -gt 0 ]; do
    case $1 in
        --limit) [ $# -gt 1 ] || usage_error "$1 wants a number"; limit=$2; shift ;;
        --json) [ $# -gt 1 ] || usage_error "$1 wants a file"; json=$2; shift ;;
        -h | --help) usage; exit 0 ;;
        remlock | relacy | genmc | nidhugg | spin | loom) tools+=("$1") ;;
        *) usage_error "unknown argument '$1'" ;;
    esac
    shift
done
[[ $limit =~ ^[1-9][0-9]*$ ]] || usage_error "--limit wants a number of seconds, not '$limit'"
[ ${#tools[@]} -gt 0 ] || tools=(remlock relacy genmc nidhugg spin loom)

programs=$REPOSITORY/bench/peers
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
REMLOCK=$(realpath -m "${REMLOCK:-build/default/cli/remlock}")
json=$(realpath -m "$json")
cd "$folder"

mutants=(correct hasty silent eager trusting impatient)
results=() # rows: name|search|acquirers|mutant|executions|seconds|outcome
missing=()

# Runs a command within the limit: what it printed goes into $output, its processor seconds into $seconds, its status into
# $status (124 when the limit ended it).
run() {
    local times
    status=0
    TIMEFORMAT='%U %S'
    times=$({ time (ulimit -t "$limit"; "$@" >output 2>&1) || echo "status $?" >&2; } 2>&1) || true
    output=$(tr -d '\0' <output)
    if [[ $times =~ status\ ([0-9]+) ]]; then
        status=${BASH_REMATCH[1]}
    fi
    seconds=$(printf '%s\n' "$times" | awk 'NF == 2 && $1 ~ /^[0-9.]+$/ { printf "%.3f", $1 + $2 }')
}

# The first number in what an extended regular expression finds in the output; nothing when it finds nothing.
number() {
    printf '%s\n' "$output" | grep -oE "$1" | head -n 1 | grep -oE '[0-9]+' | head -n 1 || true
}

# record NAME SEARCH ACQUIRERS MUTANT EXECUTIONS FOUND: FOUND is a pattern of the output that means a mistake was reported.
record() {
    local outcome='not found'

    if printf '%s\n' "$output" | grep -qE "$6"; then
        outcome=found
    elif [ "$status" -gt 128 ]; then
        outcome='out of time'
    elif [ "$status" -ne 0 ]; then
        missing+=("$1, $2, for $3 acquirers, ${mutants[$4]}: ${output%%$'\n'*}")
        return
    elif [ "$4" -eq 0 ]; then
        outcome=complete
    fi
    results+=("$1|$2|$3|$4|${5:-0}|$seconds|$outcome")
    printf '%s, %s, %s acquirers, %s: %s, %s executions, %s s\n' \
        "$1" "$2" "$3" "${mutants[$4]}" "$outcome" "${5:-?}" "$seconds" >&2
}

# For each acquirers and mutant that is to be measured, calls FUNCTION ACQUIRERS MUTANT.
each_program() {
    local acquirers mutant

    for acquirers in 2 3 4; do
        "$1" "$acquirers" 0
    done
    for mutant in 1 2 3 4 5; do
        "$1" 3 "$mutant"
    done
}

compile() {
    "$@" >compile.log 2>&1 || { cat compile.log >&2; fail "this failed: $*"; }
}

# Whether a tool is there; remembers that it is not.
have() {
    if command -v "$2" >/dev/null 2>&1 || [ -e "$2" ]; then
        return 0
    fi
    missing+=("$1 ($2 is not there)")
    return 1
}

# ------------------------------------------------------------------------------------------------------------- one by one --

remlock_build() {
    compile "$REMLOCK" build --quiet -D "ACQUIRERS=$1" -D "MUTANT=$2" -o "$folder/program.so" "$programs/rundown.c"
}

# remlock_verify NAME ACQUIRERS MUTANT OPTION...
remlock_verify() {
    remlock_build "$2" "$3"
    run "$REMLOCK" verify "$folder/program.so" --program 'main: run' --points sync --no-estimate --no-minimize --quiet \
        --out found "${@:4}"
    output=${output//,/}
    record remlock "$1" "$2" "$3" "$(number '[0-9]+ executions?')" 'ASSERTION FAILED'
}

remlock_optimal() {
    remlock_verify 'verify' "$1" "$2"
}

remlock_commuting() {
    remlock_verify 'verify, additions commute' "$1" "$2" --commute
}

# The lock itself rather than a program that follows its protocol, with everything that is checked about it.
lock_verify() {
    local letters=(A B C D) text='' task

    for ((task = 0; task < $2; task++)); do
        text+="io$task: acquire ${letters[task]}; release ${letters[task]} | "
    done
    run "$REMLOCK" verify lock --set lock=free --program "${text}pnp: remove" --no-estimate --quiet --out found "${@:3}"
    output=${output//,/}
    record remlock "$1" "$2" 0 "$(number '[0-9]+ executions?')" 'ASSERTION FAILED'
}

measure_lock() {
    local acquirers

    for acquirers in 2 3; do
        lock_verify 'verify the lock' "$acquirers"
    done
    for acquirers in 2 3 4; do
        lock_verify 'verify the lock, states' "$acquirers" --states
    done
}

remlock_random() {
    remlock_build "$1" "$2"
    run "$REMLOCK" test "$folder/program.so" --strategy random --points sync --seed 1 --executions 1000000 --jobs 1 \
        --no-minimize --quiet --out found
    output=${output//,/}
    record remlock 'test, random, 1,000,000 executions' "$1" "$2" "$(number '[0-9]+ executions?')" 'ASSERTION FAILED'
}

measure_remlock() {
    each_program remlock_optimal
    each_program remlock_commuting
    each_program remlock_random
    measure_lock
}

relacy_random() {
    compile g++ -w -O2 -DNDEBUG "-DACQUIRERS=$1" "-DMUTANT=$2" -I "$RELACY_INCLUDE" "$programs/rundown.cpp" -o rundown
    run ./rundown random 1000000
    record Relacy 'random, 1,000,000 executions' "$1" "$2" "$(number '^[0-9]+ executions')" 'FAILED|DEADLOCK'
}

relacy_full() {
    compile g++ -w -O2 -DNDEBUG "-DACQUIRERS=$1" -I "$RELACY_INCLUDE" "$programs/rundown.cpp" -o rundown
    run ./rundown full
    record Relacy full "$1" 0 "$(number '^[0-9]+ executions')" 'FAILED|DEADLOCK'
}

measure_relacy() {
    each_program relacy_random
    relacy_full 2
    relacy_full 3
}

genmc_program() {
    # Two things are off: in-place revisiting takes unordered signals for an error, and the estimate takes time.
    run "$GENMC" --sc -disable-ipr -disable-estimation -check-liveness -- \
        "-DACQUIRERS=$1" "-DMUTANT=$2" -DWAIT_BY_LOOKING "$programs/rundown.c"
    record GenMC 'SC, liveness' "$1" "$2" "$(number 'complete executions explored: [0-9]+')" 'Error:'
}

nidhugg_program() {
    run "$NIDHUGGC" "-DACQUIRERS=$1" "-DMUTANT=$2" -DWAIT_BY_LOOKING -- --sc --optimal "$programs/rundown.c"
    record Nidhugg 'SC, optimal, RMWs commute' "$1" "$2" "$(number 'Trace count: [0-9]+')" 'Error:'
}

nidhugg_plain() {
    run "$NIDHUGGC" "-DACQUIRERS=$1" -DWAIT_BY_LOOKING -- --sc --optimal --no-commute-rmws "$programs/rundown.c"
    record Nidhugg 'SC, optimal' "$1" 0 "$(number 'Trace count: [0-9]+')" 'Error:'
}

measure_nidhugg() {
    each_program nidhugg_program
    nidhugg_plain 2
    nidhugg_plain 3
    nidhugg_plain 4
}

spin_program() {
    compile "$SPIN" -a "-DACQUIRERS=$1" "-DMUTANT=$2" "$programs/rundown.pml"
    compile gcc -w -O2 -DSAFETY -o pan pan.c
    run ./pan -m10000 -w20
    record SPIN 'states of a model' "$1" "$2" "$(number '[0-9]+ states, stored')" 'errors: [1-9]'
}

loom_program() {
    run ./rundown "$1" "$2"
    record loom "$loom_search" "$1" "$2" "$(number '^[0-9]+ executions')" 'assertion failed|deadlock'
}

measure_loom() {
    local loom_search='2 preemptions at most'

    compile rustc --edition 2021 -C opt-level=3 --extern "loom=$LOOM_LIBRARY" \
        -L "dependency=$(dirname "$LOOM_LIBRARY")/deps" -o rundown "$programs/rundown.rs"
    export LOOM_MAX_PREEMPTIONS=2
    each_program loom_program
    unset LOOM_MAX_PREEMPTIONS
    loom_search='no bound'
    loom_program 2 0
}

measure() {
    case $1 in
        remlock) have remlock "$REMLOCK" && measure_remlock ;;
        relacy) have Relacy "${RELACY_INCLUDE:=/usr/include}/relacy/relacy.hpp" && measure_relacy ;;
        genmc) have GenMC "${GENMC:=genmc}" && each_program genmc_program ;;
        nidhugg) have Nidhugg "${NIDHUGGC:=nidhuggc}" && measure_nidhugg ;;
        spin) have SPIN "${SPIN:=spin}" && each_program spin_program ;;
        loom) have loom "${LOOM_LIBRARY:=/usr/lib/libloom.rlib}" && measure_loom ;;
    esac || true
}

# ------------------------------------------------------------------------------------------------------------------ tables --

# The name and search of each row once, in the order of measuring.
kinds() {
    printf '%s\n' "${results[@]}" | cut -d '|' -f 1,2 | awk '!seen[$0]++'
}

# What was measured of "NAME|SEARCH" for so many acquirers and this mutant: "executions seconds outcome", or nothing.
measured() {
    printf '%s\n' "${results[@]}" | awk -F '|' -v kind="$1" -v acquirers="$2" -v mutant="$3" \
        '$1 "|" $2 == kind && $3 == acquirers && $4 == mutant { print $5, $6, $7; exit }'
}

completion_cell() {
    local executions seconds outcome

    read -r executions seconds outcome <<<"$(measured "$@")" || true
    case ${outcome:-} in
        '') printf ' |' ;;
        complete) printf ' %s in %s s |' "$executions" "$seconds" ;;
        *) printf ' %s |' "$outcome" ;;
    esac
}

# Executions per second of the longest run of a kind that told how many they were.
rate_cell() {
    printf '%s\n' "${results[@]}" | awk -F '|' -v kind="$1" '
        $1 "|" $2 == kind && $4 == 0 && $5 > 0 && $6 > best { best = $6; rate = $5 / $6 }
        END { if (best > 0.05) printf " %d |", rate; else printf " |" }'
}

print_completion() {
    local kind acquirers

    printf '\n| tool | search | N = 2 | N = 3 | N = 4 | per second |\n|---|---|---|---|---|---|\n'
    while read -r kind; do
        printf '| %s |' "${kind/|/ | }"
        for acquirers in 2 3 4; do
            completion_cell "$kind" "$acquirers" 0
        done
        rate_cell "$kind"
        printf '\n'
    done < <(kinds)
}

print_mutants() {
    local kind mutant executions seconds outcome

    printf '\n| tool | search | hasty | silent | eager | trusting | impatient |\n|---|---|---|---|---|---|---|\n'
    while read -r kind; do
        [ -n "$(measured "$kind" 3 1)" ] || continue
        printf '| %s |' "${kind/|/ | }"
        for mutant in 1 2 3 4 5; do
            read -r executions seconds outcome <<<"$(measured "$kind" 3 "$mutant")" || true
            if [ "${outcome:-}" = found ]; then
                printf ' %s in %s s |' "$executions" "$seconds"
            else
                printf ' %s |' "${outcome:-}"
            fi
        done
        printf '\n'
    done < <(kinds)
}

write_json() {
    local row separator='' name search acquirers mutant executions seconds outcome

    mkdir -p "$(dirname "$json")"
    {
        printf '{"processor": "%s", "date": "%s", "limit": %s, "results": [' \
            "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(date +%F)" "$limit"
        for row in "${results[@]}"; do
            IFS='|' read -r name search acquirers mutant executions seconds outcome <<<"$row"
            printf '%s\n  {"tool": "%s", "search": "%s", "acquirers": %s, "mutant": "%s", ' \
                "$separator" "$name" "$search" "$acquirers" "${mutants[$mutant]}"
            printf '"executions": %s, "seconds": %s, "outcome": "%s"}' "$executions" "$seconds" "$outcome"
            separator=,
        done
        printf '\n]}\n'
    } >"$json.part"
    mv "$json.part" "$json"
}

for tool in "${tools[@]}"; do
    measure "$tool"
done
if [ ${#results[@]} -gt 0 ]; then
    print_completion
    print_mutants
    write_json
    printf '\nkept in %s\n' "$json"
fi
for what in "${missing[@]}"; do
    printf 'left out: %s\n' "$what"
done
