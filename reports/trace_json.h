/* trace_json.h - a recorded execution for programs: every event, and the rows that a person is shown of them. */
#ifndef REPORTS_TRACE_JSON_H
#define REPORTS_TRACE_JSON_H

#include <remlock/reports.h>

struct cJSON;

/* Adds what docs/cli.md says of an explanation under "The interleaving": trace, frames, locks, memory, rows, ... */
void trace_json_add(struct cJSON *json, const struct report_execution *execution);

/* Adds `rows`: what the text shows, folded as there. */
void rows_json_add(struct cJSON *json, const struct report_execution *execution);

#endif
