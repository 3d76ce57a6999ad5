/* order.c - see order.h. */
#include "order.h"

#include "footprints.h"
#include "memory.h"

#include "../../weak.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

enum { NARROW = 16, WIDE = SCHEDULER_TASK_LIMIT + 1 };

/* By step, and behind the last one by task that stands before something. */
static struct wakeup_step *steps;
static uint64_t *masks;     /* of their footprints */
static uint32_t *positions; /* of a step in its task, from 1 */
static uint32_t *clocks;    /* of a step: for each task, how many of its steps happen before it, or are it */
static uint32_t step_limit, step_count;
static uint32_t width;

static uint32_t done[WIDE]; /* steps of a task so far */
static uint32_t last[WIDE]; /* its last step, plus 1 */
static uint8_t pending[WIDE];
static uint32_t pending_count;

static void set_width(uint32_t wanted)
{
    width = wanted;
    clocks = memory_grow(clocks, (size_t)step_limit * width + 1, sizeof clocks[0]);
}

static void reserve(uint32_t count)
{
    if (count <= step_limit) {
        return;
    }
    step_limit = count < 256 ? 256 : 2 * count;
    steps = memory_grow(steps, step_limit, sizeof steps[0]);
    masks = memory_grow(masks, step_limit, sizeof masks[0]);
    positions = memory_grow(positions, step_limit, sizeof positions[0]);
    set_width(width);
}

void order_begin(bool commute)
{
    footprints_reset(commute);
    step_count = 0;
    if (width == 0) {
        width = NARROW;
    }
}

static uint32_t *clock_of(uint32_t step)
{
    return &clocks[(size_t)step * width];
}

static void join(uint32_t *clock, const uint32_t *other)
{
    for (uint32_t task = 0; task < width; task++) {
        clock[task] = clock[task] > other[task] ? clock[task] : other[task];
    }
}

static bool happens_before(uint32_t earlier, const uint32_t *clock)
{
    return clock[steps[earlier].task] >= positions[earlier];
}

static bool dependent(uint32_t earlier, uint32_t later)
{
    return (masks[earlier] & masks[later]) != 0 && footprints_dependent(steps[earlier].footprint, steps[later].footprint);
}

/* What happens before a step because of its task alone. */
static void start_clock(uint32_t *clock, uint8_t task)
{
    memset(clock, 0, width * sizeof clock[0]);
    if (last[task] != 0) {
        join(clock, clock_of(last[task] - 1));
    } else if (state.tasks[task].born != 0) {
        join(clock, clock_of(state.tasks[task].born - 1));
    }
}

static void order_step_at(const struct steps_log *log, uint32_t number)
{
    const struct step *logged = &log->steps[number];
    struct wakeup_step *step = &steps[number];
    step->task = logged->task;
    step->partial = false;
    step->footprint = footprint_of(&log->accesses[logged->access], logged->access_count);
    step->choices = choices_of(&log->choices[logged->choice], logged->choice_count);
    masks[number] = footprint_mask(step->footprint);
    uint32_t *clock = clock_of(number);
    start_clock(clock, step->task);
    for (uint32_t index = number; index > 0; index--) {
        if (!happens_before(index - 1, clock) && (logged->after_all || dependent(index - 1, number))) {
            join(clock, clock_of(index - 1));
        }
    }
    positions[number] = ++done[step->task];
    last[step->task] = number + 1;
    clock[step->task] = positions[number];
}

/* Steps that the last execution had as well keep their clocks; only the counts of the tasks are made again. */
static void recount(uint32_t kept)
{
    memset(done, 0, sizeof done);
    memset(last, 0, sizeof last);
    for (uint32_t number = 0; number < kept; number++) {
        done[steps[number].task]++;
        last[steps[number].task] = number + 1;
    }
}

