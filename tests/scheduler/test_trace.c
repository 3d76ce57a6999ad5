/*
 * test_trace.c - what is written down about an execution, and the hash that stands for it.
 */
#include "support.h"

#include "programs/environment.h"
#include "programs/spin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct scheduler_options recording = {.record = true};
static const struct scheduler_call step_call = {"step", 13, EFFECT_UPDATE};
static const struct scheduler_call wait_call = {"wait", 12, EFFECT_UPDATE};

static const struct world worlds[] = {
    {"rundown", begin_rundown, 3},
    {"hasty rundown", begin_hasty_rundown, 3},
    {"bluetooth", begin_bluetooth, 0},
    {"mixture", begin_mixture, 3},
};

/* --------------------------------------------------------------------------------------------------------- events -- */

/* One event in words: "acquirer atomic add 1>2". */
static const char *words_of(const struct scheduler_event *event)
{
    static char text[160];
    int length = snprintf(text, sizeof text, "%s %s", scheduler_task_name(event->task),
                          event->call != NULL ? event->call->name : scheduler_operation_name(event->operation));
    if (event->has_value) {
        length += snprintf(text + length, sizeof text - (size_t)length, " %lu>%lu", event->before, event->after);
    }
    snprintf(text + length, sizeof text - (size_t)length, "%s%s", event->preempted ? " preempted" : "",
             event->pending ? " pending" : "");
    return text;
}

static void assert_trace(const char *const *expected, size_t count)
{
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = 0; index < trace.count && index < count; index++) {
        assert_string_equal(words_of(&trace.events[index]), expected[index]);
    }
    assert_int_equal(trace.count, count);
    assert_false(trace.truncated);
}

static void the_trace_tells_operations_with_values_in_order(void **unused)
{
    (void)unused;
    static const char *const expected[] = {
        "acquirer start",
        "acquirer atomic add 1>2",
        "acquirer volatile read 0>0",
        "acquirer volatile read 0>0",
        "acquirer atomic sub 2>1",
        "acquirer end",
        "remover start",
        "remover volatile write 0>1",
        "remover atomic sub 1>0",
        "remover volatile write 0>1", /* nothing comes after it, and still its value is known */
        "remover end",
    };
    const struct world world = {"rundown", begin_rundown, 1};
    run_world(&world, the_default(), &recording);
    assert_trace(expected, COUNT_OF(expected));
}

static void preemptions_and_waits_are_told(void **unused)
{
    (void)unused;
    static const char *const expected[] = {
        "acquirer start",
        "acquirer atomic add 1>2",
        "remover start",
        "remover volatile write 0>1",
        "remover atomic sub 2>1",
        "remover wait", /* it had to wait ... */
        "acquirer volatile read 1>1 preempted",
        "acquirer atomic sub 1>0",
        "acquirer set 0>1",
        "acquirer end",
        "remover wait", /* ... and went on */
        "remover volatile write 0>1",
        "remover end",
    };
    const struct world world = {"rundown", begin_rundown, 1};
    struct deviation deviation = {CHOICE_TASK, 0, 1, 2};
    run_world(&world, strategy_replay((struct schedule){&deviation, 1}), &recording);
    assert_trace(expected, COUNT_OF(expected));
    assert_int_equal(scheduler_trace().events[5].operation, OPERATION_WAIT);
    assert_int_equal(scheduler_trace().events[10].operation, OPERATION_CALL);
}

static void a_failing_execution_is_told_up_to_its_end(void **unused)
{
    (void)unused;
    static const char *const expected[] = {
        "request start",
        "request volatile read 0>0",
        "stop start",
        "stop volatile write 0>1",
        "stop atomic sub 1>0",
        "stop set 0>1",
        "stop volatile read 1>1",
        "stop volatile write 0>1",
        "stop end",
        "request atomic add 0>1 preempted",
        "request volatile read 1>1",
    };
    const struct world world = {"bluetooth", begin_bluetooth, 0};
    struct deviation deviation = {CHOICE_TASK, 0, 1, 2};
    assert_int_equal(run_world(&world, strategy_replay((struct schedule){&deviation, 1}), &recording), SCHEDULER_STOPPED);
    assert_trace(expected, COUNT_OF(expected));
}

static void step_then_fail(void *unused)
{
    (void)unused;
    scheduler_call(&step_call, NULL);
    scheduler_violate("failure", NULL, "enough");
}

static void step_once(void *unused)
{
    (void)unused;
    scheduler_call(&step_call, NULL);
}

