/* test_run.c - running inputs: exact where the schedule is exact, lenient where it is not, and always the same. */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fuzz_input input, other;
static struct verdict verdict;

/* The schedule of an execution, sent through bytes and followed leniently, gives the same execution. */
static void exact_schedules_are_followed_exactly(void **state)
{
    static uint8_t bytes[FUZZ_INPUT_LIMIT];
    struct generator generator = {.state = 1};
    struct fuzz_options options = fuzz_options_standard(sample_mutant());
    struct strategy *walk = strategy_open("random", &(struct strategy_options){.seed = 2});
    (void)state;
    for (uint32_t round = 0; round < 3000; round++) {
        struct verdict again;
        fuzz_generate(&input, &options, &generator);
        harness_execute(&input.scenario, walk, HARNESS_HASH, &verdict);
        if (scheduler_schedule_truncated()) {
            continue;
        }
        struct schedule schedule = scheduler_schedule();
        input.deviation_count = schedule.count;
        memcpy(input.deviations, schedule.deviations, schedule.count * sizeof schedule.deviations[0]);
        size_t size = fuzz_encode(&input, bytes, sizeof bytes);
        fuzz_decode(bytes, size, sample_mutant(), &other);
        harness_execute(&other.scenario, fuzz_strategy(other.deviations, other.deviation_count), HARNESS_HASH, &again);
        assert_int_equal(verdict.hash, again.hash);
        assert_int_equal(verdict.steps, again.steps);
        assert_true(verdict_same_finding(&verdict, &again));
    }
}

/* Deviations that do not fit are passed over, whatever stands before and behind them. */
static void other_deviations_do_no_harm(void **state)
{
    struct generator generator = {.state = 3};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        struct verdict again;
        fuzz_generate(&input, &options, &generator);
        fuzz_copy(&other, &input);
        input.deviation_count = 0;
        sample_near_deviations(&generator, &input, 5);
        fuzz_copy(&other, &input);
        other.deviation_count = 0;
        for (uint32_t index = 0; index < input.deviation_count; index++) {
            struct deviation *place = &other.deviations[other.deviation_count];
            place[0] = (struct deviation){.task = 200, .point = index, .chosen = 1};
            place[1] = input.deviations[index];
            place[2] = (struct deviation){.task = input.deviations[index].task, .point = 4000000, .chosen = 3};
            place[3] = (struct deviation){.task = input.deviations[index].task, .point = 1 + index, .chosen = 100};
            other.deviation_count += 4;
        }
        harness_execute(&input.scenario, fuzz_strategy(input.deviations, input.deviation_count), HARNESS_HASH, &verdict);
        harness_execute(&other.scenario, fuzz_strategy(other.deviations, other.deviation_count), HARNESS_HASH, &again);
        assert_int_equal(verdict.hash, again.hash);
    }
}

/* Each task's deviations count by their points, in whatever order they are listed. */
static void order_of_the_list_is_irrelevant(void **state)
{
    struct generator generator = {.state = 4};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        struct verdict again;
        fuzz_generate(&input, &options, &generator);
        input.deviation_count = 0;
        for (uint32_t task = 0; task + 1 < input.scenario.program.task_count; task++) {
            input.deviations[input.deviation_count++] = (struct deviation){
                .task = (uint8_t)task, .point = 2 + generator_below(&generator, 9), .chosen = (uint8_t)(task + 1)};
            input.deviations[input.deviation_count++] = (struct deviation){
                .task = (uint8_t)task, .point = 12 + generator_below(&generator, 9), .chosen = (uint8_t)(task + 1)};
        }
        fuzz_copy(&other, &input);
        for (uint32_t index = 0; index < input.deviation_count; index++) {
            other.deviations[index] = input.deviations[input.deviation_count - 1 - index];
        }
        harness_execute(&input.scenario, fuzz_strategy(input.deviations, input.deviation_count), HARNESS_HASH, &verdict);
        harness_execute(&other.scenario, fuzz_strategy(other.deviations, other.deviation_count), HARNESS_HASH, &again);
        assert_int_equal(verdict.hash, again.hash);
    }
}

/* ------------------------------------------------------------------------------------------------------- feedback -- */

/* All counters of many inputs with many schedules, in one number. */
static uint64_t feedback_of_many(void)
{
    struct generator generator = {.state = 5};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    uint64_t sum = 0;
    options.schedules = 8;
    for (uint32_t round = 0; round < 300; round++) {
        fuzz_generate(&input, &options, &generator);
        fuzz_run(&input, round, &options, &verdict);
        sum = sum * 31 + fuzz_seed_of(fuzz_counters, sizeof fuzz_counters);
    }
    return sum;
}

