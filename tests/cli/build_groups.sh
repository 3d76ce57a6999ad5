#!/usr/bin/env bash
# Groups of test_cli.sh about `remlock build`; sourced by it.

: "${remlock:?}" "${code:=}" "${out:=}" "${err:=}"

# Every C compiler of this machine under the names that Debian gives them.
compilers() {
    compgen -c | grep -xE '(gcc|clang)(-[0-9]+)?' | sort -u
}

# write_driver FILE: a driver that does nothing, with what its DriverEntry is to hold on the standard input.
write_driver() {
    local name=${1##*/}
    {
        printf '/*\n * %s - a driver for a test\n *\n * It does very little.\n */\n' "$name"
        printf '#include <wdm.h>\n%s\n' "${2:-}"
        printf 'NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)\n{\n'
        cat
        printf '    return RegistryPath == NULL ? STATUS_UNSUCCESSFUL : (NTSTATUS)(DriverObject == NULL);\n}\n'
    } >"$1"
}

# line FILE TEXT: FILE:LINE of the first line with the text.
line() {
    printf '%s:%s' "$1" "$(grep -nF -- "$2" "$1" | head -n 1 | cut -d : -f 1)"
}

# No folder of ours is left behind.
clean() {
    for file in "$TMPDIR"/remlock-build-*; do
        [ ! -e "$file" ] || complain "left behind: $file"
    done
}

group_build() {
    mkdir tmp; export TMPDIR=$PWD/tmp
    write_driver small.c </dev/null
    run build small.c; exits 0; says '^small\.so: 1 file, 0 control codes$'; warns 'next: remlock test \./small\.so$'
    holds small.so
    run build small.c -o sub.so -q; exits 0; silent; holds sub.so; [ -z "$err" ] || complain 'nothing on stderr'
    run build small.c --json; exits 0; json built true; json driver small.so; json sources.0 small.c
    run drivers ./small.so; exits 0; says 'a driver for a test'; says 'It does very little\.'
    run build small.c --verbose; exits 0; warns '-fsanitize=thread'; warns 'objcopy'
    usage 'name the C files of a driver or program, or its folder' build
    usage 'nowhere\.c: No such file or directory' build nowhere.c
    usage 'err\.txt: is no C file and no folder' build err.txt
    usage "'no-such-compiler' does not work as a C compiler; --cc takes gcc or clang" build small.c --cc no-such-compiler
    usage 'cannot write nowhere/small\.so: nowhere: No such file' build small.c -o nowhere/small.so
    mkdir empty; usage 'empty: there are no C files' build empty
    touch other.cpp small.rc; run build other.cpp; exits 1; warns 'other\.cpp: C\+\+ is not supported'
    run build small.c small.rc; exits 0; warns 'note: small\.rc is not compiled'
    CC=no-such-compiler usage "'no-such-compiler' does not work" build small.c
    clean
}

# What Microsoft's compiler takes and what Windows' file names are like, with every compiler.
group_build_compilers() {
    local compiler
    mkdir -p inc/Sub other; export TMPDIR=$PWD
    printf '#include "..\\..\\OTHER\\Second.H"\n#define FIRST 1\n' >inc/Sub/First.h
    printf '#pragma once\n#define SECOND 2\n' >other/second.h
    printf '#define THIRD 3\n' >other/Third.h
    write_driver odd.c '#include <NTDDK.h>
#include "inc\sub\first.h"
#include "inc/sub/First.h"
#include <tHiRd.h>
static const WCHAR name[] = L"ab";
struct outer { struct { int inner; }; };
typedef char wide[sizeof(name) == 6 && sizeof(LONG) == 4 && FIRST + SECOND == THIRD && GIVEN == 7 ? 1 : -1];
#if DBG != WANTED
#error DBG
#endif' <<'END'
    struct outer outer = {{1}};
    int unused;
    char *from_integer = 5;
    DriverObject->Flags = outer.inner + (from_integer != NULL);
END
    for compiler in $(compilers); do
        run build odd.c -I other -D GIVEN=7 -DWANTED=0 --cc "$compiler" -o "$compiler.so"
        exits 0; holds "$compiler.so"; [ "$(wc -l <err.txt)" = 1 ] || complain 'no warnings'
        run build odd.c -I other -D GIVEN=7 -DWANTED=1 --cc "$compiler" --dbg -o checked.so; exits 0
        run build odd.c -I other -D GIVEN=8 -DWANTED=0 --cc "$compiler" -o wrong.so; exits 1
        warns "^$(line odd.c 'typedef char wide'):"
        [ ! -e wrong.so ] || complain 'a wrong driver should leave no file'
    done
    [ -s gcc.so ] || [ -s clang.so ] || complain 'one compiler at least'
    clean
}

group_build_wrong() {
    local compiler
    export TMPDIR=$PWD
    write_driver broken.c <<'END'
    DriverObject->Flags = unknown_name;
END
    write_driver headless.c '#include "nowhere.h"' </dev/null
    write_driver calls.c 'VOID WdfNever(VOID); VOID HomeMade(VOID);' <<'END'
    KeFoo(1);
    CcCopyRead(NULL);
    WdfNever();
    HomeMade();
    strlen("libc has it");
END
    for compiler in $(compilers); do
        run build broken.c --cc "$compiler"; exits 1; silent; warns "^$(line broken.c unknown_name):"
        run build headless.c --cc "$compiler"; exits 1; warns "^$(line headless.c nowhere.h):"
        warns 'headers are looked for beside'
        run build calls.c --cc "$compiler"; exits 1; silent
        warns 'the driver calls 4 routines that remlock does not have:$'
        warns "^  HomeMade +\(unknown\) +$(line calls.c '    HomeMade')"
        warns "^  CcCopyRead +ntifs\.h +$(line calls.c CcCopyRead)$"
        warns "^  KeFoo +\(unknown\) +$(line calls.c KeFoo)$"
        warns '^  WdfNever +wdf\.h +'
        [ ! -e calls.so ] || complain 'a driver that lacks routines should leave no file'
    done
    run build calls.c --json; exits 1; json built false; json missing.0.routine CcCopyRead; json missing.0.header ntifs.h
    write_driver undeclared.c <<'END'
    (void)0;
END
    sed -i 's/#include <wdm.h>/#include <guiddef.h>\ntypedef int NTSTATUS; typedef void *PDRIVER_OBJECT, *PUNICODE_STRING;/
            s/(void)0/KeFlushQueuedDpcs()/; s/return .*/return 0;/' undeclared.c
    run build undeclared.c; exits 1
    warns "^$(line undeclared.c Flush): error: KeFlushQueuedDpcs is called without a declaration"
    write_driver nameless.c </dev/null; sed -i 's/DriverEntry/Other/' nameless.c
    run build nameless.c; exits 1; warns 'there is no DriverEntry in nameless\.c'
    write_driver again.c </dev/null; write_driver once.c </dev/null
    run build once.c again.c; exits 1; warns 'cannot link the driver'; [ ! -e once.so ] || complain 'no file'
    clean
}

group_build_folders() {
    mkdir plain project legacy inc
    write_driver plain/b.c </dev/null; printf '#include <wdm.h>\nint in_a;\n' >plain/a.c
    run build plain; exits 0; says '^plain\.so: 2 files'
    (cd plain && "$remlock" build . -q) || complain 'a folder may be called .'; holds plain/plain.so

    printf '#define GIVEN 1\n' >inc/given.h
    write_driver project/used.c '#include <given.h>
#ifndef FROM_PROJECT
#error FROM_PROJECT
#endif' </dev/null
    printf '#error not part of it\n' >project/unused.c
    cat >project/driver.vcxproj <<'END'
<Project>
  <ItemDefinitionGroup><ClCompile>
    <AdditionalIncludeDirectories>$(DDK)\inc;..\inc;%(AdditionalIncludeDirectories)</AdditionalIncludeDirectories>
    <PreprocessorDefinitions>/wd4996;FROM_PROJECT=1;%(PreprocessorDefinitions)</PreprocessorDefinitions>
  </ClCompile></ItemDefinitionGroup>
  <ItemGroup><ClCompile Include="used.c" /><ResourceCompile Include="driver.rc" /></ItemGroup>
</Project>
END
    run build project; exits 0; says '^driver\.so: 1 file,'
    cp project/*.c legacy
    # shellcheck disable=SC2016 # variables of another build system
    printf 'TARGETNAME=x\r\nINCLUDES=..\\inc;$(DDK)\r\nC_DEFINES=-DFROM_PROJECT=1\r\n' >legacy/sources
    printf 'SOURCES= \\\r\n  used.c \\\r\n  x.rc\r\nY=1\r\n' >>legacy/sources
    run build legacy; exits 0; says '^legacy\.so: 1 file,'
    touch project/second.vcxproj; usage 'project: has several \.vcxproj files' build project
}

group_build_codes() {
    local compiler
    printf '#define IOCTL_ONE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define UNUSED CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define MY_CODE(Function) CTL_CODE(0x9000, Function, METHOD_NEITHER, FILE_ANY_ACCESS)
#define IOCTL_TWO \\\n    MY_CODE(3)
#define IOCTL_THREE ((ULONG)CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS))\n' >codes.h
    write_driver codes.c '#include "codes.h"
enum { FOUR = 0x222010 };
static const ULONG table[] = {IOCTL_THREE, 0};' <<'END'
    ULONG code = DriverObject->Flags;
    switch (code) {
    case IOCTL_ONE: return 1;
    case FOUR + 4: return 2;
    case STATUS_PENDING: return 3;
    case 7: return 4;
    }
    if (code == IOCTL_TWO || code != (0x222018) || code == table[0] || code == 0xC0000010) {
        return STATUS_PENDING;
    }
END
    for compiler in $(compilers); do
        run build codes.c --json --cc "$compiler"; exits 0
        json control_codes.0 $((0x222000)); json control_codes.1 $((0x222004)); json control_codes.2 $((0x222014))
        json control_codes.3 $((0x222018)); json control_codes.4 $((0x9000000F))
        run build codes.c --cc "$compiler"; says ', 5 control codes$'
    done
}

# The head comment in the three ways in which drivers have one.
group_build_about() {
    printf '/*++\n\nCopyright (c) Somebody\n\nModule Name:\n    x.c\n\n' >kit.c
    printf 'Abstract:\n\n    Filters keys,\n    and more.\n\n--*/\n' >>kit.c
    printf '// SPDX-License-Identifier: MIT\n\n/* lines.c - one line */\n' >lines.c
    printf '// slashes.c - with slashes\n//\n// Then a story.\n\n' >slashes.c
    printf 'int no_comment;\n' >none.c
    for file in kit lines slashes none; do
        write_driver rest.c </dev/null
        sed '1,/\*\//d' rest.c >>$file.c
        run build $file.c; exits 0
        run drivers ./$file.so; exits 0
        case $file in
            kit) says 'Filters keys, and more\.' ;;
            lines) says 'one line' ;;
            slashes) says 'with slashes'; says 'Then a story\.' ;;
            none) says '^.*none\.so' ;;
        esac
    done
}

group_build_dependencies() {
    mkdir "a b"; printf '#define X 1\n' >"a b/x.h"
    write_driver d.c '#include "a b/X.h"' </dev/null
    run build d.c --depfile d.d; exits 0
    grep -q '^d\.so:' d.d || complain 'a rule for the driver'
    grep -q 'a\\ b/x\.h' d.d || complain 'the header behind the other spelling'
    grep -q 'wdm\.h' d.d || complain 'the headers of the kernel'
    ! grep -q 'remlock-build-' d.d || complain 'no file that is gone'

    # The same file elsewhere makes the same driver, when paths are said to begin alike.
    mkdir elsewhere; cp -R d.c "a b" elsewhere
    run build --prefix-map "$PWD=/src" "$PWD/d.c" -o here.so; exits 0
    cd elsewhere || return
    run build --prefix-map "$PWD=/src" "$PWD/d.c" -o ../there.so; exits 0
    cd ..
    cmp -s here.so there.so || complain 'the same driver in both folders'
    grep -q '/src' here.so || complain 'the name that was given'
    ! grep -qF "$PWD" here.so || complain 'no other name'
    usage 'prefix-map=x: expected OLD=NEW' build --prefix-map x d.c
}
