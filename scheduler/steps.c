/* steps.c - see steps.h. */
#include "steps.h"

#include <string.h>

enum { STEP_LIMIT = 1 << 16, ACCESS_LIMIT = 1 << 19, CHOICE_LIMIT = 1 << 14 };

static struct step steps[STEP_LIMIT];
static struct step_access accesses[ACCESS_LIMIT];
static struct step_choice choices[CHOICE_LIMIT];
static uint32_t step_count, access_count, choice_count;
static bool truncated;

const char steps_clock[1], steps_environment[1];

void steps_reset(void)
{
    step_count = access_count = choice_count = 0;
    truncated = false;
}

struct steps_log steps_log(void)
{
    return (struct steps_log){
        .steps = steps, .count = step_count, .accesses = accesses, .choices = choices, .truncated = truncated};
}

uint32_t steps_count(void)
{
    return step_count;
}

static void add(const void *object, size_t size, enum scheduler_effect effect)
{
    if (step_count == 0 || effect == EFFECT_NONE) {
        return;
    }
    if (access_count == ACCESS_LIMIT) {
        truncated = true;
        return;
    }
    accesses[access_count++] = (struct step_access){.address = (uintptr_t)object,
                                                    .size = size == 0 ? 1 : (uint32_t)size,
                                                    .effect = effect == EFFECT_READ ? EFFECT_READ : EFFECT_UPDATE,
                                                    .site = state.tasks[state.running].site};
    steps[step_count - 1].access_count++;
}

/* Wider results come in two registers, of which one may be used. */
static bool is_increment(const struct pending *pending)
{
    return (pending->operation == OPERATION_ATOMIC_ADD || pending->operation == OPERATION_ATOMIC_SUB) &&
           pending->size <= sizeof(uint64_t);
}

static void add_pending(const struct task *task)
{
    const struct pending *pending = &task->pending;
    if (pending->effect == EFFECT_ANY) {
        add(steps_environment, 1, EFFECT_UPDATE);
    }
    uint32_t before = access_count;
    if (pending->object != NULL) {
        add(pending->object, pending->size, pending->effect);
    }
    if (access_count > before) {
        accesses[before].increment = is_increment(pending);
    }
}

void steps_begin(const struct task *task)
{
    uint8_t number = (uint8_t)(task - state.tasks);
    /* Without preemption it is the same step still, unless the task has only now been chosen. */
    if (task->unpreemptible > 0 && step_count > 0 && steps[step_count - 1].task == number) {
        add_pending(task);
        return;
    }
    if (step_count == STEP_LIMIT) {
        truncated = true;
        return;
    }
    steps[step_count++] = (struct step){.task = number,
                                        .operation = task->pending.operation,
                                        .waited = task->object != NULL,
                                        .access = access_count,
                                        .choice = choice_count,
                                        .condition = task->object != NULL ? task->condition : NULL,
                                        .condition_argument = task->condition_argument};
    add_pending(task);
}

void steps_only_read(void)
{
    if (step_count > 0 && steps[step_count - 1].access_count > 0) {
        accesses[access_count - 1].effect = EFFECT_READ;
    }
}

void steps_time_out(void)
{
    steps[step_count - 1].operation = OPERATION_TIMEOUT;
    add(steps_clock, 1, EFFECT_UPDATE);
}

void steps_choose(enum choice_kind kind, uint32_t chosen, uint32_t alternatives)
{
    if (step_count == 0) {
        return;
    }
    if (choice_count == CHOICE_LIMIT) {
        truncated = true;
        return;
    }
    choices[choice_count++] =
        (struct step_choice){.kind = (uint8_t)kind, .chosen = (uint8_t)chosen, .alternatives = (uint8_t)alternatives};
    steps[step_count - 1].choice_count++;
}

void scheduler_touch(const void *object, size_t size, enum scheduler_effect effect)
{
    if (__builtin_expect(state.observers & OBSERVER_STEPS, 0) && state.running != SCHEDULER_NO_TASK) {
        add(object, size, effect);
    }
}
