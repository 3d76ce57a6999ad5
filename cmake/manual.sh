#!/bin/sh
# Makes the manual pages: manual.sh REMLOCK HELP2MAN FOLDER VERSION SOURCES
#
# One for each command that remlock has, and each action, from its --help; remlock.1 itself; and remlock-targets.1 for other
# programs. SOURCES holds what --help does not say: common.h2m, remlock.h2m, and targets.1.in. The date is that of
# SOURCE_DATE_EPOCH, else today.
set -eu
export LC_ALL=C TZ=UTC NO_COLOR=1
unset COLUMNS
remlock=$1 help2man=$2 folder=$3 version=$4 sources=$5
date=$(date -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%d)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --help as help2man likes it: every heading at the left, also one for what all commands have, and no examples, which it would
# fill into paragraphs.
cat >"$work/say" <<'SAY'
#!/bin/sh
ARGP_HELP_FMT=rmargin=100,opt-doc-col=36,no-dup-args-note "$REMLOCK" "$@" | sed -E '
    /^Examples:$/,/^$/d
    s/^ ([A-Z][^ ].*:)$/\1/
    s/^ +(--color=)/Common options:\n      \1/
    s/^Exit codes: /\n*Exit Status*\n\n/'
SAY
chmod +x "$work/say"
export REMLOCK="$remlock"

# examples ARGUMENT...: those of --help, as they stand there.
examples() {
    printf '[EXAMPLES]\n.nf\n'
    "$remlock" "$@" | sed -n '/^Examples:$/,/^$/p' | sed -e '1d; /^$/d; s/^  //; s/\\/\\e/g; s/-/\\-/g; s/^[.'"'"']/\\\&&/'
    printf '.fi\n\n'
}

# page NAME SUMMARY INCLUDE ARGUMENT...
page() {
    name=$1 summary=$2 include=$3
    shift 3
    { examples "$@" --help; cat "$include"; } >"$work/include"
    "$help2man" --no-info --section 1 --name "$summary" --version-string "$version" --manual "User Commands" \
        --source "remlock $version" --include "$work/include" --output "$work/page" "$work/say $*"
    title=$(printf '%s' "$name" | tr '[:lower:]' '[:upper:]')
    sed -E -e "s/^\.TH .*/.TH $title 1 $date \"remlock $version\" \"User Commands\"/" \
        -e "/^\.SH NAME/{n;s/^[^\\]*/$name /}" -e 's/^(\.B )say/\1remlock/' "$work/page" >"$folder/$name.1"
}

rm -rf "$folder"
mkdir -p "$folder"
# "COMMAND<tab>SUMMARY", and "COMMAND ACTION<tab>SUMMARY".
"$remlock" --complete '' | grep -v '^help\|^-' | while IFS= read -r line; do
    command=${line%%	*}
    printf '%s\n' "$line"
    "$remlock" --complete help "$command" '' | sed "s/^/$command /"
done >"$work/commands"
{
    printf '[SEE ALSO]\n'
    sed 's/\t.*//; s/ /-/; s/.*/.BR remlock-& (1),/; s/-/\\-/g' "$work/commands"
    printf '.BR remlock\\-targets (1)\n\n'
    cat "$sources/remlock.h2m"
} >"$work/remlock.h2m"
page remlock "find device-removal bugs around remove locks" "$work/remlock.h2m"
while IFS='	' read -r command summary; do
    # shellcheck disable=SC2086 # a command and its action
    page "remlock-$(printf '%s' "$command" | tr ' ' -)" "$summary" "$sources/common.h2m" $command
done <"$work/commands"
sed -e "s/@DATE@/$date/" -e "s/@VERSION@/$version/" "$sources/targets.1.in" >"$folder/remlock-targets.1"
