/*
 * test_feedback.c - interleaving coverage: which counters an execution sets, here and in another process.
 *
 * Called with the argument "print", prints the counters of some executions instead, for the test that compares processes.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct scheduler_options watching = {.feedback = true};

static const struct world worlds[] = {
    {"rundown", begin_rundown, 3},
    {"hasty rundown", begin_hasty_rundown, 3},
    {"bluetooth", begin_bluetooth, 0},
    {"mixture", begin_mixture, 3},
};

static const char *program_path;

static uint32_t counters_set(void)
{
    uint32_t count = 0;
    for (size_t index = 0; index < SCHEDULER_FEEDBACK_SIZE; index++) {
        assert_true(scheduler_feedback[index] <= 1);
        count += scheduler_feedback[index];
    }
    return count;
}

static void the_list_names_each_counter_that_is_set_once(void **unused)
{
    (void)unused;
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        struct strategy *strategy = random_walk(index);
        for (int execution = 0; execution < 500; execution++) {
            run_world(&worlds[index], strategy, &watching);
            const uint16_t *touched;
            uint32_t count = scheduler_feedback_touched(&touched);
            assert_int_equal(count, counters_set());
            bool seen[SCHEDULER_FEEDBACK_SIZE] = {false};
            for (uint32_t at = 0; at < count; at++) {
                assert_true(touched[at] < SCHEDULER_FEEDBACK_SIZE);
                assert_int_equal(scheduler_feedback[touched[at]], 1);
                assert_false(seen[touched[at]]);
                seen[touched[at]] = true;
            }
        }
    }
}

static void a_reset_clears_what_was_set(void **unused)
{
    (void)unused;
    run_world(&worlds[0], random_walk(1), &watching);
    assert_true(counters_set() > 0);
    scheduler_reset(&watching);
    assert_int_equal(counters_set(), 0);
    const uint16_t *touched;
    assert_int_equal(scheduler_feedback_touched(&touched), 0);
}

static void without_feedback_nothing_is_set(void **unused)
{
    (void)unused;
    scheduler_reset(&watching);
    run_world(&worlds[0], random_walk(1), NULL);
    assert_int_equal(counters_set(), 0);
}

static void executions_differ_by_their_interleaving(void **unused)
{
    (void)unused;
    static uint8_t in_order[SCHEDULER_FEEDBACK_SIZE], again[SCHEDULER_FEEDBACK_SIZE];
    run_world(&worlds[0], the_default(), &watching);
    memcpy(in_order, scheduler_feedback, sizeof in_order);
    uint32_t count_in_order = counters_set();

    run_world(&worlds[0], the_default(), &watching);
    memcpy(again, scheduler_feedback, sizeof again);
    assert_memory_equal(again, in_order, sizeof in_order);

    /* The remover first, and preempted between its two steps: the acquirers see another mark. */
    struct deviation deviations[] = {{CHOICE_TASK, SCHEDULER_NO_TASK, 3, 0}, {CHOICE_TASK, 3, 0, 2}};
    run_world(&worlds[0], strategy_replay((struct schedule){deviations, 2}), &watching);
    assert_memory_not_equal(scheduler_feedback, in_order, sizeof in_order);
    assert_true(count_in_order > 0 && counters_set() > 0);
}

static void one_task_alone_sets_nothing(void **unused)
{
    (void)unused;
    const struct world alone = {"alone", begin_rundown, 0};
    run_world(&alone, the_default(), &watching);
    assert_int_equal(counters_set(), 0);
}

/* There is news to be found for a while, and then there is not: pairs of sites are finitely many. */
static void a_program_s_counters_are_soon_all_known(void **unused)
{
    (void)unused;
    static bool known[SCHEDULER_FEEDBACK_SIZE];
    memset(known, 0, sizeof known);
    struct strategy *strategy = random_walk(9);
    uint32_t early = 0, late = 0;
    for (int execution = 0; execution < 40000; execution++) {
        run_world(&worlds[0], strategy, &watching);
        const uint16_t *touched;
        uint32_t count = scheduler_feedback_touched(&touched);
        for (uint32_t at = 0; at < count; at++) {
            early += !known[touched[at]] && execution < 20000;
            late += !known[touched[at]] && execution >= 20000;
            known[touched[at]] = true;
        }
    }
    print_message("%u counters in the first 20000 executions, %u more in the next\n", early, late);
    assert_true(early >= 20);
    assert_true(late <= early / 10);
}

/* ------------------------------------------------------------------------------------------------ other processes -- */

static int print_counters(void)
{
    printf("%p\n", (void *)print_counters);
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            run_world(&worlds[index], random_walk(seed), &watching);
            const uint16_t *touched;
            uint32_t count = scheduler_feedback_touched(&touched);
            for (uint32_t at = 0; at < count; at++) {
                printf("%u ", touched[at]);
            }
            printf("\n");
        }
    }
    return 0;
}

struct output {
    char address[64];
    char counters[64 * 1024];
};

static void run_process(struct output *output)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program_path, program_path, "print", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *stream = fdopen(ends[0], "r");
    assert_non_null(fgets(output->address, sizeof output->address, stream));
    size_t length = fread(output->counters, 1, sizeof output->counters - 1, stream);
    output->counters[length] = '\0';
    fclose(stream);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(length > 1000);
}

static void every_process_sets_the_same_counters(void **unused)
{
    (void)unused;
    static struct output first, other;
    bool moved = false;
    run_process(&first);
    for (int process = 0; process < 5; process++) {
        run_process(&other);
        assert_string_equal(other.counters, first.counters);
        moved = moved || strcmp(other.address, first.address) != 0;
    }
    print_message("%s", moved ? "the processes were loaded at different addresses\n"
                              : "address space randomisation is off: equal addresses proved nothing\n");
}

int main(int count, char **arguments)
{
    program_path = arguments[0];
    if (count > 1 && strcmp(arguments[1], "print") == 0) {
        return print_counters();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_names_each_counter_that_is_set_once),
        cmocka_unit_test(a_reset_clears_what_was_set),
        cmocka_unit_test(without_feedback_nothing_is_set),
        cmocka_unit_test(executions_differ_by_their_interleaving),
        cmocka_unit_test(one_task_alone_sets_nothing),
        cmocka_unit_test(a_program_s_counters_are_soon_all_known),
        cmocka_unit_test(every_process_sets_the_same_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
