#!/usr/bin/env bash
# The same sources make the same package: test_reproducible.sh BUILD
#
# The archive of the sources is unpacked into two folders with names of different lengths, and built there without git, with
# another home, locale and time zone. What differs in the packages is told file by file. The umask is that of packagers, 022:
# CPack writes it into the headers of the archive.
set -uo pipefail

build=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
needs cpack dpkg-deb dpkg-shlibdeps help2man ninja tar xz
export SOURCE_DATE_EPOCH=1700000000
export CMAKE_BUILD_PARALLEL_LEVEL=1 # two at once
unset CC CFLAGS CPPFLAGS LDFLAGS CCACHE_DIR

# make_package FOLDER VARIABLE=VALUE...
make_package() {
    local folder=$1

    shift
    mkdir -p "$folder"
    tar -C "$folder" -xf "$work"/*.tar.xz || complain "cannot unpack the sources"
    cd "$folder"/remlock-* || return
    env "$@" cmake --workflow --preset package >"$folder.log" 2>&1 || complain "$folder: $(tail -n 30 "$folder.log")"
}

group() {
    local first=$work/here second=$work/another/folder

    must cpack --config "$build/CPackSourceConfig.cmake" -B "$work" || return
    if tar -tf "$work"/*.tar.xz | grep -E '^[^/]+/(build/|\.git/)' >"$work/output"; then
        complain "the archive holds what is no source: $(head -n 3 "$work/output")"
    fi
    umask 022
    make_package "$first" TZ=UTC LC_ALL=C &
    (make_package "$second" TZ=Asia/Tokyo LC_ALL=C.UTF-8 HOME="$work" USER=somebody)
    wait
    first=$(echo "$first"/remlock-*/build/package/*.deb) second=$(echo "$second"/remlock-*/build/package/*.deb)
    if ! cmp "$first" "$second"; then
        complain "the packages differ"
        dpkg-deb -R "$first" "$work/one" && dpkg-deb -R "$second" "$work/two" && diff -rq "$work/one" "$work/two"
        diff <(dpkg-deb -c "$first") <(dpkg-deb -c "$second")
    fi
    dpkg-deb --fsys-tarfile "$first" >"$work/files"
    ! grep -qaF "$work" "$work/files" || complain "the package names the folder where it was built"
}

group
finish
