#!/usr/bin/env bash
# Compares the __tsan_* entry points that objects call with those the compiler is known to emit and those the library defines.
#
#   entry_points.sh NM LIBRARY FAMILY OBJECT...     FAMILY: gcc, clang or clang-compound
#
# Exit status 0 when every known entry point is called (none unexercised), no other one is (none unknown), and all are defined
# by the library (none unresolved).
set -euo pipefail

[ $# -ge 4 ] || { echo "usage: entry_points.sh NM LIBRARY FAMILY OBJECT..." >&2; exit 2; }
nm=$1 library=$2 family=$3
shift 3
export LC_ALL=C

common=(
    __tsan_{init,func_entry,func_exit}
    __tsan_{read,write}{1,2,4,8,16}
    __tsan_volatile_{read,write}{1,2,4,8,16}
    __tsan_atomic{8,16,32,64,128}_{load,store,exchange}
    __tsan_atomic{8,16,32,64,128}_fetch_{add,sub,and,or,xor,nand}
    __tsan_atomic_{thread,signal}_fence
    __tsan_mem{cpy,move,set}
)
gcc=(
    __tsan_{read,write}_range
    __tsan_atomic{8,16,32,64,128}_compare_exchange_{strong,weak}
)
clang=(
    __tsan_unaligned_{read,write}{2,4,8,16}
    __tsan_unaligned_volatile_{read,write}{2,4,8,16}
    __tsan_atomic{8,16,32,64,128}_compare_exchange_val
)
compound=(
    __tsan_read_write{1,2,4,8,16}
    __tsan_unaligned_read_write{2,4,8,16}
)

case $family in
    gcc) known=("${common[@]}" "${gcc[@]}") ;;
    clang) known=("${common[@]}" "${clang[@]}") ;;
    clang-compound) known=("${common[@]}" "${clang[@]}" "${compound[@]}") ;;
    *) echo "entry_points.sh: there is no family '$family'" >&2; exit 2 ;;
esac

called() { "$nm" "$@" | awk '$1 == "U" && $2 ~ /^__tsan_/ { print $2 }' | sort -u; }
defined() { "$nm" "$1" 2>/dev/null | awk '$2 == "T" && $3 ~ /^__tsan_/ { print $3 }' | sort -u; }
list() { printf '%s\n' "${known[@]}" | sort -u; }

failed=0
complain() {
    [ -z "$2" ] || { printf '%s:\n%s\n' "$1" "$2"; failed=1; }
}

complain "unresolved (called, but the library does not define them)" "$(comm -23 <(called "$@") <(defined "$library"))"
complain "unexercised (known to be emitted, but nothing calls them)" "$(comm -13 <(called "$@") <(list))"
complain "unknown (called, but not in the list of this compiler)" "$(comm -23 <(called "$@") <(list))"
[ "$failed" = 0 ] && echo "$family: $(called "$@" | wc -l) entry points, each of them called and defined"
exit "$failed"
