/*
 * test_formats.c - formats on documents that remlock report does not make every day: very long traces, findings that the
 * catalogue does not know, characters that XML cannot hold, and documents that lack almost everything.
 */
#include "../../reports/xml.h"

#include <remlock/reports.h>

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *written(const char *format, const cJSON *document)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_true(report_format_named(format)->write(stream, document));
    fclose(stream);
    return text;
}

static const cJSON *at(const cJSON *json, const char *key, int index)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(json, key);
    return index < 0 ? found : cJSON_GetArrayItem(found, index);
}

static const char *text_at(const cJSON *json, const char *key)
{
    const char *text = cJSON_GetStringValue(at(json, key, -1));
    return text ? text : "";
}

/* ------------------------------------------------------------------------------------------------------------- all -- */

static void every_format_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (const struct report_format *format = report_formats; format->name; format++) {
        assert_ptr_equal(report_format_named(format->name), format);
        assert_true(format->summary[0] != 0);
    }
    assert_null(report_format_named("pdf"));
    assert_null(report_format_named(""));
}

static void documents_that_lack_everything_are_written(void **state)
{
    static const char *const documents[] = {
        "{}",
        "{\"findings\":[{}],\"replays\":[{}],\"sources\":{},\"campaign\":{}}",
        "{\"findings\":[{\"trace\":[{}],\"rows\":[{}],\"stacks\":[{}],\"frames\":[],\"others\":[\"a\"],\"seen\":{}}],"
        "\"replays\":[{\"outcome\":\"crashed\"},{\"fingerprint\":\"nobody's\"}]}",
        "{\"findings\":[{\"trace\":[{\"task\":\"io\",\"stack\":[7],\"step\":1}],\"rows\":[{\"kind\":\"step\",\"first\":99}],"
        "\"violation\":-3}],\"replays\":7,\"title\":[]}",
        "{\"findings\":[{\"source\":{\"file\":\"a.c\",\"line\":-1e99},\"others\":[1,null],\"trace\":[{\"task\":null,"
        "\"path\":\"b.c\",\"line\":1e99}],\"violation\":1e99,\"rows\":[{\"first\":1e99,\"kind\":\"step\"},"
        "{\"kind\":\"violation\",\"step\":-1e99}]}],\"replays\":[7,\"a\"],\"campaign\":{\"trouble\":[1],\"subjects\":[2]}}",
    };
    (void)state;
    for (size_t index = 0; index < sizeof(documents) / sizeof(documents[0]); index++) {
        cJSON *document = cJSON_Parse(documents[index]);
        assert_non_null(document);
        for (const struct report_format *format = report_formats; format->name; format++) {
            char *text = written(format->name, document);
            assert_true(text[0] != 0);
            free(text);
        }
        cJSON_Delete(document);
    }
}

/* What cannot be written is no report. */
static void full_disks_are_noticed(void **state)
{
    cJSON *document = cJSON_Parse("{\"findings\":[],\"replays\":[],\"title\":\"t\"}");
    (void)state;
    for (const struct report_format *format = report_formats; format->name; format++) {
        FILE *full = fopen("/dev/full", "w");
        assert_non_null(full);
        setvbuf(full, NULL, _IONBF, 0);
        assert_false(format->write(full, document));
        fclose(full);
    }
    cJSON_Delete(document);
}

/* ------------------------------------------------------------------------------------------------------------- xml -- */

static void xml_holds_what_it_can(void **state)
{
    static const struct {
        const char *given, *text, *attribute;
    } cases[] = {
        {"plain", "plain", "plain"},
        {"<a b=\"c\">&amp;]]>", "&lt;a b=\"c\"&gt;&amp;amp;]]&gt;", "&lt;a b=&quot;c&quot;&gt;&amp;amp;]]&gt;"},
        {"1\t2\n3\r4", "1\t2\n3&#13;4", "1&#9;2&#10;3&#13;4"},
        {"\x01\x1b[0m\x08", "\xef\xbf\xbd\xef\xbf\xbd[0m\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd[0m\xef\xbf\xbd"},
        {"\xc3\xa9\xf0\x9f\x92\xa5", "\xc3\xa9\xf0\x9f\x92\xa5", "\xc3\xa9\xf0\x9f\x92\xa5"},
        {"\xef\xbf\xbe.\xef\xbf\xbf.\xef\xbf\xbd", "\xef\xbf\xbd.\xef\xbf\xbd.\xef\xbf\xbd",
         "\xef\xbf\xbd.\xef\xbf\xbd.\xef\xbf\xbd"},
    };
    (void)state;
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        char *text = NULL, expected[256];
        size_t size;
        FILE *stream = open_memstream(&text, &size);
        xml_text(stream, cases[index].given);
        xml_attribute(stream, "name", cases[index].given);
        fclose(stream);
        snprintf(expected, sizeof(expected), "%s name=\"%s\"", cases[index].text, cases[index].attribute);
        assert_string_equal(text, expected);
        free(text);
    }
}

