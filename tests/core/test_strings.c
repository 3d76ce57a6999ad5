/* test_strings.c - counted strings, conversions, numbers and dates: tables of cases. */
#include "support.h"

static UNICODE_STRING unicode(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static void begin(void)
{
    start_personality(PERSONALITY_FREE);
}

/* ---------------------------------------------------------------------------------------------------- comparing -- */

static const struct {
    const WCHAR *one, *other;
    int order, folded; /* signs */
    bool prefix, suffix;
} comparisons[] = {
    {u"", u"", 0, 0, true, true},          {u"abc", u"abc", 0, 0, true, true},       {u"abc", u"abd", -1, -1, false, false},
    {u"ab", u"abc", -1, -1, true, false},  {u"bc", u"abc", 1, 1, false, true},       {u"ABC", u"abc", -1, 0, true, true},
    {u"\xC4", u"\xE4", -1, 0, true, true}, {u"\xD7", u"\xF7", -1, -1, false, false}, {u"\x0416", u"\x0436", -1, 0, true, true},
    {u"x", u"", 1, 1, false, false},       {u"", u"x", -1, -1, true, true},
};

static int sign(LONG value)
{
    return (value > 0) - (value < 0);
}

static void comparisons_agree(void **state)
{
    (void)state;
    begin();
    for (size_t row = 0; row < COUNT_OF(comparisons); row++) {
        UNICODE_STRING one = unicode(comparisons[row].one);
        UNICODE_STRING other = unicode(comparisons[row].other);
        assert_int_equal(sign(RtlCompareUnicodeString(&one, &other, FALSE)), comparisons[row].order);
        assert_int_equal(sign(RtlCompareUnicodeString(&one, &other, TRUE)), comparisons[row].folded);
        assert_int_equal(RtlEqualUnicodeString(&one, &other, TRUE), comparisons[row].folded == 0);
        assert_int_equal(RtlPrefixUnicodeString(&one, &other, TRUE), comparisons[row].prefix);
        assert_int_equal(RtlSuffixUnicodeString(&one, &other, TRUE), comparisons[row].suffix);
    }
}

static void cases_are_inverse(void **state)
{
    (void)state;
    for (unsigned int character = 0; character <= 0xFFFF; character++) {
        WCHAR upper = RtlUpcaseUnicodeChar((WCHAR)character);
        assert_int_equal(RtlUpcaseUnicodeChar(upper), upper);
        if (upper != character) {
            assert_int_equal(RtlDowncaseUnicodeChar(upper), character);
        }
    }
    assert_int_equal(RtlUpcaseUnicodeChar('q'), 'Q');
    assert_int_equal(RtlDowncaseUnicodeChar('Q'), 'q');
}

/* ------------------------------------------------------------------------------------------------- copy, append -- */

static void copies_are_cut_and_appends_are_not(void **state)
{
    (void)state;
    begin();
    WCHAR buffer[5];
    UNICODE_STRING target = {0, 4 * sizeof(WCHAR), buffer};
    UNICODE_STRING source = unicode(u"abcdef");
    buffer[4] = u'x';
    RtlCopyUnicodeString(&target, &source);
    assert_int_equal(target.Length, 8);
    assert_memory_equal(buffer, u"abcdx", 10);
    source = unicode(u"ab");
    RtlCopyUnicodeString(&target, &source);
    assert_int_equal(target.Length, 4);
    assert_int_equal(buffer[2], 0);
    assert_int_equal(RtlAppendUnicodeToString(&target, u"cde"), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(target.Length, 4);
    assert_int_equal(RtlAppendUnicodeToString(&target, u"cd"), STATUS_SUCCESS);
    assert_memory_equal(buffer, u"abcdx", 10);
    RtlCopyUnicodeString(&target, NULL);
    assert_int_equal(target.Length, 0);
}

static void strings_are_converted(void **state)
{
    (void)state;
    begin();
    ANSI_STRING ansi;
    UNICODE_STRING wide;
    RtlInitAnsiString(&ansi, "caf\xE9");
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &ansi, TRUE), STATUS_SUCCESS);
    assert_int_equal(wide.Length, 8);
    assert_memory_equal(wide.Buffer, u"caf\xE9", 10);
    ANSI_STRING back;
    assert_int_equal(RtlUnicodeStringToAnsiString(&back, &wide, TRUE), STATUS_SUCCESS);
    assert_string_equal(back.Buffer, "caf\xE9");
    WCHAR small[2];
    UNICODE_STRING little = {0, sizeof small, small};
    assert_int_equal(RtlAnsiStringToUnicodeString(&little, &ansi, FALSE), STATUS_BUFFER_OVERFLOW);
    RtlFreeUnicodeString(&wide);
    RtlFreeAnsiString(&back);
    assert_null(wide.Buffer);
    core_fail_allocations(1);
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &ansi, TRUE), STATUS_NO_MEMORY);
}

