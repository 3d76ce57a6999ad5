/* test_report_parts.c - parts of remlock report that decide something by themselves: series, paths, bounds, ... */
#include "../../cli/report/bounds.h"
#include "../../cli/report/paths.h"
#include "../../cli/report/series.h"
#include "../../cli/report/times.h"
#include "../../cli/utf8.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ----------------------------------------------------------------------------------------------------------- series -- */

static double value(const cJSON *array, int index, const char *key)
{
    return cJSON_GetNumberValue(cJSON_GetObjectItem(cJSON_GetArrayItem(array, index), key));
}

static void a_series_is_bounded_and_loses_nothing(void **state)
{
    static const uint32_t lengths[] = {0, 1, 2, 499, 500, 501, 20000};
    (void)state;
    for (size_t index = 0; index < sizeof(lengths) / sizeof(lengths[0]); index++) {
        struct report_series series = {0};
        /* The last comes first: any order will do. */
        for (uint32_t number = lengths[index]; number > 0; number--) {
            struct report_moment moment = {
                .elapsed = number, .subject = number % 3, .executions = 2, .coverage = number, .findings = 1};
            assert_true(report_series_add(&series, &moment));
        }
        cJSON *json = report_series_json(&series, lengths[index]);
        int last = cJSON_GetArraySize(json) - 1;
        assert_in_range(last + 1, 1, REPORT_SERIES_LIMIT);
        assert_true(value(json, 0, "elapsed") == 0 && value(json, 0, "executions") == 0);
        assert_true(value(json, last, "executions") == 2.0 * lengths[index]);
        assert_true(value(json, last, "findings") == lengths[index]);
        for (int at = 1; at <= last; at++) {
            assert_true(value(json, at, "elapsed") >= value(json, at - 1, "elapsed"));
            assert_true(value(json, at, "coverage") >= value(json, at - 1, "coverage"));
        }
        if (lengths[index] == 20000) {
            assert_true(value(json, last, "coverage") == 20000 + 19999 + 19998);
            assert_true(last > 400);
        }
        cJSON_Delete(json);
        report_series_free(&series);
    }
}

/* Clocks and books may be wrong: what came behind the end is counted at the end. */
static void what_comes_too_late_is_counted(void **state)
{
    struct report_series series = {0};
    struct report_moment moment = {.elapsed = 99, .subject = REPORT_NO_SUBJECT, .findings = 1};
    (void)state;
    assert_true(report_series_add(&series, &moment));
    cJSON *json = report_series_json(&series, 10);
    int last = cJSON_GetArraySize(json) - 1;
    assert_true(value(json, last, "elapsed") == 10 && value(json, last, "findings") == 1);
    cJSON_Delete(json);
    report_series_free(&series);
}

/* ------------------------------------------------------------------------------------------------------------ paths -- */

static void make_file(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("int x;\n", file);
    fclose(file);
}

/* A project with two files and a folder beside it, in a folder of its own, where the process stands then. */
static int make_project(void **state)
{
    static char folder[] = "/tmp/remlock-paths-XXXXXX";
    *state = mkdtemp(folder);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("project", 0777) | mkdir("project/src", 0777) | mkdir("project/.git", 0777), 0);
    assert_int_equal(mkdir("beside", 0777), 0);
    make_file("project/top.c");
    make_file("project/src/inner.c");
    make_file("beside/other.c");
    return symlink("project", "link");
}

static int remove_project(void **state)
{
    static const char *const files[] = {"project/top.c", "project/src/inner.c", "beside/other.c", "link"};
    static const char *const folders[] = {"project/src", "project/.git", "project", "beside"};
    for (size_t index = 0; index < 4; index++) {
        unlink(files[index]);
    }
    for (size_t index = 0; index < 4; index++) {
        rmdir(folders[index]);
    }
    return chdir("/") || rmdir(*state);
}

static void source_files_are_found_wherever_they_were_compiled(void **state)
{
    const struct {
        const char *path; /* "@" stands for the folder that all lies in */
        bool is_ours;
        const char *found; /* NULL: nowhere */
    } cases[] = {
        {"@/project/src/inner.c", false, "src/inner.c"},
        {"@/project/src/../top.c", false, "top.c"},
        {"@/link/src/inner.c", false, "src/inner.c"},
        {"@/beside/other.c", false, NULL},
        {"/nowhere/build/src/inner.c", false, "src/inner.c"},
        {"/nowhere/build/src/inner.c", true, "src/inner.c"},
        {"/nowhere/top.c", false, "top.c"},
        {"/nowhere/top.c", true, NULL}, /* remlock has files of such names as well */
        {"src/inner.c", false, "src/inner.c"},
        {"./src/./inner.c", false, "src/inner.c"},
        {"../../project/src/inner.c", false, "src/inner.c"},
        {"../../../beside/other.c", false, NULL}, /* nothing leads out of the root */
        {"/nowhere/inner.c", false, NULL},
        {"/nowhere/src", false, NULL}, /* a folder */
        {"", false, NULL},
        {"..", false, NULL},
    };
    struct report_root root;
    char message[512], path[512], found[512];
    assert_true(report_root_open(&root, "project", message, sizeof(message)));
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        bool whole = cases[index].path[0] == '@';
        snprintf(path, sizeof(path), "%s%s", whole ? (const char *)*state : "", cases[index].path + whole);
        bool is_found = report_root_find(&root, path, cases[index].is_ours, found, sizeof(found));
        if (is_found != (cases[index].found != NULL) || (is_found && strcmp(found, cases[index].found) != 0)) {
            fail_msg("%s: %s", path, is_found ? found : "not found");
        }
    }
}

