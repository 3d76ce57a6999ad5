/* engines.c - see engines.h. */
#include "engines.h"

#include <remlock/fuzz.h>

/* The search is not among the engines of the fuzzer: it can run everything. */
static bool can_run(enum campaign_engine engine, const struct known_subject *subject, char *reason, size_t size)
{
    struct subject named = {.name = subject->row.name};
    int number = fuzz_engine_find(campaign_engine_names[engine]);
    return number < 0 || fuzz_engine_available((enum fuzz_engine)number, &named, reason, size);
}

/* The first reason stands for all of them: what is missing for one subject is usually missing for all. */
static void look_at(struct known_subjects *subjects, enum campaign_engine engine, struct missing_engine *missing)
{
    char reason[sizeof(missing->reason)];
    for (uint32_t index = 0; index < subjects->count; index++) {
        struct known_subject *subject = &subjects->list[index];
        if (index == subjects->canary) {
            continue;
        }
        missing->of++;
        subject->lacks_engine[engine] = !can_run(engine, subject, reason, sizeof(reason));
        if (subject->lacks_engine[engine] && missing->subjects++ == 0) {
            snprintf(missing->reason, sizeof(missing->reason), "%s", reason);
        }
    }
}

void campaign_engines_look(struct known_subjects *subjects, const struct campaign_options *options,
                           struct missing_engine missing[CAMPAIGN_ENGINES])
{
    for (int engine = 0; engine < CAMPAIGN_ENGINES; engine++) {
        missing[engine] = (struct missing_engine){0};
        if (options->engines[engine]) {
            look_at(subjects, (enum campaign_engine)engine, &missing[engine]);
        }
    }
}
