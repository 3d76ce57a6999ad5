/*
 * test_states.c - the search by states: it proves and finds what exhaustive search does, it notices a difference in every kind
 * of memory, and it can be taken up again. Hundreds of generated programs go through it in test_counting.c.
 */
#include "programs/kinds.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct strategy *open_states(void)
{
    return strategy_open("states", &(struct strategy_options){.preemption_bound = UINT32_MAX});
}

static uint64_t explore(const struct world *world, struct strategy *strategy, uint64_t limit)
{
    uint64_t failing = 0, executions = 0;
    do {
        failing += run_world(world, strategy, NULL) == SCHEDULER_STOPPED;
    } while (scheduler_more() && ++executions < limit);
    return failing;
}

/* ------------------------------------------------------------------------------------------------------ known programs -- */

/*
 * Counted by others: the rundown with 2, 3 and 4 acquirers has 179, 1,043 and 5,927 reachable states. Where only one task can
 * go on there is no choice and none of ours, so there are fewer; where dead values on stacks differ there would be more.
 */
static void the_rundown_has_few_states(void **context)
{
    static const uint64_t reachable[] = {179, 1043, 5927};
    (void)context;
    for (unsigned size = 2; size <= 4; size++) {
        struct strategy *strategy = open_states();
        assert_int_equal(explore(&(struct world){"rundown", begin_rundown, size}, strategy, UINT64_MAX), 0);
        struct strategy_coverage coverage = strategy_coverage(strategy);
        print_message("rundown %u: %lu states before choices of %lu, %lu executions, %lu given up\n", size,
                      (unsigned long)coverage.states, (unsigned long)reachable[size - 2], (unsigned long)coverage.executions,
                      (unsigned long)coverage.abandoned);
        assert_true(coverage.explored == 1);
        assert_true(coverage.states > reachable[size - 2] / 2);
        if (SLOWNESS == 1) {
            assert_true(coverage.states < reachable[size - 2]);
        }
    }
}

static void it_finds_what_exhaustive_search_finds(void **context)
{
    static const struct world worlds[] = {{"rundown", begin_rundown, 2},
                                          {"hasty rundown", begin_hasty_rundown, 2},
                                          {"bluetooth", begin_bluetooth, 0},
                                          {"hasty rundown", begin_hasty_rundown, 3},
                                          {"mixture", begin_mixture, 1}};
    (void)context;
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        bool expected = explore(&worlds[index], exhaustive(3), 100000) > 0;
        bool found = explore(&worlds[index], open_states(), UINT64_MAX) > 0;
        print_message("%s %u: %s\n", worlds[index].name, worlds[index].size, found ? "fails" : "never fails");
        assert_int_equal(found, expected);
    }
}

/* ---------------------------------------------------------------------------------------------------- kinds of memory -- */

enum kind { NOWHERE, IN_ARENA, IN_FREED_MEMORY, IN_STATIC_MEMORY, IN_CLOCK, ON_STACK, IN_REGISTER, KINDS };

static const char *const kind_names[KINDS] = {"nothing",      "the arena", "freed memory", "declared static memory",
                                              "virtual time", "a stack",   "a register"};
static enum kind kind;
static int remembered;
SCHEDULER_STATE(remembered);

void environment_remember(struct kinds *memory, int value)
{
    if (kind == IN_ARENA) {
        memory->memory = value;
    } else if (kind == IN_FREED_MEMORY && value) {
        scheduler_free(memory->block, "block");
    } else if (kind == IN_STATIC_MEMORY) {
        remembered = value;
    } else if (kind == IN_CLOCK) {
        scheduler_advance((uint64_t)value);
    }
}

int environment_recall(const struct kinds *memory)
{
    return memory->memory || remembered || scheduler_now() != 0 || !scheduler_accessible(memory->block, 1);
}

static void begin_kinds(unsigned which)
{
    struct kinds *memory = scheduler_allocate(sizeof *memory, "kinds");
    memset(memory, 0, sizeof *memory);
    memory->block = scheduler_allocate(16, "block");
    remembered = 0;
    kind = which;
    if (kind == ON_STACK || kind == IN_REGISTER) {
        scheduler_spawn("rememberer", kind == ON_STACK ? kinds_on_stack : kinds_in_register, memory);
    } else {
        scheduler_spawn("recorder", kinds_recorder, memory);
        scheduler_spawn("judge", kinds_judge, memory);
    }
    scheduler_spawn("other", kinds_other, memory);
    scheduler_spawn("noise", kinds_noise, memory);
}

/* Where a difference goes unnoticed there are as many states as when nothing is remembered. */
static void every_kind_of_memory_is_noticed(void **context)
{
    uint64_t states[KINDS];
    (void)context;
    for (unsigned which = 0; which < KINDS; which++) {
        struct strategy *strategy = open_states();
        uint64_t failing = explore(&(struct world){"kinds", begin_kinds, which}, strategy, UINT64_MAX);
        states[which] = strategy_coverage(strategy).states;
        print_message("%s: %lu states, %lu failing\n", kind_names[which], (unsigned long)states[which], (unsigned long)failing);
        bool own_stack = which == ON_STACK || which == IN_REGISTER;
        if ((failing == 0) != (which == NOWHERE) || (which != NOWHERE && !own_stack && states[which] <= states[NOWHERE])) {
            fail_msg("a difference in %s goes unnoticed", kind_names[which]);
        }
    }
}

/* ------------------------------------------------------------------------------------------------------ taking up again -- */

static void it_is_taken_up_where_it_stopped(void **context)
{
    static const struct world world = {"hasty rundown", begin_hasty_rundown, 3};
    (void)context;
    struct strategy *strategy = open_states();
    uint64_t failing = explore(&world, strategy, UINT64_MAX);
    struct strategy_coverage whole = strategy_coverage(strategy);
    char path[] = "/tmp/remlock-states-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    unlink(path);
    strategy = open_states();
    uint64_t parts = explore(&world, strategy, 200);
    assert_true(strategy_save(strategy, file));
    strategy = open_states();
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    assert_true(strategy_load(strategy, file));
    parts += explore(&world, strategy, UINT64_MAX);
    struct strategy_coverage both = strategy_coverage(strategy);
    assert_int_equal(parts, failing);
    assert_int_equal(both.states, whole.states);
    assert_int_equal(both.executions, whole.executions);
    assert_int_equal(both.abandoned, whole.abandoned);
    assert_int_equal(ftruncate(file, 40), 0);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    assert_false(strategy_load(open_states(), file));
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rundown_has_few_states),
        cmocka_unit_test(it_finds_what_exhaustive_search_finds),
        cmocka_unit_test(every_kind_of_memory_is_noticed),
        cmocka_unit_test(it_is_taken_up_where_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