static void begin_pending(unsigned size)
{
    (void)size;
    scheduler_spawn("first", step_once, NULL);
    scheduler_spawn("second", step_then_fail, NULL);
    scheduler_spawn("third", step_once, NULL);
}

static void tasks_that_never_began_are_not_told(void **unused)
{
    (void)unused;
    static const char *const expected[] = {"second start", "second step"};
    const struct world world = {"pending", begin_pending, 0};
    struct deviation deviation = {CHOICE_TASK, SCHEDULER_NO_TASK, 1, 0};
    run_world(&world, strategy_replay((struct schedule){&deviation, 1}), &recording);
    assert_trace(expected, COUNT_OF(expected));
}

static void begin_preempted_and_stopped(unsigned size)
{
    (void)size;
    scheduler_spawn("pair", step_then_fail, NULL);
    scheduler_spawn("raiser", raise_flag, memset(scheduler_allocate(sizeof(struct flag), "flag"), 0, sizeof(struct flag)));
}

static void a_preempted_operation_is_pending(void **unused)
{
    (void)unused;
    static const char *const expected[] = {
        "raiser start",
        "raiser volatile write 0>1", /* settled although its task did nothing further */
        "pair start",
        "pair step",
        "raiser atomic store preempted pending",
    };
    const struct world world = {"preempted", begin_preempted_and_stopped, 0};
    struct deviation deviations[] = {{CHOICE_TASK, SCHEDULER_NO_TASK, 1, 0}, {CHOICE_TASK, 1, 0, 2}};
    run_world(&world, strategy_replay((struct schedule){deviations, 2}), &recording);
    assert_trace(expected, COUNT_OF(expected));
}

static void use_after_free(void *unused)
{
    (void)unused;
    struct flag *flag = memset(scheduler_allocate(sizeof *flag, "flag"), 0, sizeof *flag);
    scheduler_free(flag, "flag");
    raise_flag(flag);
}

static void begin_use_after_free(unsigned size)
{
    (void)size;
    scheduler_spawn("user", use_after_free, NULL);
}

static void the_forbidden_access_itself_is_pending(void **unused)
{
    (void)unused;
    static const char *const expected[] = {"user start", "user volatile write pending"};
    const struct world world = {"use after free", begin_use_after_free, 0};
    run_world(&world, the_default(), &recording);
    assert_violation(VIOLATION_USE_AFTER_FREE);
    assert_trace(expected, COUNT_OF(expected));
}

static void write_notes(void *unused)
{
    (void)unused;
    scheduler_wait(&wait_call, NULL, NULL, NULL, 7);
    scheduler_note(&recording, "%s %d", "a remark of more than sixty-three characters, of which the first sixty-three stay", 1);
    for (int index = 0; index < 9000; index++) {
        scheduler_call(&step_call, NULL);
        scheduler_note(NULL, "%d", index);
    }
}

static void begin_notes(unsigned size)
{
    (void)size;
    scheduler_spawn("writer", write_notes, NULL);
}

static void notes_and_timeouts_are_told_and_long_traces_cut(void **unused)
{
    (void)unused;
    const struct world world = {"notes", begin_notes, 0};
    run_world(&world, the_default(), &recording);
    struct scheduler_trace trace = scheduler_trace();
    assert_true(trace.truncated);
    assert_true(trace.count >= 10000);
    assert_int_equal(trace.events[1].operation, OPERATION_WAIT);
    assert_int_equal(trace.events[3].operation, OPERATION_TIMEOUT);
    assert_int_equal(trace.events[3].time, 7);
    assert_int_equal(trace.events[4].operation, OPERATION_NOTE);
    assert_ptr_equal(trace.events[4].object, &recording);
    assert_string_equal(trace.events[4].text, "a remark of more than sixty-three characters, of which the firs");
    assert_int_equal(scheduler_steps(), 9001);

    run_world(&world, the_default(), NULL);
    assert_int_equal(scheduler_trace().count, 0);
    assert_false(scheduler_trace().truncated);
}

static void points_count_up_and_events_tell_where(void **unused)
{
    (void)unused;
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        run_world(&worlds[index], random_walk(index), &recording);
        uint32_t points[SCHEDULER_TASK_LIMIT] = {0};
        struct scheduler_trace trace = scheduler_trace();
        for (uint32_t at = 0; at < trace.count; at++) {
            const struct scheduler_event *event = &trace.events[at];
            if (event->operation == OPERATION_START || event->operation == OPERATION_END || event->pending) {
                continue;
            }
            bool waited = event->operation == OPERATION_CALL && event->point == points[event->task];
            assert_true(waited || event->point == points[event->task] + 1);
            points[event->task] = event->point;
            assert_true(event->stack[0] != 0);
        }
    }
}

