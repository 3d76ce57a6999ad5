/* subject.c - the lock's row among the subjects, and one for each mutant. */
#include "subject.h"

#include "world.h"

#include <stdio.h>

enum { SUBJECT_LIMIT = 128, NAME_SIZE = 64 };

static const char *const personality_words[] = {"free", "checked", "verifier", NULL};
static const char *const reading_words[] = {"maximum", "reached", NULL};

static const char *const refused_words[] = {"keep", "drop", NULL};

static const struct setting lock_settings[] = {
    {"lock", "the personality: free build, checked build, or free build under Driver Verifier", personality_words, 0, 2,
     PERSONALITY_FREE},
    {"minutes", "MaxLockedMinutes; 0: no limit", NULL, 0, 1000, 0},
    {"watermark", "HighWatermark; 0: no limit", NULL, 0, 1000, 0},
    {"watermark-reading", "HighWatermark as the most acquisitions allowed, or as the number that is already too many",
     reading_words, 0, 1, WATERMARK_MAXIMUM},
    {"refused", "whether a refused request keeps its reference to the device until calls under way have returned",
     refused_words, 0, 1, REFUSED_KEEP},
};

static struct subject subjects[SUBJECT_LIMIT];
static char names[SUBJECT_LIMIT][NAME_SIZE];
static uint32_t count;

static void add(const char *name, const char *summary, const struct remove_lock_mutant *mutant)
{
    struct subject *subject = &subjects[count];
    snprintf(names[count], NAME_SIZE, "%s", name);
    *subject = (struct subject){
        .name = names[count],
        .summary = summary,
        .story = mutant == NULL ? NULL : mutant->story,
        .correct = mutant == NULL,
        .weak_memory = mutant != NULL && mutant->weak_memory,
        .needs_misuse = mutant != NULL && mutant->needs_misuse,
        .operations = lock_operations,
        .operation_count = lock_operation_count,
        .settings = lock_settings,
        .setting_count = sizeof lock_settings / sizeof lock_settings[0],
        .tells_state = true,
        .varying = 1u << (SETTING_LOCK - SETTING_SUBJECT),
        .begin = world_begin,
        .end = world_end,
        .stuck = model_stuck,
        .caller_erred = model_caller_erred,
        .describe = names_describe,
        .holders = names_holders,
        .generate = lock_generate,
        .context = mutant,
    };
    count++;
}

static void build_table(void)
{
    if (count != 0) {
        return;
    }
    add("lock", "the remove lock as it should be", NULL);
    for (uint32_t index = 0; remove_lock_mutants[index] != NULL && count < SUBJECT_LIMIT; index++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "lock:%s", remove_lock_mutants[index]->name);
        add(name, remove_lock_mutants[index]->summary, remove_lock_mutants[index]);
    }
}

uint32_t lock_subject_count(void)
{
    build_table();
    return count;
}

const struct subject *lock_subject(uint32_t index)
{
    build_table();
    return index < count ? &subjects[index] : NULL;
}
