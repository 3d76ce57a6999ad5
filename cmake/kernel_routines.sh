#!/bin/sh
# Lists what a loaded subject may call: kernel_routines.sh NM TABLE.c LIST HEADERS SCHEDULER.a CORE.a THREADS.a
#
# That is every symbol of core/ that a header for drivers mentions, those of the C run-time, which have names of their own here
# (crt_NAME), what threads/ has for C programs (program_NAME), and every entry point of the instrumentation. TABLE.c refers to
# all of them, so that none is left out; LIST tells the linker to export them.
set -eu
export LC_ALL=C

nm=$1 table=$2 list=$3 headers=$4 scheduler=$5 core=$6 threads=$7

# The words of the headers, comments left out.
words() {
    find "$headers" -name remlock -prune -o -name '*.h' -exec cat {} + | awk '
        {
            gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ")
            sub(/\/\/.*/, "")
        }
        inside && !/\*\// { next }
        inside { sub(/.*\*\//, ""); inside = 0 }
        /\/\*/ { sub(/\/\*.*/, ""); inside = 1 }
        { print }' | tr -cs 'A-Za-z0-9_' '\n' | sort -u
}

# "NAME KIND" for each symbol that an archive defines.
symbols() {
    "$nm" -g --defined-only -P "$1" | awk 'NF > 2 && $2 ~ /^[TDBRV]$/ { print $1, $2 }' | sort -u
}

known=$table.known
words >"$known"
symbols "$core" | awk -v known="$known" '
    BEGIN { while ((getline word < known) > 0) mentioned[word] }
    $1 in mentioned || /^crt_/' >"$table.symbols"
symbols "$threads" | grep '^program_' >>"$table.symbols"
symbols "$scheduler" | grep -E '^(_|remlock)_tsan_' >>"$table.symbols"

awk '
    BEGIN { print "/* kernel_routines.c - what a loaded driver may call; made by cmake/kernel_routines.sh. */" }
    { names[NR] = $1; print $2 == "T" ? "extern void " $1 "(void);" : "extern char " $1 "[];" }
    END {
        print "const struct kernel_routine { const char *name; const void *address; } kernel_routines[] = {"
        for (row = 1; row <= NR; row++)
            print "    {\"" names[row] "\", (const void *)" names[row] "},"
        print "    {(const char *)0, (const void *)0},\n};"
    }' "$table.symbols" >"$table.new"
{ echo "{"; awk '{ print "    " $1 ";" }' "$table.symbols"; echo "};"; } >"$list.new"
# Drivers are built again when the list changes, so it is left alone when it does not.
if cmp -s "$list.new" "$list"; then rm "$list.new"; else mv "$list.new" "$list"; fi
mv "$table.new" "$table"
rm -f "$known" "$table.symbols"
