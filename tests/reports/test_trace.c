/* test_trace.c - what an explanation tells of each step: where its values come from, who woke it, and the locks after it. */
#include "hunt.h"

#include <remlock/reports.h>

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct replay replay;
static struct replay_result result;
static cJSON *explanation;

static void explain(const char *text)
{
    run_text(text, &replay, &result);
    struct report_execution execution = {.scenario = &replay.scenario, .verdict = &result.verdict};
    explanation = report_explanation_json(&execution);
}

static int forget(void **state)
{
    (void)state;
    cJSON_Delete(explanation);
    explanation = NULL;
    replay_free(&replay);
    return 0;
}

static const cJSON *trace(void)
{
    return cJSON_GetObjectItem(explanation, "trace");
}

static const cJSON *step(int number)
{
    const cJSON *event = cJSON_GetArrayItem(trace(), number - 1);
    assert_non_null(event);
    assert_int_equal(cJSON_GetObjectItem(event, "step")->valueint, number);
    return event;
}

static const char *text_of(const cJSON *event, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(event, key);
    return item ? cJSON_GetStringValue(item) : "";
}

static int number_of(const cJSON *event, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(event, key);
    return item ? item->valueint : 0;
}

/* The event of a task with this name that comes `nth`. */
static const cJSON *find(const char *task, const char *name, int nth)
{
    const cJSON *event;
    cJSON_ArrayForEach(event, trace())
    {
        if (strcmp(text_of(event, "task"), task) == 0 && strcmp(text_of(event, "name"), name) == 0 && --nth == 0) {
            return event;
        }
    }
    fail_msg("no %s by %s", name, task);
    return NULL;
}

/* ---------------------------------------------------------------------------------------------------------- reads -- */

static bool writes(const cJSON *event)
{
    const char *operation = text_of(event, "operation");
    return strstr(operation, "atomic") && strcmp(operation, "atomic load") != 0 ? true : strstr(operation, "write") != NULL;
}

static bool reads(const cJSON *event)
{
    const char *operation = text_of(event, "operation");
    return strstr(operation, "read") || (strstr(operation, "atomic") && strcmp(operation, "atomic store") != 0);
}

/* Under sequential consistency: the last one that wrote there, found here in the plainest way. */
static int last_write(int before, const char *object)
{
    for (int number = before - 1; number > 0; number--) {
        if (writes(step(number)) && strcmp(text_of(step(number), "object"), object) == 0) {
            return number;
        }
    }
    return 0;
}

static void check_reads(void)
{
    const cJSON *event;
    int told = 0;
    cJSON_ArrayForEach(event, trace())
    {
        int from = number_of(event, "reads_from");
        if (!reads(event) || cJSON_IsTrue(cJSON_GetObjectItem(event, "pending"))) {
            assert_int_equal(from, 0);
            continue;
        }
        assert_int_equal(from, last_write(number_of(event, "step"), text_of(event, "object")));
        if (from) {
            assert_string_equal(text_of(step(from), "after"), text_of(event, "before"));
            told++;
        }
    }
    assert_true(told > 2);
}

static void reads_are_of_the_last_write(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock\nprogram\n  io: init lock1; acquire A lock1; acquire B; release A lock1; release B\n"
            "  pnp: remove; remove lock1\nschedule\n  io@5 -> pnp\n");
    check_reads();
}

/* The first read of the late acquire sees what was there before the remover's store: nobody's. */
static void an_old_value_does_not_come_from_the_newest_store(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock:m09a-relaxed-increment\nconfig memory=c11\nprogram\n  io: late-acquire A\n  pnp: remove\n"
            "schedule\n  start -> pnp\n  io@2 memory = 1\n");
    assert_non_null(result.verdict.finding);
    const cJSON *old = find("io", "read", 1);
    assert_string_equal(text_of(old, "object"), "Removed");
    assert_string_equal(text_of(old, "before"), "0x0");
    assert_int_equal(number_of(old, "reads_from"), 0);
    const cJSON *count = find("io", "InterlockedIncrement", 1);
    assert_int_equal(number_of(count, "reads_from"), number_of(find("pnp", "InterlockedDecrement", 2), "step"));
}

