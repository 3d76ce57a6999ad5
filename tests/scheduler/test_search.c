/*
 * test_search.c - the reduced searches as a whole: split into parts, interrupted and taken up again, bounded.
 *
 * What they must find is in test_counts and counting/; here it is that no way of running them loses or repeats anything. The
 * numbers of traces within a bound on preemptions come from an enumeration that is independent of this code.
 */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct world rundown_2 = {"rundown 2", begin_rundown, 2};
static const struct world rundown_3 = {"rundown 3", begin_rundown, 3};

static struct strategy_coverage search(const struct world *world, const char *name, const struct strategy_options *options)
{
    struct strategy *strategy = strategy_open(name, options);
    do {
        run_world(world, strategy, NULL);
    } while (scheduler_more());
    return strategy_coverage(strategy);
}

static void parts_are_the_whole(void **unused)
{
    (void)unused;
    for (uint32_t parts = 1; parts <= 7; parts += 2) {
        uint64_t sum = 0;
        for (uint32_t part = 0; part < parts; part++) {
            struct strategy_options options = {.preemption_bound = UINT32_MAX, .part = part, .parts = parts};
            struct strategy_coverage coverage = search(&rundown_3, "dpor", &options);
            assert_false(coverage.truncated);
            assert_true(coverage.executions < 3546 || parts == 1);
            sum += coverage.executions;
        }
        assert_int_equal(sum, 3546);
    }
}

static FILE *saved(const struct strategy *strategy)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(strategy_save(strategy, fileno(file)));
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    return file;
}

/* Saved, forgotten and loaded again after every `interval` executions. */
static struct strategy_coverage interrupted(const struct world *world, const struct strategy_options *options,
                                            uint64_t interval)
{
    struct strategy *strategy = strategy_open("dpor", options);
    bool more = true;
    while (more) {
        for (uint64_t count = 0; count < interval && more; count++) {
            run_world(world, strategy, NULL);
            more = scheduler_more();
        }
        FILE *file = saved(strategy);
        strategy = strategy_open("dpor", options);
        assert_true(strategy_load(strategy, fileno(file)));
        fclose(file);
    }
    return strategy_coverage(strategy);
}

static void an_interrupted_search_comes_to_the_same_end(void **unused)
{
    (void)unused;
    static const uint64_t intervals[] = {1, 2, 7, 50};
    for (size_t index = 0; index < COUNT_OF(intervals); index++) {
        struct strategy_options options = {.preemption_bound = UINT32_MAX};
        struct strategy_coverage whole = interrupted(&rundown_2, &options, intervals[index]);
        assert_int_equal(whole.executions, 96);
        assert_int_equal(whole.abandoned, 0);
        assert_true(whole.explored == 1);
        options = (struct strategy_options){.preemption_bound = UINT32_MAX, .part = 1, .parts = 3};
        struct strategy_coverage part = search(&rundown_2, "dpor", &options);
        struct strategy_coverage again = interrupted(&rundown_2, &options, intervals[index]);
        assert_int_equal(again.executions, part.executions);
        assert_int_equal(again.abandoned, part.abandoned);
    }
}

static void a_damaged_file_is_refused(void **unused)
{
    (void)unused;
    struct strategy_options options = {.preemption_bound = UINT32_MAX};
    struct strategy *strategy = strategy_open("dpor", &options);
    for (int count = 0; count < 20; count++) {
        run_world(&rundown_2, strategy, NULL);
    }
    FILE *file = saved(strategy);
    char text[65536];
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(length > 0 && length < sizeof text);
    for (size_t cut = 0; cut + 4 < length; cut += 1 + cut / 16) {
        FILE *damaged = tmpfile();
        fwrite(text, 1, cut, damaged);
        fflush(damaged);
        lseek(fileno(damaged), 0, SEEK_SET);
        strategy = strategy_open("dpor", &options);
        errno = EIO;
        assert_false(strategy_load(strategy, fileno(damaged)));
        assert_int_equal(errno, 0);
        fclose(damaged);
    }
    /* What could not be loaded has left nothing behind. */
    assert_int_equal(search(&rundown_2, "dpor", &options).executions, 96);
    struct strategy_options other = {.preemption_bound = UINT32_MAX, .part = 1, .parts = 2};
    strategy = strategy_open("dpor", &other);
    FILE *file_of_whole = tmpfile();
    fwrite(text, 1, length, file_of_whole);
    fflush(file_of_whole);
    lseek(fileno(file_of_whole), 0, SEEK_SET);
    assert_false(strategy_load(strategy, fileno(file_of_whole)));
    fclose(file_of_whole);
}

struct bound_row {
    const struct world *world;
    uint32_t bound;
    uint64_t traces;
};

static void a_bounded_search_finds_every_trace_within_the_bound(void **unused)
{
    (void)unused;
    static const struct bound_row rows[] = {
        {&rundown_2, 0, 6},    {&rundown_2, 1, 38},   {&rundown_2, 2, 86},   {&rundown_2, 3, 96},
        {&rundown_2, 9, 96},   {&rundown_3, 0, 24},   {&rundown_3, 1, 312},  {&rundown_3, 2, 1380},
        {&rundown_3, 3, 2982}, {&rundown_3, 4, 3546}, {&rundown_3, 5, 3546},
    };
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        struct strategy_options options = {.preemption_bound = rows[index].bound};
        struct strategy_coverage coverage = search(rows[index].world, "bounded", &options);
        assert_int_equal(coverage.executions, rows[index].traces);
        assert_true(coverage.bounded || coverage.executions == 96 || coverage.executions == 3546);
        assert_true(coverage.explored == 1);
    }
}

static void shares_grow_to_one(void **unused)
{
    (void)unused;
    static const char *const names[] = {"exhaustive", "dpor", "bounded"};
    for (size_t index = 0; index < COUNT_OF(names); index++) {
        struct strategy_options options = {.preemption_bound = index == 1 ? UINT32_MAX : 2};
        struct strategy *strategy = strategy_open(names[index], &options);
        assert_true(strategy_coverage(strategy).explored == 0);
        do {
            double before = strategy_coverage(strategy).explored;
            run_world(&rundown_2, strategy, NULL);
            assert_true(strategy_coverage(strategy).explored <= 1);
            assert_true(index == 1 || strategy_coverage(strategy).explored >= before);
        } while (scheduler_more());
        assert_true(strategy_coverage(strategy).explored == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_the_whole),       cmocka_unit_test(an_interrupted_search_comes_to_the_same_end),
        cmocka_unit_test(a_damaged_file_is_refused), cmocka_unit_test(a_bounded_search_finds_every_trace_within_the_bound),
        cmocka_unit_test(shares_grow_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
