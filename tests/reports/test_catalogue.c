/* test_catalogue.c - the printed tables hold what the tables in the code hold. */
#include "../../reports/style.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct report_style style = {.width = 100};

static char *findings_text(enum report_markup format, const struct finding *only)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    report_findings(stream, &style, format, only);
    fclose(stream);
    return text;
}

static uint32_t count_findings(void)
{
    uint32_t count = 0;
    while (findings[count].identifier) {
        count++;
    }
    return count;
}

static void every_finding_is_listed(void **state)
{
    (void)state;
    char *text = findings_text(REPORT_TEXT, NULL), *markdown = findings_text(REPORT_MARKDOWN, NULL);
    assert_true(count_findings() > 10);
    for (const struct finding *finding = findings; finding->identifier; finding++) {
        char line[128];
        assert_non_null(strstr(text, finding->identifier));
        snprintf(line, sizeof line, "\n| `%s` | ", finding->identifier);
        assert_non_null(strstr(markdown, line));
        assert_true(finding->meaning && finding->meaning[0] && finding->remedy && finding->remedy[0]);
    }
    free(text);
    free(markdown);
}

static void rows_of_the_page_have_five_cells(void **state)
{
    (void)state;
    char *markdown = findings_text(REPORT_MARKDOWN, NULL);
    for (const char *at = markdown; *at; at += strcspn(at, "\n") + 1) {
        uint32_t bars = 0;
        for (const char *byte = at; *at == '|' && *byte != '\n'; byte++) {
            bars += *byte == '|' && byte[-1] != '\\';
        }
        assert_true(*at != '|' || bars == 6);
    }
    free(markdown);
}

static void one_finding_can_be_asked_for(void **state)
{
    (void)state;
    char *text = findings_text(REPORT_TEXT, &findings[1]);
    assert_non_null(strstr(text, findings[1].identifier));
    assert_null(strstr(text, "held-too-long"));
    free(text);
    cJSON *json = report_findings_json(&findings[1]);
    assert_int_equal(cJSON_GetArraySize(json), 1);
    cJSON_Delete(json);
}

static void findings_as_json(void **state)
{
    (void)state;
    cJSON *json = report_findings_json(NULL);
    assert_int_equal(cJSON_GetArraySize(json), count_findings());
    cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        assert_true(cJSON_IsString(cJSON_GetObjectItem(item, "identifier")));
        assert_true(cJSON_IsString(cJSON_GetObjectItem(item, "meaning")));
        assert_true(cJSON_IsString(cJSON_GetObjectItem(item, "windows")));
        assert_true(cJSON_IsString(cJSON_GetObjectItem(item, "remedy")));
    }
    cJSON_Delete(json);
}

static void every_subject_is_listed(void **state)
{
    char *text = NULL;
    size_t size;
    (void)state;
    FILE *stream = open_memstream(&text, &size);
    report_subjects(stream, &style, true);
    fclose(stream);
    cJSON *json = report_subjects_json();
    assert_int_equal(cJSON_GetArraySize(json), subject_count());
    for (uint32_t index = 0; index < subject_count(); index++) {
        assert_non_null(strstr(text, subject_at(index)->name));
        assert_non_null(strstr(text, subject_at(index)->summary));
    }
    cJSON_Delete(json);
    free(text);
}

static void a_subject_tells_its_operations_and_settings(void **state)
{
    const struct subject *subject = subject_at(0);
    char *text = NULL;
    size_t size;
    (void)state;
    FILE *stream = open_memstream(&text, &size);
    report_subject(stream, &style, subject);
    fclose(stream);
    cJSON *json = report_subject_json(subject);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "operations")), subject->operation_count);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "settings")), subject_setting_count(subject));
    for (uint32_t index = 0; index < subject->operation_count; index++) {
        assert_non_null(strstr(text, subject->operations[index].name));
    }
    for (uint32_t index = 0; index < subject_setting_count(subject); index++) {
        assert_non_null(strstr(text, subject_setting(subject, index)->name));
    }
    cJSON_Delete(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_finding_is_listed),      cmocka_unit_test(rows_of_the_page_have_five_cells),
        cmocka_unit_test(one_finding_can_be_asked_for), cmocka_unit_test(findings_as_json),
        cmocka_unit_test(every_subject_is_listed),      cmocka_unit_test(a_subject_tells_its_operations_and_settings),
    };
    return cmocka_run_group_tests_name("reports.catalogue", tests, NULL, NULL);
}