/* The same read under sequential consistency sees the store. */
static void a_new_value_comes_from_the_newest_store(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock:m09a-relaxed-increment\nprogram\n  io: late-acquire A\n  pnp: remove\n"
            "schedule\n  start -> pnp\n");
    assert_int_equal(number_of(find("io", "read", 1), "reads_from"), number_of(find("pnp", "write", 1), "step"));
}

/* A store that waits in a buffer is read by its own task, and is in memory when the buffer was written. */
static void buffered_stores_reach_memory_later(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock\nconfig memory=tso\nprogram\n  io: acquire A; release A; acquire B\n  pnp: remove\n"
            "schedule\n  io@4 -> pnp\n");
    const cJSON *store = find("pnp", "write", 1), *later = find("io", "read", 2);
    assert_string_equal(text_of(later, "object"), "Removed");
    if (strcmp(text_of(later, "before"), "0x1") == 0) {
        assert_int_equal(number_of(later, "reads_from"), number_of(store, "step"));
    } else {
        assert_int_equal(number_of(later, "reads_from"), 0);
    }
}

/* ---------------------------------------------------------------------------------------------------------- waits -- */

static const char waiting[] = "remlock 1\nsubject lock\nprogram\n  io: acquire A; release A\n  pnp: remove\nschedule\n"
                              "  io@3 -> pnp\n";

static void a_wait_is_ended_by_the_signal(void **state)
{
    (void)state;
    explain(waiting);
    const cJSON *wait = find("pnp", "KeWaitForSingleObject", 1), *goes_on = find("pnp", "KeWaitForSingleObject", 2);
    assert_string_equal(text_of(wait, "operation"), "wait");
    assert_int_equal(number_of(wait, "woken_by"), 0);
    assert_int_equal(number_of(goes_on, "woken_by"), number_of(find("io", "KeSetEvent", 1), "step"));
    assert_int_equal(number_of(goes_on, "signalled_by"), 0);
}

/* Nobody has to wake a remover that comes to the event when it is set; who set it is told all the same. */
static void a_wait_may_find_the_signal(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock:p02-signal-on-every-release\nprogram\n  io: acquire A; acquire B; release A; release B\n"
            "  pnp: remove\nschedule\n  io@7 -> pnp\n");
    const cJSON *event;
    int told = 0;
    cJSON_ArrayForEach(event, trace())
    {
        if (number_of(event, "signalled_by")) {
            const cJSON *by = step(number_of(event, "signalled_by"));
            assert_string_equal(text_of(by, "name"), "KeSetEvent");
            assert_string_equal(text_of(by, "object"), text_of(event, "object"));
            told++;
        }
    }
    assert_true(told > 0);
}

static void a_preemption_tells_by_whom(void **state)
{
    (void)state;
    explain(waiting);
    const cJSON *decrement = find("io", "InterlockedDecrement", 1);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(decrement, "preempted")));
    const cJSON *by = cJSON_GetObjectItem(decrement, "preempted_by");
    assert_string_equal(text_of(by, "task"), "pnp");
    assert_string_equal(text_of(step(number_of(by, "step")), "task"), "pnp");
    assert_string_equal(text_of(step(number_of(by, "step") - 1), "task"), "io");
}

/* ---------------------------------------------------------------------------------------------------------- locks -- */

static const cJSON *lock_of(const cJSON *locks, const char *name)
{
    const cJSON *lock;
    cJSON_ArrayForEach(lock, locks)
    {
        if (strcmp(text_of(lock, "object"), name) == 0) {
            return lock;
        }
    }
    return NULL;
}

/* The state of the lock after each step is what the last step that wrote it has written. */
static int check_counts(const char *name, const char *count_name, const char *removed_name)
{
    const cJSON *event, *lock = lock_of(cJSON_GetObjectItem(explanation, "locks"), name);
    assert_non_null(lock);
    int compared = 0;
    cJSON_ArrayForEach(event, trace())
    {
        const cJSON *now = lock_of(cJSON_GetObjectItem(event, "locks"), name);
        lock = now ? now : lock;
        const char *object = text_of(event, "object"), *after = text_of(event, "after");
        if (after[0] && strcmp(object, count_name) == 0) {
            assert_int_equal(number_of(lock, "count"), (int32_t)strtoul(after, NULL, 16));
            compared++;
        }
        if (after[0] && strcmp(object, removed_name) == 0) {
            assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(lock, "removed")), strtoul(after, NULL, 16));
        }
    }
    return compared;
}

