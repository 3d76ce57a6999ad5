/* replays.h - what fresh processes showed of a replay file. */
#ifndef CLI_CAMPAIGN_REPLAYS_H
#define CLI_CAMPAIGN_REPLAYS_H

#include "keeper.h"

#include <remlock/campaign.h>

/* All zero is none yet. */
struct replays {
    uint32_t started, ended;
    uint32_t same;       /* showed the finding, with the trace of the first one */
    uint32_t unanswered; /* were killed before they could say something, and are not among those that ended */
    char hash[32];
    char other[160]; /* what came instead, the last time */
};

/* Counts what a process of `remlock replay --json` has said. When it showed the finding its message is that of the finding. */
void replays_count(struct replays *replays, struct campaign_finding *finding, const struct keeper *keeper);

#endif
