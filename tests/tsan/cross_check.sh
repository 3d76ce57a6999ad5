#!/usr/bin/env bash
# Do our race detector and ThreadSanitizer agree? cross_check.sh REMLOCK FOLDER EXCEPTIONS
#
# Every replay of the folder runs under both policies, races=nt and races=c11. Our detector ends the execution at the first
# race; ThreadSanitizer has heard the same accesses by then. Either both report one or neither does, except where EXCEPTIONS
# says otherwise: "NAME POLICY ours|theirs", who alone may report.
set -euo pipefail
remlock=$1 replays=$2 exceptions=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
races=0 failed=0

# The replay with a policy of its own, and without what it expects.
with_policy() {
    awk -v races="$2" '
        $1 == "expect" { next }
        $1 == "config" { gsub(/ races=[a-z0-9]+/, ""); print $0 " races=" races; said = 1; next }
        $1 == "program" && !said { print "config races=" races; said = 1 }
        { print }' "$1"
}

# Who reports a race: both, neither, ours, theirs.
who() {
    local ours=no theirs=no
    "$remlock" replay --json "$1" >"$folder/out" 2>"$folder/err" || [ $? -le 3 ]
    grep -q '"data-race"' "$folder/out" && ours=yes
    grep -q 'WARNING: ThreadSanitizer: data race' "$folder/err" && theirs=yes
    case $ours$theirs in
        yesyes) echo both ;;
        nono) echo neither ;;
        yesno) echo ours ;;
        noyes) echo theirs ;;
    esac
}

for file in "$replays"/*.replay; do
    name=$(basename "$file" .replay)
    for policy in nt c11; do
        with_policy "$file" $policy >"$folder/case.replay"
        seen=$(who "$folder/case.replay")
        expected=$(awk -v name="$name" -v policy=$policy '$1 == name && $2 == policy { print $3 }' "$exceptions")
        [ "$seen" = both ] && races=$((races + 1))
        if [ -z "$expected" ] && [ "$seen" != both ] && [ "$seen" != neither ]; then
            echo "$name, races=$policy: only $seen: a race"
            cat "$folder/err"
            grep '"message"' "$folder/out" || true
            failed=1
        elif [ -n "$expected" ] && [ "$seen" != "$expected" ] && [ "$seen" != both ]; then
            echo "$name, races=$policy: $seen, but $exceptions says $expected"
            failed=1
        fi
    done
done
echo "$races races that both report"
# A build in which nothing is ever reported agrees with everything.
[ "$races" -gt 0 ] || failed=1
exit $failed