static void find_pending(void)
{
    pending_count = 0;
    for (uint32_t number = 0; number < state.task_count; number++) {
        const struct task *task = &state.tasks[number];
        if (task->state != TASK_READY && task->state != TASK_WAITING) {
            continue;
        }
        struct step_access accesses[3];
        uint32_t count = 0;
        memset(accesses, 0, sizeof accesses);
        if (task->pending.effect == EFFECT_ANY) {
            accesses[count++] =
                (struct step_access){.address = (uintptr_t)steps_environment, .size = 1, .effect = EFFECT_UPDATE};
        }
        if (task->pending.object != NULL && task->pending.effect != EFFECT_NONE) {
            accesses[count++] =
                (struct step_access){.address = (uintptr_t)task->pending.object,
                                     .size = task->pending.size == 0 ? 1 : task->pending.size,
                                     .effect = task->pending.effect == EFFECT_READ ? EFFECT_READ : EFFECT_UPDATE};
        }
        if (task->object != NULL && task->deadline != SCHEDULER_NEVER) {
            accesses[count++] = (struct step_access){.address = (uintptr_t)steps_clock, .size = 1, .effect = EFFECT_UPDATE};
        }
        if (task->is_buffer && weak_next_write(task, &accesses[count].address, &accesses[count].size)) {
            accesses[count++].effect = EFFECT_UPDATE;
        }
        uint32_t place = step_count + number;
        steps[place] =
            (struct wakeup_step){.task = (uint8_t)number, .partial = true, .footprint = footprint_of(accesses, count)};
        masks[place] = footprint_mask(steps[place].footprint);
        pending[pending_count++] = (uint8_t)number;
    }
}

void order_extend(const struct steps_log *log, uint32_t kept)
{
    reserve(log->count + WIDE);
    if (state.task_count > width) {
        set_width(WIDE);
        kept = 0;
    }
    recount(kept);
    for (uint32_t number = kept; number < log->count; number++) {
        order_step_at(log, number);
    }
    step_count = log->count;
}

void order_finish(const struct steps_log *log, uint32_t kept)
{
    order_extend(log, kept);
    find_pending();
}

/* A step's task and clock tell all that came before it; the sum of all steps does not depend on their order. */
uint64_t order_hash(void)
{
    uint64_t sum = 0;
    for (uint32_t number = 0; number < step_count; number++) {
        uint64_t seed = (uint64_t)steps[number].task << 32 | steps[number].choices;
        sum += XXH3_64bits_withSeed(clock_of(number), width * sizeof clocks[0], seed);
    }
    return sum;
}

const struct wakeup_step *order_step(uint32_t step)
{
    return &steps[step];
}

uint32_t order_pending(const uint8_t **tasks)
{
    *tasks = pending;
    return pending_count;
}

/* ---------------------------------------------------------------------------------------------------------- races -- */

static bool touches(const struct steps_log *log, uint32_t step, uintptr_t object)
{
    const struct step *logged = &log->steps[step];
    for (uint32_t index = 0; index < logged->access_count; index++) {
        if (log->accesses[logged->access + index].address == object) {
            return true;
        }
    }
    return false;
}

enum { STATES_KNOWN = 63 };

/* A wait, and in which of the states that its object was in it could have ended. */
struct wait {
    bool is_wait;
    bool timed;     /* it has a deadline */
    bool timed_out; /* or could do so in the end */
    bool ended;     /* or could, because it holds what it waits for */
    uint8_t task;
    uint32_t arrived; /* steps done when the task stood in it */
    uint32_t end;     /* steps before it */
    uintptr_t object;
    uint64_t enabled_before;
    uint32_t count; /* steps met so far that touched the object, the last one first */
    uint32_t steps[STATES_KNOWN];
};

static uintptr_t object_of_wait(const struct steps_log *log, const struct step *step)
{
    for (uint32_t index = 0; index < step->access_count; index++) {
        uintptr_t address = log->accesses[step->access + index].address;
        if (address != (uintptr_t)steps_environment) {
            return address;
        }
    }
    return 0;
}

static void find_wait(const struct steps_log *log, uint32_t later, struct wait *wait)
{
    wait->count = 0;
    wait->task = steps[later].task;
    wait->end = later < step_count ? later : step_count;
    for (wait->arrived = wait->end; wait->arrived > 0; wait->arrived--) {
        if (steps[wait->arrived - 1].task == wait->task) {
            break;
        }
    }
    if (wait->arrived == 0) {
        wait->arrived = state.tasks[wait->task].born;
    }
    if (later >= step_count) {
        const struct task *task = &state.tasks[later - step_count];
        wait->is_wait = task->object != NULL;
        wait->timed = task->deadline != SCHEDULER_NEVER;
        wait->timed_out = tasks_overdue() == wait->task;
        wait->ended = task->state == TASK_READY;
        wait->object = (uintptr_t)task->object;
        wait->enabled_before = wait->is_wait ? steps_enabled_before(task) : 0;
        return;
    }
    const struct step *logged = &log->steps[later];
    wait->is_wait = logged->waited;
    wait->timed = logged->timed;
    wait->timed_out = logged->operation == OPERATION_TIMEOUT;
    wait->ended = !wait->timed_out;
    wait->object = logged->waited ? object_of_wait(log, logged) : 0;
    wait->enabled_before = logged->enabled_before;
}

