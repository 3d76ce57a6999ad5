/* strategies.c - the table of strategies. */
#include "strategies.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

const struct strategy_description strategy_descriptions[] = {
    {.name = "random",
     .summary = "random walk: every task is equally likely at every point",
     .open = random_walk_open,
     .explores = true},
    {.name = "pct",
     .summary = "random priorities that drop at a few random steps",
     .open = pct_open,
     .explores = true,
     .uses_depth = true},
    {.name = "pos",
     .summary = "partial order sampling: each race is decided by a fresh coin",
     .open = pos_open,
     .explores = true},
    {.name = "urw", .summary = "uniform random walk: every interleaving is equally likely", .open = urw_open, .explores = true},
    {.name = "surw",
     .summary = "uniform over the orders of accesses to one object at a time",
     .open = surw_open,
     .explores = true},
    {.name = "reads-from",
     .summary = "greybox: lets reads see writes that they have not seen yet",
     .open = reads_from_open,
     .explores = true},
    {.name = "random-delay",
     .summary = "the default schedule with some delays at random points",
     .open = random_delay_open,
     .explores = true,
     .uses_delay_bound = true},
    {.name = "delay",
     .summary = "every schedule in turn, up to a bound on delays",
     .open = delay_open,
     .explores = true,
     .runs_out = true,
     .divides = true,
     .uses_delay_bound = true,
     .coverage = delay_coverage,
     .save = delay_save,
     .load = delay_load},
    {.name = "exhaustive",
     .summary = "every schedule in turn, up to a bound on preemptions",
     .open = exhaustive_open,
     .explores = true,
     .runs_out = true,
     .divides = true,
     .uses_preemption_bound = true,
     .coverage = exhaustive_coverage,
     .save = exhaustive_save,
     .load = exhaustive_load},
    {.name = "dpor",
     .summary = "every distinguishable schedule once",
     .open = dpor_open,
     .explores = true,
     .runs_out = true,
     .divides = true,
     .coverage = dpor_coverage,
     .save = dpor_save,
     .load = dpor_load},
    {.name = "bounded",
     .summary = "every distinguishable schedule with so many preemptions or fewer",
     .open = bounded_open,
     .explores = true,
     .runs_out = true,
     .uses_preemption_bound = true,
     .coverage = bounded_coverage},
    {.name = "states",
     .summary = "every reachable state once: executions that come to one seen before are given up",
     .open = states_open,
     .runs_out = true,
     .coverage = states_coverage,
     .save = states_save,
     .load = states_load},
    {.name = "bytes", .summary = "a string of bytes decides, one for each choice; what fuzzers use", .open = bytes_open},
    {.name = "replay", .summary = "follows a recorded schedule and tells when the code disagrees with it", .open = replay_open},
    {.name = NULL},
};

const struct strategy_description *strategy_describe(const char *name)
{
    for (const struct strategy_description *description = strategy_descriptions; description->name != NULL; description++) {
        if (strcmp(description->name, name) == 0) {
            return description;
        }
    }
    return NULL;
}

struct strategy_coverage strategy_coverage(const struct strategy *strategy)
{
    const struct strategy_description *description = strategy_describe(strategy->name);
    return description == NULL || description->coverage == NULL ? (struct strategy_coverage){0}
                                                                : description->coverage(strategy);
}

bool strategy_write(int file, const void *bytes, size_t size)
{
    for (const char *at = bytes; size > 0;) {
        ssize_t written = write(file, at, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        at += written < 0 ? 0 : written;
        size -= written < 0 ? 0 : (size_t)written;
    }
    return true;
}

bool strategy_read(int file, void *bytes, size_t size)
{
    for (char *at = bytes; size > 0;) {
        ssize_t got = read(file, at, size);
        if (got == 0) {
            errno = 0;
        }
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        at += got < 0 ? 0 : got;
        size -= got < 0 ? 0 : (size_t)got;
    }
    return true;
}

bool strategy_save(const struct strategy *strategy, int file)
{
    const struct strategy_description *description = strategy_describe(strategy->name);
    if (description == NULL || description->save == NULL) {
        errno = ENOTSUP;
        return false;
    }
    return description->save(strategy, file);
}

bool strategy_load(struct strategy *strategy, int file)
{
    const struct strategy_description *description = strategy_describe(strategy->name);
    errno = 0;
    return description != NULL && description->load != NULL && description->load(strategy, file);
}

struct strategy *strategy_open(const char *name, const struct strategy_options *options)
{
    const struct strategy_description *description = strategy_describe(name);
    return description == NULL ? NULL : description->open(options);
}

const char *choice_kind_name(enum choice_kind kind)
{
    static const char *const names[CHOICE_KINDS] = {[CHOICE_TASK] = "task",
                                                    [CHOICE_ALLOCATION] = "allocation",
                                                    [CHOICE_DEVICE] = "device",
                                                    [CHOICE_FAULT] = "fault",
                                                    [CHOICE_MEMORY] = "memory"};
    return kind < CHOICE_KINDS ? names[kind] : "unknown";
}
