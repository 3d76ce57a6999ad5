/* test_determinism.c - the same schedule is the same execution, however it is watched; and what breaks that is a finding. */
#include "support.h"

enum { SCENARIOS_PER_SUBJECT = 60, SCHEDULES_PER_SCENARIO = 4 };

static struct deviation kept[SCHEDULER_DEVIATION_LIMIT];

static struct schedule keep_schedule(void)
{
    struct schedule schedule = scheduler_schedule();
    memcpy(kept, schedule.deviations, schedule.count * sizeof kept[0]);
    return (struct schedule){.deviations = kept, .count = schedule.count};
}

static void assert_same_verdict(const struct scenario *scenario, const struct verdict *one, const struct verdict *other)
{
    if (!verdict_same_finding(one, other) || one->hash != other->hash || one->steps != other->steps) {
        fail_msg("%s\n%s with %u steps and hash %lx, watched otherwise %s with %u steps and hash %lx", program_text(scenario),
                 identifier_of(one), one->steps, one->hash, identifier_of(other), other->steps, other->hash);
    }
    if (one->finding != NULL) {
        assert_string_equal(one->message, other->message);
        assert_string_equal(one->holders, other->holders);
        assert_int_equal(one->task, other->task);
        assert_ptr_equal(one->object, other->object);
    }
}

/* -------------------------------------------------------------------------------------------------------- subjects -- */

static void visit_executions(void (*visit)(const struct scenario *scenario, const struct verdict *verdict))
{
    for (uint32_t index = 0; index < subject_count(); index++) {
        struct generator generator = {.state = index + 1, .misuse = index % 2 == 0};
        struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = index + 1});
        for (uint32_t count = 0; count < SCENARIOS_PER_SUBJECT; count++) {
            static struct scenario scenario;
            generator_scenario(&generator, subject_at(index), &scenario);
            for (uint32_t schedule = 0; schedule < SCHEDULES_PER_SCENARIO; schedule++) {
                struct verdict verdict;
                harness_execute(&scenario, strategy, HARNESS_HASH, &verdict);
                visit(&scenario, &verdict);
            }
        }
    }
}

static void check_again(const struct scenario *scenario, const struct verdict *first)
{
    struct verdict verdict;
    if (!harness_check_determinism(scenario, first, &verdict)) {
        fail_msg("%s\n%s", program_text(scenario), verdict.message);
    }
}

static void all_subjects_are_deterministic(void **state)
{
    (void)state;
    visit_executions(check_again);
}

static void watch(const struct scenario *scenario, const struct verdict *first)
{
    static const unsigned modes[] = {HARNESS_RECORD, HARNESS_FEEDBACK | HARNESS_HASH, HARNESS_RECORD | HARNESS_FEEDBACK};
    struct schedule schedule = keep_schedule();
    for (size_t index = 0; index < COUNT_OF(modes); index++) {
        struct verdict verdict;
        harness_execute(scenario, strategy_replay(schedule), modes[index], &verdict);
        assert_same_verdict(scenario, first, &verdict);
        assert_int_equal(scheduler_trace().count != 0, (modes[index] & HARNESS_RECORD) != 0);
    }
}

static void recording_and_feedback_change_nothing(void **state)
{
    (void)state;
    visit_executions(watch);
}

static uint64_t last_hash;
static uint32_t changes;

static void compare_with_last(const struct scenario *scenario, const struct verdict *verdict)
{
    (void)scenario;
    changes += verdict->hash != last_hash;
    last_hash = verdict->hash;
}

/* The hash is worth comparing: executions that differ have different ones. */
static void other_executions_have_other_hashes(void **state)
{
    (void)state;
    changes = 0;
    visit_executions(compare_with_last);
    uint32_t executions = subject_count() * SCENARIOS_PER_SUBJECT * SCHEDULES_PER_SCENARIO;
    assert_true(changes > executions / 2);
}

/* ------------------------------------------------------------------------------------- a subject with a memory -- */

/* Survives executions, as nothing may. */
static uint32_t runs;

static const struct scheduler_call remember_call = {"Remember", 999, EFFECT_UPDATE};

static void remember_value(const struct operation_call *call)
{
    (void)call;
    scheduler_call(&remember_call, NULL);
    scheduler_call_value(0, runs);
}

static void remember_steps(const struct operation_call *call)
{
    (void)call;
    for (uint32_t count = runs % 3; count > 0; count--) {
        scheduler_call(&remember_call, NULL);
    }
}

static void remember_verdict(const struct operation_call *call)
{
    (void)call;
    scheduler_call(&remember_call, NULL);
    if (runs % 2 == 0) {
        harness_report("leak", NULL, "every second execution");
    }
}

static void forget(const struct operation_call *call)
{
    (void)call;
    scheduler_call(&remember_call, NULL);
    scheduler_call_value(0, 1);
}

static const struct operation operations[] = {
    {.name = "value", .summary = "", .weight = 1, .run = remember_value},
    {.name = "steps", .summary = "", .weight = 1, .run = remember_steps},
    {.name = "verdict", .summary = "", .weight = 1, .run = remember_verdict},
    {.name = "nothing", .summary = "", .weight = 1, .run = forget},
};

static void begin_with_memory(const struct subject *subject, const struct scenario *scenario)
{
    (void)subject;
    (void)scenario;
    runs++;
}

static const struct subject with_memory = {.name = "with-memory",
                                           .summary = "",
                                           .operations = operations,
                                           .operation_count = COUNT_OF(operations),
                                           .begin = begin_with_memory};

static void what_survives_an_execution_is_a_finding(void **state)
{
    static const char *const words[] = {"other values", "another number of steps", "another verdict", NULL};
    (void)state;
    for (uint8_t code = 0; code < COUNT_OF(operations); code++) {
        struct scenario scenario = {.subject = &with_memory, .configuration = configuration_standard(&with_memory)};
        struct verdict first, verdict;
        assert_true(program_add_task(&scenario.program, "task"));
        assert_true(program_append(&scenario.program, 0, (struct program_operation){.code = code}));
        harness_execute(&scenario, strategy_replay((struct schedule){NULL, 0}), HARNESS_PLAIN, &first);
        bool deterministic = harness_check_determinism(&scenario, &first, &verdict);
        assert_int_equal(deterministic, words[code] == NULL);
        if (!deterministic) {
            assert_string_equal(identifier_of(&verdict), "nondeterminism");
            assert_string_equal(verdict.routine, "-");
            assert_non_null(strstr(verdict.message, words[code]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_subjects_are_deterministic),
        cmocka_unit_test(recording_and_feedback_change_nothing),
        cmocka_unit_test(other_executions_have_other_hashes),
        cmocka_unit_test(what_survives_an_execution_is_a_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