/* ----------------------------------------------------------------------------------------------------------- sarif -- */

enum { LIMIT = 5000 };

/* Two tasks in turn; every `preempted`th step of them comes after an interruption. */
static cJSON *long_document(uint32_t steps, uint32_t preempted)
{
    cJSON *document = cJSON_CreateObject(), *finding = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(document, "findings"), finding);
    cJSON_AddStringToObject(finding, "finding", "found-by-somebody-else");
    cJSON_AddStringToObject(finding, "file", "a b.replay");
    cJSON *trace = cJSON_AddArrayToObject(finding, "trace"), *rows = cJSON_AddArrayToObject(finding, "rows");
    for (uint32_t number = 1; number <= steps; number++) {
        cJSON *step = cJSON_CreateObject();
        cJSON_AddNumberToObject(step, "step", number);
        cJSON_AddStringToObject(step, "task", number % 2 ? "io" : "pnp");
        cJSON_AddStringToObject(step, "name", "read");
        cJSON_AddBoolToObject(step, "preempted", preempted && number % preempted == 0);
        cJSON_AddItemToArray(trace, step);
    }
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "kind", "step");
    cJSON_AddNumberToObject(row, "first", 3);
    cJSON_AddItemToArray(rows, row);
    return document;
}

static cJSON *sarif_of(const cJSON *document)
{
    char *text = written("sarif", document);
    cJSON *log = cJSON_Parse(text);
    free(text);
    assert_non_null(log);
    return log;
}

static const cJSON *result_of(const cJSON *log)
{
    return at(at(log, "runs", 0), "results", 0);
}

/* All orders that are there, and how many of them are essential. */
static uint32_t count_locations(const cJSON *result, uint32_t *essential, double *last)
{
    uint32_t count = 0;
    const cJSON *flow, *location;
    *essential = 0;
    *last = 0;
    cJSON_ArrayForEach(flow, at(at(result, "codeFlows", 0), "threadFlows", -1))
    {
        double before = 0;
        cJSON_ArrayForEach(location, at(flow, "locations", -1))
        {
            double order = cJSON_GetNumberValue(at(location, "executionOrder", -1));
            assert_true(order > before);
            before = order;
            *last = order > *last ? order : *last;
            *essential += strcmp(text_at(location, "importance"), "essential") == 0;
            count++;
        }
    }
    return count;
}

static void long_interleavings_keep_what_matters(void **state)
{
    static const struct {
        uint32_t steps, preempted, kept, essential;
    } cases[] = {
        {10, 5, 10, 2},
        {LIMIT, 0, LIMIT, 0},
        {LIMIT + 1, 0, 1, 0},         /* the one of which the text tells */
        {2 * LIMIT, 1000, 11, 10},    /* and the interruptions */
        {2 * LIMIT, 1, LIMIT, LIMIT}, /* more than can be kept: the end */
    };
    (void)state;
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        cJSON *document = long_document(cases[index].steps, cases[index].preempted), *log = sarif_of(document);
        uint32_t essential;
        double last;
        assert_int_equal(count_locations(result_of(log), &essential, &last), cases[index].kept);
        assert_int_equal(essential, cases[index].essential);
        if (cases[index].preempted) {
            assert_true(last == cases[index].steps);
        }
        cJSON_Delete(log);
        cJSON_Delete(document);
    }
}

/* The catalogue is that of another version: a rule is made for what it does not know; a place there is always. */
static void findings_of_other_versions_have_a_rule(void **state)
{
    cJSON *document = long_document(2, 0), *log = sarif_of(document);
    const cJSON *result = result_of(log), *rules = at(at(at(at(log, "runs", 0), "tool", -1), "driver", -1), "rules", -1);
    int number = at(result, "ruleIndex", -1)->valueint;
    (void)state;
    assert_int_equal(number, cJSON_GetArraySize(rules) - 1);
    assert_string_equal(text_at(cJSON_GetArrayItem(rules, number), "id"), "found-by-somebody-else");
    assert_string_equal(text_at(cJSON_GetArrayItem(rules, 0), "id"), findings[0].identifier);
    const cJSON *physical = at(at(result, "locations", 0), "physicalLocation", -1);
    assert_string_equal(text_at(at(physical, "artifactLocation", -1), "uri"), "a%20b.replay");
    assert_int_equal(at(at(physical, "region", -1), "startLine", -1)->valueint, 1);
    assert_non_null(strstr(text_at(at(result, "message", -1), "text"), "remlock replay 'a b.replay'"));
    cJSON_Delete(log);
    cJSON_Delete(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_has_a_name_of_its_own),
        cmocka_unit_test(documents_that_lack_everything_are_written),
        cmocka_unit_test(full_disks_are_noticed),
        cmocka_unit_test(xml_holds_what_it_can),
        cmocka_unit_test(long_interleavings_keep_what_matters),
        cmocka_unit_test(findings_of_other_versions_have_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
