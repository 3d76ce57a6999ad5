/* formats.h - the writers of the table of formats; each has a file, or a folder, of its own. */
#ifndef REPORTS_FORMATS_H
#define REPORTS_FORMATS_H

#include <remlock/reports.h>

bool report_text(FILE *stream, const struct cJSON *document);
bool report_junit(FILE *stream, const struct cJSON *document);
bool report_sarif(FILE *stream, const struct cJSON *document);
bool report_html(FILE *stream, const struct cJSON *document);

#endif
