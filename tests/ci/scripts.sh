#!/usr/bin/env bash
# The scripts that workflows call, with small limits: scripts.sh GROUP REPOSITORY BUILD-FOLDER
set -uo pipefail

group=$1 root=$2 build=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
unset GITHUB_STEP_SUMMARY

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*"
    cat out.txt
}

# run STATUS COMMAND...: ends with that status.
run() {
    local expected=$1 status=0

    shift
    "$@" >out.txt 2>&1 </dev/null || status=$?
    [ "$status" = "$expected" ] || complain "$* ended with $status, not $expected"
}

says() {
    grep -qE -- "$1" out.txt || complain "it should say: $1"
}

holds() {
    [ -s "$1" ] || complain "there should be a file $1"
}

# touches SUBJECTS FILE...: what a change of these files is fuzzed on.
touches() {
    local expected=$1

    shift
    printf '%s\n' "$@" | "$root/scripts/changed-subjects.sh" - >out.txt 2>&1
    [ "$(paste -sd ' ' out.txt)" = "$expected" ] || complain "a change of $* should be fuzzed on '$expected'"
}

group_changed() {
    local all

    cd "$root" || exit 1
    all="$(basename -s .c drivers/reference/*.c | sed 's/^/driver:/' | paste -sd ' ') lock"
    cd "$work" && git clone -q --no-hardlinks --depth 1 "file://$root" clone >out.txt 2>&1 || exit 77
    cd clone && : >out.txt
    git config user.name somebody && git config user.email somebody@example.com
    cp "$root/scripts/changed-subjects.sh" scripts/
    root=$work/clone
    touches '' README.md docs/cli.md tests/cli/test_cli.sh corpus/regressions/lock/new.replay scripts/test.sh
    touches 'driver:bus driver:z01-read-without-lock' drivers/zoo/z01-read-without-lock.c drivers/reference/bus.c
    touches lock core/lock/release.c core/mutants/m01.c
    touches "$all" scheduler/tasks.c
    touches "$all" core/io/irp.c README.md
    touches '' tests/harness/CMakeLists.txt bench/main.c
    # Against a commit: what the branch changed, and nothing that only the base has.
    git add -A && git commit -q --allow-empty -m base && git branch base
    printf '/* one more line */\n' >>drivers/reference/bus.c
    git rm -q drivers/reference/filter.c && git add -A && git commit -qm change
    run 0 scripts/changed-subjects.sh base; says '^driver:bus$'
    [ "$(wc -l <out.txt)" = 1 ] || complain 'one driver has changed; what is deleted cannot be fuzzed'
    run 2 scripts/changed-subjects.sh nowhere; says "there is no commit 'nowhere'"
    run 2 scripts/changed-subjects.sh; says 'a commit to compare with is missing'
}

group_pull_request() {
    local script=$root/scripts/pull-request.sh

    export GITHUB_STEP_SUMMARY=$work/step.md
    run 0 "$script" --no-build --no-install --build "$build" --subjects lock,driver:bus,lock:m07 --time 5s \
        --out "$work/good"
    says 'lock:m07 is wrong on purpose: not fuzzed'; says 'regressions passed, fuzzing passed'
    holds good/regressions.xml; holds good/findings.sarif; holds good/findings.xml; holds step.md
    grep -q '| fuzzing what has changed | passed |' step.md || complain 'the summary should tell'
    grep -q 'driver:bus' good/campaign/options.json || complain 'both should have been fuzzed'

    # A driver that nobody knows to be wrong.
    "$build/cli/remlock" build --quiet "$root/drivers/zoo/z08-freed-before-wait.c" -o new.so
    run 1 "$script" --no-build --no-install --build "$build" --subjects "$work/new.so" --time 15s --out "$work/bad"
    says 'regressions passed, fuzzing FAILED'
    grep -q '"ruleId"' bad/findings.sarif || complain 'the finding should be there for code scanning'
    grep -qE '<(failure|error)' bad/findings.xml || complain 'the finding should be a failure'
    run 2 "$script" --tiem 5s; says "unknown argument '--tiem'"
    run 1 "$script" --no-build --build nowhere; says 'there is no nowhere/cli/remlock'
}

group_nightly() {
    local script=$root/scripts/nightly.sh first second

    export GITHUB_STEP_SUMMARY=$work/step.md
    run 0 "$script" --no-build --build "$build" --subjects lock,driver:bus --time 5s --out "$work/night" \
        --reports "$work/reports"
    holds reports/report.json; holds reports/findings.sarif; holds reports/findings.xml; holds reports/summary.md; holds step.md
    [ ! -e "$build/reports/html" ] || holds reports/report.html
    first=$("$build/cli/remlock" campaign status --json night | sed -n 's/.*"sessions":[[:space:]]*\([0-9]*\).*/\1/p')
    # The next night goes on with it.
    run 0 "$script" --no-build --build "$build" --subjects lock,driver:bus --time 5s --out "$work/night" \
        --reports "$work/reports"
    second=$("$build/cli/remlock" campaign status --json night | sed -n 's/.*"sessions":[[:space:]]*\([0-9]*\).*/\1/p')
    [ "$first $second" = '1 2' ] || complain "the second night should be a second session ($first, $second)"
    run 2 "$script" --time soon --no-build --build "$build"; says "--time wants 30s, 10m or 5h, not 'soon'"
}

"group_$group"
[ "$failures" = 0 ] || { printf '%s failures in group %s\n' "$failures" "$group"; exit 1; }
printf 'group %s: all as expected\n' "$group"
