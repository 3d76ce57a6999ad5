/* crt.c - cases of the C run-time and of ntstrsafe.h, as a driver's source sees them: wide literals have 16 bits here. */
#include <ntstrsafe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

const char *crt_first_wrong(void);

#define EXPECT(condition)                                                                                                      \
    do {                                                                                                                       \
        if (!(condition)) {                                                                                                    \
            return #condition;                                                                                                 \
        }                                                                                                                      \
    } while (0)

static volatile size_t three = 3, four = 4; /* which compilers cannot know */
static char narrow[64];
static WCHAR wide[64];

static const char *printed(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = _vsnprintf(narrow, sizeof narrow, format, arguments);
    va_end(arguments);
    return length == (int)strlen(narrow) ? narrow : "another length";
}

#define PRINTS(text, ...) EXPECT(strcmp(printed(__VA_ARGS__), (text)) == 0)

static const char *numbers(void)
{
    PRINTS("7 -7 +7", "%d %i %+d", 7, -7, 7);
    PRINTS("   42|42   |00042", "%5d|%-5d|%05d", 42, 42, 42);
    PRINTS("4294967295 ffffffff FFFFFFFF 37777777777", "%u %x %X %o", -1, -1, -1, -1);
    PRINTS("0xff 0XFF 017 0", "%#x %#X %#o %#x", 255, 255, 15, 0);
    PRINTS("-2147483648 4294967295", "%ld %lu", (LONG)MINLONG, (ULONG)MAXULONG);
    PRINTS("-9223372036854775808 18446744073709551615", "%I64d %I64u", (LONGLONG)1 << 63, MAXULONGLONG);
    PRINTS("12345678901 2dfdc1c35", "%lld %llx", 12345678901LL, 12345678901LL);
    PRINTS("-1 255 65535", "%hd %hhu %hu", MAXUSHORT, MAXUCHAR, MAXUSHORT);
    PRINTS("00000000DEADBEEF", "%p", (PVOID)(ULONG_PTR)0xDEADBEEF);
    PRINTS("  007 007  |", "%5.3d %-5.3d|", 7, 7);
    PRINTS("    9|9    |", "%*d|%*d|", 5, 9, -5, 9);
    PRINTS("123 456", "%Iu %zu", (SIZE_T)123, (SIZE_T)456);
    PRINTS("1.50 -0.250000", "%.2f %f", 1.5, -0.25);
    PRINTS("100% q", "%d%% %q", 100);
    return NULL;
}

static const char *texts(void)
{
    UNICODE_STRING counted = RTL_CONSTANT_STRING(L"counted");
    ANSI_STRING ansi = RTL_CONSTANT_STRING("ansi");
    UNICODE_STRING none = {0, 0, NULL};
    PRINTS("a b c", "%s %c %s", "a", 'b', "c");
    PRINTS("wide wide wide W", "%ws %S %ls %C", L"wide", L"wide", L"wide", L'W');
    PRINTS("counted ansi []", "%wZ %Z [%wZ]", &counted, &ansi, &none);
    PRINTS("(null) (null)", "%s %wZ", NULL, NULL);
    PRINTS("abc|  abc|abc  |", "%.3s|%5.3s|%-5.3s|", "abcdef", "abcdef", "abcdef");
    EXPECT(_snwprintf(wide, 64, L"%s %S %hs %d %wZ", L"w", "n", "n", 5, &counted) == 15);
    EXPECT(wcscmp(wide, L"w n n 5 counted") == 0);
    EXPECT(swprintf(wide, L"%s-%u", L"old", 1u) == 5 && wcscmp(wide, L"old-1") == 0);
    EXPECT(swprintf(wide, 64, L"%s-%u", L"new", 2u) == 5 && wcscmp(wide, L"new-2") == 0);
    EXPECT(sprintf(narrow, "%s", "whole") == 5 && strcmp(narrow, "whole") == 0);
    return NULL;
}

static const char *overflows(void)
{
    memset(narrow, 'x', sizeof narrow);
    EXPECT(_snprintf(narrow, four, "12345") == -1 && memcmp(narrow, "1234x", 5) == 0);
    EXPECT(_snprintf(narrow, four, "1234") == 4 && narrow[4] == 'x');
    EXPECT(_snprintf(narrow, four, "123") == 3 && narrow[3] == 0);
    EXPECT(snprintf(narrow, four, "12345") == 5 && strcmp(narrow, "123") == 0);
    EXPECT(RtlStringCbPrintfA(narrow, 4, "%d", 12345) == STATUS_BUFFER_OVERFLOW && strcmp(narrow, "123") == 0);
    EXPECT(RtlStringCchPrintfW(wide, 4, L"%d", 123) == STATUS_SUCCESS && wcscmp(wide, L"123") == 0);
    EXPECT(RtlStringCbPrintfW(wide, 8, L"%d", 1234) == STATUS_BUFFER_OVERFLOW && wcscmp(wide, L"123") == 0);
    EXPECT(RtlStringCchPrintfA(narrow, 0, "x") == STATUS_INVALID_PARAMETER);
    return NULL;
}

