/* test_mix.c - the bandit that allots executions: what pays gets more, nothing is ever given up, nothing is left to chance. */
#include "mix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BATCHES = 4000 };

/* How many batches each way gets when only one of them pays, MIX_WAYS: none. */
static void allot(uint32_t paying, uint32_t *batches, uint32_t *order)
{
    static struct mix mix;
    mix = (struct mix){0};
    for (uint32_t way = 0; way < MIX_WAYS; way++) {
        batches[way] = 0;
    }
    mix_begin_program(&mix);
    for (uint32_t batch = 0; batch < BATCHES; batch++) {
        uint32_t way = mix_choose(&mix);
        assert_in_range(way, 0, MIX_WAYS - 1);
        batches[way]++;
        order[batch] = way;
        mix.worth = way == paying ? 4 : 0;
        mix_pay(&mix, way);
    }
}

static void every_way_exists_and_does_something(void **unused)
{
    (void)unused;
    for (uint32_t way = 0; way < MIX_WAYS; way++) {
        const struct strategy_description *description = strategy_describe(mix_ways[way].strategy);
        assert_non_null(description);
        assert_true(description->explores);
        assert_true(mix_ways[way].executions > 0 && mix_ways[way].cost >= 1);
        assert_true(description->uses_depth == (mix_ways[way].depth > 0));
        assert_true(description->uses_preemption_bound == (mix_ways[way].preemptions > 0));
        assert_true(description->uses_delay_bound == (mix_ways[way].delays > 0));
    }
}

static void what_pays_is_preferred_and_the_others_stay_alive(void **unused)
{
    (void)unused;
    static uint32_t order[BATCHES];
    uint32_t batches[MIX_WAYS];
    for (uint32_t paying = 0; paying < MIX_WAYS; paying++) {
        allot(paying, batches, order);
        for (uint32_t way = 0; way < MIX_WAYS; way++) {
            assert_true(batches[way] >= BATCHES / 250);
            assert_true(way == paying || batches[way] < batches[paying]);
        }
    }
}

static void when_nothing_pays_all_get_about_the_same_time(void **unused)
{
    (void)unused;
    static uint32_t order[BATCHES];
    uint32_t batches[MIX_WAYS];
    double least = 1e9, most = 0;
    allot(MIX_WAYS, batches, order);
    for (uint32_t way = 0; way < MIX_WAYS; way++) {
        double time = batches[way] * mix_ways[way].cost * mix_ways[way].executions;
        least = time < least ? time : least;
        most = time > most ? time : most;
    }
    assert_true(most < 1.5 * least);
}

static void the_same_record_makes_the_same_choices(void **unused)
{
    (void)unused;
    static uint32_t first[BATCHES], second[BATCHES];
    uint32_t batches[MIX_WAYS];
    allot(3, batches, first);
    allot(3, batches, second);
    assert_memory_equal(first, second, sizeof first);
}

/* A search in order that has come to its end for this program is left out until the next one. */
static void what_is_exhausted_is_not_chosen(void **unused)
{
    (void)unused;
    static struct mix mix;
    mix_begin_program(&mix);
    for (uint32_t way = 0; way + 1 < MIX_WAYS; way++) {
        mix.ways[way].exhausted = true;
    }
    assert_int_equal(mix_choose(&mix), MIX_WAYS - 1);
    mix_begin_program(&mix);
    assert_int_equal(mix_choose(&mix), 0);
}

/* Findings pay once each. */
static void only_new_findings_pay(void **unused)
{
    (void)unused;
    static struct mix mix;
    struct verdict verdict = {.finding = finding_find("deadlock"), .routine = "IoAcquireRemoveLockEx"};
    mix_see(&mix, &verdict, false);
    assert_true(mix.worth > 0);
    mix_pay(&mix, 0);
    mix_see(&mix, &verdict, false);
    assert_true(mix.worth == 0);
    verdict.finding = finding_find("use-after-free");
    mix_see(&mix, &verdict, false);
    assert_true(mix.worth > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_exists_and_does_something),
        cmocka_unit_test(what_pays_is_preferred_and_the_others_stay_alive),
        cmocka_unit_test(when_nothing_pays_all_get_about_the_same_time),
        cmocka_unit_test(the_same_record_makes_the_same_choices),
        cmocka_unit_test(what_is_exhausted_is_not_chosen),
        cmocka_unit_test(only_new_findings_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
