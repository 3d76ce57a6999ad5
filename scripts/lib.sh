#!/usr/bin/env bash
# What quickstart.sh and test.sh share: how they speak, and configuring and building. Sourced, never run.

# Where the repository is; every script works from there.
REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$REPOSITORY" || exit 1
mkdir -p build

colour() {
    if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
        printf '\033[%sm%s\033[0m' "$1" "$2"
    else
        printf '%s' "$2"
    fi
}

heading() {
    printf '\n%s\n' "$(colour '1;36' "== $*")"
}

say() {
    printf '%s\n' "$*"
}

# Shows a command as somebody would type it, for copying.
show_command() {
    printf '%s\n' "$(colour 1 "\$ $*")"
}

complain() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

fail() {
    complain "$@"
    exit 1
}

# The wrong way of calling a script: says so and points at --help.
usage_error() {
    complain "$*; try --help"
    exit 2
}

# configure FOLDER PRESET [COMPILER [ARGUMENT...]]: without a compiler the preset and CC decide.
configure() {
    local folder=$1 preset=$2 compiler=${3:-} arguments=("${@:4}")

    if [ -n "$compiler" ]; then
        arguments+=("-DCMAKE_C_COMPILER=$(command -v "$compiler")")
    fi
    if command -v ccache >/dev/null; then
        arguments+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    fi
    mkdir -p "$folder"
    if ! cmake --preset "$preset" -B "$folder" "${arguments[@]}" >"$folder/configure.log" 2>&1; then
        tail -n 60 "$folder/configure.log" >&2
        complain "cmake --preset $preset failed: its whole output is in $folder/configure.log"
        return 1
    fi
}

# build FOLDER JOBS [TARGET...]: without targets, everything.
build() {
    local folder=$1 jobs=$2 targets=()

    shift 2
    if [ $# -gt 0 ]; then
        targets=(--target "$@")
    fi
    if ! cmake --build "$folder" --parallel "$jobs" "${targets[@]}" >"$folder/build.log" 2>&1; then
        tail -n 60 "$folder/build.log" >&2
        complain "the build failed: its whole output is in $folder/build.log"
        return 1
    fi
}

# Seconds as somebody would say them.
duration() {
    if [ "$1" -lt 60 ]; then
        printf '%d s' "$1"
    else
        printf '%d min %d s' $(($1 / 60)) $(($1 % 60))
    fi
}
