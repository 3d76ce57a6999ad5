/* engines.h - which engines can run which subjects here. */
#ifndef CLI_CAMPAIGN_ENGINES_H
#define CLI_CAMPAIGN_ENGINES_H

#include "subjects.h"

struct missing_engine {
    uint32_t subjects, of; /* so many of so many cannot be run by it */
    char reason[1024];     /* what is missing, and how to get it */
};

/* Notes with each subject which of the engines that are asked for cannot run it, and says why. */
void campaign_engines_look(struct known_subjects *subjects, const struct campaign_options *options,
                           struct missing_engine missing[CAMPAIGN_ENGINES]);

#endif
