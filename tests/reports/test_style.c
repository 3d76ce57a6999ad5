/* test_style.c - colour, characters, line breaks. */
#include "../../reports/style.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void colour_follows_the_rules(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    unsetenv("NO_COLOR");
    assert_false(report_style_for(file, REPORT_COLOUR_AUTO).colour);
    assert_true(report_style_for(file, REPORT_COLOUR_ALWAYS).colour);
    assert_false(report_style_for(file, REPORT_COLOUR_NEVER).colour);
    setenv("NO_COLOR", "1", 1);
    assert_false(report_style_for(file, REPORT_COLOUR_ALWAYS).colour);
    setenv("NO_COLOR", "", 1);
    assert_true(report_style_for(file, REPORT_COLOUR_ALWAYS).colour);
    unsetenv("NO_COLOR");
    fclose(file);
}

static void width_is_kept_within_limits(void **state)
{
    static const struct {
        const char *columns;
        uint32_t width;
    } cases[] = {{"10", 80}, {"80", 80}, {"133", 133}, {"200", 200}, {"9999", 200}, {"", 120}, {"wide", 120}, {"0", 120}};
    (void)state;
    FILE *file = tmpfile();
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        setenv("COLUMNS", cases[index].columns, 1);
        assert_int_equal(report_style_for(file, REPORT_COLOUR_AUTO).width, cases[index].width);
    }
    unsetenv("COLUMNS");
    assert_int_equal(report_style_for(file, REPORT_COLOUR_AUTO).width, 120);
    fclose(file);
}

static void other_characters_only_in_utf8(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_ALL, "C"));
    assert_false(report_style_for(stdout, REPORT_COLOUR_AUTO).unicode);
    if (setlocale(LC_ALL, "C.UTF-8") != NULL) {
        assert_true(report_style_for(stdout, REPORT_COLOUR_AUTO).unicode);
    }
    setlocale(LC_ALL, "C");
}

static void every_glyph_has_a_plain_form(void **state)
{
    (void)state;
    struct report_style style = {.unicode = false};
    const struct glyphs *glyphs = style_glyphs(&style);
    const char *const *each = (const char *const *)glyphs;
    for (size_t index = 0; index < sizeof *glyphs / sizeof *each; index++) {
        for (const char *at = each[index]; *at; at++) {
            assert_true(*at > ' ' && *at < 127);
        }
    }
}

static void no_escapes_without_colour(void **state)
{
    (void)state;
    struct report_style plain = {.colour = false}, coloured = {.colour = true};
    for (int paint = PAINT_PLAIN; paint <= PAINT_LAST; paint++) {
        assert_string_equal(style_paint(&plain, (enum paint)paint), "");
        assert_int_equal(style_paint(&coloured, (enum paint)paint)[0], '\033');
    }
}

static void columns_are_characters(void **state)
{
    (void)state;
    assert_int_equal(style_columns("abc", 3), 3);
    assert_int_equal(style_columns("1 \xe2\x86\x92 2", 7), 5);
    assert_int_equal(style_columns("abc", 100), 3);
    assert_int_equal(style_columns("", 10), 0);
}

/* Breaks a text and joins the lines with '|'. */
static const char *broken(const char *text, uint32_t width)
{
    static char result[256];
    result[0] = 0;
    while (*text) {
        size_t length = style_line(text, width);
        assert_true(style_columns(text, length) <= width);
        strncat(result, text, length);
        strcat(result, "|");
        text = style_next_line(text, length);
    }
    return result;
}

static void lines_break_at_spaces(void **state)
{
    (void)state;
    assert_string_equal(broken("one two three", 7), "one two|three|");
    assert_string_equal(broken("one two three", 100), "one two three|");
    assert_string_equal(broken("abcdefghij", 4), "abcd|efgh|ij|");
    assert_string_equal(broken("ab cdefghij", 4), "ab|cdef|ghij|");
    assert_string_equal(broken("one\ntwo", 100), "one|two|");
    assert_string_equal(broken("a\xe2\x86\x92z b", 3), "a\xe2\x86\x92z|b|");
}

static void breaking_always_ends(void **state)
{
    (void)state;
    for (uint32_t width = 1; width < 12; width++) {
        broken("  leading, and a very-long-word-without-any-space \xe2\x97\x82\xe2\x97\x82\xe2\x97\x82\xe2\x97\x82 end", width);
    }
}

static void sentences_are_finished(void **state)
{
    static const struct {
        const char *phrase, *sentence;
    } cases[] = {{"the lock is held", "The lock is held."}, {"Is it?", "Is it?"}, {"done.", "Done."}, {"", ""}};
    (void)state;
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        char text[64];
        strcpy(text, cases[index].phrase);
        style_sentence(text, sizeof text);
        assert_string_equal(text, cases[index].sentence);
    }
    char full[8] = "abcdefg";
    style_sentence(full, sizeof full);
    assert_string_equal(full, "Abcdefg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour_follows_the_rules),      cmocka_unit_test(width_is_kept_within_limits),
        cmocka_unit_test(other_characters_only_in_utf8), cmocka_unit_test(every_glyph_has_a_plain_form),
        cmocka_unit_test(no_escapes_without_colour),     cmocka_unit_test(columns_are_characters),
        cmocka_unit_test(lines_break_at_spaces),         cmocka_unit_test(breaking_always_ends),
        cmocka_unit_test(sentences_are_finished),
    };
    return cmocka_run_group_tests_name("reports.style", tests, NULL, NULL);
}
