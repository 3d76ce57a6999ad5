/* formats.c - the formats that a report document can be written in. */
#include "formats.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static bool write_json(FILE *stream, const cJSON *document)
{
    char *text = cJSON_Print(document);
    if (!text) {
        return false;
    }
    fprintf(stream, "%s\n", text);
    free(text);
    return !ferror(stream);
}

const struct report_format report_formats[] = {
    {"text", "an overview, and the story of each finding, to read", report_text},
    {"json", "the document itself, see docs/report.schema.json", write_json},
    {"junit", "JUnit's XML: a case for each replay, for continuous integration", report_junit},
    {"sarif", "SARIF 2.1.0: a result for each finding with its interleaving, for code scanning", report_sarif},
    {"html", "one page for a browser, to be read and stepped through", report_html},
    {NULL, NULL, NULL},
};

const struct report_format *report_format_named(const char *name)
{
    for (const struct report_format *format = report_formats; format->name; format++) {
        if (strcmp(format->name, name) == 0) {
            return format;
        }
    }
    return NULL;
}
