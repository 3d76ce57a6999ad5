/* kept.h - the options of a campaign as words: kept in its folder, and read from there. */
#ifndef CLI_CAMPAIGN_KEPT_H
#define CLI_CAMPAIGN_KEPT_H

#include "options.h"

/* Appends the words that were kept in the folder. Leaves the program when there are none. */
void campaign_kept_load(const char *folder, struct word_list *words);

/* Fills options->invocation by what the options say. */
void campaign_options_say(struct campaign_options *options);

#endif
