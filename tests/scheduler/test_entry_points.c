/*
 * test_entry_points.c - what the __tsan_* entry points do, called by code as each compiler instruments it: the values of atomic
 * operations, which operations are scheduling points, which accesses are seen.
 */
#include "programs/entry_points.h"

#include <remlock/scheduler.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Runs one body as the only task. */
static void run_alone(void (*body)(void *), void *argument, bool plain_points)
{
    const struct scheduler_options options = {.record = true, .plain_points = plain_points};
    scheduler_reset(&options);
    scheduler_spawn("task", body, argument);
    struct strategy *strategy = strategy_replay((struct schedule){NULL, 0});
    if (scheduler_run(strategy) != SCHEDULER_FINISHED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
}

/* ------------------------------------------------------------------------------------------------------- accesses -- */

static char memory[ENTRY_POINT_MEMORY] __attribute__((aligned(16)));

static void run_access_row(void *argument)
{
    const struct access_row *row = argument;
    row->run(memory);
}

static const char *word_of(const struct scheduler_event *event)
{
    switch (event->operation) {
    case OPERATION_PLAIN_READ:
        return "r";
    case OPERATION_PLAIN_WRITE:
        return "w";
    case OPERATION_VOLATILE_READ:
        return "vr";
    case OPERATION_VOLATILE_WRITE:
        return "vw";
    default:
        return NULL;
    }
}

/* The accesses of the execution that just ended, in the words of the rows. */
static const char *accesses(void)
{
    static char text[1024];
    struct scheduler_trace trace = scheduler_trace();
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        if (word_of(event) != NULL) {
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s%u", length == 0 ? "" : " ", word_of(event),
                                       event->size);
        }
    }
    return text;
}

static uint32_t words_in(const char *text, char first)
{
    uint32_t count = 0;
    for (const char *at = text; *at != '\0'; at++) {
        bool begins = at == text || at[-1] == ' ';
        count += begins && (first == '\0' || *at == first);
    }
    return count;
}

static void every_access_is_seen_with_plain_points(void **unused)
{
    (void)unused;
    for (const struct access_row *row = access_rows; row->name != NULL; row++) {
        run_alone(run_access_row, (void *)row, true);
        if (strcmp(accesses(), row->accesses) != 0) {
            fail_msg("%s: accesses \"%s\", expected \"%s\"", row->name, accesses(), row->accesses);
        }
        assert_int_equal(scheduler_steps(), words_in(row->accesses, '\0'));
    }
}

static void only_volatile_accesses_are_points_by_default(void **unused)
{
    (void)unused;
    for (const struct access_row *row = access_rows; row->name != NULL; row++) {
        run_alone(run_access_row, (void *)row, false);
        uint32_t expected = words_in(row->accesses, 'v');
        if (scheduler_steps() != expected) {
            fail_msg("%s: %u scheduling points, expected %u", row->name, scheduler_steps(), expected);
        }
    }
}

/* -------------------------------------------------------------------------------------------------------- atomics -- */

struct atomic_run {
    const struct atomic_row *row;
    union operand object, operand, result;
    bool succeeded;
};

static void run_atomic_row(void *argument)
{
    struct atomic_run *run = argument;
    run->succeeded = run->row->run(&run->object, &run->operand, &run->result);
}

static unsigned __int128 mask_of(unsigned bits)
{
    return bits == 128 ? ~(unsigned __int128)0 : ((unsigned __int128)1 << bits) - 1;
}

static unsigned __int128 computed(enum atomic_operation operation, unsigned __int128 old, unsigned __int128 operand)
{
    switch (operation) {
    case ATOMIC_LOAD:
        return old;
    case ATOMIC_ADD:
        return old + operand;
    case ATOMIC_SUB:
        return old - operand;
    case ATOMIC_AND:
        return old & operand;
    case ATOMIC_OR:
        return old | operand;
    case ATOMIC_XOR:
        return old ^ operand;
    case ATOMIC_NAND:
        return ~(old & operand);
    default:
        return operand;
    }
}

static enum scheduler_operation event_of(enum atomic_operation operation)
{
    static const enum scheduler_operation events[] = {
        [ATOMIC_LOAD] = OPERATION_ATOMIC_LOAD,
        [ATOMIC_STORE] = OPERATION_ATOMIC_STORE,
        [ATOMIC_EXCHANGE] = OPERATION_ATOMIC_EXCHANGE,
        [ATOMIC_ADD] = OPERATION_ATOMIC_ADD,
        [ATOMIC_SUB] = OPERATION_ATOMIC_SUB,
        [ATOMIC_AND] = OPERATION_ATOMIC_AND,
        [ATOMIC_OR] = OPERATION_ATOMIC_OR,
        [ATOMIC_XOR] = OPERATION_ATOMIC_XOR,
        [ATOMIC_NAND] = OPERATION_ATOMIC_NAND,
        [ATOMIC_COMPARE_EXCHANGE] = OPERATION_ATOMIC_COMPARE_EXCHANGE,
    };
    return events[operation];
}

