/*
 * test_races.c - the race detector: what orders two accesses and what does not, as a table of executions. Each row that is
 * ordered has a neighbour in which what orders is missing.
 */
#include "race_script.h"
#include "support.h"

#include <string.h>

enum { CLEAN, RACE };

static const struct {
    const char *name;
    const char *script;
    int nt, c11;
} rows[] = {
    {"two plain writes", "A:w0 B:w0", RACE, RACE},
    {"a plain write and a plain read", "A:w0 B:r0", RACE, RACE},
    {"a plain read and a plain write", "A:r0 B:w0", RACE, RACE},
    {"two plain reads", "A:r0 B:r0", CLEAN, CLEAN},
    {"one task", "A:w0 A:r0 A:w0", CLEAN, CLEAN},
    {"other variables", "A:w0 B:w4 C:w8", CLEAN, CLEAN},

    {"neighbouring bytes", "A:w0/1 B:w1/1 C:w2/1 D:w3/1 A:w0/1 B:r1/1", CLEAN, CLEAN},
    {"neighbouring pairs of bytes", "A:w0/2 B:w2/2 A:r0/2 B:w2/2", CLEAN, CLEAN},
    {"a byte of four", "A:w0/4 B:r3/1", RACE, RACE},
    {"four bytes over one", "A:w3/1 B:w0/4", RACE, RACE},
    {"eight bytes over four", "A:w4/4 B:r0/8", RACE, RACE},
    {"a copy over one byte", "A:w21/1 B:R0/40", RACE, RACE},
    {"a copy beside a byte", "A:w40/1 B:R0/40", CLEAN, CLEAN},
    {"a memset over one byte", "A:r39/1 B:W8/32", RACE, RACE},
    {"a memset beside bytes", "A:r7/1 A:r40/1 B:W8/32", CLEAN, CLEAN},
    {"across two granules", "A:w6/4 B:r9/1", RACE, RACE},
    {"beside what lies across two granules", "A:w6/4 B:r10/1 C:w5/1", CLEAN, CLEAN},
    {"a write in the middle of what was read", "A:r0/8 B:r0/8 A:k1 C:k1 C:w4/4", RACE, RACE},

    {"release and acquire", "A:w0 A:s8r B:l8a B:r0", CLEAN, CLEAN},
    {"a relaxed store", "A:w0 A:s8- B:l8a B:r0", RACE, RACE},
    {"a relaxed load", "A:w0 A:s8r B:l8- B:r0", RACE, RACE},
    {"seq_cst", "A:w0 A:s8s B:l8s B:w0", CLEAN, CLEAN},
    {"written after the release", "A:s8r A:w0 B:l8a B:r0", RACE, RACE},
    {"loaded before the store", "B:l8a A:w0 A:s8r B:r0", RACE, RACE},
    {"another variable", "A:w0 A:s8r B:l12a B:r0", RACE, RACE},
    {"read, then overwritten with order", "A:r0 A:s8r B:l8a B:w0", CLEAN, CLEAN},
    {"one reader of two hands on", "A:r0 B:r0 A:s8r C:l8a C:w0", RACE, RACE},
    {"both readers hand on", "A:r0 B:r0 A:s8r B:s12r C:l8a C:l12a C:w0", CLEAN, CLEAN},
    {"through a third task", "A:w0 A:s8r B:l8a B:s12r C:l12a C:r0", CLEAN, CLEAN},
    {"through a third task that does not acquire", "A:w0 A:s8r B:l8- B:s12r C:l12a C:r0", RACE, RACE},

    {"a release sequence through additions", "A:w0 A:s8r B:x8- C:l8a C:r0", CLEAN, CLEAN},
    {"through two additions", "A:w0 A:s8r B:x8- C:x8- D:l8a D:r0", CLEAN, CLEAN},
    {"a relaxed addition acquires nothing", "A:w0 A:s8r B:x8- B:r0", RACE, RACE},
    {"an acquiring addition", "A:w0 A:s8r B:x8a B:r0", CLEAN, CLEAN},
    {"additions that release each", "A:w0 A:x8r B:w4 B:x8r C:l8a C:r0 C:r4", CLEAN, CLEAN},
    {"one of the additions is relaxed", "A:w0 A:x8r B:w4 B:x8- C:l8a C:r0 C:r4", RACE, RACE},
    {"ended by another task's store", "A:w0 A:s8r B:s8- C:l8a C:r0", RACE, RACE},
    {"ended by another task's release", "A:w0 A:s8r B:s8r C:l8a C:r0", RACE, RACE},
    {"continued by the same task's store", "A:w0 A:s8r A:s8- B:l8a B:r0", CLEAN, CLEAN},
    {"continued by the same task's store after its addition", "A:s8r B:w0 B:x8r B:s8- C:l8a C:r0", CLEAN, CLEAN},
    {"begun by an addition after a store", "A:s8- B:w0 B:x8r C:l8a C:r0", CLEAN, CLEAN},
    {"a failing compare-exchange acquires", "A:w0 A:s8r B:c8a B:r0", CLEAN, CLEAN},
    {"a failing compare-exchange that is relaxed", "A:w0 A:s8r B:c8- B:r0", RACE, RACE},
    {"a failing compare-exchange does not release", "B:w0 B:c8s A:l8a A:r0", RACE, RACE},

    {"fences on both sides", "A:w0 A:f0r A:s8- B:l8- B:f0a B:r0", CLEAN, CLEAN},
    {"no fence at the store", "A:w0 A:s8- B:l8- B:f0a B:r0", RACE, RACE},
    {"no fence at the load", "A:w0 A:f0r A:s8- B:l8- B:r0", RACE, RACE},
    {"a release fence and an acquiring load", "A:w0 A:f0r A:s8- B:l8a B:r0", CLEAN, CLEAN},
    {"a release and an acquire fence", "A:w0 A:s8r B:l8- B:f0a B:r0", CLEAN, CLEAN},
    {"written after the fence", "A:f0r A:w0 A:s8- B:l8a B:r0", RACE, RACE},
    {"loaded after the fence", "A:w0 A:s8r B:f0a B:l8- B:r0", RACE, RACE},
    {"fences of the wrong kind", "A:w0 A:f0a A:s8- B:l8- B:f0r B:r0", RACE, RACE},
    {"full fences", "A:w0 A:f0s A:s8- B:l8- B:f0s B:r0", CLEAN, CLEAN},
    {"fences of both kinds", "A:w0 A:f0b A:x8- B:l8- B:f0b B:r0", CLEAN, CLEAN},
    {"full fences alone do not hand on", "A:w0 A:f0s B:f0s B:r0", RACE, RACE},
    {"an addition after a fence joins a sequence", "A:w0 A:s8r B:w4 B:f0r B:x8- C:l8a C:r0 C:r4", CLEAN, CLEAN},

    {"atomic writes", "A:s0- B:s0- C:x0- D:l0-", CLEAN, CLEAN},
    {"an atomic read beside a plain write", "A:w0 B:l0-", CLEAN, RACE},
    {"a plain write beside an atomic read", "A:l0s B:w0", CLEAN, RACE},
    {"a plain read beside an addition", "A:x0s B:r0", CLEAN, RACE},
    {"an addition beside a plain read", "A:r0 B:x0s", CLEAN, RACE},
    {"a plain write beside an addition", "A:x0s B:w0", RACE, RACE},
    {"an addition beside a plain write", "A:w0 B:x0s", RACE, RACE},
    {"an atomic store beside a plain write", "A:w0 B:s0s", RACE, RACE},
    {"initialised before it is atomic", "A:w0 A:s8r B:l8a B:x0-", CLEAN, CLEAN},
    {"initialised, then handed on by itself", "A:w0 A:s0r B:x0a B:w4", CLEAN, CLEAN},
    {"half of an atomic variable", "A:x0s/8 B:r4/4", CLEAN, RACE},
    {"half of an atomic variable written", "A:x0s/8 B:w4/4", RACE, RACE},
    {"a torn read beside an addition", "A:x4s B:r2/4", RACE, RACE},
    {"a copy of a counter", "A:x4s B:R0/16", RACE, RACE},

    {"volatile accesses", "A:V0 B:v0 B:V0", CLEAN, RACE},
    {"volatile reads", "A:v0 B:v0", CLEAN, CLEAN},
    {"volatile hands on", "A:w0 A:V8 B:v8 B:r0", CLEAN, RACE},
    {"volatile read before the write", "B:v8 A:w0 A:V8 B:r0", RACE, RACE},
    {"a plain read beside a volatile write", "A:V0 B:r0", CLEAN, RACE},
    {"a plain write beside a volatile read", "A:v0 B:w0", CLEAN, RACE},
    {"a plain write beside a volatile write", "A:V0 B:w0", RACE, RACE},
    {"a volatile access that is not aligned", "A:V2/4 B:v2/4", RACE, RACE},

    {"calls on one object", "A:w0 A:k1 B:k1 B:w0", CLEAN, CLEAN},
    {"calls on two objects", "A:w0 A:k1 B:k2 B:w0", RACE, RACE},
    {"the other call came first", "B:k1 A:w0 A:k1 B:w0", RACE, RACE},
    {"a chain of calls", "A:w0 A:k1 B:k1 B:k2 C:k2 C:w0", CLEAN, CLEAN},
    {"spawned later", "A:w0 A:n1 B:r0", CLEAN, CLEAN},
    {"written after spawning", "A:n1 A:w0 B:r0", RACE, RACE},
    {"spawned by another task", "A:w0 C:n1 B:r0", RACE, RACE},

    {"freed under the same object", "A:w0 A:k1 B:k1 B:F0", CLEAN, CLEAN},
    {"freed while it is read", "A:r0 B:F0", RACE, RACE},
    {"freed beside an atomic access", "A:x60s B:F0", RACE, RACE},
    {"freed by its only user", "A:w0 A:x8s A:F0", CLEAN, CLEAN},
};

