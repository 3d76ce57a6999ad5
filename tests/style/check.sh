#!/usr/bin/env bash
# Checks the style of every file: check.sh rules|format|shell|links FOLDER. Exit status 0 clean, 1 not, 77 no such tool.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kind=${1:?"usage: check.sh rules|format|shell|links FOLDER"}
root=$(cd "${2:?"usage: check.sh rules|format|shell|links FOLDER"}" && pwd)
export LC_ALL=C

# What is committed or about to be; without git (an unpacked archive) whatever is there. Corpora are data.
list_files() {
    if git -C "$root" rev-parse --show-toplevel >/dev/null 2>&1; then
        git -C "$root" ls-files -z --cached --others --exclude-standard
    else
        (cd "$root" && find . \( -path './build*' -o -name .git \) -prune -o -type f -printf '%P\0')
    fi | while IFS= read -r -d '' name; do
        case $name in
            corpus/*) ;;
            *) [ ! -f "$root/$name" ] || printf '%s/%s\0' "$root" "$name" ;;
        esac
    done
}

# files EXTENDED-REGEX: those whose path below the root matches.
files() {
    list_files | grep -zE "$1" || [ $? = 1 ]
}

tool() {
    command -v "$1" >/dev/null || { echo "$1 is not installed: skipped"; exit 77; }
}

check_rules() {
    local problems

    problems=$(files '\.([ch]|sh|cmake|awk|md|json)$|/CMakeLists\.txt$|/\.ci/run$' |
        xargs -0 -r awk -v root="$root/" -f "$here/rules.awk")
    [ -z "$problems" ] || { printf '%s\n' "$problems"; return 1; }
}

check_format() {
    tool clang-format-14
    files '\.[ch]$' | xargs -0 -r clang-format-14 --style=file --dry-run -Werror --ferror-limit=1 ||
        { echo "scripts/format.sh lays them out"; return 1; }
}

check_shell() {
    tool shellcheck
    files '\.sh$|/\.ci/run$' | xargs -0 -r shellcheck --external-sources
}

# Links between our own pages lead somewhere.
check_links() {
    local page link broken=0

    while IFS= read -r -d '' page; do
        while IFS= read -r link; do
            link=${link%%#*}
            [ -z "$link" ] || [ -e "$(dirname "$page")/$link" ] || { echo "${page#"$root"/}: no such file: $link"; broken=1; }
        done < <(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//' | grep -v '^https\?:')
    done < <(files '\.md$')
    return "$broken"
}

case $kind in
    rules | format | shell | links) "check_$kind" ;;
    *) echo "check.sh: there is no check '$kind'; there are rules, format, shell and links" >&2; exit 2 ;;
esac
