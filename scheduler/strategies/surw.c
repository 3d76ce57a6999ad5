/*
 * surw.c - selectively uniform random walk.
 *
 * Zhao, Wolff, Mathur and Roychoudhury, "Selectively uniform concurrency testing", ASPLOS 2025. For each execution an object is
 * drawn from those that several tasks use and somebody changes; the operations on it are the selected ones. Every order of them
 * is equally likely, whatever else the tasks do: it is drawn beforehand, in proportion to the selected operations that each
 * task still has to do (those of the tasks that it will spawn included, counted in earlier executions), whose turn it is next;
 * until that task has done its selected operation, the others do anything but selected ones, in a random walk. When only
 * selected operations of others could go on, one of those is next after all. The first execution, with nothing to count, is a
 * random walk.
 */
#include "../steps.h"
#include "family.h"
#include "pending.h"
#include "random.h"
#include "strategies.h"

#include <string.h>

enum { OBJECT_LIMIT = 512, OBJECT_SLOTS = 4 * OBJECT_LIMIT };

struct object {
    uintptr_t address;
    uint32_t size;
    uint64_t user; /* identity of the first task that used it */
    bool shared, changed;
};

struct surw {
    struct strategy strategy;
    uint64_t seed;
    struct family family;
    double claimed[SCHEDULER_TASK_LIMIT]; /* of what was expected of a task, by those that it has spawned */
    uint32_t done[SCHEDULER_TASK_LIMIT];  /* selected operations */
    uint32_t followed;                    /* steps of the log */
    int32_t selected;                     /* object, or -1 */
    uint8_t next;                         /* whose selected operation comes next, or SCHEDULER_NO_TASK: not drawn yet */
    uint32_t object_count;
    struct object objects[OBJECT_LIMIT]; /* in the order in which they were first met */
    uint16_t slots[OBJECT_SLOTS];        /* by address: number of the object from 1, 0: free */
};

/* -------------------------------------------------------------------------------------------------------- objects -- */

/* What the step was announced to touch; NULL when that is no object of its own. */
static const struct step_access *announced(const struct steps_log *log, const struct step *step)
{
    for (uint32_t index = 0; index < step->access_count; index++) {
        const struct step_access *access = &log->accesses[step->access + index];
        if (!steps_is_made_up(access->address)) {
            return access;
        }
    }
    return NULL;
}

static struct object *object_of(struct surw *surw, const struct step_access *access)
{
    uint32_t index = (uint32_t)((access->address >> 2) * 0x9E3779B1u) % OBJECT_SLOTS;
    for (; surw->slots[index] != 0; index = (index + 1) % OBJECT_SLOTS) {
        if (surw->objects[surw->slots[index] - 1].address == access->address) {
            return &surw->objects[surw->slots[index] - 1];
        }
    }
    if (surw->object_count == OBJECT_LIMIT) {
        return NULL;
    }
    struct object *object = &surw->objects[surw->object_count++];
    *object = (struct object){.address = access->address, .size = access->size};
    surw->slots[index] = (uint16_t)surw->object_count;
    return object;
}

static uint64_t kind_of(int32_t object)
{
    return (uint64_t)object + 1;
}

static void learn(struct surw *surw)
{
    struct steps_log log = steps_log();
    for (uint32_t index = 0; index < log.count; index++) {
        const struct step *step = &log.steps[index];
        const struct step_access *access = announced(&log, step);
        struct object *object = access == NULL ? NULL : object_of(surw, access);
        if (object == NULL) {
            continue;
        }
        uint64_t user = surw->family.identities[step->task];
        object->size = access->size > object->size ? access->size : object->size;
        object->shared |= object->user != 0 && object->user != user;
        object->changed |= access->effect == EFFECT_UPDATE;
        object->user = user;
        family_count(&surw->family, step->task, kind_of((int32_t)(object - surw->objects)), 1);
    }
    family_learnt(&surw->family);
}

static int32_t select_object(struct surw *surw)
{
    uint32_t candidates = 0;
    int32_t selected = -1;
    for (uint32_t index = 0; index < surw->object_count; index++) {
        const struct object *object = &surw->objects[index];
        if (object->shared && object->changed && random_below(&surw->seed, ++candidates) == 0) {
            selected = (int32_t)index;
        }
    }
    return selected;
}

/* ------------------------------------------------------------------------------------------------------ the order -- */

/* Selected operations that the task and those it will spawn still have to do. */
static double left(const struct surw *surw, uint32_t task)
{
    if (state.tasks[task].state == TASK_ENDED) {
        return 0;
    }
    double expected = family_expected(&surw->family, task, kind_of(surw->selected));
    double rest = expected - surw->done[task] - surw->claimed[task];
    return rest < 0 ? 0 : rest;
}

