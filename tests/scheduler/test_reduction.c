/*
 * test_reduction.c - dynamic partial-order reduction against counts that others have published.
 *
 * The counts of readers to mcs-lock are those of GenMC under sequential consistency, those of the rundown the ones on which
 * GenMC, Nidhugg and an enumeration agree. For inc, readers and the others with a closed form the row's comment has it. An
 * optimal reduction makes exactly as many executions, and abandons none.
 */
#include "support.h"

#include "programs/counted.h"

#include <remlock/code.h>

#include <string.h>
#include <time.h>

static struct counted_task counted_tasks[COUNTED_TASKS];

static void begin_counted(unsigned tasks, unsigned size, void (*body)(void *task))
{
    struct counted *shared = scheduler_allocate(sizeof *shared, "shared");
    memset(shared, 0, sizeof *shared);
    shared->size = size;
    shared->turns[0].signalled = true;
    for (unsigned number = 0; number < tasks; number++) {
        counted_tasks[number] = (struct counted_task){shared, (int)number};
        scheduler_spawn("task", body, &counted_tasks[number]);
    }
    if (body == fib_task) {
        shared->x = shared->y = 1;
    }
}

#define WORLD(name, tasks)                                                                                                     \
    static void begin_##name(unsigned size)                                                                                    \
    {                                                                                                                          \
        begin_counted(tasks, size, name##_task);                                                                               \
    }

WORLD(readers, size + 1)
WORLD(lastzero, size + 1)
WORLD(ainc, size)
WORLD(inc, size)
WORLD(coa, size + 1)
WORLD(casrot, size)
WORLD(casw, size)
WORLD(fib, size)
WORLD(indexer, size)
WORLD(ticket_lock, size)
WORLD(mcs_lock, size)
WORLD(count, size)

struct row {
    struct world world;
    uint64_t traces, failing;
};

enum { COUNTED_TRACES = SLOWNESS == 1 ? 250000 : 10000 };

static const struct row rows[] = {
    {{"rundown", begin_rundown, 2}, 96, 0},
    {{"rundown", begin_rundown, 3}, 3546, 0},
    {{"rundown", begin_rundown, 4}, 207888, 0},
    {{"readers", begin_readers, 2}, 4, 0}, /* 2^N */
    {{"readers", begin_readers, 8}, 256, 0},
    {{"readers", begin_readers, 13}, 8192, 0},
    {{"lastzero", begin_lastzero, 1}, 2, 0}, /* (N + 3) 2^(N - 2) */
    {{"lastzero", begin_lastzero, 2}, 5, 0},
    {{"lastzero", begin_lastzero, 5}, 64, 0},
    {{"lastzero", begin_lastzero, 10}, 3328, 0},
    {{"ainc", begin_ainc, 3}, 6, 0}, /* N! */
    {{"ainc", begin_ainc, 6}, 720, 0},
    {{"inc", begin_inc, 2}, 4, 0}, /* (N!)^2 */
    {{"inc", begin_inc, 3}, 36, 0},
    {{"inc", begin_inc, 4}, 576, 0},
    {{"inc", begin_inc, 5}, 14400, 0},
    {{"CoA", begin_coa, 2}, 15, 0},
    {{"CoA", begin_coa, 3}, 130, 0},
    {{"CoA", begin_coa, 4}, 2028, 0},
    {{"CoA", begin_coa, 5}, 49776, 0},
    {{"casrot", begin_casrot, 3}, 5, 0},
    {{"casrot", begin_casrot, 4}, 14, 0},
    {{"casrot", begin_casrot, 5}, 43, 0},
    {{"casrot", begin_casrot, 6}, 144, 0},
    {{"casw", begin_casw, 2}, 6, 0},
    {{"casw", begin_casw, 3}, 66, 0},
    {{"casw", begin_casw, 4}, 1200, 0},
    {{"casw", begin_casw, 5}, 32880, 0},
    {{"fib_bench", begin_fib, 3}, 218243, 0},
    {{"indexer", begin_indexer, 12}, 8, 0},
    {{"indexer", begin_indexer, 15}, 4096, 0},
    {{"ticket lock", begin_ticket_lock, 2}, 2, 0}, /* N! */
    {{"ticket lock", begin_ticket_lock, 5}, 120, 0},
    {{"MCS lock", begin_mcs_lock, 2}, 6, 0},
    {{"MCS lock", begin_mcs_lock, 3}, 66, 0},
};

static struct counts count_traces(const struct world *world, const struct strategy_options *options, uint64_t *abandoned)
{
    struct counts counts = {0};
    struct strategy *strategy = strategy_open("dpor", options);
    *abandoned = 0;
    do {
        enum scheduler_outcome outcome = run_world(world, strategy, NULL);
        *abandoned += outcome == SCHEDULER_ABANDONED;
        counts.schedules += outcome != SCHEDULER_ABANDONED;
        counts.failing += outcome == SCHEDULER_STOPPED;
    } while (scheduler_more());
    assert_int_equal(strategy_coverage(strategy).executions, counts.schedules);
    assert_int_equal(strategy_coverage(strategy).abandoned, *abandoned);
    assert_false(strategy_coverage(strategy).truncated);
    return counts;
}

static uint32_t differences(const struct row *row, const struct strategy_options *options)
{
    uint64_t abandoned;
    if (row->traces > COUNTED_TRACES) {
        return 0;
    }
    clock_t before = clock();
    struct counts counts = count_traces(&row->world, options, &abandoned);
    if (row->traces > 100000) {
        double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
        print_message("%s %u: %.0f executions per CPU second\n", row->world.name, row->world.size,
                      (double)counts.schedules / seconds);
    }
    if (counts.schedules == row->traces && counts.failing == row->failing && abandoned == 0) {
        return 0;
    }
    print_message("%s %u: %lu executions (%lu failing, %lu abandoned) instead of %lu\n", row->world.name, row->world.size,
                  counts.schedules, counts.failing, abandoned, row->traces);
    return 1;
}

static void each_trace_is_explored_once(void **unused)
{
    (void)unused;
    static const struct strategy_options options = {.preemption_bound = UINT32_MAX};
    uint32_t different = 0;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        different += differences(&rows[index], &options);
    }
    assert_int_equal(different, 0);
}

