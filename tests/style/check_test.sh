#!/usr/bin/env bash
# Shows that each rule of check.sh fires where it must, and nowhere else: builds small trees and looks at what is said.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# A tree with one file of the given text.
tree() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree/$(dirname "$1")"
    printf '%b' "$2" >"$scratch/tree/$1"
}

# expect RULE FILE TEXT: the check names the file and the rule, once, and fails.
expect() {
    local output status=0

    tree "$2" "$3"
    output=$(GIT_DIR=/nonexistent "$here/check.sh" rules "$scratch/tree") || status=$?
    if [ "$status" != 1 ] || [ "$(printf '%s\n' "$output" | wc -l)" != 1 ] || ! [[ $output == "$2":*": $1: "* ]]; then
        printf 'expected one "%s" for %s, got status %d and:\n%s\n' "$1" "$2" "$status" "$output"
        failures=$((failures + 1))
    fi
}

expect_clean() {
    local output

    tree "$1" "$2"
    if ! output=$(GIT_DIR=/nonexistent "$here/check.sh" rules "$scratch/tree"); then
        printf 'expected nothing for %s, got:\n%s\n' "$1" "$output"
        failures=$((failures + 1))
    fi
}

# repeat COUNT TEXT
repeat() {
    local index

    for ((index = 0; index < $1; index++)); do printf '%s' "$2"; done
}

opening='/* a file */\n'
expect opening-comment core/a.c '#include <stdint.h>\n'
expect opening-comment cmake/a.cmake 'set(a b)\n'
expect opening-comment scripts/a.sh '#!/usr/bin/env bash\nset -e\n'
expect_clean scripts/a.sh '#!/usr/bin/env bash\n# Does a.\nset -e\n'
expect columns core/a.c "$opening// $(repeat 126 x)\n"
expect_clean core/a.c "$opening// $(repeat 125 x)\n"
expect_clean core/a.c "$opening// $(repeat 125 '\303\244')\n"
expect columns docs/a.md "$(repeat 129 x)\n"
expect_clean docs/a.md "| $(repeat 129 x) |\n"
expect trailing-blank core/a.c "${opening}int a; \n"
expect trailing-blank core/a.c "${opening}int a;\r\n"
expect tab core/a.c "$opening\tint a;\n"
expect marker core/a.c "$opening// TO""DO: more\n"
expect marker core/a.c "$opening// FIX""ME\n"
expect_clean core/a.c "${opening}char name[] = \"/tmp/XX""XXXX\";\n"
expect_clean core/a.c "${opening}// the todo list of a task\n"
expect function-length core/a.c "${opening}int a(void)\n{\n$(repeat 69 '    call();\n')}\n"
expect_clean core/a.c "${opening}int a(void)\n{\n$(repeat 68 '    call();\n')}\n"
expect direction scheduler/a.c "$opening#include <remlock/core.h>\n"
expect direction reports/a.c "$opening#include <remlock/fuzz.h>\n"
expect direction core/lock/a.c "$opening#include \"../../scheduler/state.h\"\n"
expect direction replay/a.c "$opening#include \"../harness/generator.h\"\n"
expect_clean fuzz/a.c "$opening#include <remlock/fuzz.h>\n#include <remlock/replay.h>\n#include \"codec.h\"\n"
expect_clean core/lock/a.c "$opening#include \"../kernel/event.h\"\n"
expect_clean tests/fuzz/a.c "$opening#include \"../../fuzz/codec.h\"\n"

tree docs/a.md 'See [b](b.md), [this](a.md#there) and [that](https://example.org/).\n'
output=$(GIT_DIR=/nonexistent "$here/check.sh" links "$scratch/tree") && output=clean
if [ "$output" != 'docs/a.md: no such file: b.md' ]; then
    printf 'expected one broken link, got:\n%s\n' "$output"
    failures=$((failures + 1))
fi

[ "$failures" = 0 ] && echo "every rule fires where it must and nowhere else"
