/* events.h - what happens in a campaign as JSON lines on stdout; docs/cli.md has their shapes. */
#ifndef CLI_CAMPAIGN_EVENTS_H
#define CLI_CAMPAIGN_EVENTS_H

#include "run.h"

void event_start(const struct campaign_run *run, const char *invocation);
void event_slice(const struct campaign_run *run, const struct slot *slot);
void event_finding(const struct campaign_run *run, const struct campaign_finding *finding, const char *file,
                   const char *remark);
void event_progress(const struct campaign_run *run);
void event_trouble(const struct campaign_run *run, const char *message);
void event_end(const struct campaign_run *run, int code);

#endif
