#!/usr/bin/env bash
# Campaigns where the world is not as it should be: trouble.sh unwritable|full|limited|clock REMLOCK [CLOCK]
set -uo pipefail

kind=$1 remlock=$(realpath "$2") clock=${3:-} self=$(realpath "$0")
command -v sqlite3 >/dev/null || { echo "sqlite3 is not installed: skipped"; exit 77; }
subjects=(lock:m02 lock:m06)
options=(--jobs 2 --engines search --set lock=free --set memory=sc --no-html --seed 1)
failures=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n--- stdout\n%s\n--- stderr\n%s\n' "$1" "$(cat out.txt 2>&1)" "$(cat err.txt 2>&1)"
}

rows() {
    sqlite3 -readonly night/campaign.sqlite "$1"
}

# finishes SECONDS ARGUMENT...: a campaign that runs for so long finds what there is to find.
finishes() {
    local seconds=$1 code
    shift
    "$remlock" campaign "$@" --time "${seconds}s" --out night >out.txt 2>err.txt </dev/null
    code=$?
    [ "$code" = 1 ] || complain "exit status $code, not 1"
    check_findings
}

check_findings() {
    [ "$(rows "SELECT count(DISTINCT subject) FROM finding WHERE state = 'confirmed'")" = 3 ] ||
        complain 'both bugs and the canary should be found and confirmed'
    [ "$(rows "SELECT count(*) FROM finding WHERE state <> 'confirmed' OR NOT announced")" = 0 ] ||
        complain 'all should be told'
    [ "$(rows 'PRAGMA integrity_check')" = ok ] || complain 'the database is damaged'
}

# says_soon FILE REGEX: within a minute.
says_soon() {
    local round
    for round in $(seq 600); do
        ! grep -qE -- "$2" "$1" || return 0
        sleep 0.1
    done
    complain "$round looks later $1 does not say: $2"
    return 1
}

# Somebody who may not write there is told so before anything is run.
unwritable() {
    local as=() code
    mkdir closed
    chmod 0555 closed
    chmod 0755 .
    if [ "$(id -u)" = 0 ]; then
        as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
        "${as[@]}" test -x "$remlock" || { echo "$remlock is not for everybody: skipped"; exit 77; }
    fi
    for folder in closed closed/night; do
        "${as[@]}" "$remlock" campaign "${subjects[@]}" "${options[@]}" --out "$work/$folder" >out.txt 2>err.txt </dev/null
        code=$?
        [ "$code" = 2 ] || complain "exit status $code, not 2"
        grep -qE "^remlock campaign: cannot (make|write into) the folder .*: Permission denied; name another one" err.txt ||
            complain 'it should say which folder, and why'
    done
}

# A disk without room: it waits, says so once, and goes on when there is some.
full() {
    local pid code
    if [ "${IN_OWN_MOUNTS:-}" != yes ]; then
        unshare -m true 2>unshare.txt || { echo "no file system can be mounted here: skipped"; exit 77; }
        IN_OWN_MOUNTS=yes unshare -m "$self" full "$remlock"
        exit
    fi
    mkdir night
    mount -t tmpfs -o size=4m tmpfs night || { echo "no file system can be mounted here: skipped"; exit 77; }
    "$remlock" campaign "${subjects[@]}" "${options[@]}" --time 400s --out night >out.txt 2>err.txt </dev/null &
    pid=$!
    says_soon out.txt '^ASSERTION FAILED'
    head -c 8M /dev/zero >night/filler 2>head.txt
    says_soon err.txt 'disk is full'
    kill -0 "$pid" || complain 'it should wait for room'
    "$remlock" campaign status night >status.txt 2>&1 || complain "its state should be told: $(cat status.txt)"
    rm night/filler
    says_soon out.txt '^ASSERTION FAILED: .* lock:m02'
    says_soon out.txt '^ASSERTION FAILED: .* lock:m06'
    kill -INT "$pid"
    wait "$pid"
    code=$?
    [ "$code" = 1 ] || complain "exit status $code, not 1"
    finishes "$(rows 'SELECT total(elapsed) + 3 FROM session')" --resume
    umount night
}

# Files that may not grow: it ends, in whatever way, and what was found is there when it goes on.
limited() {
    (
        ulimit -f 60
        timeout 20 "$remlock" campaign "${subjects[@]}" "${options[@]}" --time 6s --out night >out.txt 2>err.txt </dev/null
    ) 2>limit.txt
    grep -qE 'full|File too large|File size limit' out.txt err.txt limit.txt || complain 'the limit should have been felt'
    [ -e night/campaign.sqlite ] || complain 'there should be a campaign'
    rows "SELECT fingerprint FROM finding" | sort >before.txt
    finishes "$(rows 'SELECT total(elapsed) + 10 FROM session')" --resume
    [ -z "$(comm -23 before.txt <(rows 'SELECT fingerprint FROM finding' | sort))" ] || complain 'nothing should be forgotten'
}

# The time of day means nothing.
clock() {
    SECONDS=0
    LD_PRELOAD=$clock finishes 6 "${subjects[@]}" "${options[@]}"
    [ "$SECONDS" -lt 120 ] || complain "it took $SECONDS s"
    [ "$(rows 'SELECT max(started) - min(started) > 7200 FROM slice')" = 1 ] || complain 'the clock should have jumped'
    [ "$(rows 'SELECT max(at + seconds) < 120 AND min(at) >= 0 AND min(seconds) >= 0 FROM slice')" = 1 ] ||
        complain 'seconds of the campaign should not jump'
    LD_PRELOAD=$clock finishes 12 --resume
    [ "$(rows 'SELECT count(*) FROM session')" = 2 ] || complain 'there should be two sessions'
    [ "$(rows 'SELECT total(elapsed) BETWEEN 8 AND 200 FROM session')" = 1 ] || complain 'seconds should be added up'
    "$remlock" campaign status night >out.txt 2>err.txt || complain 'its state should be told'
}

"$kind"
[ "$failures" = 0 ]
