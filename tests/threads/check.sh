#!/bin/sh
# Builds a program of cases with a compiler and compares what each case shows: check.sh REMLOCK COMPILER PROGRAM.c
#
# Before each case stands "CASE NUMBER EXPECTED [ROUTINE] [SETTING=VALUE]: story", where EXPECTED is clean or a finding. After
# clean may stand executions=N: so many distinguishable schedules it has.
set -eu

remlock=$1 compiler=$2 program=$3
command -v "$compiler" >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$remlock" build --program --quiet --cc "$compiler" -o "$work/program.so" "$program"
cd "$work"

failures=0 cases=0
sed -n 's/^\/\* CASE \([^:]*\):.*/\1/p' "$program" >cases
while read -r number expected rest; do
    routine=${rest%% *} setting=
    case $rest in
    executions=*)
        "$remlock" verify ./program.so --set "argument1=$number" >output 2>&1 </dev/null || true
        if ! grep -Eq "^complete: ${rest#*=} executions?[ ,(]" output; then
            failures=$((failures + 1))
            echo "case $number: expected ${rest#*=} executions"
            cat output
        fi
        ;;
    *=*) setting="--set ${rest##* }" ;;
    esac
    cases=$((cases + 1))
    code=0
    # shellcheck disable=SC2086
    "$remlock" test ./program.so --seed 1 --executions 3000 --check-determinism --set "argument1=$number" $setting --out found \
        >output 2>errors </dev/null || code=$?
    seen=$(sed -n 's/^ASSERTION FAILED: \([^ ]*\) [^ ]* \([^ ]*\)$/\1 \2/p' output | head -n 1)
    if [ "$expected" = clean ]; then wanted=; else wanted="$expected $routine"; fi
    if [ "$seen" != "$wanted" ] || [ "$code" -gt 1 ]; then
        failures=$((failures + 1))
        echo "case $number: expected ${wanted:-clean}, seen ${seen:-clean}, exit code $code"
        cat output errors
        continue
    fi
    [ "$expected" = clean ] && continue
    # What was found must be there again in the file that was written.
    for file in found/*.replay; do
        code=0
        "$remlock" replay --quiet "$file" >output 2>&1 || code=$?
        if [ "$code" -ne 1 ]; then
            failures=$((failures + 1))
            echo "case $number: replay of $file ends with $code"
            cat output
        fi
    done
    rm -rf found
done <cases
echo "$cases cases, $failures failures"
[ "$cases" -gt 0 ] && [ "$failures" -eq 0 ]
