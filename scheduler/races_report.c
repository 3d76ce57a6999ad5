/* races_report.c - see races_report.h. */
#include "races_report.h"

#include "clocks.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdio.h>
#include <string.h>

/* Stacks, each kept once. Only in executions that are recorded. */
enum { STACK_LIMIT = 1 << 13 };

static uintptr_t stacks[STACK_LIMIT][SCHEDULER_STACK_DEPTH]; /* [0] is never used */
static uint32_t used[STACK_LIMIT];                           /* the places that are taken, to be cleared */
static uint32_t used_count;

void races_report_reset(void)
{
    for (uint32_t index = 0; index < used_count; index++) {
        stacks[used[index]][0] = 0;
    }
    used_count = 0;
}

static uint32_t place_of(const uintptr_t *stack, uint32_t depth)
{
    uint32_t place = (uint32_t)XXH3_64bits(stack, depth * sizeof *stack) % STACK_LIMIT;
    while (place == 0 || (stacks[place][0] != 0 && memcmp(stacks[place], stack, (depth + 1) * sizeof *stack) != 0)) {
        place = (place + 1) % STACK_LIMIT;
    }
    return place;
}

uint32_t races_report_stack(uintptr_t site)
{
    if (__builtin_expect(!state.record, 1) || site == 0 || used_count == STACK_LIMIT / 2) {
        return 0;
    }
    uintptr_t stack[SCHEDULER_STACK_DEPTH];
    events_copy_stack(running_task(), stack);
    stack[0] = site;
    uint32_t depth = 1;
    while (stack[depth] != 0) {
        depth++;
    }
    uint32_t place = place_of(stack, depth);
    if (stacks[place][0] == 0) {
        memcpy(stacks[place], stack, (depth + 1) * sizeof *stack);
        used[used_count++] = place;
    }
    return place;
}

/* -------------------------------------------------------------------------------------------------------- the report -- */

/* What was done, as one would say it: "plain write of 4 bytes". */
static const char *describe(const struct access *access, char *text, size_t size)
{
    if (access->operation == OPERATION_CALL) {
        return "free";
    }
    snprintf(text, size, "%s of %u byte%s", scheduler_operation_name(access->operation), access->size,
             access->size == 1 ? "" : "s");
    return text;
}

static void name(struct violation_access *named, const struct access *access, uint32_t stack)
{
    named->task = access->task;
    named->operation = access->operation;
    named->point = access->point;
    named->size = access->size;
    named->site = access->site;
    named->routine = access->routine;
    memcpy(named->stack, stacks[stack], sizeof named->stack);
    if (stack == 0) {
        named->stack[0] = 0;
    }
}

/* The first byte that both touch. */
static const void *place(const struct access *before, const struct access *now, uintptr_t address)
{
    int byte = __builtin_ctz((unsigned)(before->mask & now->mask));
    return (const void *)(address - address % GRANULE_SIZE + (uintptr_t)byte);
}

/* What would have ordered them: nobody handed on what came before, or nobody took it. */
static const char *missing(const struct access *before)
{
    bool released = clocks[before->task][before->task] > before->clock;
    return released ? "what the first released since then the second has not acquired" : "the first has released nothing since";
}

void races_report(const struct access *before, const struct access *now, uintptr_t address)
{
    char first[64], second[64];
    const char *one = describe(before, first, sizeof first);
    const char *two = describe(now, second, sizeof second);
    running_task()->site = now->site;
    name(&state.violation.other, before, before->stack);
    name(&state.violation.own, now, races_report_stack(now->site));
    scheduler_violate(VIOLATION_DATA_RACE, place(before, now, address),
                      "%s by %s and %s by %s are not ordered: no lock is held for both, and %s", one,
                      scheduler_task_name(before->task), two, scheduler_task_name(now->task), missing(before));
}
