#!/usr/bin/env bash
# Runs a build of locate_probe and compares what it says: test_locate.sh full|names|nothing SOURCES PROBE [LATE_OBJECT]
set -euo pipefail

kind=$1 sources=$2 probe=$3 late=${4:-}

# line FILE MARK: where the mark stands.
line() {
    grep -n "/\* $2 \*/" "$sources/$1" | cut -d: -f1
}

fail() {
    printf 'expected: %s\nthe probe said:\n%s\n' "$1" "$said" >&2
    exit 1
}

# says LINE: exactly this line is there.
says() {
    grep -qxF -- "$1" <<<"$said" || fail "$1"
}

if [ "$kind" != full ]; then
    stripped=$(mktemp)
    trap 'rm -f "$stripped"' EXIT
    case $kind in
        names) objcopy --strip-debug "$probe" "$stripped" ;;
        nothing) objcopy --strip-all "$probe" "$stripped" ;;
    esac
    chmod +x "$stripped"
    probe=$stripped
fi
said=$("$probe" ${late:+"$late"})

case $kind in
    full)
        says "plain: plain_function@locate_probe.c:$(line locate_probe.c PLAIN)"
        inner="inlined_function@locate_probe.c:$(line locate_probe.c INLINED)"
        says "inlined: $inner outer_function@locate_probe.c:$(line locate_probe.c OUTER)"
        ;;
    names)
        says "plain: plain_function@:0"
        says "inlined: outer_function@:0"
        ;;
    nothing)
        says "plain:"
        says "inlined:"
        ;;
esac
says "nowhere:"
says "unmapped:"
[ -z "$late" ] || says "late: late_function@late_object.c:$(line late_object.c LATE)"
