#!/usr/bin/env bash
# Tests of the test of documents: pages that are right pass, and each way of being wrong is told: check_test.sh PYTHON REMLOCK
# shellcheck disable=SC2016  # pages have dollars and backticks of their own
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
python=$1 remlock=$2 failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/docs"
echo 'a file' >"$work/file.txt"

# page TEXT: the page under test; fence stands for ```.
page() {
    # shellcheck disable=SC2059
    printf "$1" | sed 's/^fence/```/' >"$work/docs/page.md"
    out=$("$python" -B "$here/run_document.py" "$work/docs/page.md" "$remlock" "$work" 2>&1)
    code=$?
}

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n--- page\n%s\n--- output (exit status %s)\n%s\n\n' "$1" "$(cat "$work/docs/page.md")" "$code" "$out"
}

passes() {
    page "$1"
    [ "$code" = 0 ] || complain "the page should pass"
}

fails() {
    page "$2"
    [ "$code" = 1 ] || complain "the page should fail"
    grep -qF -- "$1" <<<"$out" || complain "should say: $1"
}

says() {
    grep -qF -- "$1" <<<"$out" || complain "should say: $1"
}

# Commands: exit status, folder and variables, several lines.
kept='fencesh\ntest -f page.md && test "$WHERE" = here\nfence\n'
passes "text\n\nfencesh\ncat file.txt\n\n# a remark\ncd docs\nexport WHERE=here\nfence\n\n$kept"
passes 'fencesh\ntest a = \\\n    a\ncat <<END\nno fence\nEND\nfence\n'
passes 'fencesh\nremlock drivers lock >list && grep -q acquire list\nfence\n'
passes 'fence\nno command: false\nfence\n\nfencesh\nbuild/default/cli/remlock --version\nfence\n'
fails 'exit status 1, not 0: false' 'fencesh\ntrue\nfalse\nfence\n'
fails 'line 3: exit status 127' 'text\nfencesh\nno-such-command-anywhere\ntrue\nfence\n'
fails 'exit status 2, not 0' 'fencesh\nremlock test lock:no-such-lock\nfence\n'
[ ! -e "$work/list" ] || complain "the folder itself should be left alone"

# Marks.
passes '<!-- exit: 1 -->\nfencesh\nfalse\nfence\n'
passes '<!-- exit: 1 0 3 -->\n\nfencesh\nfalse\ntrue\n(exit 3)\nfence\n'
passes '<!-- before: echo x >made -->\nfencesh\ngrep -q x made\nfence\n'
passes '<!-- needs: no-such-program -->\nfencesh\nfalse\nfence\n'
says 'no-such-program is missing'
passes '<!-- not run: takes a night -->\nfencesh\nsleep 1000\nfence\n'
says 'not run: takes a night'
passes '<!-- not run: takes a night -->\n<!-- run as: cat file.txt -->\nfencesh\nsleep 1000\nfence\n'
fails 'exit status 1, not 0: false' '<!-- run as: false -->\nfencesh\ntrue\nfence\n'
fails 'exit status 0, not 1' '<!-- exit: 1 -->\nfencesh\ntrue\nfence\n'
fails 'exit status 1, not 0' '<!-- not run: no mark of this block -->\ntext between\n\nfencesh\nfalse\nfence\n'
fails "before: false" '<!-- before: false -->\nfencesh\ntrue\nfence\n'

# What is printed.
passes 'fenceconsole\n$ echo one; echo two\none\ntwo\n$ echo three\nthree\nfence\n'
passes 'fenceconsole\n$ seq 9\n1\n...\n9\n$ echo it took 5 s\nit took ... s\n$ echo done\n...\nfence\n'
passes 'fenceconsole\n$ echo a \\\n    b\na b\nfence\n'
fails '--- printed was' 'fenceconsole\n$ echo one\ntwo\nfence\n'
fails '--- printed was' 'fenceconsole\n$ seq 9\n1\n...\n8\nfence\n'
fails '--- printed was' 'fenceconsole\n$ echo one\nfence\n'
fails "begins with" 'fenceconsole\noutput of nothing\nfence\n'

# Words in prose, and in blocks that are not run.
passes 'Say `remlock test lock --time 5m` or `--keep-going`; `remlock-stress`, `remlock findings\nleak`.\n'
passes 'Say `remlock COMMAND --help`.\n'
passes '<!-- commands of gdb: tasks -->\n<!-- options of others: --prefix -->\n`remlock tasks`, `--prefix`\n'
fails "remlock has no command 'tset'" 'Say `remlock tset lock`.\n'
fails 'remlock test has no option --tmie' 'text\n\nSay `remlock test lock --tmie 5m`.\n'
fails 'line 1: remlock replay has no option --fulll' 'Say `remlock replay FILE\n--subject x --fulll`.\n'
passes 'Say `remlock corpus merge A --out B` or `--in-place`.\n'
fails "remlock corpus has no action 'mrege'" 'Say `remlock corpus mrege A`.\n'
fails 'remlock corpus has no option --tuo' 'Say `remlock corpus merge A --tuo B`.\n'
fails 'no command has an option --kepe-going' 'With `--kepe-going` it goes on.\n'
fails "remlock has no command 'tset'" 'fencetext\nremlock tset lock\nfence\n'
fails 'has no option --nonsense' '<!-- not run: takes long -->\nfencesh\nremlock fuzz lock --nonsense\nfence\n'

# No command escapes.
fails 'a command outside of a block' 'fence\nremlock drivers\nfence\n'
fails 'a command outside of a block' 'fence\n$ remlock drivers\nfence\n'
fails 'a command outside of a block' 'So:\n\n    scripts/test.sh --only gcc\n'
passes 'fence\nremlock 1\nsubject lock\nprogram\n  io: read A\nfence\n\nfenceyaml\nrun: scripts/test.sh\nfence\n'

# Limits of time are cut.
passes 'fencesh\nremlock test lock --time 8h --quiet\nremlock fuzz lock --time=8h --quiet\nremlock test lock --quiet\nfence\n'

[ "$failures" = 0 ]
