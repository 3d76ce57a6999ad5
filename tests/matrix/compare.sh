#!/usr/bin/env bash
# Whether builds of the code under test come to the same verdicts and traces.
#
#   compare.sh record FOLDER VERDICTS [CORPUS...]    makes replays in FOLDER and notes what this build's VERDICTS says of them
#   compare.sh check FOLDER VERDICTS [CORPUS...]     fails unless this build's VERDICTS says the same
#
# CORPUS is a folder with more replays of the lock; it may be missing.
set -euo pipefail

[ $# -ge 3 ] || { echo "usage: compare.sh record|check FOLDER VERDICTS [CORPUS...]" >&2; exit 2; }
mode=$1 folder=$2 verdicts=$3
shift 3
folders=("$folder/replays")
for corpus in "$@"; do
    [ ! -d "$corpus" ] || folders+=("$corpus")
done

case $mode in
    record)
        rm -rf "$folder"
        mkdir -p "$folder/replays"
        "$verdicts" record "$folder/replays"
        "$verdicts" print "${folders[@]}" >"$folder/expected.new"
        mv "$folder/expected.new" "$folder/expected"
        echo "$(wc -l <"$folder/expected") lines to compare"
        ;;
    check)
        status=0
        found=$("$verdicts" print "${folders[@]}") || status=1
        diff "$folder/expected" - <<<"$found" || { echo "the lines marked > are those of this build" >&2; status=1; }
        [ $status = 0 ] && echo "$(wc -l <"$folder/expected") lines agree"
        exit $status
        ;;
    *)
        echo "compare.sh: there is no mode '$mode'; there are record and check" >&2
        exit 2
        ;;
esac
