#!/usr/bin/env bash
# Does check_workflows.py see what is wrong? check_workflows_test.sh REPOSITORY
set -uo pipefail

root=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# is REGEX SED-SCRIPT: a good workflow, changed in that way, is refused with that message.
is() {
    local status=0

    sed -E -e "$2" "$work/good.yml" >"$work/changed.yml"
    cmp -s "$work/good.yml" "$work/changed.yml" && { echo "FAILED: '$2' changes nothing"; failures=$((failures + 1)); }
    "$here/check_workflows.py" "$root" "$work/changed.yml" >"$work/out.txt" 2>&1 || status=$?
    if [ "$status" != 1 ] || ! grep -qE -- "$1" "$work/out.txt"; then
        failures=$((failures + 1))
        printf 'FAILED: %s: exit status %s, expected a line with: %s\n' "$2" "$status" "$1"
        cat "$work/out.txt"
    fi
}

cat >"$work/good.yml" <<'END'
name: good
on:
  pull_request:
  schedule:
    - cron: "1 2 * * *"
permissions:
  contents: read
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - run: scripts/test.sh --only gcc
      - uses: actions/upload-artifact@v4
        with:
          name: results
          path: build
END
"$here/check_workflows.py" "$root" "$work/good.yml" >"$work/out.txt" 2>&1
status=$?
[ "$status" != 77 ] || { cat "$work/out.txt"; exit 77; }
[ "$status" = 0 ] || { echo 'FAILED: a good workflow should be good'; cat "$work/out.txt"; failures=1; }

is 'is no YAML' 's/^on:/on: [/'
is "has no 'permissions'" '/^permissions/,/^  contents/d'
is "may write 'contents'" 's/contents: read/contents: write/'
is "permissions should name rights one by one" 's/^permissions:/permissions: write-all/; /^  contents/d'
is "'on' has an unknown event 'pull_requests'" 's/pull_request:/pull_requests:/'
is "gives strangers' code our rights" 's/pull_request:/pull_request_target:/'
is 'is no cron line' 's/1 2 \* \* \*/1 2 */'
is 'job one has no timeout-minutes' '/timeout-minutes/d'
is 'job one has no runs-on' '/runs-on/d'
is "has an unknown key 'runson'" 's/runs-on/runson/'
is 'is not pinned' 's/checkout@v4/checkout@main/'
is 'is not pinned' 's/checkout@v4/checkout/'
is 'should not leave its token' 's/persist-credentials: false/fetch-depth: 0/'
is 'scripts/nothing.sh does not exist' 's/scripts.test.sh/scripts\/nothing.sh/'
is 'scripts/lib.sh cannot be executed' 's/scripts.test.sh/scripts\/lib.sh/'
is 'calls no script of ours' 's/scripts.test.sh.*/make all/'
# shellcheck disable=SC2016 # it is an expression of GitHub's
is 'puts an expression into a shell command' 's/--only gcc/--only ${{ github.head_ref }}/'
is 'is no good name for an artefact' 's/name: results/name: "results: 1"/'
is "either 'uses' or 'run'" 's/^      - run: .*/      - name: nothing/'

[ "$failures" = 0 ] || exit 1
echo 'the check sees what is wrong'
