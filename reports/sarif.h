/* sarif.h - what the parts of a SARIF log share. */
#ifndef REPORTS_SARIF_H
#define REPORTS_SARIF_H

#include "document.h"

struct cJSON;

/* A log in the making. */
struct sarif {
    struct cJSON *rules;     /* an array: a rule for each finding of the catalogue, and those that it does not know */
    struct cJSON *artifacts; /* an array: each file that is named */
};

/* The rules of the catalogue. */
struct cJSON *sarif_rules(void);

/* Number of the rule for a finding; one is made for what the catalogue does not know. */
int sarif_rule_index(struct sarif *sarif, const struct cJSON *finding);

/* A `physicalLocation` of a file below the source root; no line when it is 0. */
struct cJSON *sarif_physical(struct sarif *sarif, const char *path, uint32_t line);

/* An `artifactLocation`, which becomes one of the log's artifacts in that role. */
struct cJSON *sarif_artifact(struct sarif *sarif, const char *path, const char *role);

/* {"text": TEXT} */
struct cJSON *sarif_message(const char *text);

/* The interleaving as `codeFlows`, or NULL when there is none. */
struct cJSON *sarif_flows(struct sarif *sarif, const struct cJSON *finding);

/* Where the finding is: its line, or else its replay. */
struct cJSON *sarif_finding_physical(struct sarif *sarif, const struct cJSON *finding);

#endif
