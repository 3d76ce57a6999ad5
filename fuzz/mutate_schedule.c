/*
 * mutate_schedule.c - small changes of a schedule.
 *
 * Most bugs need one to three preemptions at the right points, so schedules are kept short, and the most frequent change moves
 * one deviation a little.
 */
#include "mutation.h"

#include <string.h>

enum {
    POINTS_PER_OPERATION = 5, /* a guess at where a task ends; points behind its end are merely useless */
    POINTS_OF_A_TASK = 3,     /* start, end and the like */
    SHORT_MOVE = 3,
    FRESH_DEVIATIONS = 3,
    STARTED_ONE_IN = 4, /* deviations that concern tasks that the program does not name, where there are any */
    CHOICE_ONE_IN = 3,  /* deviations that are about devices and faults, where there are such choices */
    ALTERNATIVES = 3,   /* a guess; what is not on offer is skipped */
};

/* Under memory=tso each task of the program has another one that writes its stores to memory; they come after all of these. */
static uint32_t buffer_tasks(const struct fuzz_input *input)
{
    const struct scenario *scenario = &input->scenario;
    bool conducted = scenario->subject->conduct != NULL;
    return scenario->configuration.values[SETTING_MEMORY] == MEMORY_TSO ? scenario->program.task_count + conducted : 0;
}

/* How many tasks there may be. Every change that makes a deviation asks for two, so that there is one to switch to. */
static uint32_t task_range(const struct fuzz_input *input, struct generator *generator)
{
    uint32_t count = input->scenario.program.task_count;
    uint32_t started = input->scenario.subject->started_tasks + buffer_tasks(input);
    return started > 0 && generator_chance(generator, STARTED_ONE_IN) ? count + started : count;
}

static bool has_two_tasks(const struct fuzz_input *input)
{
    return input->scenario.program.task_count > 1 || input->scenario.subject->started_tasks + buffer_tasks(input) > 0;
}

static uint32_t random_point(const struct fuzz_input *input, uint32_t task, struct generator *generator)
{
    const struct program *program = &input->scenario.program;
    uint32_t guess = input->scenario.subject->operation_points;
    uint32_t operations = task < program->task_count ? program->tasks[task].count : 1;
    return 1 + generator_below(generator, POINTS_OF_A_TASK + (guess > 0 ? guess : POINTS_PER_OPERATION) * operations);
}

static uint32_t other_task(uint32_t task, uint32_t count, struct generator *generator)
{
    return (task + 1 + generator_below(generator, count - 1)) % count;
}

static bool allocations_may_fail(const struct fuzz_input *input)
{
    return input->scenario.configuration.values[SETTING_ALLOCATION_FAILURES] != 0;
}

static bool loads_may_be_old(const struct fuzz_input *input)
{
    return input->scenario.configuration.values[SETTING_MEMORY] == MEMORY_C11;
}

static struct deviation random_deviation(const struct fuzz_input *input, struct generator *generator)
{
    struct deviation deviation = {.kind = CHOICE_TASK};
    uint32_t count = task_range(input, generator);
    uint32_t task = generator_below(generator, count);
    deviation.task = (uint8_t)task;
    deviation.point = random_point(input, task, generator);
    if (allocations_may_fail(input) && generator_chance(generator, 4)) {
        deviation.kind = CHOICE_ALLOCATION;
        deviation.chosen = 1;
    } else if (loads_may_be_old(input) && generator_chance(generator, CHOICE_ONE_IN)) {
        deviation.kind = CHOICE_MEMORY;
        deviation.chosen = (uint8_t)(generator_chance(generator, 2) ? 1 : 1 + generator_below(generator, ALTERNATIVES));
    } else if (count == 1 || (input->scenario.subject->chooses && generator_chance(generator, CHOICE_ONE_IN))) {
        deviation.kind = generator_chance(generator, 4) ? CHOICE_FAULT : CHOICE_DEVICE;
        deviation.chosen = (uint8_t)(1 + generator_below(generator, ALTERNATIVES));
    } else if (generator_chance(generator, 8)) {
        deviation.chosen = deviation.task;
        deviation.task = SCHEDULER_NO_TASK;
        deviation.point = 0;
    } else {
        deviation.chosen = (uint8_t)other_task(task, count, generator);
    }
    return deviation;
}