static void check_row(size_t index, enum script_memory memory, bool record)
{
    struct script script = script_parse(rows[index].script);
    const int expected[] = {[RACES_OFF] = CLEAN, [RACES_NT] = rows[index].nt, [RACES_C11] = rows[index].c11};
    for (uint32_t policy = RACES_OFF; policy <= RACES_C11; policy++) {
        int found = script_run(&script, policy, memory, record) >= 0;
        if (found != expected[policy]) {
            fail_msg("%s (%s), policy %u, memory %u: %s", rows[index].name, rows[index].script, policy, memory,
                     found ? scheduler_violation()->message : "no race");
        }
    }
}

static void the_table_holds(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        check_row(index, SCRIPT_IN_ARENA, false);
        check_row(index, SCRIPT_IN_ARENA, true);
        if (strstr(rows[index].script, ":F") == NULL) {
            check_row(index, SCRIPT_IN_GLOBAL, false);
        }
    }
}

static void a_stack_is_memory_like_any(void **state)
{
    (void)state;
    struct script shared = script_parse("A:w0 A:s8r B:l8a B:w0 B:s8r A:l8a A:r0");
    struct script raced = script_parse("A:w0 A:s8r B:l8a B:w0 A:r0");
    assert_int_equal(script_run(&shared, RACES_C11, SCRIPT_ON_STACK, false), -1);
    assert_int_equal(script_run(&raced, RACES_C11, SCRIPT_ON_STACK, false), 4);
}

