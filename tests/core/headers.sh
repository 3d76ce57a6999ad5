#!/bin/sh
# Every header for drivers compiles alone, as a driver would include it: headers.sh INCLUDE COMPILER...
#
# Both builds (DBG 0 and 1), with warnings as errors; headers that only end what another has begun are left out. Then a file
# that does everything wrong must fail, lest a compiler that is not there pass for one that is content.
set -eu

include=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=gnu11 -fms-extensions -fshort-wchar -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror"

compiles() {
    # shellcheck disable=SC2086
    "$compiler" $flags "-DDBG=$debug" -I "$include" -fsyntax-only "$1"
}

headers=$(cd "$include" && find . -name '*.h' ! -path './remlock/*' ! -name 'pshpack*.h' ! -name poppack.h | sort)
for compiler in "$@"; do
    for debug in 0 1; do
        for header in $headers; do
            printf '#include <%s>\nint unused;\n' "${header#./}" >"$work/alone.c"
            compiles "$work/alone.c" || { echo "${header#./} does not compile alone with $compiler, DBG=$debug" >&2; exit 1; }
        done
    done
    printf '#include <wdm.h>\nULONG wrong = L"text";\n' >"$work/wrong.c"
    ! compiles "$work/wrong.c" 2>"$work/output" || { echo "$compiler accepts anything" >&2; exit 1; }
done
