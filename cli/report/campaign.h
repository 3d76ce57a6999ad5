/* campaign.h - what a report says of the campaign that its findings are of. */
#ifndef CLI_REPORT_CAMPAIGN_H
#define CLI_REPORT_CAMPAIGN_H

#include <remlock/campaign.h>

#include <stddef.h>

struct cJSON;

/* The `campaign` of a report document. NULL with a message when the database cannot be read. */
struct cJSON *report_campaign_json(struct campaign *campaign, char *message, size_t size);

#endif