static bool add(struct fuzz_input *input, struct generator *generator)
{
    if (input->deviation_count == FUZZ_DEVIATION_LIMIT || !has_two_tasks(input)) {
        return false;
    }
    uint32_t at = generator_below(generator, input->deviation_count + 1);
    struct deviation *place = &input->deviations[at];
    memmove(place + 1, place, (input->deviation_count - at) * sizeof *place);
    *place = random_deviation(input, generator);
    input->deviation_count++;
    return true;
}

static bool take_away(struct fuzz_input *input, struct generator *generator)
{
    if (input->deviation_count == 0) {
        return false;
    }
    mutation_remove_deviations(input, generator_below(generator, input->deviation_count), 1);
    return true;
}

static bool cut_off(struct fuzz_input *input, struct generator *generator)
{
    if (input->deviation_count < 2) {
        return false;
    }
    input->deviation_count = generator_below(generator, input->deviation_count);
    return true;
}

static struct deviation *random_one(struct fuzz_input *input, struct generator *generator)
{
    return input->deviation_count == 0 ? NULL : &input->deviations[generator_below(generator, input->deviation_count)];
}

static bool move(struct fuzz_input *input, struct generator *generator)
{
    struct deviation *deviation = random_one(input, generator);
    if (deviation == NULL || deviation->task == SCHEDULER_NO_TASK) {
        return false;
    }
    uint32_t distance = generator_chance(generator, 4) ? 1 + generator_below(generator, SHORT_MOVE) : 1;
    if (generator_chance(generator, 2) && deviation->point > distance) {
        deviation->point -= distance;
    } else if (deviation->point <= UINT32_MAX - distance) {
        deviation->point += distance;
    }
    return true;
}

static bool redirect(struct fuzz_input *input, struct generator *generator)
{
    struct deviation *deviation = random_one(input, generator);
    if (deviation == NULL) {
        return false;
    }
    if (deviation->kind == CHOICE_DEVICE || deviation->kind == CHOICE_FAULT || deviation->kind == CHOICE_MEMORY) {
        deviation->chosen = (uint8_t)(1 + generator_below(generator, ALTERNATIVES));
        return true;
    }
    uint32_t count = task_range(input, generator);
    if (deviation->kind != CHOICE_TASK || count < 2) {
        return false;
    }
    deviation->chosen = (uint8_t)((deviation->chosen % count + 1 + generator_below(generator, count - 1)) % count);
    return true;
}

static bool replace(struct fuzz_input *input, struct generator *generator)
{
    struct deviation *deviation = random_one(input, generator);
    if (deviation == NULL || !has_two_tasks(input)) {
        return false;
    }
    *deviation = random_deviation(input, generator);
    return true;
}

static bool start_over(struct fuzz_input *input, struct generator *generator)
{
    if (!has_two_tasks(input)) {
        return false;
    }
    input->deviation_count = 0;
    for (uint32_t count = 1 + generator_below(generator, FRESH_DEVIATIONS); count > 0; count--) {
        add(input, generator);
    }
    return true;
}

void mutation_of_schedule(struct fuzz_input *input, struct generator *generator)
{
    static bool (*const changes[])(struct fuzz_input * input, struct generator * generator) = {
        move,     move,     move,    add,     add,        add,        take_away,  take_away,
        redirect, redirect, replace, cut_off, start_over, start_over, start_over,
    };
    enum { CHANGES = sizeof changes / sizeof changes[0], ATTEMPTS = 8 };
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (changes[generator_below(generator, CHANGES)](input, generator)) {
            return;
        }
    }
}

void mutation_remove_deviations(struct fuzz_input *input, uint32_t first, uint32_t count)
{
    struct deviation *place = &input->deviations[first];
    memmove(place, place + count, (input->deviation_count - first - count) * sizeof *place);
    input->deviation_count -= count;
}