/* Asked of all steps from the last one on. */
static void meet(struct wait *wait, const struct steps_log *log, uint32_t step)
{
    if (wait->is_wait && wait->count < STATES_KNOWN && touches(log, step, wait->object)) {
        wait->steps[wait->count++] = step;
    }
}

/* The first step that touched something and would not have been without `earlier`; `end` when there is none. */
static uint32_t first_to_touch(const struct steps_log *log, const struct wait *wait, uint32_t earlier, uintptr_t object)
{
    for (uint32_t step = earlier; step < wait->end; step++) {
        if ((step == earlier || happens_before(earlier, clock_of(step))) && touches(log, step, object)) {
            return step;
        }
    }
    return wait->end;
}

/* Whose deadline comes is told by the clock, and by all steps that touched it. */
static bool could_time_out_without(const struct steps_log *log, const struct wait *wait, uint32_t earlier)
{
    if (!wait->timed) {
        return false;
    }
    uint32_t first = first_to_touch(log, wait, earlier, (uintptr_t)steps_clock);
    return first == wait->end ? wait->timed_out : log->steps[first].overdue == wait->task;
}

/*
 * Whether the wait could end if `earlier` and all that happens after it had not been yet: then the object would be as it was
 * before the first of those that touched it. When the task waited already then, it is known whether it could have gone on.
 */
static bool could_end_without(const struct steps_log *log, const struct wait *wait, uint32_t earlier)
{
    if (!wait->is_wait || could_time_out_without(log, wait, earlier)) {
        return true;
    }
    uint32_t first = first_to_touch(log, wait, earlier, wait->object);
    if (first == wait->end) {
        return wait->ended;
    }
    if (wait->arrived <= first && wait->task < 64) {
        return log->steps[first].ready >> wait->task & 1;
    }
    for (uint32_t index = wait->count; index > 0; index--) {
        uint32_t step = wait->steps[index - 1];
        if (step == earlier || happens_before(earlier, clock_of(step))) {
            return wait->enabled_before >> (index - 1) & 1;
        }
    }
    return true;
}

/* What happens before a step because of the earlier ones of its task. */
static void clock_before(uint32_t later, uint32_t *clock)
{
    uint8_t task = steps[later].task;
    uint32_t before = later < step_count ? later : step_count;
    while (before > 0 && steps[before - 1].task != task) {
        before--;
    }
    uint32_t born = state.tasks[task].born;
    memset(clock, 0, width * sizeof clock[0]);
    if (before > 0) {
        join(clock, clock_of(before - 1));
    } else if (born > 0) {
        join(clock, clock_of(born - 1));
    }
}

uint32_t order_races(const struct steps_log *log, uint32_t later, uint32_t *races, uint32_t limit)
{
    uint32_t clock[WIDE];
    struct wait wait;
    uint32_t found = 0;
    if (later < step_count && log->steps[later].after_all) {
        return 0;
    }
    find_wait(log, later, &wait);
    clock_before(later, clock);
    for (uint32_t index = later < step_count ? later : step_count; index > 0 && found < limit; index--) {
        uint32_t earlier = index - 1;
        meet(&wait, log, earlier);
        if (!happens_before(earlier, clock) && dependent(earlier, later) && could_end_without(log, &wait, earlier)) {
            races[found++] = earlier;
            join(clock, clock_of(earlier));
        }
    }
    return found;
}

uint32_t order_reversal(uint32_t earlier, uint32_t later, struct wakeup_step *sequence)
{
    uint32_t count = 0;
    uint8_t task = steps[earlier].task;
    uint32_t position = positions[earlier];
    uint32_t end = later < step_count ? later : step_count;
    for (uint32_t index = earlier + 1; index < end; index++) {
        if (clock_of(index)[task] < position) {
            sequence[count++] = steps[index];
        }
    }
    for (uint32_t index = later + 1; index < step_count; index++) {
        if (clock_of(index)[task] < position) {
            sequence[count++] = steps[index];
        }
    }
    /* Without the earlier one it may touch other things, and have other choices. */
    sequence[count] = steps[later];
    sequence[count].partial = true;
    sequence[count++].choices = 0;
    return count;
}