static void every_operation_has_a_name(void **unused)
{
    (void)unused;
    for (int operation = 0; operation < OPERATION_KINDS; operation++) {
        assert_non_null(scheduler_operation_name(operation));
        assert_string_not_equal(scheduler_operation_name(operation), "unknown");
    }
    assert_string_equal(scheduler_operation_name(OPERATION_KINDS), "unknown");
    assert_string_equal(choice_kind_name(CHOICE_TASK), "task");
    assert_string_equal(choice_kind_name(CHOICE_ALLOCATION), "allocation");
    assert_string_equal(choice_kind_name(CHOICE_KINDS), "unknown");
}

/* ----------------------------------------------------------------------------------------------------------- hash -- */

static void the_hash_does_not_depend_on_who_watches(void **unused)
{
    (void)unused;
    const struct scheduler_options options[] = {{0}, {.record = true}, {.feedback = true}, {.record = true, .feedback = true}};
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        for (uint64_t seed = 0; seed < 300; seed++) {
            run_world(&worlds[index], random_walk(seed), &options[0]);
            uint64_t hash = scheduler_hash();
            for (size_t option = 1; option < COUNT_OF(options); option++) {
                run_world(&worlds[index], random_walk(seed), &options[option]);
                assert_int_equal(scheduler_hash(), hash);
            }
        }
    }
}

static int compare_hashes(const void *one, const void *other)
{
    uint64_t first = *(const uint64_t *)one, second = *(const uint64_t *)other;
    return (first > second) - (first < second);
}

/* The trace itself, as a string, tells interleavings apart; the hash must do so as well. */
static uint64_t hash_of_text(void)
{
    struct scheduler_trace trace = scheduler_trace();
    uint64_t hash = 14695981039346656037u;
    for (uint32_t index = 0; index < trace.count; index++) {
        for (const char *letter = words_of(&trace.events[index]); *letter != '\0'; letter++) {
            hash = (hash ^ (uint64_t)*letter) * 1099511628211u;
        }
        hash = (hash ^ trace.events[index].task) * 1099511628211u;
    }
    return hash;
}

static size_t distinct(uint64_t *hashes, size_t count)
{
    qsort(hashes, count, sizeof hashes[0], compare_hashes);
    size_t different = count > 0;
    for (size_t index = 1; index < count; index++) {
        different += hashes[index] != hashes[index - 1];
    }
    return different;
}

static void different_interleavings_have_different_hashes(void **unused)
{
    (void)unused;
    enum { EXECUTIONS = 2000 };
    static uint64_t hashes[EXECUTIONS], texts[EXECUTIONS];
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        struct strategy *strategy = random_walk(index);
        for (size_t execution = 0; execution < EXECUTIONS; execution++) {
            run_world(&worlds[index], strategy, &recording);
            hashes[execution] = scheduler_hash();
            texts[execution] = hash_of_text();
        }
        size_t different = distinct(texts, EXECUTIONS);
        assert_true(different > 30);
        assert_true(distinct(hashes, EXECUTIONS) >= different);
    }
}

static uint64_t call_value;
static uint16_t call_number;

static void many_steps(void *count)
{
    struct scheduler_call call = {"numbered", call_number, EFFECT_UPDATE};
    scheduler_call(&call, NULL);
    scheduler_call_value(0, call_value);
    for (uintptr_t index = 0; index < (uintptr_t)count; index++) {
        scheduler_call(&step_call, NULL);
    }
}

static void begin_many_steps(unsigned size)
{
    scheduler_spawn("stepper", many_steps, (void *)(uintptr_t)size);
    scheduler_spawn("stepper", many_steps, (void *)(uintptr_t)0);
}

static uint64_t hash_of_many_steps(unsigned steps, uint16_t number, uint64_t value)
{
    const struct world world = {"many steps", begin_many_steps, steps};
    call_number = number;
    call_value = value;
    run_world(&world, the_default(), NULL);
    return scheduler_hash();
}