/* Nothing of one execution is left in the next. */
static void executions_do_not_know_each_other(void **state)
{
    (void)state;
    struct script first = script_parse("A:w0 A:s8r B:l8- B:w16");
    struct script second = script_parse("B:w0 B:l8a A:w16");
    struct script ordered = script_parse("A:w0 B:l8a B:r0");
    for (uint32_t round = 0; round < 1000; round++) {
        assert_int_equal(script_run(&first, RACES_C11, SCRIPT_IN_ARENA, round % 2), -1);
        assert_int_equal(script_run(&second, RACES_C11, SCRIPT_IN_ARENA, false), -1);
        assert_int_equal(script_run(&ordered, RACES_C11, SCRIPT_IN_ARENA, false), 2);
    }
}

static void both_accesses_are_told(void **state)
{
    (void)state;
    struct script script = script_parse("A:r4/4 B:w6/1");
    assert_int_equal(script_run(&script, RACES_NT, SCRIPT_IN_ARENA, true), 1);
    const struct violation *violation = scheduler_violation();
    assert_int_equal(violation->task, 1);
    assert_int_equal(violation->other.task, 0);
    assert_int_equal(violation->other.operation, OPERATION_PLAIN_READ);
    assert_int_equal(violation->other.size, 4);
    assert_int_equal((uintptr_t)violation->object % 8, 6);
    assert_true(violation->site != 0 && violation->other.site != 0 && violation->site != violation->other.site);
    assert_int_equal(violation->stack[0], violation->site);
    assert_int_equal(violation->other.stack[0], violation->other.site);
    assert_true(violation->other.stack[1] != 0);
    assert_non_null(strstr(violation->message, "plain read of 4 bytes by A and plain write of 1 byte by B"));
    script = script_parse("A:w0");
    assert_int_equal(script_run(&script, RACES_NT, SCRIPT_IN_ARENA, false), -1);
    scheduler_violate(VIOLATION_DOUBLE_FREE, NULL, "something else");
    assert_int_equal(scheduler_violation()->other.task, SCHEDULER_NO_TASK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds),
        cmocka_unit_test(a_stack_is_memory_like_any),
        cmocka_unit_test(executions_do_not_know_each_other),
        cmocka_unit_test(both_accesses_are_told),
    };
    return cmocka_run_group_tests_name("races", tests, NULL, NULL);
}
