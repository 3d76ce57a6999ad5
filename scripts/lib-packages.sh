#!/usr/bin/env bash
# What remlock needs from Debian or Ubuntu, and how it gets there. Sourced, never run.

# The one list: group, package, what it is for. NEWEST stands for the version of the newest clang that the distribution offers.
package_table() {
    cat <<'TABLE'
build gcc                    C compiler
build libc6-dev              headers of the C library
build cmake                  build system
build ninja-build            what cmake drives
build libboost-context-dev   fibers: the tasks of an execution
build libxxhash-dev          hashing of traces
build libcjson-dev           JSON output
build libdw-dev              file and line of code addresses
build libcapstone-dev        reading of machine code
build libcmocka-dev          unit tests
build libsqlite3-dev         database of campaigns
build libarchive-dev         packed corpora: zip and tar.gz
build help2man               manual pages, from what the commands say of themselves
fuzz  clang-NEWEST           compiler that brings libFuzzer
fuzz  libclang-rt-NEWEST-dev libFuzzer itself, and the sanitizers
fuzz  llvm-NEWEST            names in the stack traces of the sanitizers
fuzz  g++                    C++ runtime, which libFuzzer is linked with
test  clang-14               second compiler to hold, and the one AFL++ builds on
test  libclang-rt-14-dev     libFuzzer and the sanitizers of clang 14
test  llvm-14                names in the stack traces of the sanitizers
test  afl++                  the second fuzzing engine
test  clang-format-14        layout of the source, checked by a test
test  shellcheck             checks of the shell scripts
test  chromium               reports as a browser shows them
test  dpkg-dev               packages
test  fish                   completion of words, checked by a test
test  gdb                    replays in a debugger
test  jq                     reading JSON in tests
test  libxml2-utils          JUnit files, checked by a test
test  lintian                what Debian thinks of our package
test  man-db                 manual pages, checked by a test
test  mandoc                 likewise
test  pkg-config             what other projects find us by
test  procps                 looking for processes that should have ended
test  git                    which files the style checks look at
test  python3-jsonschema     JSON and SARIF, checked against their schemas
test  python3-yaml           workflows, checked by a test
test  sqlite3                databases of campaigns, looked at from outside
test  unzip                  packed corpora
test  zip                    likewise
test  zsh                    completion of words, checked by a test
TABLE
}

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The highest N for which clang-N can be had (or is there, with `installed`), with its libclang-rt-N-dev; 0 when there is none.
newest_clang() {
    local where=$1 version

    for version in $(clang_versions "$where" | sort -rn); do
        if { [ "$where" = installed ] && installed "libclang-rt-$version-dev"; } ||
            { [ "$where" = offered ] && apt-cache show "libclang-rt-$version-dev" >/dev/null 2>&1; }; then
            printf '%s' "$version"
            return
        fi
    done
    printf 0
}

clang_versions() {
    if [ "$1" = installed ]; then
        dpkg-query -W -f='${db:Status-Status} ${Package}\n' 'clang-*' 2>/dev/null | sed -n 's/^installed clang-\([0-9]*\)$/\1/p'
    else
        apt-cache search --names-only '^clang-[0-9]+$' 2>/dev/null | sed -n 's/^clang-\([0-9]*\) .*/\1/p'
    fi
}

# packages GROUP...: names in the order of the list, each once (the newest clang may be 14).
packages() {
    local group name reason

    while read -r group name reason; do
        case " $* " in
            *" $group "*) printf '%s\n' "${name/NEWEST/$CLANG_VERSION}" ;;
        esac
    done < <(package_table) | awk '!seen[$0]++'
}

reason_for() {
    local group name reason

    while read -r group name reason; do
        if [ "${name/NEWEST/$CLANG_VERSION}" = "$1" ]; then
            printf '%s' "$reason"
            return
        fi
    done < <(package_table)
}

missing_packages() {
    local name

    for name in $(packages "$@"); do
        installed "$name" || printf '%s\n' "$name"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@" </dev/null
    else
        command -v sudo >/dev/null || fail "installing packages needs root: run this as root, or install sudo"
        sudo "$@"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -q -y -o Acquire::Retries=4 \
        -o DPkg::Lock::Timeout=300 "$@"
}

# A foreign repository that does not answer makes this fail although ours did: only the installation has to succeed.
refresh_package_lists() {
    say "refreshing the package lists (apt-get update)"
    apt_get update >/dev/null 2>&1 || say "at least one package repository did not answer; going on with the known lists"
    PACKAGE_LISTS_FRESH=yes
}

install_packages() {
    local attempt

    [ -n "${PACKAGE_LISTS_FRESH:-}" ] || refresh_package_lists
    for attempt in 1 2 3; do
        if apt_get install --no-install-recommends "$@" >build/install.log 2>&1; then
            return 0
        fi
        say "attempt $attempt to install failed"
        [ "$attempt" = 3 ] || { sleep $((attempt * 5)); refresh_package_lists; }
    done
    tail -n 20 build/install.log >&2
    return 1
}

# The newest clang on this machine when nothing may be installed; otherwise the newest that the distribution offers, which is
# not asked to be newer than 14 when apt knows nothing at all.
choose_clang() {
    local install=$1 offered

    CLANG_VERSION=$(newest_clang installed)
    offered=$(newest_clang offered)
    if [ "$install" = yes ] && [ "$offered" = 0 ]; then
        refresh_package_lists
        offered=$(newest_clang offered)
    fi
    if [ "$offered" -gt "$CLANG_VERSION" ] && { [ "$install" = yes ] || [ "$CLANG_VERSION" = 0 ]; }; then
        CLANG_VERSION=$offered
    fi
    [ "$CLANG_VERSION" != 0 ] || CLANG_VERSION=14
}

# When the newest clang cannot be fetched, an older one that is here will do.
settle_for_older_clang() {
    local older

    older=$(newest_clang installed)
    [ "$older" != 0 ] && [ "$older" != "$CLANG_VERSION" ] || return 1
    say "clang $CLANG_VERSION cannot be installed; going on with clang $older"
    CLANG_VERSION=$older
}

# ensure_packages INSTALL GROUP...: INSTALL is yes or no. Sets CLANG_VERSION.
ensure_packages() {
    local install=$1 missing name

    shift
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        fail "this machine has no apt-get: install by hand what scripts/lib-packages.sh lists, then use the presets (README.md)"
    fi
    choose_clang "$install"
    missing=$(missing_packages "$@")
    if [ -z "$missing" ]; then
        say "everything needed is installed"
        return
    fi
    say "missing on this machine:"
    for name in $missing; do
        printf '  %-24s %s\n' "$name" "$(reason_for "$name")"
    done
    if [ "$install" = no ]; then
        fail "--no-install was given; do it yourself: sudo apt-get install --no-install-recommends ${missing//$'\n'/ }"
    fi
    say "installing them with apt-get"
    # shellcheck disable=SC2086 # one word per package
    if ! install_packages $missing && ! { settle_for_older_clang && [ -z "$(missing_packages "$@")" ]; }; then
        fail "the packages could not be installed: see above; the whole output is in build/install.log"
    fi
}
