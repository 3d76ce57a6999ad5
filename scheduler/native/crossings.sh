#!/bin/sh
# Lists the routines of the environment that code under test calls: crossings.sh NM EXPORTED CROSSINGS.S RENAMES
#     ENVIRONMENT.o CODE_UNDER_TEST.o...
#
# Those are the functions of the environment that are exported to loaded drivers, or that the linked code under test refers to.
# RENAMES, for objcopy, gives each in ENVIRONMENT.o the name inside_ROUTINE; CROSSINGS.S defines ROUTINE, by crossing.S.
set -eu
export LC_ALL=C

nm=$1 exported=$2 crossings=$3 renames=$4 environment=$5
shift 5

wanted=$crossings.wanted
{
    sed -n 's/^ *\([A-Za-z0-9_]*\);$/\1/p' "$exported"
    "$nm" -u -P "$@" | awk 'NF > 1 { print $1 }'
} | sort -u >"$wanted"
"$nm" -g --defined-only -P "$environment" | awk '$2 == "T" { print $1 }' | sort -u | comm -12 - "$wanted" >"$crossings.names"

awk '{ print $1 " inside_" $1 }' "$crossings.names" >"$renames"
{
    echo "/* Made by crossings.sh. */"
    awk '{
        print "    .globl " $1 "\n    .type " $1 ", @function\n" $1 ":"
        print "    lea inside_" $1 "(%rip), %r11\n    jmp crossing_enter\n    .size " $1 ", . - " $1
    }' "$crossings.names"
    echo '    .section .note.GNU-stack, "", @progbits'
} >"$crossings"
rm -f "$wanted" "$crossings.names"
