#!/usr/bin/env bash
# Seeds say what they are for, run, and do what they expect; what is no good seed is noticed.
set -euo pipefail

remlock=$1
seeds=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "seeds.sh: $*" >&2; exit 1; }

# reviewed FOLDER: each says in its second line what it is for, and in its last one what is to come of it.
reviewed() {
    local seed count=0
    for seed in "$1"/*/*.replay; do
        sed -n 2p "$seed" | grep -q '^# .' || { echo "$seed does not say in its second line what it is for"; return 1; }
        tail -n 1 "$seed" | grep -qx 'expect clean' || { echo "$seed does not end with: expect clean"; return 1; }
        count=$((count + 1))
    done
    [ "$count" -ge 30 ] || { echo "only $count seeds in $1"; return 1; }
    [ "$(find "$1" -type f | wc -l)" -eq "$count" ] || { echo "something in $1 is no seed"; return 1; }
    "$remlock" regress "$1" >"$work/out" 2>&1 || { cat "$work/out"; return 1; }
    grep -q "^$count of $count replays as expected" "$work/out" || { cat "$work/out"; return 1; }
}

reviewed "$seeds" || fail "the seeds are not as they should be"

# spoilt SED: a seed that was changed so does not pass.
spoilt() {
    rm -rf "$work/seeds"
    cp -r "$seeds" "$work/seeds"
    sed -i "$1" "$work/seeds/lock/last-release-wakes.replay"
    ! reviewed "$work/seeds" >"$work/said" || fail "spoilt by '$1' it still passes"
}

spoilt 2d
spoilt 's/^expect.*//'
spoilt 's/^subject lock$/subject lock:m02/'
spoilt 's/acquire/aquire/'
