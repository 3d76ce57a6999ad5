#!/bin/sh
# check_zoo.sh REMLOCK PROJECT - every driver in drivers/zoo is a subject, has its minimised replay of the same name, and a row
# in docs/drivers.md with the finding that the replay expects. The examples that the catalogue of findings names are subjects.
set -eu

remlock=$1
project=$2
subjects=$("$remlock" drivers --json)
drivers=0
problems=0

complain() {
    echo "$1"
    problems=$((problems + 1))
}

for source in "$project"/drivers/zoo/*.c; do
    name=$(basename "$source" .c)
    replay=$project/corpus/regressions/driver/$name.replay
    drivers=$((drivers + 1))
    case $subjects in
        *"\"driver:$name\""*) ;;
        *) complain "driver:$name is no subject of $remlock: build the target remlock_drivers" ;;
    esac
    grep -q "^ \* $name\.c - " "$source" || complain "$source does not begin with '$name.c - the bug in one line'"
    if ! grep -qx "subject driver:$name" "$replay" 2>/dev/null; then
        complain "no replay of driver:$name in $replay: find one with 'remlock test driver:$name'"
        continue
    fi
    finding=$(sed -n 's/^expect \([^ ]*\).*/\1/p' "$replay")
    grep -qF "| [$name](../drivers/zoo/$name.c) |" "$project/docs/drivers.md" || complain "docs/drivers.md has no row for $name"
    grep -F "[$name]" "$project/docs/drivers.md" | grep -qF "\`$finding\`" ||
        complain "docs/drivers.md does not say that $name is found as $finding"
done

# What the catalogue of findings names as an example is there to be tried.
for example in $("$remlock" findings --json | sed -n 's/.*"example": *"\([^"]\{1,\}\)".*/\1/p' | sort -u); do
    case $subjects in
        *"\"$example\""*) ;;
        *) complain "the catalogue of findings names $example, which is no subject" ;;
    esac
done

if [ "$drivers" -lt 50 ]; then
    echo "only $drivers drivers in $project/drivers/zoo: the folder could not be read"
    exit 1
fi
echo "$drivers drivers with a bug, $problems problems"
[ "$problems" -eq 0 ]
