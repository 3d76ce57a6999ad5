#!/bin/sh
# check_litmus_page.sh PROGRAM PAGE - fails when the page does not show the table of litmus tests as the program prints it.
set -eu

expected=$("$1" --table)
shown=$(sed -n '/^| SB |/,/^$/p' "$2")
if [ "$expected" != "$shown" ]; then
    echo "$2 does not show what $1 --table prints"
    exit 1
fi
echo "$(echo "$expected" | wc -l) litmus tests"
