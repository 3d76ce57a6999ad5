/*
 * junit.c - a report document as JUnit's XML, which continuous integration reads: a suite for each subject, a case for each
 * replay. A replay that shows a finding has failed, whether that was expected or not; one that cannot be judged is an error.
 */
#include "document.h"
#include "formats.h"
#include "xml.h"

#include <cjson/cJSON.h>
#include <string.h>

enum case_result { CASE_PASSED, CASE_FAILED, CASE_ERROR };

struct counts {
    uint32_t cases, failures, errors;
    double seconds;
};

static enum case_result result_of(const cJSON *replay)
{
    if (document_has_no_verdict(replay)) {
        return CASE_ERROR;
    }
    bool clean = !document_get(replay, "fingerprint") && strcmp(document_text(replay, "outcome"), "as-expected") == 0;
    return clean ? CASE_PASSED : CASE_FAILED;
}

static const char *suite_of(const cJSON *replay)
{
    const char *subject = document_text(replay, "subject");
    return subject[0] ? subject : "remlock";
}

static void count(struct counts *counts, const cJSON *replay)
{
    enum case_result result = result_of(replay);
    counts->cases++;
    counts->failures += result == CASE_FAILED;
    counts->errors += result == CASE_ERROR;
    counts->seconds += document_number(replay, "seconds");
}

/* NULL: of all suites. */
static struct counts count_suite(const cJSON *replays, const char *suite)
{
    struct counts counts = {0};
    const cJSON *replay;
    cJSON_ArrayForEach(replay, replays)
    {
        if (!suite || strcmp(suite_of(replay), suite) == 0) {
            count(&counts, replay);
        }
    }
    return counts;
}

static void write_counts(FILE *stream, const struct counts *counts)
{
    fprintf(stream, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"0\" time=\"%.3f\"", counts->cases, counts->failures,
            counts->errors, counts->seconds);
}

static const cJSON *finding_with(const cJSON *document, const char *fingerprint)
{
    const cJSON *finding;
    cJSON_ArrayForEach(finding, document_get(document, "findings"))
    {
        if (strcmp(document_text(finding, "fingerprint"), fingerprint) == 0) {
            return finding;
        }
    }
    return NULL;
}

/* What is read when somebody opens the case: the sentence, what to type, and the whole story, told once. */
static void write_story(FILE *stream, const cJSON *replay, const cJSON *finding)
{
    const char *file = document_text(replay, "file"), *told = document_text(finding, "file");
    const cJSON *commands = document_get(finding, "commands");
    xml_text(stream, document_text(replay, "message"));
    if (!finding) {
        return;
    }
    if (strcmp(file, told) != 0) {
        fputs("\n\nThe same as ", stream);
        xml_text(stream, told);
        return;
    }
    fputs("\n\nReplay it: ", stream);
    xml_text(stream, document_text(commands, "replay"));
    fputs("\nIn a debugger: ", stream);
    xml_text(stream, document_text(commands, "gdb"));
    fputs("\n\n", stream);
    xml_text(stream, document_text(finding, "text"));
}

static void write_result(FILE *stream, const cJSON *document, const cJSON *replay)
{
    enum case_result result = result_of(replay);
    const cJSON *finding = finding_with(document, document_text(replay, "fingerprint"));
    const char *tag = result == CASE_ERROR ? "error" : "failure";
    const char *type = finding && result == CASE_FAILED ? document_text(finding, "finding") : document_text(replay, "outcome");
    if (result == CASE_PASSED) {
        return;
    }
    fprintf(stream, "\n      <%s", tag);
    xml_attribute(stream, "type", type);
    xml_attribute(stream, "message", document_text(replay, "message"));
    fputc('>', stream);
    write_story(stream, replay, finding);
    fprintf(stream, "</%s>\n    ", tag);
}

static void write_case(FILE *stream, const cJSON *document, const cJSON *replay)
{
    fputs("    <testcase", stream);
    xml_attribute(stream, "name", document_text(replay, "file"));
    xml_attribute(stream, "classname", suite_of(replay));
    xml_attribute(stream, "file", document_text(replay, "file"));
    fprintf(stream, " time=\"%.3f\">", document_number(replay, "seconds"));
    write_result(stream, document, replay);
    fputs("</testcase>\n", stream);
}

static void write_suite(FILE *stream, const cJSON *document, const char *suite)
{
    const cJSON *replays = document_get(document, "replays"), *replay;
    struct counts counts = count_suite(replays, suite);
    char moment[32];
    /* Readers want the time without a zone. */
    snprintf(moment, sizeof(moment), "%.19s", document_text(document, "created"));
    fputs("  <testsuite", stream);
    xml_attribute(stream, "name", suite);
    write_counts(stream, &counts);
    xml_attribute(stream, "timestamp", moment);
    fputs(">\n", stream);
    cJSON_ArrayForEach(replay, replays)
    {
        if (strcmp(suite_of(replay), suite) == 0) {
            write_case(stream, document, replay);
        }
    }
    fputs("  </testsuite>\n", stream);
}

static bool is_first_of_suite(const cJSON *replays, const cJSON *wanted)
{
    const cJSON *replay;
    cJSON_ArrayForEach(replay, replays)
    {
        if (strcmp(suite_of(replay), suite_of(wanted)) == 0) {
            return replay == wanted;
        }
    }
    return false;
}

bool report_junit(FILE *stream, const cJSON *document)
{
    const cJSON *replays = document_get(document, "replays"), *replay;
    struct counts counts = count_suite(replays, NULL);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", stream);
    xml_attribute(stream, "name", document_text(document, "title"));
    write_counts(stream, &counts);
    fputs(">\n", stream);
    cJSON_ArrayForEach(replay, replays)
    {
        if (is_first_of_suite(replays, replay)) {
            write_suite(stream, document, suite_of(replay));
        }
    }
    fputs("</testsuites>\n", stream);
    return !ferror(stream);
}
