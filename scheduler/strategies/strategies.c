/* strategies.c - the table of strategies. */
#include "strategies.h"

#include <string.h>

const struct strategy_description strategy_descriptions[] = {
    {"random", "random walk: every task that can run is equally likely at every point", random_walk_open},
    {"pct", "probabilistic concurrency testing: random priorities, depth - 1 random points at which they drop", pct_open},
    {"bytes", "a string of bytes decides, one for each choice; what fuzzers use", bytes_open},
    {"replay", "follows a recorded schedule and tells when the code disagrees with it", replay_open},
    {"exhaustive", "every schedule in turn, up to a bound on preemptions", exhaustive_open},
    {NULL, NULL, NULL},
};

struct strategy *strategy_open(const char *name, const struct strategy_options *options)
{
    for (const struct strategy_description *description = strategy_descriptions; description->name != NULL; description++) {
        if (strcmp(description->name, name) == 0) {
            return description->open(options);
        }
    }
    return NULL;
}

const char *choice_kind_name(enum choice_kind kind)
{
    static const char *const names[CHOICE_KINDS] = {[CHOICE_TASK] = "task", [CHOICE_ALLOCATION] = "allocation"};
    return kind < CHOICE_KINDS ? names[kind] : "unknown";
}
