/* file.h - report documents that were saved. */
#ifndef CLI_REPORT_FILE_H
#define CLI_REPORT_FILE_H

struct cJSON;

/* The document that a file holds, or NULL when it holds none that this version can read. */
struct cJSON *report_document_read(const char *path);

#endif
