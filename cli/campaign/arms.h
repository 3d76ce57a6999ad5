/* arms.h - what a campaign can run: every subject with every engine in every configuration that is worth trying. */
#ifndef CLI_CAMPAIGN_ARMS_H
#define CLI_CAMPAIGN_ARMS_H

#include "subjects.h"
#include "words.h"

/* Arms of the plan, with what the plan does not know of them. */
struct known_arm {
    uint32_t subject;
    enum campaign_engine engine;
    const char *configuration; /* "lock=checked memory=tso", "strategy=pct", "" */
};

struct known_arms {
    struct known_arm *list;
    struct campaign_arm *arms; /* the same, for the plan */
    uint32_t count;
};

/*
 * Configurations come from the settings that a subject has: general ones (memory, points, races), and those of its own that
 * generated programs vary. False when --set names what no subject has, or a value that is none; that has been said.
 */
bool known_arms_make(struct known_arms *arms, const struct known_subjects *subjects, const struct campaign_options *options);
void known_arms_free(struct known_arms *arms);

/* The number of an arm of an earlier session; `count` when there is none any more. */
uint32_t known_arms_number(const struct known_arms *arms, uint32_t subject, const char *engine, const char *configuration);

/* Whether the subject has the setting that "NAME=VALUE" is about. */
bool setting_is_of(const struct known_subject *subject, const char *text);

/* Appends a configuration to a command line. */
void configuration_append(const char *configuration, struct command_words *words);

#endif