static void feedback_is_the_same_in_every_run(void **state)
{
    (void)state;
    assert_int_equal(feedback_of_many(), feedback_of_many());
}

/* Also where addresses differ: every process is loaded somewhere else. */
static void feedback_is_the_same_in_every_process(void **state)
{
    const char *self = *state;
    char command[4200], line[64];
    snprintf(command, sizeof command, "'%s' print-feedback", self);
    FILE *process = popen(command, "r");
    assert_non_null(process);
    assert_non_null(fgets(line, sizeof line, process));
    assert_int_equal(pclose(process), 0);
    assert_int_equal(strtoull(line, NULL, 10), feedback_of_many());
}

static void feedback_can_be_turned_off(void **state)
{
    struct generator generator = {.state = 6};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    options.feedback = false;
    fuzz_generate(&input, &options, &generator);
    fuzz_run(&input, 0, &options, &verdict);
    for (uint32_t index = 0; index < FUZZ_COUNTERS; index++) {
        assert_int_equal(fuzz_counters[index], 0);
    }
}

/* More schedules touch more; the counters are those of one input, not of those before it. */
static void counters_add_up_over_schedules(void **state)
{
    struct generator generator = {.state = 7};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    uint32_t one = 0, many = 0, one_again = 0;
    (void)state;
    fuzz_generate(&input, &options, &generator);
    fuzz_run(&input, 0, &options, &verdict);
    for (uint32_t index = 0; index < FUZZ_COUNTERS; index++) {
        one += fuzz_counters[index];
    }
    options.schedules = 64;
    fuzz_run(&input, 0, &options, &verdict);
    for (uint32_t index = 0; index < FUZZ_COUNTERS; index++) {
        many += fuzz_counters[index];
    }
    options.schedules = 1;
    fuzz_run(&input, 0, &options, &verdict);
    for (uint32_t index = 0; index < FUZZ_COUNTERS; index++) {
        one_again += fuzz_counters[index];
    }
    assert_in_range(one, 1, FUZZ_COUNTERS);
    assert_true(many > one);
    assert_int_equal(one, one_again);
}

/* ------------------------------------------------------------------------------------------------------- findings -- */

static bool find_one(const struct fuzz_options *options, struct generator *generator)
{
    for (uint32_t round = 0; round < 100000; round++) {
        fuzz_generate(&input, options, generator);
        if (fuzz_run(&input, round, options, &verdict)) {
            return true;
        }
    }
    return false;
}

/* A finding of any schedule of an input becomes a replay that shows it again, and a file that says the same. */
static void findings_become_replays(void **state)
{
    struct generator generator = {.state = 8};
    struct fuzz_options options = fuzz_options_standard(sample_mutant());
    char *folder = make_folder();
    char path[4096];
    (void)state;
    options.schedules = 16;
    for (uint32_t round = 0; round < 20; round++) {
        struct replay replay = {0}, loaded = {0};
        struct replay_result result;
        struct replay_error error;
        assert_true(find_one(&options, &generator));
        assert_true(fuzz_capture(&input, &verdict, &replay));
        assert_int_equal(replay.expectation, REPLAY_EXPECTS_FINDING);
        assert_true(scheduler_trace().count > 0);
        assert_true(fuzz_save_finding(&replay, &verdict, folder, path, sizeof path));
        assert_non_null(strstr(path, verdict.finding->identifier));
        assert_true(replay_load(&loaded, path, &error));
        assert_true(replay_equal(&replay, &loaded));
        replay_run(&loaded, HARNESS_PLAIN, &result);
        assert_int_equal(result.outcome, REPLAY_AS_EXPECTED);
        assert_false(fuzz_save_finding(&replay, &verdict, "/nowhere/at/all", path, sizeof path));
        assert_non_null(strstr(path, "/nowhere/at/all"));
        replay_free(&replay);
        replay_free(&loaded);
    }
    remove_folder(folder);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "print-feedback") == 0) {
        printf("%llu\n", (unsigned long long)feedback_of_many());
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_schedules_are_followed_exactly),
        cmocka_unit_test(other_deviations_do_no_harm),
        cmocka_unit_test(order_of_the_list_is_irrelevant),
        cmocka_unit_test(feedback_is_the_same_in_every_run),
        cmocka_unit_test_prestate(feedback_is_the_same_in_every_process, argv[0]),
        cmocka_unit_test(feedback_can_be_turned_off),
        cmocka_unit_test(counters_add_up_over_schedules),
        cmocka_unit_test(findings_become_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
