#!/bin/sh
# Compiles a file of code under test: subject-compile.sh COMPILER ARGUMENT... (among them -o OBJECT).
#
# Compilers copy and clear structures by calling libc's memcpy and its relatives, and most of them leave those calls, written
# or made up, without instrumentation. The object calls our entry points instead, so that a copy into freed memory is seen.
set -eu

"$@"
object=
while [ $# -gt 0 ]; do
    if [ "$1" = -o ]; then
        object=$2
    fi
    shift
done
[ -n "$object" ] || { echo "subject-compile.sh: the compiler was called without -o OBJECT" >&2; exit 2; }
objcopy --redefine-sym memcpy=__tsan_memcpy --redefine-sym memmove=__tsan_memmove --redefine-sym memset=__tsan_memset "$object"