static void counts_are_those_in_memory(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock\nprogram\n  io: init lock1; acquire A lock1; acquire B; release A lock1; release B\n"
            "  pnp: remove; remove lock1\nschedule\n  io@5 -> pnp\n");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(explanation, "locks")), 2);
    assert_int_equal(check_counts("lock0", "lock0.IoCount", "lock0.Removed"), 5);
    assert_int_equal(check_counts("lock1", "lock1.IoCount", "lock1.Removed"), 5);
}

static void counts_of_a_verifiers_shadow_are_told(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock\nconfig lock=verifier\nprogram\n  io: acquire A; release A\n  pnp: remove\n"
            "schedule\n  io@3 -> pnp\n");
    assert_int_equal(check_counts("lock", "verifier's shadow lock.IoCount", "verifier's shadow lock.Removed"), 5);
}

static int holders_after(int number, const char *name)
{
    int count = cJSON_GetArraySize(cJSON_GetObjectItem(lock_of(cJSON_GetObjectItem(explanation, "locks"), name), "holders"));
    for (int at = 1; at <= number; at++) {
        const cJSON *lock = lock_of(cJSON_GetObjectItem(step(at), "locks"), name);
        count = lock ? cJSON_GetArraySize(cJSON_GetObjectItem(lock, "holders")) : count;
    }
    return count;
}

/* Held from the return of an acquire to the call of its release. */
static void holders_come_and_go(void **state)
{
    (void)state;
    explain(waiting);
    const cJSON *event;
    int acquired = 0, released = 0;
    cJSON_ArrayForEach(event, trace())
    {
        acquired = strcmp(text_of(event, "note"), "< acquire A") == 0 ? number_of(event, "step") : acquired;
        released = strcmp(text_of(event, "note"), "> release A") == 0 ? number_of(event, "step") : released;
    }
    assert_int_equal(holders_after(number_of(find("io", "InterlockedIncrement", 1), "step"), "lock"), 0);
    assert_int_equal(holders_after(acquired, "lock"), 1);
    assert_int_equal(holders_after(released, "lock"), 0);
}

static void holders_at_the_end_are_those_of_the_verdict(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock\nprogram\n  io: acquire A; release A\n  ioctl: acquire B\n  pnp: remove\n");
    assert_string_equal(result.verdict.finding->identifier, "deadlock");
    assert_int_equal(holders_after(cJSON_GetArraySize(trace()), "lock"),
                     cJSON_GetArraySize(cJSON_GetObjectItem(explanation, "holders")));
    assert_int_equal(holders_after(cJSON_GetArraySize(trace()), "lock"), 1);
}

/* --------------------------------------------------------------------------------------------------------- memory -- */

static void freed_memory_tells_who_freed_it_when(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock:m07-no-wait-for-one\nprogram\n  io: acquire A; release A\n  pnp: remove\n"
            "schedule\n  io@3 -> pnp\n");
    const cJSON *memory = cJSON_GetObjectItem(explanation, "memory");
    const cJSON *freed = cJSON_GetObjectItem(memory, "freed");
    assert_string_equal(text_of(memory, "kind"), "device extension");
    assert_string_equal(text_of(freed, "task"), "pnp");
    assert_string_equal(text_of(step(number_of(freed, "step")), "name"), "IoDeleteDevice");
    const cJSON *violation = step(number_of(explanation, "violation"));
    assert_string_equal(text_of(violation, "task"), "io");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(violation, "pending")));
    assert_true(number_of(violation, "step") > number_of(freed, "step"));
}

static void what_is_not_about_memory_tells_none(void **state)
{
    (void)state;
    explain("remlock 1\nsubject lock:m02-one-decrement\nprogram\n  pnp: remove\n");
    assert_non_null(result.verdict.finding);
    assert_null(cJSON_GetObjectItem(explanation, "memory"));
}

/* --------------------------------------------------------------------------------------------------------- rows -- */

static int rows_of_kind(const char *kind)
{
    const cJSON *row;
    int count = 0;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(explanation, "rows"))
    {
        count += strcmp(text_of(row, "kind"), kind) == 0;
    }
    return count;
}

/* Rows stand for ranges of events that follow one another without overlap, and together for everything but what starts tasks.
 */
