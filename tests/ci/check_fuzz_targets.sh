#!/usr/bin/env bash
# Does scripts/check-fuzz-targets.sh see what is wrong? check_fuzz_targets.sh REPOSITORY CLANG
set -uo pipefail

root=$1 clang=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# build OUT FLAGS...: a folder with one target, as a build.sh would leave it.
build() {
    local out=$1
    shift
    mkdir -p "$out"
    "$clang" -O1 -g "-DBUILT_IN=\"$work/$out\"" "$@" target.c -o "$out/target" || exit 77
    (echo one >one; zip -q "$out/target_seed_corpus.zip" one)
    printf '[libfuzzer]\nmax_len = 64\n' >"$out/target.options"
}

# is WHAT STATUS REGEX OUT: what the check says of that folder.
is() {
    local status=0

    "$root/scripts/check-fuzz-targets.sh" "$4" libfuzzer address --runs 50 >out.txt 2>&1 || status=$?
    if [ "$status" != "$2" ] || ! grep -qE -- "$3" out.txt; then
        failures=$((failures + 1))
        printf 'FAILED: %s: exit status %s, expected %s and a line with: %s\n' "$1" "$status" "$2" "$3"
        cat out.txt
    fi
}

for tool in objdump unzip zip; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
cat >target.c <<'END'
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
#ifdef NEEDS_ITS_FOLDER
    if (!fopen(BUILT_IN "/target.options", "r")) {
        exit(3);
    }
#endif
    return 0;
}
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return size > 100000 && bytes[0] == 'x';
}
END

build good -fsanitize=address,fuzzer
is 'a good target' 0 '^1 targets, 0 problems' good
cp -r good no_corpus; rm no_corpus/*.zip
is 'one without its corpus' 1 'WRONG: carries no corpus' no_corpus
cp -r good empty_corpus; rm empty_corpus/*.zip; mkdir nothing; zip -q empty_corpus/target_seed_corpus.zip nothing
is 'one with an empty corpus' 1 'WRONG: carries a corpus without inputs' empty_corpus
cp -r good options; printf 'max_len = 64\n[libfuzzer]\nsense\n' >options/target.options
is 'an option in no section' 1 "WRONG: target.options: 'max_len = 64' stands in no section" options
is 'no option' 1 "WRONG: target.options: 'sense' is no option" options
cp -r good named; mv named/target named/a+b; mv named/target_seed_corpus.zip 'named/a+b_seed_corpus.zip'
is 'a name' 1 'WRONG: has a name with characters other' named
build plain -fsanitize=fuzzer
is 'one without the sanitizer' 1 'WRONG: is not built with AddressSanitizer' plain
build bound -fsanitize=address,fuzzer -DNEEDS_ITS_FOLDER
is 'one that needs its folder' 1 'WRONG: ends with status 3 when it is run elsewhere' bound
is 'and what it runs there' 1 'WRONG: ran 0 inputs, not 50' bound
[ -e bound/target ] || { echo 'FAILED: the folder should be where it was'; failures=$((failures + 1)); }
build far -fsanitize=address,fuzzer -Wl,-rpath,"$work/far"
is 'a path to libraries' 1 'WRONG: has a path to libraries' far
mkdir empty
is 'a folder without targets' 1 'WRONG: holds no target' empty
is 'no folder' 2 'there is no folder' nowhere

[ "$failures" = 0 ] || exit 1
echo 'the check sees what is wrong'