static void roots_are_work_trees_unless_said_otherwise(void **state)
{
    struct report_root root, link;
    char message[512], text[PATH_MAX + 16];
    assert_int_equal(chdir("project/src"), 0);
    assert_true(report_root_open(&root, NULL, message, sizeof(message)));
    assert_string_equal(strrchr(root.path, '/'), "/project");
    assert_true(report_root_open(&link, "../../link", message, sizeof(message)));
    assert_string_equal(link.path, root.path);
    assert_false(report_root_open(&link, "../top.c", message, sizeof(message)));
    assert_non_null(strstr(message, "is no folder"));
    /* Files of reports, relative to the root even outside of it; subjects only when they lie in it. */
    report_root_relate(&root, "inner.c", text, sizeof(text));
    assert_string_equal(text, "src/inner.c");
    report_root_relate(&root, "../../beside/not-there.replay", text, sizeof(text));
    assert_string_equal(text, "../beside/not-there.replay");
    char subject[PATH_MAX + 16];
    snprintf(subject, sizeof(subject), "%s/top.c", root.path);
    report_root_subject(&root, subject, text, sizeof(text));
    assert_string_equal(text, "top.c");
    report_root_subject(&root, "././inner.so", text, sizeof(text));
    assert_string_equal(text, "inner.so");
    report_root_subject(&root, "lock:p02", text, sizeof(text));
    assert_string_equal(text, "lock:p02");
    report_file_typed(subject, text, sizeof(text));
    assert_string_equal(text, subject);
    assert_int_equal(chdir(*state), 0);
    report_file_typed(subject, text, sizeof(text));
    assert_string_equal(text, "project/top.c");
}

/* ----------------------------------------------------------------------------------------------------- small things -- */

static void moments_are_moments_whatever_was_stored(void **state)
{
    char text[REPORT_TIME_SIZE];
    (void)state;
    assert_string_equal(report_time(1e9, text), "2001-09-09T01:46:40Z");
    assert_string_equal(report_time(-5, text), "1970-01-01T00:00:00Z");
    assert_string_equal(report_time(1e300, text), "9999-12-31T23:59:59Z");
    setenv("SOURCE_DATE_EPOCH", "60", 1);
    assert_string_equal(report_now(text), "1970-01-01T00:01:00Z");
    setenv("SOURCE_DATE_EPOCH", "soon", 1);
    assert_string_not_equal(report_now(text), "1970-01-01T00:00:00Z");
    unsetenv("SOURCE_DATE_EPOCH");
}

static cJSON *finding_with(uint32_t steps)
{
    cJSON *finding = cJSON_Parse("{\"text\":\"t\",\"rows\":[],\"frames\":[],\"trace_truncated\":false}");
    cJSON *trace = cJSON_AddArrayToObject(finding, "trace");
    for (uint32_t number = 0; number < steps; number++) {
        cJSON_AddItemToArray(trace, cJSON_CreateNull());
    }
    return finding;
}

static void too_many_steps_are_left_out(void **state)
{
    static const struct {
        uint32_t steps;
        bool kept;
    } cases[] = {{60, true}, {41, false}, {40, true}, {1, false}, {0, true}};
    uint32_t room = 100;
    (void)state;
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        cJSON *finding = finding_with(cases[index].steps);
        report_bound(finding, &room);
        assert_int_equal(cJSON_HasObjectItem(finding, "trace"), cases[index].kept);
        assert_int_equal(cJSON_HasObjectItem(finding, "rows"), cases[index].kept);
        assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(finding, "trace_truncated")), !cases[index].kept);
        assert_true(cJSON_HasObjectItem(finding, "text"));
        cJSON_Delete(finding);
    }
    assert_int_equal(room, 0);
}

static void bytes_become_characters(void **state)
{
    static const struct {
        const char *text, *mended; /* NULL: it is right as it is */
    } cases[] = {
        {"", NULL},
        {"plain \x01 \x7f", NULL},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa5\xef\xbf\xbd", NULL},
        {"a\xff", "a\xef\xbf\xbd"},
        {"\x80x", "\xef\xbf\xbdx"},
        {"\xc3", "\xef\xbf\xbd"},
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                   /* a slash, written too long */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                   /* half of a pair */
        {"\xf4\x90\x80\x80!", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd!"}, /* behind the last character */
    };
    (void)state;
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        char *mended = utf8_mend(cases[index].text);
        assert_int_equal(utf8_is_valid(cases[index].text), cases[index].mended == NULL);
        assert_string_equal(mended, cases[index].mended ? cases[index].mended : cases[index].text);
        assert_true(utf8_is_valid(mended));
        free(mended);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_series_is_bounded_and_loses_nothing),
        cmocka_unit_test(what_comes_too_late_is_counted),
        cmocka_unit_test(source_files_are_found_wherever_they_were_compiled),
        cmocka_unit_test(roots_are_work_trees_unless_said_otherwise),
        cmocka_unit_test(moments_are_moments_whatever_was_stored),
        cmocka_unit_test(too_many_steps_are_left_out),
        cmocka_unit_test(bytes_become_characters),
    };
    return cmocka_run_group_tests(tests, make_project, remove_project);
}
