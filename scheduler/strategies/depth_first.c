/* depth_first.c - see depth_first.h. */
#include "depth_first.h"

#include "strategies.h"

void depth_first_open(struct depth_first *search, const struct strategy_options *options)
{
    search->part = options->part;
    search->parts = options->parts == 0 ? 1 : options->parts;
    search->progress = (struct depth_first_progress){0};
}

void depth_first_begin(struct depth_first *search)
{
    search->position = 0;
    search->given_up = false;
}

uint32_t depth_first_choose(struct depth_first *search, uint32_t allowed, uint32_t alternatives)
{
    struct depth_first_progress *progress = &search->progress;
    if (search->position == DEPTH_FIRST_LIMIT) {
        progress->truncated = true;
        return 0;
    }
    if (search->position == progress->depth) {
        if (search->position == DEPTH_FIRST_PART && progress->beginnings++ % search->parts != search->part) {
            search->given_up = true;
            return STRATEGY_ABANDON;
        }
        progress->bounded |= allowed < alternatives;
        search->stack[progress->depth++] = (struct decision){.chosen = 0, .alternatives = (uint16_t)allowed};
    }
    return search->stack[search->position++].chosen;
}

bool depth_first_end(struct depth_first *search)
{
    struct depth_first_progress *progress = &search->progress;
    bool counts = !search->given_up && (search->position > DEPTH_FIRST_PART || search->part == 0);
    progress->abandoned += !counts;
    progress->executions += counts;
    while (progress->depth > 0) {
        struct decision *last = &search->stack[progress->depth - 1];
        if (last->chosen + 1 < last->alternatives) {
            last->chosen++;
            return true;
        }
        progress->depth--;
    }
    return false;
}

/* The share of a schedule is the product of one over the alternatives at each of its choices; those left of it are done. */
static double explored(const struct depth_first *search)
{
    double share = 1, done = 0;
    for (uint32_t index = 0; index < search->progress.depth; index++) {
        share /= search->stack[index].alternatives;
        done += share * search->stack[index].chosen;
    }
    bool begun = search->progress.executions + search->progress.abandoned > 0;
    return begun && search->progress.depth == 0 ? 1 : done;
}

struct strategy_coverage depth_first_coverage(const struct depth_first *search)
{
    return (struct strategy_coverage){.executions = search->progress.executions,
                                      .abandoned = search->progress.abandoned,
                                      .explored = explored(search),
                                      .bounded = search->progress.bounded,
                                      .truncated = search->progress.truncated};
}

bool depth_first_save(const struct depth_first *search, int file)
{
    return strategy_write(file, &search->progress, sizeof search->progress) &&
           strategy_write(file, search->stack, search->progress.depth * sizeof search->stack[0]);
}

bool depth_first_load(struct depth_first *search, int file)
{
    struct depth_first_progress progress;
    if (!strategy_read(file, &progress, sizeof progress) || progress.depth > DEPTH_FIRST_LIMIT ||
        !strategy_read(file, search->stack, progress.depth * sizeof search->stack[0])) {
        return false;
    }
    search->progress = progress;
    return true;
}