static void check_ranges(void)
{
    const cJSON *row;
    int next = 1;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(explanation, "rows"))
    {
        int first = number_of(row, "first"), last = number_of(row, "last");
        if (first) {
            assert_true(first >= next || first == next - 1);
            assert_true(last >= first);
            next = last + 1;
        }
    }
    int events = 0;
    const cJSON *event;
    cJSON_ArrayForEach(event, trace())
    {
        events += !cJSON_IsTrue(cJSON_GetObjectItem(event, "pending"));
    }
    assert_int_equal(next, events + 1);
}

static void rows_are_those_of_the_text(void **state)
{
    (void)state;
    explain(waiting);
    check_ranges();
    assert_int_equal(rows_of_kind("operation"), 3);
    assert_int_equal(rows_of_kind("remark"), 1); /* what the event's waiter gets */
    assert_int_equal(rows_of_kind("preempted"), 1);
    assert_int_equal(rows_of_kind("waits"), 1);
    assert_int_equal(rows_of_kind("resumes"), 1);
    assert_int_equal(rows_of_kind("violation"), 0);
}

static void rows_of_a_driver_are_folded(void **state)
{
    (void)state;
    explain("remlock 1\nsubject driver:op-dpc-without-reference\nprogram\n  io: open A; write A\n"
            "schedule\n  io@37 -> system#1\n");
    assert_non_null(result.verdict.finding);
    check_ranges();
    assert_true(rows_of_kind("folded") >= 3);
    assert_int_equal(rows_of_kind("violation"), 1);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(explanation, "rows")) < cJSON_GetArraySize(trace()) / 2);
    assert_true(check_counts("RemoveLock", "FDO extension.RemoveLock.IoCount", "FDO extension.RemoveLock.Removed") > 10);
    const cJSON *acquire = find("io", "read", 1);
    const cJSON *holder =
        cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(acquire, "locks"), 0), "holders"), 0);
    assert_string_equal(text_of(holder, "task"), "io");
    assert_non_null(strstr(text_of(holder, "tag"), "IRP"));
    assert_non_null(strstr(text_of(holder, "place"), "op-dpc-without-reference.c:"));
}

static void stacks_of_steps_name_frames(void **state)
{
    (void)state;
    explain(waiting);
    const cJSON *frames = cJSON_GetObjectItem(explanation, "frames");
    const cJSON *stack = cJSON_GetObjectItem(find("io", "InterlockedIncrement", 1), "stack");
    assert_true(cJSON_GetArraySize(stack) > 0);
    const cJSON *number;
    bool found = false;
    cJSON_ArrayForEach(number, stack)
    {
        const cJSON *frame = cJSON_GetArrayItem(frames, number->valueint);
        assert_non_null(frame);
        found |= strcmp(text_of(frame, "file"), "acquire.c") == 0;
    }
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(reads_are_of_the_last_write, forget),
        cmocka_unit_test_teardown(an_old_value_does_not_come_from_the_newest_store, forget),
        cmocka_unit_test_teardown(a_new_value_comes_from_the_newest_store, forget),
        cmocka_unit_test_teardown(buffered_stores_reach_memory_later, forget),
        cmocka_unit_test_teardown(a_wait_is_ended_by_the_signal, forget),
        cmocka_unit_test_teardown(a_wait_may_find_the_signal, forget),
        cmocka_unit_test_teardown(a_preemption_tells_by_whom, forget),
        cmocka_unit_test_teardown(counts_are_those_in_memory, forget),
        cmocka_unit_test_teardown(counts_of_a_verifiers_shadow_are_told, forget),
        cmocka_unit_test_teardown(holders_come_and_go, forget),
        cmocka_unit_test_teardown(holders_at_the_end_are_those_of_the_verdict, forget),
        cmocka_unit_test_teardown(freed_memory_tells_who_freed_it_when, forget),
        cmocka_unit_test_teardown(what_is_not_about_memory_tells_none, forget),
        cmocka_unit_test_teardown(rows_are_those_of_the_text, forget),
        cmocka_unit_test_teardown(rows_of_a_driver_are_folded, forget),
        cmocka_unit_test_teardown(stacks_of_steps_name_frames, forget),
    };
    return cmocka_run_group_tests_name("reports.trace", tests, NULL, NULL);
}
