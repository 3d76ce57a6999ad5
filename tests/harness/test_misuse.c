/*
 * test_misuse.c - a caller errs: who names it, and who is to blame.
 *
 * The checked and the verifier personality name the misuse itself; a free lock shows only what comes of it. Under blame=lock
 * none of it is a finding.
 */
#include "support.h"

enum { PREEMPTIONS = 2, EXECUTION_LIMIT = 300000 };

static const char *const personalities[] = {"lock=free", "lock=checked", "lock=verifier"};

/* What names a misuse; everything else is a consequence. */
static bool names_misuse(const char *identifier)
{
    static const char *const names[] = {"double-release", "tag-mismatch", "reinitialised"};
    for (size_t index = 0; index < COUNT_OF(names); index++) {
        if (strcmp(identifier, names[index]) == 0) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------- one thing at a time -- */

static const struct {
    const char *program;
    const char *by_personality[3];
} rows[] = {
    {"io: release-unheld A", {"count-mismatch", "double-release", "double-release"}},
    {"io: acquire A; release A; release-unheld A", {"count-mismatch", "double-release", "double-release"}},
    {"io: acquire B; release-unheld A; release B", {"count-mismatch", "tag-mismatch", "tag-mismatch"}},
    {"io: hold 3; release-unheld C", {"count-mismatch", "double-release", "double-release"}},
    {"pnp: release-and-wait-unheld A", {"negative-count", "double-release", "double-release"}},
    {"pnp: acquire A; release-and-wait-unheld B", {"count-mismatch", "tag-mismatch", "tag-mismatch"}},
    {"pnp: reinit", {"clean", "reinitialised", "reinitialised"}},
    {"io: acquire A; reinit; release A", {"count-mismatch", "reinitialised", "reinitialised"}},
    {"pnp: acquire A; release-and-wait A; reinit", {"count-mismatch", "reinitialised", "reinitialised"}},
    {"io: raise high; acquire A; release A", {"irql", "irql", "irql"}},
    {"io: acquire-sized A odd", {"clean", "double-release", "clean"}},
    {"io: acquire-sized A free", {"clean", "double-release", "clean"}},
    {"io: acquire-sized A checked", {"out-of-bounds", "clean", "clean"}},
};

static void each_personality_says_what_it_can(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        for (size_t personality = 0; personality < COUNT_OF(personalities); personality++) {
            struct scenario scenario = scenario_of("lock", personalities[personality], rows[index].program);
            struct verdict verdict = run_default(&scenario);
            assert_verdict(&scenario, &verdict, rows[index].by_personality[personality]);
            assert_true(personality != 0 || !names_misuse(identifier_of(&verdict)));
        }
    }
}

static void the_lock_is_not_blamed(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        for (size_t personality = 0; personality < COUNT_OF(personalities); personality++) {
            struct scenario scenario = scenario_of("lock", personalities[personality], rows[index].program);
            scenario.configuration.values[SETTING_BLAME] = BLAME_LOCK;
            struct verdict verdict = run_default(&scenario);
            assert_verdict(&scenario, &verdict, "clean");
            assert_true(verdict.excused);
        }
    }
}

static void only_a_callers_fault_is_excused(void **state)
{
    static const struct {
        const char *settings, *program, *verdict;
        bool excused;
    } cases[] = {
        {"blame=lock", "io: acquire A; release A\npnp: remove", "clean", false},
        {"blame=lock", "io: acquire A\npnp: remove", "clean", true},
        {"blame=lock lock=checked minutes=1", "io: acquire A; advance 2; release A", "clean", false},
        {"", "io: acquire A\npnp: remove", "deadlock", false},
    };
    (void)state;
    for (size_t index = 0; index < COUNT_OF(cases); index++) {
        struct scenario scenario = scenario_of("lock", cases[index].settings, cases[index].program);
        struct verdict verdict = run_default(&scenario);
        assert_verdict(&scenario, &verdict, cases[index].verdict);
        assert_int_equal(verdict.excused, cases[index].excused);
    }
}

/* ------------------------------------------------------------------------------------------- in every interleaving -- */

static const char *const concurrent[] = {
    "io: acquire A; release A\nwrite: release-unheld B\npnp: remove",
    "io: acquire A; release A\npnp: release-and-wait-unheld B",
    "io: acquire A; release A\nwrite: reinit\npnp: remove",
    "io: acquire A\npnp: remove",
    "io: acquire A; remove\nwrite: acquire B; release B",
};

static void in_no_interleaving_is_the_lock_blamed(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(concurrent); index++) {
        for (size_t personality = 0; personality < COUNT_OF(personalities); personality++) {
            struct scenario scenario = scenario_of("lock", personalities[personality], concurrent[index]);
            scenario.configuration.values[SETTING_BLAME] = BLAME_LOCK;
            struct verdict verdict;
            struct search search = run_all_schedules(&scenario, PREEMPTIONS, EXECUTION_LIMIT, &verdict);
            assert_true(search.complete);
            assert_verdict(&scenario, &verdict, "clean");
        }
    }
}

/* The free lock never names the misuse, the others do in some interleaving. */
static void some_interleaving_shows_it_when_all_are_blamed(void **state)
{
    static const char *const named[] = {NULL, "double-release", "double-release"};
    (void)state;
    for (size_t personality = 0; personality < COUNT_OF(personalities); personality++) {
        struct scenario scenario = scenario_of("lock", personalities[personality], concurrent[0]);
        struct verdict verdict;
        assert_true(find_exhaustively(&scenario, named[personality], PREEMPTIONS, EXECUTION_LIMIT, &verdict));
        if (personality == 0) {
            assert_false(find_exhaustively(&scenario, "double-release", PREEMPTIONS, EXECUTION_LIMIT, &verdict));
            assert_false(find_exhaustively(&scenario, "tag-mismatch", PREEMPTIONS, EXECUTION_LIMIT, &verdict));
            assert_true(find_exhaustively(&scenario, "count-mismatch", PREEMPTIONS, EXECUTION_LIMIT, &verdict));
        }
    }
}

static void a_removal_that_waits_in_vain_is_its_callers_fault(void **state)
{
    (void)state;
    for (size_t personality = 0; personality < COUNT_OF(personalities); personality++) {
        struct scenario scenario = scenario_of("lock", personalities[personality], "io: acquire A\npnp: remove");
        struct verdict verdict = run_default(&scenario);
        assert_verdict(&scenario, &verdict, "deadlock");
        scenario.configuration.values[SETTING_BLAME] = BLAME_LOCK;
        verdict = run_default(&scenario);
        assert_verdict(&scenario, &verdict, "clean");
    }
}

/* What excuses callers does not excuse the lock. */
static void mutants_are_blamed_all_the_same(void **state)
{
    struct scenario scenario = scenario_of("lock:m06", "blame=lock", "io: acquire A; release A\npnp: remove");
    struct verdict verdict;
    (void)state;
    assert_true(find_exhaustively(&scenario, "lost-wakeup", PREEMPTIONS, EXECUTION_LIMIT, &verdict));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_personality_says_what_it_can),
        cmocka_unit_test(the_lock_is_not_blamed),
        cmocka_unit_test(only_a_callers_fault_is_excused),
        cmocka_unit_test(in_no_interleaving_is_the_lock_blamed),
        cmocka_unit_test(some_interleaving_shows_it_when_all_are_blamed),
        cmocka_unit_test(a_removal_that_waits_in_vain_is_its_callers_fault),
        cmocka_unit_test(mutants_are_blamed_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
