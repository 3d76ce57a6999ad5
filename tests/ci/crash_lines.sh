#!/usr/bin/env bash
# Crashes are grouped by the first line that begins with "ASSERTION FAILED:". The same bug from different inputs has the same
# line, different bugs have different ones, and nothing in it comes from the execution: crash_lines.sh REMLOCK TARGET
set -uo pipefail

remlock=$1 target=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$*"
}

# What a service keeps of the output: the type ASSERT and this line.
crash_line() {
    grep -m 1 -aE 'ASSERTION FAILED|ERROR:|runtime error:|panic:|Assertion' "$1"
}

# One bug, many inputs: programs and schedules of other seeds, not minimised.
inputs_of() {
    local subject=$1 seed

    for seed in 1 2 3 4; do
        "$remlock" test "$subject" --seed "$seed" --executions 20k --keep-going --no-minimize --quiet \
            --out "$subject.$seed" >test.log
    done
}

: >lines.txt
for subject in lock:m15-event-touched-after-wake lock:m07-no-wait-for-one lock:m14-mixed-sizes; do
    inputs_of "$subject"
    for file in "$subject".*/*.replay; do
        [ -e "$file" ] || { complain "no finding of $subject"; break; }
        expected="$(sed -n 's/^expect //p' "$file")"
        line=$(REMLOCK_SCHEDULES=1 REMLOCK_REPLAY_DIR="$work" "$target" --subject="$subject" "$file" 2>&1 >plain.log |
            tee output.txt | head -n 1; crash_line output.txt >first.txt)
        [ "$line" = "$(cat first.txt)" ] || complain "$file: the first line should be that of the crash, not '$line'"
        [ "$line" = "ASSERTION FAILED: ${expected% *} $subject ${expected#* }" ] || complain "$file: '$line' for '$expected'"
        [[ $line =~ ^ASSERTION\ FAILED:\ [a-z-]+\ $subject\ [A-Za-z_-]+$ ]] || complain "$file: '$line' has more in it"
        printf '%s\t%s %s\n' "$line" "$subject" "$expected" >>lines.txt
    done
done
inputs=$(wc -l <lines.txt) lines=$(cut -f 1 lines.txt | sort -u | wc -l) bugs=$(cut -f 2 lines.txt | sort -u | wc -l)
[ "$lines" = "$bugs" ] || complain "$bugs bugs have $lines lines"
[ "$inputs" -gt $((2 * lines)) ] || complain "$inputs inputs for $lines lines: too few to tell"
printf '%s inputs, %s bugs, %s lines\n' "$inputs" "$bugs" "$lines"
[ "$failures" = 0 ]
