/* steps.c - see steps.h. */
#include "steps.h"

#include <string.h>

enum { STEP_LIMIT = 1 << 16, ACCESS_LIMIT = 1 << 19, CHOICE_LIMIT = 1 << 14, PAGE_SIZE = 4096 };

static struct step steps[STEP_LIMIT];
static struct step_access accesses[ACCESS_LIMIT];
static struct step_choice choices[CHOICE_LIMIT];
static uint32_t step_count, access_count, choice_count;
static bool truncated, after_all;

const char steps_clock[1], steps_births[1], steps_environment[1];

void steps_reset(void)
{
    step_count = access_count = choice_count = 0;
    truncated = after_all = false;
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

/* At most 8 bytes, and none of the next page, which may not be there. */
static size_t first_bytes(const void *object)
{
    size_t left = PAGE_SIZE - (uintptr_t)object % PAGE_SIZE;
    return left < sizeof(uint64_t) ? left : sizeof(uint64_t);
}

/* The object may be smaller; what lies behind it is looked at as well, and put back as it was. */
__attribute__((no_sanitize("address"))) static void copy(volatile char *to, const volatile char *from, size_t size)
{
    for (size_t index = 0; index < size; index++) {
        to[index] = from[index];
    }
}

static uint64_t word_at(const void *object)
{
    uint64_t word = 0;
    if (scheduler_accessible(object, 1)) {
        copy((char *)&word, object, first_bytes(object));
    }
    return word;
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
                                                    .site = state.tasks[state.running].site,
                                                    .before = size <= 1 ? word_at(object) : 0};
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
    uint64_t enabled = task->object != NULL ? steps_enabled_before(task) : UINT64_MAX;
    steps[step_count++] = (struct step){.task = number,
                                        .operation = task->pending.operation,
                                        .waited = task->object != NULL,
                                        .timed = task->object != NULL && task->deadline != SCHEDULER_NEVER,
                                        .after_all = after_all,
                                        .access = access_count,
                                        .choice = choice_count,
                                        .enabled_before = enabled,
                                        .ready = state.in_wait == 0 ? UINT64_MAX : tasks_ready(),
                                        .overdue = tasks_overdue()};
    after_all = false;
    add_pending(task);
}

static bool held_with(const struct task *task, uint64_t before)
{
    void *object = (void *)(uintptr_t)task->object;
    uint64_t now = word_at(object);
    if (before == now) {
        return task->condition(task->condition_argument);
    }
    copy(object, (const char *)&before, first_bytes(object));
    bool held = task->condition(task->condition_argument);
    copy(object, (const char *)&now, first_bytes(object));
    return held;
}

static const struct step_access *first_access_to(const struct step *step, const void *object)
{
    for (uint32_t index = 0; index < step->access_count; index++) {
        if (accesses[step->access + index].address == (uintptr_t)object) {
            return &accesses[step->access + index];
        }
    }
    return NULL;
}

uint64_t steps_enabled_before(const struct task *task)
{
    if (task->deadline != SCHEDULER_NEVER || !scheduler_accessible(task->object, 1)) {
        return UINT64_MAX;
    }
    if (task->condition == NULL) {
        return 0; /* only a wake ends it, and who wakes somebody finds him waiting */
    }
    uint64_t enabled = 0;
    uint32_t found = 0;
    for (uint32_t index = step_count; index > 0; index--) {
        const struct step_access *access = first_access_to(&steps[index - 1], task->object);
        if (access == NULL) {
            continue;
        }
        if (found == 63) {
            return enabled | (uint64_t)1 << 63;
        }
        enabled |= (uint64_t)held_with(task, access->before) << found++;
    }
    return enabled;
}

void steps_after_all(void)
{
    after_all = true;
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
