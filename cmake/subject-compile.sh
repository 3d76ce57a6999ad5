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
if [ -z "${REMLOCK_KEEP_COPIES:-}" ]; then
    objcopy --redefine-sym memcpy=__tsan_memcpy --redefine-sym memmove=__tsan_memmove \
        --redefine-sym memset=__tsan_memset "$object"
fi
# Beside the compiler's own runtime our entry points have names of their own: see thread_sanitizer.cmake.
if [ -n "${REMLOCK_RENAMES:-}" ]; then
    objcopy --redefine-syms="$REMLOCK_RENAMES" "$object"
fi
