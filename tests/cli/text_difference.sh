#!/usr/bin/env bash
# Is what cli/text_difference.c prints a difference that patch(1) understands, and no longer than it has to be?
set -uo pipefail

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$1"
    head -n 40 ours
}

makes_new() {
    cp old patched && patch -s patched <ours >patch.txt 2>&1 && cmp -s patched new
}

# compare WHAT: old and new; the difference turns one into the other, with as few lines changed as diff(1) finds.
compare() {
    "$program" old new >ours
    if cmp -s old new; then
        [ ! -s ours ] || complain "$1: there is no difference"
        return
    fi
    makes_new || complain "$1: patch should make the new one of it"
    diff -d -u old new >theirs
    [ "$(grep -c '^[-+]' ours)" = "$(grep -c '^[-+]' theirs)" ] || complain "$1: more lines than diff changes"
    [ -n "${RANDOM_LINES:-}" ] || [ "$(grep -c '^@@' ours)" = "$(grep -c '^@@' theirs)" ] || complain "$1: other parts"
}

for tool in patch diff; do
    command -v "$tool" >/dev/null || { echo "$tool is missing"; exit 77; }
done
seq 20 >old; cp old new; compare 'the same'
sed 's/^10$/ten/' old >new; compare 'one line'
sed '1d' old >new; compare 'the first line'
sed '20d' old >new; compare 'the last line'
sed '2s/.*/two/; 19s/.*/nineteen/' old >new; compare 'two parts'
sed '9s/.*/two/; 13s/.*/nineteen/' old >new; compare 'two parts near each other'
seq 5 25 >new; compare 'beginning and end'
printf 'other\n' >new; compare 'nothing in common'
RANDOM_LINES=yes # where several differences are equally short
for seed in $(seq 40); do
    awk -v seed="$seed" 'BEGIN { srand(seed); for (i = 0; i < 30; i++) print int(rand() * 8) }' >old
    awk -v seed="$((seed * 7))" 'BEGIN { srand(seed) }
        rand() < 0.15 { next } rand() < 0.15 { print int(rand() * 8) } { print }' old >new
    compare "lines that are often the same, $seed"
done
# Too long to look for the least: still a difference.
seq 3000 >old; { echo 0; seq 3000 -1 1; } >new; "$program" old new >ours
makes_new || complain 'a long one'
seq 3 >old; seq 2 >new
"$program" old new colour | grep -q "$(printf '\033\\[31m-3')" || complain 'what is removed should be red'

[ "$failures" = 0 ] || exit 1
echo 'all differences are right'