static const char *safe_strings(void)
{
    PWSTR end;
    size_t left, length;
    EXPECT(RtlStringCchCopyW(wide, 8, L"abc") == STATUS_SUCCESS && wcslen(wide) == 3);
    EXPECT(RtlStringCchCatExW(wide, 8, L"de", &end, &left, 0) == STATUS_SUCCESS && end == wide + 5 && left == 3);
    EXPECT(RtlStringCbCatW(wide, 16, L"fghij") == STATUS_BUFFER_OVERFLOW && wcscmp(wide, L"abcdefg") == 0);
    EXPECT(RtlStringCbCopyNW(wide, 16, L"xyz", 4) == STATUS_SUCCESS && wcscmp(wide, L"xy") == 0);
    EXPECT(RtlStringCbLengthW(wide, sizeof wide, &length) == STATUS_SUCCESS && length == 4);
    EXPECT(RtlStringCchLengthA("abc", 3, &length) == STATUS_INVALID_PARAMETER && length == 0);
    EXPECT(RtlStringCchCopyExA(narrow, 4, "too long", NULL, NULL, STRSAFE_NO_TRUNCATION) == STATUS_BUFFER_OVERFLOW);
    EXPECT(narrow[0] == 0);
    UNICODE_STRING string;
    RtlInitEmptyUnicodeString(&string, wide, 12);
    EXPECT(RtlUnicodeStringPrintf(&string, L"%d%s", 12, L"34") == STATUS_SUCCESS && string.Length == 8);
    EXPECT(RtlUnicodeStringCatString(&string, L"5678") == STATUS_BUFFER_OVERFLOW && string.Length == 12);
    EXPECT(RtlUnicodeStringCopyString(&string, L"ab") == STATUS_SUCCESS && string.Length == 4);
    return NULL;
}

static int by_value(const void *one, const void *other)
{
    return *(const int *)one - *(const int *)other;
}

static const char *strings(void)
{
    EXPECT(wcslen(L"four") == 4 && strlen("") == 0 && strnlen("abc", 2) == 2);
    EXPECT(strcmp(strcat(strcpy(narrow, "ab"), "cd"), "abcd") == 0);
    EXPECT(wcscmp(wcscat(wcscpy(wide, L"ab"), L"cd"), L"abcd") == 0);
    memset(narrow, 'x', 8);
    EXPECT(memcmp(strncpy(narrow, "ab", 4), "ab\0\0x", 5) == 0);
    EXPECT(memcmp(strncpy(narrow, "abcdef", three), "abc\0x", 5) == 0);
    EXPECT(_stricmp("MiXed", "mIxEd") == 0 && _strnicmp("abX", "ABy", 2) == 0 && _wcsicmp(L"\xE4", L"\xC4") == 0);
    EXPECT(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strncmp("abc", "abd", 2) == 0 && strcmp("a", "ab") < 0);
    EXPECT(*strchr("abcb", 'b') == 'b' && strrchr("abcb", 'b')[1] == 0 && strchr("abc", 'x') == NULL);
    EXPECT(wcsstr(L"hay needle", L"needle")[0] == L'n' && wcschr(L"abc", 0) != NULL && strstr("abc", "abd") == NULL);
    EXPECT(atoi(" -42x") == -42 && _wtoi(L"17") == 17 && strcmp(_itoa(-255, narrow, 10), "-255") == 0);
    EXPECT(strcmp(_strupr(strcpy(narrow, "aZ1")), "AZ1") == 0 && wcscmp(_wcslwr(wcscpy(wide, L"aZ1")), L"az1") == 0);
    EXPECT(strcpy_s(narrow, 3, "abc") != 0 && narrow[0] == 0 && strcpy_s(narrow, 4, "abc") == 0);
    EXPECT(strncpy_s(narrow, 3, "abc", _TRUNCATE) != 0 && strcmp(narrow, "ab") == 0);
    int values[] = {5, 1, 4, 1, 3, 9, 2};
    qsort(values, 7, sizeof values[0], by_value);
    for (int i = 1; i < 7; i++) {
        EXPECT(values[i - 1] <= values[i]);
    }
    return NULL;
}

static const char *blocks(void)
{
    int steps = 0;
    __try {
        steps += 1;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        steps += 100;
    }
    __try {
        steps += 10;
    } __finally {
        steps += 1000;
    }
    EXPECT(steps == 1011);
    EXPECT(sizeof(L'x') == 2 && sizeof(ULONG) == 4 && 'abcd' == 0x61626364 && min(1, 2) == 1);
    return NULL;
}

const char *crt_first_wrong(void)
{
    const char *(*const groups[])(void) = {numbers, texts, overflows, safe_strings, strings, blocks};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        const char *wrong = groups[i]();
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}