static void utf8_comes_back(void **state)
{
    (void)state;
    begin();
    static const WCHAR text[] = u"a\xE9\x20AC\xD83D\xDE00";
    CHAR bytes[32];
    WCHAR back[32];
    ULONG size, length;
    assert_int_equal(RtlUnicodeToUTF8N(bytes, sizeof bytes, &size, text, sizeof text), STATUS_SUCCESS);
    assert_int_equal(size, 1 + 2 + 3 + 4 + 1);
    assert_string_equal(bytes, "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    assert_int_equal(RtlUTF8ToUnicodeN(back, sizeof back, &length, bytes, size), STATUS_SUCCESS);
    assert_int_equal(length, sizeof text);
    assert_memory_equal(back, text, sizeof text);
    assert_int_equal(RtlUTF8ToUnicodeN(back, sizeof back, &length, "\xC0\xAF", 2), STATUS_SOME_NOT_MAPPED);
    assert_int_equal(RtlUTF8ToUnicodeN(back, 2, &length, "ab", 2), STATUS_BUFFER_TOO_SMALL);
}

/* ------------------------------------------------------------------------------------------------------- numbers -- */

static const struct {
    const WCHAR *text;
    ULONG base;
    NTSTATUS status;
    ULONG value;
} numbers[] = {
    {u"42", 0, STATUS_SUCCESS, 42},   {u"0x1F", 0, STATUS_SUCCESS, 31},       {u"0b101", 0, STATUS_SUCCESS, 5},
    {u"0o17", 0, STATUS_SUCCESS, 15}, {u"  -1", 0, STATUS_SUCCESS, MAXULONG}, {u"ff", 16, STATUS_SUCCESS, 255},
    {u"12z", 10, STATUS_SUCCESS, 12}, {u"", 10, STATUS_SUCCESS, 0},           {u"1", 7, STATUS_INVALID_PARAMETER, 99},
    {u"089", 8, STATUS_SUCCESS, 0},
};

static void numbers_are_read(void **state)
{
    (void)state;
    begin();
    for (size_t row = 0; row < COUNT_OF(numbers); row++) {
        UNICODE_STRING text = unicode(numbers[row].text);
        ULONG value = 99;
        assert_int_equal(RtlUnicodeStringToInteger(&text, numbers[row].base, &value), numbers[row].status);
        assert_int_equal(value, numbers[row].value);
    }
}

static void numbers_come_back(void **state)
{
    (void)state;
    begin();
    static const ULONG bases[] = {2, 8, 10, 16};
    uint64_t random = 1;
    for (int i = 0; i < 1000; i++) {
        WCHAR buffer[40];
        UNICODE_STRING text = {0, sizeof buffer, buffer};
        ULONG value = (ULONG)draw(&random) >> draw_below(&random, 32);
        ULONG base = bases[draw_below(&random, COUNT_OF(bases))];
        ULONG back;
        assert_int_equal(RtlIntegerToUnicodeString(value, base, &text), STATUS_SUCCESS);
        assert_int_equal(RtlUnicodeStringToInteger(&text, base, &back), STATUS_SUCCESS);
        assert_int_equal(back, value);
    }
    WCHAR small[2];
    UNICODE_STRING text = {0, sizeof small, small};
    assert_int_equal(RtlIntegerToUnicodeString(100, 10, &text), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlIntegerToUnicodeString(1, 3, &text), STATUS_INVALID_PARAMETER);
}

static void guids_come_back(void **state)
{
    (void)state;
    begin();
    static const GUID guid = {0x6B29FC40, 0xCA47, 0x1067, {0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62, 0xDA}};
    UNICODE_STRING text;
    GUID back;
    assert_int_equal(RtlStringFromGUID(&guid, &text), STATUS_SUCCESS);
    assert_memory_equal(text.Buffer, u"{6B29FC40-CA47-1067-B31D-00DD010662DA}", 39 * sizeof(WCHAR));
    assert_int_equal(RtlGUIDFromString(&text, &back), STATUS_SUCCESS);
    assert_memory_equal(&back, &guid, sizeof guid);
    text.Buffer[1] = u'x';
    assert_int_equal(RtlGUIDFromString(&text, &back), STATUS_INVALID_PARAMETER);
}

/* --------------------------------------------------------------------------------------------------------- dates -- */

static void dates_come_back(void **state)
{
    (void)state;
    begin();
    LARGE_INTEGER time = {.QuadPart = 0};
    TIME_FIELDS fields;
    ULONG seconds;
    RtlSecondsSince1970ToTime(951782400, &time); /* 29 February 2000 */
    RtlTimeToTimeFields(&time, &fields);
    assert_int_equal(fields.Year * 10000 + fields.Month * 100 + fields.Day, 20000229);
    assert_int_equal(fields.Weekday, 2);
    assert_true(RtlTimeToSecondsSince1970(&time, &seconds));
    assert_int_equal(seconds, 951782400);
    uint64_t random = 1;
    for (int i = 0; i < 1000; i++) {
        LARGE_INTEGER back;
        time.QuadPart = (LONGLONG)(draw(&random) % 30000) * 864000000000 + (LONGLONG)draw_below(&random, 86400000) * 10000;
        RtlTimeToTimeFields(&time, &fields);
        assert_true(RtlTimeFieldsToTime(&fields, &back));
        assert_int_equal(back.QuadPart, time.QuadPart);
    }
    fields = (TIME_FIELDS){.Year = 1999, .Month = 2, .Day = 29};
    assert_false(RtlTimeFieldsToTime(&fields, &time));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_agree),
        cmocka_unit_test(cases_are_inverse),
        cmocka_unit_test(copies_are_cut_and_appends_are_not),
        cmocka_unit_test(strings_are_converted),
        cmocka_unit_test(utf8_comes_back),
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(guids_come_back),
        cmocka_unit_test(dates_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
