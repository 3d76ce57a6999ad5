#!/bin/sh
# check_complete.sh REMLOCK FOLDER - fails when a subject with a bug has no replay in the folder that expects a finding.
set -eu

remlock=$1
folder=$2
missing=0
subjects=0

for subject in $("$remlock" drivers --json | awk -F'"' '
    /"name":/ { name = $4 }
    /"correct":.*false/ { wrong = 1 }
    /"correct":.*true/ { wrong = 0 }
    /"weak_memory":/ { if (wrong) print name }'); do
    subjects=$((subjects + 1))
    if ! grep -rlx "subject $subject" "$folder" | xargs -r grep -Lx 'expect clean' | grep -q .; then
        echo "no replay in $folder shows the bug of $subject: find one with 'remlock test $subject' and file it there"
        missing=$((missing + 1))
    fi
done

if [ "$subjects" -lt 20 ]; then
    echo "only $subjects subjects with a bug are listed: the list could not be read"
    exit 1
fi
echo "$subjects subjects with a bug, $missing without a replay"
[ "$missing" -eq 0 ]
