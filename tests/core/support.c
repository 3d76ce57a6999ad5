/* support.c - see support.h. */
#include "support.h"

#include <stdio.h>

struct heard heard;

enum { ALLOCATE_TAG = 0x6B636F4C };

static char failure[256];

static void hear(const struct remark *remark)
{
    if (heard.count == REMARK_LIMIT) {
        return;
    }
    heard.remarks[heard.count] = *remark;
    snprintf(heard.texts[heard.count], sizeof heard.texts[0], "%s", remark->text == NULL ? "" : remark->text);
    heard.count++;
}

static void start_kernel(const struct core_options *options)
{
    heard.count = 0;
    core_on_remark(hear);
    core_reset(options);
}

void start(const struct core_options *options)
{
    scheduler_reset(&(struct scheduler_options){.allocation_failures = options->allocation_failures});
    start_kernel(options);
}

void start_personality(enum personality personality)
{
    start(&(struct core_options){.personality = personality});
}

uint32_t heard_of(enum remark_kind kind)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < heard.count; index++) {
        count += heard.remarks[index].kind == kind;
    }
    return count;
}

/* ------------------------------------------------------------------------------------------------------- the lock -- */

static ULONG lock_size;

PIO_REMOVE_LOCK new_lock(enum personality personality, ULONG minutes, ULONG watermark)
{
    lock_size = core_remove_lock_size(personality);
    PIO_REMOVE_LOCK lock = scheduler_allocate(lock_size, "device extension");
    assert_non_null(lock);
    IoInitializeRemoveLockEx(lock, ALLOCATE_TAG, minutes, watermark, lock_size);
    return lock;
}

NTSTATUS acquire(PIO_REMOVE_LOCK lock, uintptr_t tag)
{
    return IoAcquireRemoveLockEx(lock, (PVOID)tag, "driver.c", (ULONG)tag, lock_size);
}

void release(PIO_REMOVE_LOCK lock, uintptr_t tag)
{
    IoReleaseRemoveLockEx(lock, (PVOID)tag, lock_size);
}

void release_and_wait(PIO_REMOVE_LOCK lock, uintptr_t tag)
{
    IoReleaseRemoveLockAndWaitEx(lock, (PVOID)tag, lock_size);
}

struct remove_lock_view view(const void *lock)
{
    struct remove_lock_view view;
    assert_true(core_view_lock(lock, &view));
    return view;
}

/* ------------------------------------------------------------------------------------------------------------ runs -- */

void check(bool holds, const char *expression, const char *file, int line)
{
    if (!holds && failure[0] == '\0') {
        snprintf(failure, sizeof failure, "%s:%d: %s does not hold", file, line, expression);
    }
}

static void report_failure(void)
{
    if (failure[0] != '\0') {
        char text[sizeof failure];
        memcpy(text, failure, sizeof text);
        failure[0] = '\0';
        fail_msg("%s", text);
    }
}

static struct strategy *defaults(void)
{
    return strategy_replay((struct schedule){NULL, 0});
}

void run_alone(void (*body)(void *argument), void *argument)
{
    scheduler_spawn("alone", body, argument);
    enum scheduler_outcome outcome = scheduler_run(defaults());
    report_failure();
    if (outcome != SCHEDULER_FINISHED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
}

bool holds_alone(void (*body)(void *argument), void *argument)
{
    scheduler_spawn("alone", body, argument);
    bool holds = scheduler_run(defaults()) == SCHEDULER_FINISHED && failure[0] == '\0';
    failure[0] = '\0';
    return holds;
}

static enum scheduler_outcome run_world(const struct world *world, struct strategy *strategy)
{
    start(&world->options);
    world->begin();
    enum scheduler_outcome outcome = scheduler_run(strategy);
    report_failure();
    if (world->judge != NULL) {
        world->judge(outcome);
    }
    return outcome;
}

uint64_t every_schedule(const struct world *world, uint32_t preemptions)
{
    struct strategy *strategy = strategy_open("exhaustive", &(struct strategy_options){.preemption_bound = preemptions});
    do {
        run_world(world, strategy);
    } while (scheduler_more());
    return strategy_coverage(strategy).executions;
}

void many_schedules(const struct world *world, const char *strategy, uint64_t seed, uint32_t executions)
{
    struct strategy *opened = strategy_open(strategy, &(struct strategy_options){.seed = seed});
    assert_non_null(opened);
    for (uint32_t execution = 0; execution < executions; execution++) {
        run_world(world, opened);
    }
}

enum scheduler_outcome default_schedule(const struct world *world)
{
    return run_world(world, defaults());
}

void assert_violation(const char *identifier)
{
    const struct violation *violation = scheduler_violation();
    if (violation == NULL) {
        fail_msg("no violation, expected %s", identifier);
        return;
    }
    assert_string_equal(violation->identifier, identifier);
}

/* ---------------------------------------------------------------------------------------------------------- numbers -- */

/* xorshift64; Marsaglia, "Xorshift RNGs" (2003). */
uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

uint32_t draw_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((draw(state) >> 32) * limit >> 32);
}