/* Around the length at which the hash is folded, and far beyond it: the very first value is still in it. */
static void long_executions_keep_their_beginning_in_the_hash(void **unused)
{
    (void)unused;
    static const unsigned lengths[] = {0, 1, 1000, 1020, 1021, 1022, 1023, 1024, 1025, 2047, 2048, 2049, 9000};
    for (size_t index = 0; index < COUNT_OF(lengths); index++) {
        uint64_t hash = hash_of_many_steps(lengths[index], 5, 1);
        assert_true(hash == hash_of_many_steps(lengths[index], 5, 1));
        assert_true(hash != hash_of_many_steps(lengths[index], 5, 2));
        assert_true(hash != hash_of_many_steps(lengths[index] + 1, 5, 1));
    }
}

static void every_call_number_counts_in_the_hash(void **unused)
{
    (void)unused;
    static uint64_t hashes[UINT16_MAX + 1];
    for (uint32_t number = 0; number <= UINT16_MAX; number++) {
        hashes[number] = hash_of_many_steps(0, (uint16_t)number, 0);
    }
    assert_int_equal(distinct(hashes, COUNT_OF(hashes)), UINT16_MAX + 1);
}

static void schedules_too_long_to_record_say_so(void **unused)
{
    (void)unused;
    const struct world world = {"many steps", begin_many_steps, 100};
    run_world(&world, random_walk(1), NULL);
    assert_false(scheduler_schedule_truncated());

    scheduler_reset(&(struct scheduler_options){.step_limit = 100000});
    scheduler_spawn("stepper", many_steps, (void *)(uintptr_t)30000);
    scheduler_spawn("stepper", many_steps, (void *)(uintptr_t)30000);
    assert_int_equal(scheduler_run(random_walk(1)), SCHEDULER_FINISHED);
    assert_true(scheduler_schedule_truncated());
    assert_int_equal(scheduler_schedule().count, SCHEDULER_DEVIATION_LIMIT);
}

void __tsan_read4(void *address);
void __tsan_write4(void *address);
void __tsan_read8(void *address);
void __tsan_read16(void *address);

/* What compiled code does: the callback, then the access. */
static void read_and_write_plainly(void *argument)
{
    struct {
        uint64_t pair[2];
        const void *outside, *inside;
        uint32_t counter;
    } *shared = argument;
    __tsan_read4(&shared->counter);
    __tsan_write4(&shared->counter);
    shared->counter++;
    __tsan_read4(&shared->counter);
    __tsan_read8(&shared->outside);
    __tsan_read8(&shared->inside);
    __tsan_read16(shared->pair);
}

/* All but addresses that differ between processes, and what is too wide. */
static void plain_values_are_told(void **unused)
{
    (void)unused;
    const struct scheduler_options options = {.record = true, .plain_points = true};
    scheduler_reset(&options);
    char *shared = scheduler_allocate(64, "shared");
    memset(shared, 0, 64);
    const void *outside = &options, *inside = shared;
    memcpy(shared + 16, &outside, sizeof outside);
    memcpy(shared + 24, &inside, sizeof inside);
    shared[32] = 7;
    scheduler_spawn("worker", read_and_write_plainly, shared);
    assert_int_equal(scheduler_run(the_default()), SCHEDULER_FINISHED);
    struct scheduler_trace trace = scheduler_trace();
    assert_int_equal(trace.count, 8);
    assert_string_equal(words_of(&trace.events[1]), "worker plain read 7>7");
    assert_string_equal(words_of(&trace.events[2]), "worker plain write 7>8");
    assert_string_equal(words_of(&trace.events[3]), "worker plain read 8>8");
    assert_string_equal(words_of(&trace.events[4]), "worker plain read");
    assert_true(trace.events[5].has_value && trace.events[5].after == (uintptr_t)inside);
    assert_string_equal(words_of(&trace.events[6]), "worker plain read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_trace_tells_operations_with_values_in_order),
        cmocka_unit_test(preemptions_and_waits_are_told),
        cmocka_unit_test(a_failing_execution_is_told_up_to_its_end),
        cmocka_unit_test(tasks_that_never_began_are_not_told),
        cmocka_unit_test(a_preempted_operation_is_pending),
        cmocka_unit_test(the_forbidden_access_itself_is_pending),
        cmocka_unit_test(notes_and_timeouts_are_told_and_long_traces_cut),
        cmocka_unit_test(plain_values_are_told),
        cmocka_unit_test(points_count_up_and_events_tell_where),
        cmocka_unit_test(every_operation_has_a_name),
        cmocka_unit_test(the_hash_does_not_depend_on_who_watches),
        cmocka_unit_test(different_interleavings_have_different_hashes),
        cmocka_unit_test(long_executions_keep_their_beginning_in_the_hash),
        cmocka_unit_test(every_call_number_counts_in_the_hash),
        cmocka_unit_test(schedules_too_long_to_record_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