static double random_share(struct surw *surw)
{
    return (double)(random_next(&surw->seed) >> 11) * 0x1p-53;
}

/* When it was a task's turn, it is as much the turn of what that task spawns as the share of that says. */
static void meet_new_tasks(struct surw *surw)
{
    while (family_meet(&surw->family)) {
        uint8_t task = (uint8_t)(surw->family.known - 1);
        uint8_t parent = state.tasks[task].parent;
        surw->claimed[task] = 0;
        surw->done[task] = 0;
        if (parent == SCHEDULER_NO_TASK || surw->selected < 0) {
            continue;
        }
        double expected = left(surw, task);
        if (surw->next == parent && random_share(surw) * left(surw, parent) < expected) {
            surw->next = task;
        }
        surw->claimed[parent] += expected;
    }
}

static void follow_log(struct surw *surw)
{
    struct steps_log log = steps_log();
    const struct object *object = &surw->objects[surw->selected];
    for (; surw->followed < log.count; surw->followed++) {
        const struct step *step = &log.steps[surw->followed];
        const struct step_access *access = announced(&log, step);
        if (access == NULL || !ranges_overlap((void *)access->address, access->size, (void *)object->address, object->size)) {
            continue;
        }
        surw->done[step->task]++;
        if (step->task == surw->next) {
            surw->next = SCHEDULER_NO_TASK;
        }
    }
}

static bool is_selected(const struct surw *surw, uint8_t task)
{
    const struct object *object = &surw->objects[surw->selected];
    const struct pending *pending = &state.tasks[task].pending;
    return pending->object != NULL && pending->effect != EFFECT_NONE &&
           ranges_overlap(pending->object, pending->size, (void *)object->address, object->size);
}

static void draw_next(struct surw *surw)
{
    double sum = 0;
    for (uint32_t task = 0; task < surw->family.known; task++) {
        double weight = left(surw, task);
        sum += weight;
        if (weight > 0 && random_share(surw) * sum < weight) {
            surw->next = (uint8_t)task;
        }
    }
}

/* Only selected operations could go on, and not the one whose turn it is. */
static uint32_t choose_after_all(struct surw *surw, const struct choice *choice)
{
    uint32_t chosen = 0;
    double sum = 0;
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        double weight = left(surw, choice->tasks[index]);
        weight = weight < 1 ? 1 : weight;
        sum += weight;
        if (random_share(surw) * sum < weight) {
            chosen = index;
        }
    }
    surw->next = choice->tasks[chosen];
    return chosen;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct surw *surw = (struct surw *)strategy;
    if (choice->kind != CHOICE_TASK) {
        return random_alternative(&surw->seed, choice);
    }
    meet_new_tasks(surw);
    if (surw->selected < 0) {
        return random_below(&surw->seed, choice->alternatives);
    }
    follow_log(surw);
    if (surw->next == SCHEDULER_NO_TASK || state.tasks[surw->next].state == TASK_ENDED) {
        surw->next = SCHEDULER_NO_TASK;
        draw_next(surw);
    }
    uint32_t candidates = 0, chosen = 0;
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        uint8_t task = choice->tasks[index];
        if ((task == surw->next || !is_selected(surw, task)) && random_below(&surw->seed, ++candidates) == 0) {
            chosen = index;
        }
    }
    return candidates == 0 ? choose_after_all(surw, choice) : chosen;
}

/* ---------------------------------------------------------------------------------------------------- an execution -- */

static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct surw *surw = (struct surw *)strategy;
    (void)task_count;
    family_begin(&surw->family);
    surw->followed = 0;
    surw->next = SCHEDULER_NO_TASK;
    surw->selected = select_object(surw);
}

static bool end(struct strategy *strategy)
{
    struct surw *surw = (struct surw *)strategy;
    meet_new_tasks(surw);
    /* An execution that was cut off says little about lengths; but it is better than nothing. */
    if (!state.stopped || surw->family.learnt == 0) {
        learn(surw);
    }
    return true;
}

struct strategy *surw_open(const struct strategy_options *options)
{
    static struct surw surw;
    surw.strategy = (struct strategy){
        .name = "surw", .looks_ahead = true, .logs_steps = true, .begin = begin, .choose = choose, .end = end};
    surw.seed = options->seed;
    surw.object_count = 0;
    memset(surw.slots, 0, sizeof surw.slots);
    family_open(&surw.family);
    return &surw.strategy;
}