static const struct scheduler_event *only_event(enum scheduler_operation operation)
{
    struct scheduler_trace trace = scheduler_trace();
    const struct scheduler_event *found = NULL;
    for (uint32_t index = 0; index < trace.count; index++) {
        if (trace.events[index].operation == operation) {
            assert_null(found);
            found = &trace.events[index];
        }
    }
    assert_non_null(found);
    return found;
}

static void check_values(const struct atomic_row *row, unsigned __int128 old, unsigned __int128 operand,
                         unsigned __int128 expected)
{
    unsigned __int128 mask = mask_of(row->bits);
    bool compares = row->operation == ATOMIC_COMPARE_EXCHANGE;
    bool succeeds = !compares || ((old ^ expected) & mask) == 0;
    unsigned __int128 new = succeeds ? computed(row->operation, old, operand) & mask : old &mask;
    struct atomic_run run = {.row = row};
    run.object.bits128 = old;
    run.operand.bits128 = operand;
    run.result.bits128 = expected;
    run_alone(run_atomic_row, &run, false);

    assert_int_equal(run.succeeded, succeeds);
    assert_true((run.object.bits128 & mask) == new);
    assert_true((run.object.bits128 & ~mask) == (old & ~mask)); /* the neighbours are left alone */
    if (row->operation != ATOMIC_STORE) {
        assert_true((run.result.bits128 & mask) == (row->returns_new ? new : old &mask));
    }
    assert_int_equal(scheduler_steps(), 1);
    const struct scheduler_event *event = only_event(event_of(row->operation));
    assert_true(event->has_value);
    assert_int_equal(event->size, row->bits / 8);
    assert_int_equal(event->before, (uint64_t)(old & mask));
    assert_int_equal(event->after, (uint64_t) new);
}

static unsigned __int128 wide(uint64_t high, uint64_t low)
{
    return (unsigned __int128)high << 64 | low;
}

static void atomic_operations_compute_what_plain_arithmetic_does(void **unused)
{
    (void)unused;
    const unsigned __int128 numbers[] = {
        0,
        1,
        wide(0x0123456789ABCDEF, 0xFEDCBA9876543210),
        wide(0x8000000000000000, 0x8000000080008080),
        wide(0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF),
        ~(unsigned __int128)0,
    };
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    for (const struct atomic_row *row = atomic_rows; row->name != NULL; row++) {
        for (int old = 0; old < COUNT; old++) {
            for (int operand = 0; operand < COUNT; operand++) {
                check_values(row, numbers[old], numbers[operand], numbers[old]);
                check_values(row, numbers[old], numbers[operand], numbers[operand]);
            }
        }
    }
}

static void atomic_operations_work_outside_executions(void **unused)
{
    (void)unused;
    const struct scheduler_options options = {0};
    scheduler_reset(&options);
    for (const struct atomic_row *row = atomic_rows; row->name != NULL; row++) {
        union operand object = {.bits128 = 40}, operand = {.bits128 = 2}, result = {.bits128 = 40};
        assert_true(row->run(&object, &operand, &result));
        assert_true((object.bits128 & mask_of(row->bits)) == (computed(row->operation, 40, 2) & mask_of(row->bits)));
    }
    assert_int_equal(scheduler_steps(), 0);
}

/* ------------------------------------------------------------------------------------------- fences and functions -- */

static void run_fences(void *unused)
{
    (void)unused;
    entry_point_fences();
}

static void thread_fences_are_points_and_signal_fences_are_not(void **unused)
{
    (void)unused;
    run_alone(run_fences, NULL, false);
    struct scheduler_trace trace = scheduler_trace();
    uint32_t fences = 0;
    for (uint32_t index = 0; index < trace.count; index++) {
        fences += trace.events[index].operation == OPERATION_FENCE;
    }
    assert_int_equal(fences, 2);
    assert_int_equal(scheduler_steps(), 2);
}

enum { DESCENTS = 5, CALLS = 100 };

static void descend(void *argument)
{
    for (int call = 0; call < CALLS; call++) {
        entry_point_descend(argument, DESCENTS);
    }
}

static uint32_t depth_of(const struct scheduler_event *event)
{
    uint32_t depth = 0;
    while (event->stack[depth] != 0) {
        depth++;
    }
    return depth;
}

/* A function that leaves by a jump to another one would be entered but never left, or the other way round. */
static void every_function_that_is_entered_is_left(void **unused)
{
    (void)unused;
    uint32_t object = 0;
    run_alone(descend, &object, false);
    assert_int_equal(object, CALLS);
    struct scheduler_trace trace = scheduler_trace();
    uint32_t depth = 0;
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        if (event->operation != OPERATION_ATOMIC_ADD) {
            continue;
        }
        depth = depth == 0 ? depth_of(event) : depth;
        assert_int_equal(depth_of(event), depth);
    }
    assert_true(depth >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_access_is_seen_with_plain_points),
        cmocka_unit_test(only_volatile_accesses_are_points_by_default),
        cmocka_unit_test(atomic_operations_compute_what_plain_arithmetic_does),
        cmocka_unit_test(atomic_operations_work_outside_executions),
        cmocka_unit_test(thread_fences_are_points_and_signal_fences_are_not),
        cmocka_unit_test(every_function_that_is_entered_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
