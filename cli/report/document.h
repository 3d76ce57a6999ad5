/* document.h - makes the report document of docs/report.md. */
#ifndef CLI_REPORT_DOCUMENT_H
#define CLI_REPORT_DOCUMENT_H

#include "paths.h"

#include <remlock/reports.h>

#include <stdint.h>

struct report_request {
    const char *const *inputs; /* replay files, raw fuzz inputs, folders, or the folder of one campaign */
    uint32_t input_count;
    const char *title;       /* NULL: one that says what the inputs are */
    const char *source_root; /* NULL: the top of the work tree, or the current folder */
    const char *invocation;  /* the command that makes it, for the document */
    uint32_t jobs;
    double time_limit; /* seconds for each replay */
    bool quiet;        /* no progress on the standard error output */
};

/* To be freed with cJSON_Delete(). NULL with a message; also after Ctrl-C. */
struct cJSON *report_document_make(const struct report_request *request, char *message, size_t size);

/* Writes it, to the standard output when `path` is NULL, else to a file that appears complete or not at all. False with a
 * message. */
bool report_document_write(const struct cJSON *document, const struct report_format *format, const char *path, char *message,
                           size_t size);

#endif
