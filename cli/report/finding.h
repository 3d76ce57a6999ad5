/* finding.h - the findings of a report document, each problem once. */
#ifndef CLI_REPORT_FINDING_H
#define CLI_REPORT_FINDING_H

#include "cases.h"
#include "paths.h"

/* What came of a replay, in the words of docs/report.md. */
const char *report_case_outcome(const struct report_case *item);

/* Its entry in `replays`; `fingerprint` is that of the finding that it shows, or "". */
struct cJSON *report_case_json(const struct report_root *root, const struct report_case *item, const char *fingerprint);

/*
 * The finding that a replay shows, or was to show but could not be asked; NULL: none. Takes what it needs out of what the
 * replay was explained by.
 */
struct cJSON *report_finding_json(const struct report_root *root, struct report_case *item);

/* Adds it to an array of them. Of two that are the same problem the one that is simpler to read stays, and names the other. */
void report_finding_enter(struct cJSON *found, struct cJSON *finding);

#endif
