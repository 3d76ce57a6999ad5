#!/usr/bin/env bash
# Kills a campaign and its children again and again, and compares with one that nobody disturbed: survive.sh REMLOCK [KILLS]
set -uo pipefail

remlock=$(realpath "$1") kills=${2:-100}
for tool in sqlite3 jq pgrep; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed: skipped"; exit 77; }
done
# Their bugs show within a few hundred executions, so that what is found does not depend on how far each slice comes.
subjects=(lock:m02 lock:m06 lock:m07 lock)
options=(--jobs 2 --engines search --set lock=free --set memory=sc --no-html)
failures=0 killed=0 children=0
RANDOM=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C

complain() {
    failures=$((failures + 1))
    printf 'FAILED after %s kills: %s\n' "$killed" "$1"
}

# rows FOLDER QUERY: what a database says.
rows() {
    sqlite3 -readonly "$1/campaign.sqlite" "$2"
}

findings_of() {
    rows "$1" "SELECT name || ' ' || identifier || ' ' || routine || ' ' || state FROM finding
        JOIN subject ON subject.id = finding.subject ORDER BY 1"
}

processes() {
    pgrep -f -- "$work/night/"
}

# Whatever the campaign has started ends soon after it.
wait_for_nobody() {
    local round
    for round in $(seq 100); do
        processes >processes.txt || return 0
        sleep 0.05
    done
    complain "$round looks later there are still processes: $(xargs -r ps -o pid=,args= -p <processes.txt)"
}

# somewhere MILLISECONDS: at some moment within so many.
somewhere() {
    sleep "$(printf '0.%03d' $((RANDOM % $1)))"
}

# Any process but the main one, if there is one just then.
kill_a_child() {
    local list
    mapfile -t list < <(processes | grep -vx "$1")
    [ ${#list[@]} -gt 0 ] || return
    kill -KILL "${list[RANDOM % ${#list[@]}]}" 2>kill.txt && children=$((children + 1))
}

# Goes on with the campaign, or begins it, and kills it in the midst of that.
start_and_kill() {
    local what=("${subjects[@]}" "${options[@]}" --seed 1 --time 500s) pid code
    [ ! -e night/campaign.sqlite ] || what=(--resume)
    # As a kill in the midst of writing leaves it.
    [ ! -e night/findings ] || touch night/.remlock-1-2.3.new night/findings/.remlock-1-2.3.new
    "$remlock" campaign "${what[@]}" --json --out "$work/night" >out.txt 2>err.txt </dev/null &
    pid=$!
    somewhere 800
    [ $((RANDOM % 3)) -gt 0 ] || { kill_a_child "$pid"; somewhere 300; }
    if kill -KILL "$pid" 2>kill.txt; then
        killed=$((killed + 1))
    else
        complain "it ended by itself: $(tail -n 3 err.txt)"
    fi
    wait "$pid" 2>wait.txt
    code=$?
    [ "$code" = 137 ] || complain "exit status $code: $(tail -n 3 err.txt)"
    # The last line may have been cut off by the kill.
    sed '$d' out.txt | jq -r 'select(.event == "finding" and .state == "confirmed") | .fingerprint' >>announced.txt
    wait_for_nobody
}

# is_missing FILE QUERY: lines of the file that the database does not have.
is_missing() {
    comm -23 <(sort -u "$1") <(rows night "$2" | sort -u)
}

# What slices had found when they were killed, and nobody has entered yet.
leftovers() {
    find night/work -name '*.replay' ! -name 'crash*' -exec awk '
        $1 == "subject" { subject = $2 }
        $1 == "expect" { print subject, $2, $3 == "" ? "-" : $3 }' {} +
}

# What was once found, entered or told stays so.
check_memory() {
    local missing
    [ -e night/campaign.sqlite ] || return
    rows night 'SELECT fingerprint FROM finding' >now.txt || { complain 'the database cannot be read'; return; }
    leftovers >left.txt
    missing=$(is_missing found.txt "SELECT name || ' ' || identifier || ' ' || routine FROM finding
        JOIN subject ON subject.id = finding.subject" | grep -vxF -f left.txt)
    [ -z "$missing" ] || complain "found, and not entered: $missing"
    cat left.txt >>found.txt
    missing=$(is_missing entered.txt 'SELECT fingerprint FROM finding')
    [ -z "$missing" ] || complain "no longer entered: $missing"
    missing=$(is_missing announced.txt "SELECT fingerprint FROM finding WHERE state = 'confirmed'")
    [ -z "$missing" ] || complain "told, and no longer confirmed: $missing"
    cat now.txt >>entered.txt
    [ "$(rows night 'PRAGMA integrity_check')" = ok ] || complain 'the database is damaged'
    [ "$(rows night 'SELECT count(*) FROM finding WHERE NOT EXISTS
        (SELECT 1 FROM sighting WHERE finding = finding.id) OR found NOT LIKE "remlock %expect %"')" = 0 ] ||
        complain 'a finding is there by half'
    [ "$(rows night "SELECT count(*) FROM finding WHERE announced AND state = 'found'")" = 0 ] ||
        complain 'a finding was told before it was confirmed'
}

# At last it is left alone, and comes to the same as one that always was.
finish() {
    local before
    before=$(rows night 'SELECT total(elapsed) + 10 FROM session')
    "$remlock" campaign --resume --time "${before}s" --json --out "$work/night" >out.txt 2>err.txt </dev/null
    code=$?
    [ "$code" = 1 ] || complain "the last session ended with $code: $(tail -n 3 err.txt)"
    wait_for_nobody
    check_memory
    "$remlock" campaign "${subjects[@]}" "${options[@]}" --seed 2 --time 10s --json --out "$work/quiet" >quiet.txt 2>err.txt
    diff -u <(findings_of quiet) <(findings_of night) || complain 'it has not found what the other one has'
}

check_end() {
    local file
    [ "$(findings_of night | grep -vc ' confirmed$')" = 0 ] || complain "not confirmed: $(findings_of night)"
    [ "$(rows night 'SELECT count(*) FROM finding WHERE NOT announced')" = 0 ] || complain 'not told'
    [ "$(rows night "SELECT count(*) FROM slice WHERE outcome = 'running'")" = 0 ] || complain 'a slice is still running'
    # A process that was killed passes for one that the code under test has crashed: its program is kept, and shows nothing.
    rm -f night/findings/*.crash-*.replay
    [ "$(find night/findings -type f | wc -l)" = "$(rows night 'SELECT count(*) FROM finding')" ] ||
        complain "there should be one file for each finding: $(find night/findings -type f)"
    for file in night/findings/*; do
        "$remlock" replay --quiet "$file" >replay.txt 2>&1
        code=$?
        [ "$code" = 1 ] || complain "$file does not show its finding: exit status $code"
    done
    find night/work -type f >left.txt
    find night -name '*.new' -o -name '*.tmp*' -o -name '.*' >>left.txt
    [ ! -s left.txt ] || complain "files are left: $(cat left.txt)"
}

touch found.txt entered.txt announced.txt
while [ "$killed" -lt "$kills" ] && [ "$failures" = 0 ]; do
    start_and_kill
    check_memory
done
finish
check_end
echo "$killed campaigns and $children processes of theirs killed, with $(wc -l <found.txt) replays not entered yet;" \
    "$(sort -u entered.txt | wc -l) findings, $failures failures"
[ "$failures" = 0 ]
