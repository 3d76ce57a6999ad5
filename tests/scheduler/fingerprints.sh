#!/usr/bin/env bash
# Runs the fingerprint programs, which differ only in the compiler and level of their instrumented code, twice each: all must
# print the same.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: fingerprints.sh PROGRAM..." >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

failed=0
"$1" >"$scratch/first"
for program in "$@" "$1"; do
    "$program" >"$scratch/other"
    if ! diff "$scratch/first" "$scratch/other" >"$scratch/difference"; then
        printf '%s and %s disagree:\n%s\n' "$1" "$program" "$(head -n 6 "$scratch/difference")"
        failed=1
    fi
done
for verdict in clean use-after-free failure; do
    grep -q ": $verdict" "$scratch/first" || { echo "no execution is $verdict any more"; failed=1; }
done
[ "$failed" = 0 ] && echo "$# programs print the same $(wc -l <"$scratch/first") lines"
exit "$failed"