struct bound_row {
    struct world world;
    uint64_t traces[6]; /* with at most 0, 1, ... preemptions; 0: not told */
};

/* Of the rundown by own enumeration, of the others GenMC's. */
static const struct bound_row bound_rows[] = {
    {{"rundown", begin_rundown, 2}, {6, 38, 86, 96}},
    {{"rundown", begin_rundown, 3}, {24, 312, 1380, 2982, 3546}},
    {{"CoA", begin_coa, 2}, {6, 15}},
    {{"CoA", begin_coa, 3}, {24, 90, 130}},
    {{"inc", begin_inc, 4}, {24, 168, 432, 576}},
    {{"casw", begin_casw, 3}, {6, 24, 54, 66}},
    {{"casw", begin_casw, 4}, {24, 168, 576, 1056, 1200}},
};

static void a_bound_on_preemptions_keeps_the_traces_within_it(void **unused)
{
    (void)unused;
    uint32_t different = 0;
    for (size_t index = 0; index < COUNT_OF(bound_rows); index++) {
        const struct bound_row *row = &bound_rows[index];
        for (uint32_t bound = 0; bound < COUNT_OF(row->traces) && row->traces[bound] != 0; bound++) {
            struct strategy *strategy = strategy_open("bounded", &(struct strategy_options){.preemption_bound = bound});
            do {
                run_world(&row->world, strategy, NULL);
            } while (scheduler_more());
            uint64_t traces = strategy_coverage(strategy).executions;
            if (traces != row->traces[bound]) {
                print_message("%s %u, %u preemptions: %lu traces instead of %lu\n", row->world.name, row->world.size, bound,
                              traces, row->traces[bound]);
                different++;
            }
        }
    }
    assert_int_equal(different, 0);
}

static bool never_used(uintptr_t site)
{
    assert_true(site != 0);
    return false;
}

/* Without anybody who knows, every result counts as used. */
static void counting_up_commutes_when_asked_to_and_nobody_looks(void **unused)
{
    (void)unused;
    static const struct strategy_options commute = {.preemption_bound = UINT32_MAX, .commute = true};
    static const struct strategy_options plain = {.preemption_bound = UINT32_MAX};
    static const struct row used = {{"count", begin_count, 5}, 120, 0}, not_used = {{"count", begin_count, 5}, 1, 0};
    assert_int_equal(differences(&used, &commute), 0);
    scheduler_on_result_used(never_used);
    assert_int_equal(differences(&not_used, &commute), 0);
    assert_int_equal(differences(&used, &plain), 0);
    scheduler_on_result_used(NULL);
}

static void the_rundown_has_fewer_traces_when_additions_commute(void **unused)
{
    (void)unused;
    static const struct strategy_options commute = {.preemption_bound = UINT32_MAX, .commute = true};
    static const struct row commuting[] = {
        {{"rundown", begin_rundown, 2}, 70, 0},
        {{"rundown", begin_rundown, 3}, 1674, 0},
        {{"rundown", begin_rundown, 4}, 58008, 0},
    };
    uint32_t different = 0;
    scheduler_on_result_used(code_result_used);
    for (size_t index = 0; index < COUNT_OF(commuting); index++) {
        different += differences(&commuting[index], &commute);
    }
    scheduler_on_result_used(NULL);
    assert_int_equal(different, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trace_is_explored_once),
        cmocka_unit_test(a_bound_on_preemptions_keeps_the_traces_within_it),
        cmocka_unit_test(counting_up_commutes_when_asked_to_and_nobody_looks),
        cmocka_unit_test(the_rundown_has_fewer_traces_when_additions_commute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
