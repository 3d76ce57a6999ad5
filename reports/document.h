/* document.h - reading a report document, whatever it lacks; shared by the formats. */
#ifndef REPORTS_DOCUMENT_H
#define REPORTS_DOCUMENT_H

#include <remlock/reports.h>

struct cJSON;

/* The member of an object, or NULL. */
const struct cJSON *document_get(const struct cJSON *json, const char *key);

/* "" and 0 when there is none, or it is something else. */
const char *document_text(const struct cJSON *json, const char *key);
double document_number(const struct cJSON *json, const char *key);
uint32_t document_count(const struct cJSON *json, const char *key); /* of an array */

/* The "line" of a place, 0 when there is none. */
uint32_t document_line(const struct cJSON *json);

/* Whether a replay came to nothing that can be judged: it crashed, took too long, diverged or was malformed. */
bool document_has_no_verdict(const struct cJSON *replay);

/* "filter.c:53", with the path; "" when it is not known. */
void document_place(const struct cJSON *finding, char *text, size_t size);

/* "IoCallDriver", or "" for "-". */
const char *document_routine(const struct cJSON *finding);

#endif
