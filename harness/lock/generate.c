/*
 * generate.c - random programs around a removal.
 *
 * Valid by construction: every acquisition is released by its task, or left to a surprise removal that fails it; one task is
 * the PnP manager's. Short ones are likelier, because most bugs need little: two requests, a removal, and the right moment.
 */
#include "world.h"

#include <string.h>

static const char *const request_names[] = {"io", "read", "write", "ioctl", "timer"};

static uint32_t pick(struct generator *generator, const uint8_t *weights, uint32_t count)
{
    uint32_t total = 0;
    for (uint32_t index = 0; index < count; index++) {
        total += weights[index];
    }
    uint32_t drawn = generator_below(generator, total);
    uint32_t index = 0;
    while (drawn >= weights[index]) {
        drawn -= weights[index++];
    }
    return index;
}

static void append(struct program *program, uint32_t task, uint32_t code, uint32_t first, uint32_t second)
{
    program_append(program, task, (struct program_operation){.code = (uint8_t)code, .arguments = {first, second}});
}

static void generate_settings(struct scenario *scenario, struct generator *generator)
{
    static const uint8_t personalities[] = {5, 4, 2};
    uint32_t *values = scenario->configuration.values;
    values[SETTING_LOCK] = generator->is_fixed[SETTING_LOCK] ? values[SETTING_LOCK] : pick(generator, personalities, 3);
    if (values[SETTING_LOCK] == PERSONALITY_FREE) {
        return;
    }
    values[SETTING_MINUTES] = generator_chance(generator, 3) ? 1 + generator_below(generator, 3) : 0;
    values[SETTING_WATERMARK] = generator_chance(generator, 4) ? 1 + generator_below(generator, 4) : 0;
    values[SETTING_WATERMARK_READING] = generator_chance(generator, 4);
    values[SETTING_ALLOCATION_FAILURES] = generator_chance(generator, 4);
}

/* What a task does between two requests, or in the middle of one. */
static void append_incident(struct program *program, uint32_t task, const struct scenario *scenario,
                            struct generator *generator)
{
    bool timed = scenario->configuration.values[SETTING_MINUTES] != 0;
    if (generator_chance(generator, timed ? 2 : 8)) {
        append(program, task, LOCK_ADVANCE, 1 + generator_below(generator, 5), 0);
    } else if (scenario->configuration.values[SETTING_LOCK] != PERSONALITY_FREE && generator_chance(generator, 8)) {
        append(program, task, LOCK_FAIL_ALLOC, 1 + generator_below(generator, 2), 0);
    }
}

/* One request, or two that overlap; `pended` leaves the last one to whoever fails it. */
static void append_request(struct scenario *scenario, uint32_t task, uint32_t lock, bool may_pend, struct generator *generator)
{
    static const uint8_t shapes[] = {10, 3, 3, 2, 1};
    struct program *program = &scenario->program;
    uint32_t first = generator_below(generator, TAG_LETTERS);
    uint32_t second = generator_below(generator, TAG_LETTERS);
    switch (pick(generator, shapes, sizeof shapes)) {
    case 0:
        append(program, task, LOCK_ACQUIRE, first, lock);
        append_incident(program, task, scenario, generator);
        if (!may_pend || !generator_chance(generator, 4)) {
            append(program, task, LOCK_RELEASE, first, lock);
        }
        return;
    case 1:
        append(program, task, LOCK_ACQUIRE, first, lock);
        append_incident(program, task, scenario, generator);
        append(program, task, LOCK_ACQUIRE, second, lock);
        append(program, task, LOCK_RELEASE, generator_chance(generator, 2) ? first : second, lock);
        append_incident(program, task, scenario, generator);
        append(program, task, LOCK_RELEASE, first, lock);
        append(program, task, LOCK_RELEASE, second, lock);
        return;
    case 2:
        append(program, task, LOCK_HOLD, 1 + generator_below(generator, 3), lock);
        return;
    case 3:
        append(program, task, LOCK_LATE_ACQUIRE, first, lock);
        return;
    default:
        append(program, task, LOCK_ACQUIRE, first, lock);
        append(program, task, LOCK_RELEASE, first, lock);
        append(program, task, LOCK_ACQUIRE, first, lock);
        append(program, task, LOCK_RELEASE, first, lock);
        return;
    }
}

static void generate_removal(struct scenario *scenario, uint32_t task, uint32_t lock, bool surprise,
                             struct generator *generator)
{
    struct program *program = &scenario->program;
    append_incident(program, task, scenario, generator);
    if (surprise) {
        append(program, task, LOCK_SURPRISE_REMOVE, lock, 0);
    }
    if (generator_chance(generator, 8) && !surprise) {
        append(program, task, LOCK_ACQUIRE, 0, lock);
        append(program, task, LOCK_RELEASE_AND_WAIT, 0, lock);
        return;
    }
    append(program, task, LOCK_REMOVE, lock, 0);
    /* Not after a surprise: a request that was left to it may come late and would stay in the new device for ever. */
    if (generator_chance(generator, 8) && !surprise) {
        append(program, task, LOCK_INIT, lock, 0);
        append(program, task, LOCK_ACQUIRE, 1, lock);
        append(program, task, LOCK_RELEASE, 1, lock);
        append(program, task, LOCK_REMOVE, lock, 0);
    }
}

/* One broken act, at a random place of a random task. */
static void insert_misuse(struct scenario *scenario, struct generator *generator)
{
    static const uint8_t weights[] = {2, 4, 2, 2, 1};
    struct program *program = &scenario->program;
    uint32_t task = generator_below(generator, program->task_count);
    uint32_t code = LOCK_REINIT + pick(generator, weights, sizeof weights);
    struct program_operation operation = {.code = (uint8_t)code};
    for (uint32_t index = 0; index < lock_operations[code].argument_count; index++) {
        operation.arguments[index] = generator_argument(generator, &lock_operations[code].arguments[index]);
        if (strcmp(lock_operations[code].arguments[index].name, "lock") == 0) {
            operation.arguments[index] = 0;
        }
    }
    program_insert(program, task, generator_below(generator, program->tasks[task].count + 1u), operation);
}

void lock_generate(const struct subject *subject, struct scenario *scenario, struct generator *generator)
{
    static const uint8_t sizes[] = {5, 6, 4, 1};
    const struct remove_lock_mutant *mutant = subject->context;
    uint32_t requests = 1 + pick(generator, sizes, sizeof sizes);
    uint32_t limit = generator->task_limit < 2 ? requests : generator->task_limit - 1;
    requests = requests > limit ? limit : requests;
    bool surprise = generator_chance(generator, 3);
    uint32_t locks = generator_chance(generator, 10) ? 2 : 1;

    generate_settings(scenario, generator);
    for (uint32_t task = 0; task < requests; task++) {
        program_add_task(&scenario->program, request_names[task]);
        for (uint32_t count = generator_chance(generator, 3) ? 2 : 1; count > 0; count--) {
            append_request(scenario, task, generator_below(generator, locks), surprise, generator);
        }
    }
    program_add_task(&scenario->program, "pnp");
    for (uint32_t lock = 0; lock < locks; lock++) {
        generate_removal(scenario, requests, lock, surprise, generator);
    }
    bool misuse = generator->misuse ? !generator_chance(generator, 4) : mutant != NULL && mutant->needs_misuse;
    if (misuse) {
        insert_misuse(scenario, generator);
    }
}
