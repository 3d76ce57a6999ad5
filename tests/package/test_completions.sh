#!/usr/bin/env bash
# What remlock offers at the end of a line, and what shells make of it: test_completions.sh words|bash|zsh|fish REMLOCK SCRIPTS
set -uo pipefail

group=$1 remlock=$2 scripts=$3
here=$(cd "$(dirname "$0")" && pwd)
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/here/folder"
ln -s "$remlock" "$work/bin/remlock"
cd "$work/here" || exit 1
touch bug.replay notes.txt my.so
export PATH=$work/bin:$PATH HOME=$work LC_ALL=C

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*"
}

# --------------------------------------------------------------------------------------------------------- the words --

# offers LINE WORD...: at the end of the line just these.
offers() {
    local line=$1 words expected got
    shift
    read -ra words <<<"$line"
    [[ $line != *' ' && -n $line ]] || words+=("")
    expected=$(printf '%s\n' "$@" | sort)
    got=$("$remlock" --complete "${words[@]}" | cut -f1 | sort) || complain "'$line': exit status $?"
    [ "$got" = "$expected" ] || complain "'$line' should offer $expected, not $got"
}

# Whatever --help tells of, and nothing else.
every_option() {
    local command told offered

    for command in "${commands[@]}"; do
        told=$("$remlock" "$command" --help | sed -nE 's/^ {2,6}(-., )?--([a-z-]+)($|[ =[].*)/--\2/p' | sort -u)
        offered=$("$remlock" --complete "$command" - | cut -f1 | sort)
        [ "$told" = "$offered" ] || complain "$command: --help tells of"$'\n'"$told"$'\n'"and offered are"$'\n'"$offered"
    done
}

group_words() {
    mapfile -t commands < <("$remlock" --help | sed -nE 's/^  ([a-z]+) +.*/\1/p' | grep -v '^remlock$')
    offers '' "${commands[@]}" help --help --version
    offers 'te' test
    offers 'help find' findings
    offers 'help corpus me' merge
    offers 'corpus unp' unpack
    offers 'corpus merge --ou' --out
    offers 'campaign su' summary ':files.so'
    offers 'nothing '
    offers 'nothing --o'
    every_option
    offers 'test --strategy ra' random random-delay
    offers 'test --strategy=ra' --strategy=random --strategy=random-delay
    offers 'test lock:p02' lock:p02-signal-on-every-release ':files.so'
    offers 'test --seed '
    offers 'test -s '
    offers 'test -o ' :folders
    offers 'test -ko ' :folders
    offers 'test --out=' :folders
    offers 'test --memory ' sc tso c11
    offers 'test lock --set memory=c' memory=c11
    offers 'test --seed 1 lock --set lock=v' lock=verifier
    offers 'test lock --program x --set personali'
    offers 'test --file ' ':files.replay'
    offers 'fuzz --engine ' builtin libfuzzer afl++
    offers 'fuzz --engine builtin,a' builtin,afl++
    offers 'replay --subject lock:m07' lock:m07-no-wait-for-one ':files.so'
    offers 'replay ' ':files.replay'
    offers 'regress ' ':files.replay'
    offers 'build ' ':files.c'
    offers 'findings use-after' use-after-free
    offers 'findings --format m' markdown
    offers 'doctor '
    "$remlock" --complete test "$(printf '%0600d' 0)" >/dev/null || complain "a long word: exit status $?"
    "$remlock" --complete || complain "no word: exit status $?"
    [ "$("$remlock" drivers --names)" = "$("$remlock" --complete replay --subject '' | cut -f1 | grep -v '^:')" ] ||
        complain 'drivers --names should tell the subjects'
}

# --------------------------------------------------------------------------------------------------------- the shells --

# "LINE|WHAT BECOMES OF IT", for what can go on in one way only.
table='remlock tes|remlock test
remlock test --strat|remlock test --strategy
remlock test --strategy=pc|remlock test --strategy=pct
remlock test lock:p02|remlock test lock:p02-signal-on-every-release
remlock test my|remlock test my.so
remlock replay b|remlock replay bug.replay
remlock replay n|remlock replay notes.txt
remlock regress f|remlock regress folder/
remlock test --out b|remlock test --out b
remlock test --out=fo|remlock test --out=folder/
remlock test --out fo|remlock test --out folder/
remlock test lock --set memor|remlock test lock --set memory=
remlock test lock --set memory=t|remlock test lock --set memory=tso
remlock test --memory t|remlock test --memory tso
remlock fuzz --engine builtin,li|remlock fuzz --engine builtin,libfuzzer
remlock findings use-after|remlock findings use-after-free
remlock nothing x|remlock nothing x'

lines() {
    cut -d'|' -f1 <<<"$table"
}

# Reads what became of the lines of the table, and compares.
compare() {
    diff <(cut -d'|' -f2 <<<"$table") - >"$work/difference" || complain "expected <, got >:"$'\n'"$(cat "$work/difference")"
}

group_bash() {
    lines | bash --norc "$here/bash_types.bash" "$scripts/remlock.bash" | compare
}

group_zsh() {
    command -v zsh >/dev/null || exit 77
    lines | timeout 60 zsh -f "$here/zsh_types.zsh" "$work/bin" "$scripts" | compare
}

group_fish() {
    command -v fish >/dev/null || exit 77
    lines | fish --no-config "$here/fish_types.fish" "$scripts/remlock.fish" | compare
}

"group_$group"
[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
