/* overview.h - a campaign as it stands: what `remlock campaign status` and `summary` tell. */
#ifndef CLI_CAMPAIGN_OVERVIEW_H
#define CLI_CAMPAIGN_OVERVIEW_H

#include <remlock/campaign.h>

#include <stddef.h>
#include <stdint.h>

struct cJSON;

/*
 * The document, as docs/cli.md describes it: of each finding what the database knows, "campaign" as in reports, engines that
 * have not run. `command` begins it. NULL with a message when the database cannot be read.
 */
struct cJSON *campaign_overview(struct campaign *campaign, const char *folder, const char *command, char *message, size_t size);

/* The same of the campaign in a folder, which may be running. */
struct cJSON *campaign_overview_of(const char *folder, const char *command, char *message, size_t size);

/* Members of it, which are always there: "" and 0 for null. */
const char *overview_text(const struct cJSON *object, const char *key);
double overview_number(const struct cJSON *object, const char *key);
const struct cJSON *overview_part(const struct cJSON *object, const char *key);

/* "1 h 5 min of 8 h, 2 jobs, 12,345 executions (3 k/s)". */
void overview_sentence(const struct cJSON *overview, char *text, size_t size);

/* What is to be thought of the canary, in a sentence; "" when there is none. */
const char *overview_canary(const struct cJSON *overview);

#endif
