#!/usr/bin/env bash
# The installed tree: test_installed.sh tree|moved|manual|consumer BUILD COMPILER
set -uo pipefail

group=$1 build=$2 COMPILER=$3
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
prefix=$work/prefix

installs() {
    [ -e "$prefix/$1" ] || complain "$1 should be installed"
}

group_tree() {
    local path

    for path in bin/remlock include/remlock/wdm.h share/pkgconfig/remlock.pc share/doc/remlock/LICENSE \
        share/doc/remlock/README.md share/doc/remlock/docs/cli.md share/bash-completion/completions/remlock \
        share/zsh/vendor-completions/_remlock share/fish/vendor_completions.d/remlock.fish \
        share/remlock/drivers/zoo/z12-early-return.c share/remlock/core/lock share/remlock/corpus/seeds \
        share/remlock/examples/consumer/CMakeLists.txt lib/remlock/drivers/reference/filter.so; do
        installs "$path"
    done
    [ -z "$(find "$prefix" -path '*/include/*' -path '*remlock/remlock*')" ] || complain "headers of rooms are not for drivers"
    check_tree "$prefix"
}

# The tree works elsewhere, and as it lies in a folder to be packed.
group_moved() {
    must env DESTDIR="$work/stage" cmake --install "$build" --prefix /opt/re
    [ -x "$work/stage/opt/re/bin/remlock" ] || complain "DESTDIR should come first"
    mkdir "$work/a folder"
    mv "$work/stage/opt/re" "$work/a folder/moved"
    rm -rf "$prefix"
    check_tree "$work/a folder/moved"

    needs pkg-config
    export PKG_CONFIG_PATH="$work/a folder/moved/share/pkgconfig"
    must pkg-config --validate remlock
    eval "headers=$(pkg-config --variable=includedir remlock) program=$(pkg-config --variable=program remlock)"
    [ -f "${headers:?}/wdm.h" ] || complain "pkg-config: includedir $headers"
    "${program:?}" --version | grep -q "^remlock $(pkg-config --modversion remlock)$" || complain "pkg-config: program $program"
}

# "COMMAND" and "COMMAND ACTION" of all.
commands() {
    local command

    for command in $("$prefix/bin/remlock" --complete '' | cut -f1 | grep -v '^help$\|^-'); do
        echo "$command"
        "$prefix/bin/remlock" --complete help "$command" '' | cut -f1 | sed "s/^/$command /"
    done
}

# Every command has a page that lint likes and that names every option of the command.
group_manual() {
    local page option

    needs help2man mandoc man
    man --nh --nj -l "$prefix/share/man/man1/remlock.1" 2>/dev/null | col -b >"$work/all"
    commands | while IFS= read -r command; do
        page=remlock-${command// /-}
        if [ "$(man -M "$prefix/share/man" -w "$page")" != "$prefix/share/man/man1/$page.1" ]; then
            echo "there is no page of 'remlock $command'"
            continue
        fi
        MANWIDTH=200 man -M "$prefix/share/man" "$page" 2>/dev/null | col -b >"$work/text"
        grep -q "^ *remlock $command" "$work/text" || echo "$page: has no synopsis"
        # shellcheck disable=SC2086 # a command and its action
        for option in $("$prefix/bin/remlock" --complete $command - | cut -f1); do
            grep -q -- "$option" "$work/text" || echo "$page: says nothing of $option"
        done
        grep -q -- "$page(1)" "$work/all" || echo "remlock.1 does not name $page"
    done >"$work/problems"
    [ ! -s "$work/problems" ] || complain "$(cat "$work/problems")"
    for page in "$prefix"/share/man/man1/*.1; do
        must mandoc -T lint -W warning "$page"
        man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null | grep . && complain "$page: see above"
    done
    for page in "$prefix"/bin/*; do
        [ -f "$prefix/share/man/man1/$(basename "$page").1" ] || complain "there is no page of $(basename "$page")"
    done
}

group_consumer() {
    check_consumer "$prefix"
}

must cmake --install "$build" --prefix "$prefix" || exit 1
"group_$group"
finish
