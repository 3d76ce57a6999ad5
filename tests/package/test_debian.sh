#!/usr/bin/env bash
# The package for Debian: test_debian.sh pack|contents|lintian|bare|consumer BUILD COMPILER PLACE
# `pack` makes it of the build folder, in PLACE, where the other groups look for it.
set -uo pipefail

group=$1 build=$2 COMPILER=$3 place=$4
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
needs cpack dpkg-deb dpkg-shlibdeps help2man
root=$work/root

field() {
    dpkg-deb --field "$package" "$1"
}

group_contents() {
    local path

    path=remlock_$(field Version)_$(field Architecture).deb
    [ "$(basename "$package")" = "$path" ] || complain "$package should be called $path"
    [ "$(field Section)" = devel ] || complain "section $(field Section)"
    for path in Maintainer Homepage Description Depends; do
        [ -n "$(field $path)" ] || complain "there is no field $path"
    done
    field Depends | grep -q 'libc6 (>= ' || complain "depends on $(field Depends)"
    field Depends | grep -q 'libdw1' || complain "depends on $(field Depends)"
    for path in copyright changelog.Debian.gz README.md docs/findings.md; do
        [ -s "$root/usr/share/doc/remlock/$path" ] || complain "there is no $path"
    done
    zgrep -q "^remlock ($(field Version)) " "$root/usr/share/doc/remlock/changelog.Debian.gz" || complain "changelog: version"
    [ -z "$(find "$root" -type f -perm /022)" ] || complain "files that others can write"
    [ -z "$(find "$root/usr/share/man" -name '*.1')" ] || complain "manual pages are to be compressed"
    [ -z "$(find "$root" -xtype l)" ] || complain "links that lead nowhere: $(find "$root" -xtype l)"
    (cd "$root" && dpkg-deb --ctrl-tarfile "$package" | tar -xO ./md5sums | md5sum --check --quiet) || complain "md5sums"
}

group_lintian() {
    needs lintian
    lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$package" >"$work/output" 2>&1 ||
        complain "lintian: $(cat "$work/output")"
    # The exceptions that we ask for are needed, or they would be told here.
    ! grep -q 'unused-override' "$work/output" || complain "$(cat "$work/output")"
}

# Packages that one needs, and what they need, the first of several that would do.
closure() {
    local todo=("$@") seen=' ' name

    while [ ${#todo[@]} -gt 0 ]; do
        name=${todo[0]%%:*}
        todo=("${todo[@]:1}")
        [[ $seen != *" $name "* ]] || continue
        seen+="$name "
        # shellcheck disable=SC2016 # fields of dpkg, not of the shell
        mapfile -t -O "${#todo[@]}" todo < <(dpkg-query -W -f '${Pre-Depends}, ${Depends}\n' "$name" 2>/dev/null | tr ',' '\n' |
            sed 's/|.*//; s/(.*//; s/ //g; /^$/d')
    done
    printf '%s\n' "$seen"
}

# A machine with nothing on it but the package and what it depends on, out of the packages of this machine.
group_bare() {
    local depends name path

    if [ "$(id -u)" != 0 ] || ! chroot / true 2>/dev/null; then
        echo "only root can do this"
        exit 77
    fi
    mapfile -t depends < <(field Depends | tr ',' '\n' | sed 's/(.*//; s/ //g')
    for name in $(closure "${depends[@]}"); do
        dpkg-query -L "$name" >"$work/list" 2>/dev/null || complain "$name is not installed here"
        while IFS= read -r path; do
            if [ -f "$path" ] || [ -L "$path" ]; then
                mkdir -p "$root$(dirname "$(readlink -f "$(dirname "$path")")/x")"
                cp -a "$path" "$root$(readlink -f "$(dirname "$path")")/" 2>/dev/null || true
            fi
        done < <(grep -v '/share/\(doc\|locale\|man\)/' "$work/list")
    done
    for path in bin sbin lib lib64; do
        [ ! -L "/$path" ] || [ -e "$root/$path" ] || ln -s "usr/$path" "$root/$path"
    done
    mkdir -p "$root/proc" "$root/tmp" "$root/root"
    if [ -e "$root/usr/bin/gcc" ] || [ -e "$root/usr/bin/bash" ]; then
        complain "that is no bare machine"
    fi
    bare_runs
}

# on COMMAND: runs it on the bare machine, with a /proc of its own, by which programs find themselves.
on() {
    must unshare --mount --pid --fork "$here/on_root.sh" "$root" "$@"
}

bare_runs() {
    if ! unshare --mount --pid --fork mount -t proc proc "$root/proc" 2>/dev/null; then
        echo "no file systems can be mounted here"
        exit 77
    fi
    on /usr/bin/remlock --version && says '^remlock '
    on /usr/bin/remlock drivers && says 'driver:z12-early-return'
    on /usr/bin/remlock test driver:filter --executions 2k --out /tmp/found && says '^clean: '
    on /usr/bin/remlock regress /usr/share/remlock/corpus/regressions/lock && says 'replays as expected'
    on /usr/bin/remlock explain /usr/share/remlock/corpus/regressions/driver/z12-early-return.replay &&
        says 'z12-early-return.c'
    # There is no compiler: that is said, and is no crash.
    if unshare --mount --pid --fork "$here/on_root.sh" "$root" /usr/bin/remlock build -o /tmp/z12.so \
        /usr/share/remlock/drivers/zoo/z12-early-return.c >"$work/output" 2>&1; then
        complain "a driver cannot be built there"
    fi
    says 'there is no C compiler'
}

group_consumer() {
    check_tree "$root/usr"
    check_consumer "$root/usr"
}

if [ "$group" = pack ]; then
    rm -rf "$place"
    must cpack -G DEB --config "$build/CPackConfig.cmake" -B "$place"
    finish
    exit
fi
package=$(echo "$place"/*.deb)
must dpkg-deb --extract "$package" "$root" || exit 1
"group_$group"
finish
