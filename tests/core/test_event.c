/* test_event.c - KEVENT: states, waits, hand-over, timeouts in virtual time. */
#include "support.h"

static KEVENT *event;
static NTSTATUS statuses[2];
static uint32_t satisfied;

static KEVENT *new_event(EVENT_TYPE type, BOOLEAN state)
{
    KEVENT *fresh = scheduler_allocate(sizeof *fresh, "event");
    KeInitializeEvent(fresh, type, state);
    return fresh;
}

static NTSTATUS wait_for(KEVENT *object, LONGLONG timeout)
{
    LARGE_INTEGER limit = {.QuadPart = timeout};
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &limit);
}

static NTSTATUS wait_for_ever(KEVENT *object)
{
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
}

/* ---------------------------------------------------------------------------------------------------------- states -- */

static void states_are_set_reset_and_read(void **state)
{
    (void)state;
    for (int type = NotificationEvent; type <= SynchronizationEvent; type++) {
        for (BOOLEAN initial = FALSE; initial <= TRUE; initial++) {
            start_personality(PERSONALITY_FREE);
            KEVENT *object = new_event((EVENT_TYPE)type, initial);
            assert_int_equal(object->Header.Type, type);
            assert_int_equal(KeReadStateEvent(object), initial);
            assert_int_equal(KeSetEvent(object, IO_NO_INCREMENT, FALSE), initial);
            assert_int_equal(KeReadStateEvent(object), 1);
            assert_int_equal(KeSetEvent(object, IO_NO_INCREMENT, FALSE), 1);
            assert_int_equal(KeResetEvent(object), 1);
            assert_int_equal(KeReadStateEvent(object), 0);
            assert_int_equal(KeResetEvent(object), 0);
            KeSetEvent(object, IO_NO_INCREMENT, FALSE);
            KeClearEvent(object);
            assert_int_equal(KeReadStateEvent(object), 0);
        }
    }
}

static void wait_and_look(void *argument)
{
    (void)argument;
    CHECK(wait_for_ever(event) == STATUS_SUCCESS);
    CHECK(wait_for(event, 0) == (event->Header.Type == NotificationEvent ? STATUS_SUCCESS : STATUS_TIMEOUT));
    CHECK(KeReadStateEvent(event) == (event->Header.Type == NotificationEvent));
    CHECK(scheduler_now() == 0);
}

static void a_wait_consumes_synchronisation_events_only(void **state)
{
    (void)state;
    for (int type = NotificationEvent; type <= SynchronizationEvent; type++) {
        start_personality(PERSONALITY_FREE);
        event = new_event((EVENT_TYPE)type, TRUE);
        run_alone(wait_and_look, NULL);
    }
}

/* -------------------------------------------------------------------------------------------------------- timeouts -- */

static const struct {
    uint64_t now;     /* before the wait */
    LONGLONG timeout; /* in units of 100 ns, as documented: negative is relative */
    uint64_t then;    /* after it */
} timeouts[] = {
    {0, 0, 0},
    {0, -1, 1},
    {0, -450000000, 450000000},
    {0, INT64_MIN, (uint64_t)1 << 63},
    {1000, -1, 1001},
    {1000, -1000, 2000},
    {0, 5000, 5000},
    {1000, 5000, 5000},
    {1000, 1000, 1000},
    {1000, 999, 1000},
    {1000, 1, 1000},
    {1000, 0, 1000},
};

static void wait_in_vain(void *argument)
{
    const size_t index = *(const size_t *)argument;
    scheduler_advance(timeouts[index].now);
    CHECK(wait_for(event, timeouts[index].timeout) == STATUS_TIMEOUT);
    if (scheduler_now() != timeouts[index].then) {
        print_error("row %zu: the clock shows %lu\n", index, scheduler_now());
    }
    CHECK(scheduler_now() == timeouts[index].then);
    CHECK(KeReadStateEvent(event) == 0);
}

static void timeouts_are_relative_absolute_or_a_mere_look(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(timeouts); index++) {
        start_personality(PERSONALITY_FREE);
        event = new_event(SynchronizationEvent, FALSE);
        run_alone(wait_in_vain, &index);
    }
}

static void wait_without_end(void *argument)
{
    (void)argument;
    wait_for_ever(event);
}

static void without_a_timeout_a_wait_lasts_for_ever(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    event = new_event(NotificationEvent, FALSE);
    scheduler_spawn("waiter", wait_without_end, NULL);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
}

static void wait_a_second(void *argument)
{
    (void)argument;
    statuses[0] = wait_for(event, -10000000);
}

static void set_once(void *argument)
{
    (void)argument;
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
}

static void begin_race(void)
{
    event = new_event(SynchronizationEvent, FALSE);
    scheduler_spawn("waiter", wait_a_second, NULL);
    scheduler_spawn("setter", set_once, NULL);
}

static uint32_t timed_out, in_time;

static void judge_race(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    bool late = statuses[0] == STATUS_TIMEOUT;
    assert_true(late || statuses[0] == STATUS_SUCCESS);
    assert_int_equal(event->Header.SignalState, late);
    assert_int_equal(scheduler_now(), late ? 10000000 : 0);
    timed_out += late;
    in_time += !late;
}

static void a_timeout_races_with_a_set_and_neither_is_lost(void **state)
{
    static const struct world world = {.begin = begin_race, .judge = judge_race};
    (void)state;
    timed_out = in_time = 0;
    every_schedule(&world, UINT32_MAX);
    assert_true(timed_out > 0 && in_time > 0);
}

static void wait_for_a_minute(void *argument)
{
    (void)argument;
    CHECK(wait_for(event, -600000000LL) == STATUS_TIMEOUT);
    CHECK(scheduler_now() >= 600000000);
}

static void advance_two_minutes(void *argument)
{
    (void)argument;
    core_advance_minutes(2);
}

static void begin_overdue(void)
{
    event = new_event(NotificationEvent, FALSE);
    scheduler_spawn("waiter", wait_for_a_minute, NULL);
    scheduler_spawn("clock", advance_two_minutes, NULL);
}

static void time_that_passes_ends_waits(void **state)
{
    static const struct world world = {.begin = begin_overdue};
    (void)state;
    assert_int_equal(default_schedule(&world), SCHEDULER_FINISHED);
    assert_int_equal(scheduler_now(), 1200000000);
    assert_true(every_schedule(&world, UINT32_MAX) > 1);
}

/* ------------------------------------------------------------------------------------------------------- hand-over -- */

static void wait_and_count(void *argument)
{
    (void)argument;
    wait_for_ever(event);
    satisfied++;
}

static void set_and_reset(void *argument)
{
    (void)argument;
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    KeResetEvent(event);
}

static EVENT_TYPE type_of_event;

/* Two waiters that stand in line before the event is set: the default runs tasks in the order in which they are spawned. */
static void begin_set_and_reset(void)
{
    event = new_event(type_of_event, FALSE);
    satisfied = 0;
    scheduler_spawn("first", wait_and_count, NULL);
    scheduler_spawn("second", wait_and_count, NULL);
    scheduler_spawn("setter", set_and_reset, NULL);
}

static void a_set_reaches_those_who_wait_whatever_follows(void **state)
{
    static const struct world world = {.begin = begin_set_and_reset};
    (void)state;
    type_of_event = NotificationEvent;
    assert_int_equal(default_schedule(&world), SCHEDULER_FINISHED);
    assert_int_equal(satisfied, 2);

    type_of_event = SynchronizationEvent;
    assert_int_equal(default_schedule(&world), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    assert_int_equal(satisfied, 1);
    assert_true(scheduler_ended(0));
    assert_ptr_equal(scheduler_waiting_for(1), event);
    assert_int_equal(event->Header.SignalState, 0);
}

static void begin_two_waiters(void)
{
    event = new_event(type_of_event, FALSE);
    satisfied = 0;
    scheduler_spawn("first", wait_and_count, NULL);
    scheduler_spawn("second", wait_and_count, NULL);
    scheduler_spawn("setter", set_once, NULL);
}

static void judge_notification(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(satisfied, 2);
    assert_int_equal(event->Header.SignalState, 1);
}

/* One set is one wait, however the three are ordered. */
static void judge_synchronisation(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    assert_int_equal(satisfied, 1);
    assert_int_equal(event->Header.SignalState, 0);
}

static void one_set_wakes_all_or_one(void **state)
{
    static const struct world all = {.begin = begin_two_waiters, .judge = judge_notification};
    static const struct world one = {.begin = begin_two_waiters, .judge = judge_synchronisation};
    (void)state;
    type_of_event = NotificationEvent;
    assert_true(every_schedule(&all, UINT32_MAX) > 3);
    type_of_event = SynchronizationEvent;
    assert_true(every_schedule(&one, UINT32_MAX) > 3);
}

static void set_twice(void *argument)
{
    (void)argument;
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
}

static void begin_two_sets(void)
{
    event = new_event(SynchronizationEvent, FALSE);
    satisfied = 0;
    scheduler_spawn("first", wait_and_count, NULL);
    scheduler_spawn("second", wait_and_count, NULL);
    scheduler_spawn("setter", set_twice, NULL);
}

static uint32_t both_woken;

/* Two sets on an event nobody waits for are one. */
static void judge_two_sets(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome == SCHEDULER_FINISHED, satisfied == 2);
    assert_true(satisfied == 1 || satisfied == 2);
    both_woken += satisfied == 2;
}

static void two_sets_are_two_waits_only_when_somebody_waits(void **state)
{
    static const struct world world = {.begin = begin_two_sets, .judge = judge_two_sets};
    (void)state;
    both_woken = 0;
    uint64_t schedules = every_schedule(&world, UINT32_MAX);
    assert_true(both_woken > 0 && both_woken < schedules);
}

/* ---------------------------------------------------------------------------------------------------------- memory -- */

static void wait_and_free(void *argument)
{
    (void)argument;
    wait_for_ever(event);
    scheduler_free(event, "event");
}

static void begin_freeing(void)
{
    event = new_event(type_of_event, FALSE);
    scheduler_spawn("waiter", wait_and_free, NULL);
    scheduler_spawn("setter", set_once, NULL);
}

static void judge_clean(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(heard.count, 0);
}

static void the_waiter_may_free_the_event(void **state)
{
    static const struct world world = {.begin = begin_freeing, .judge = judge_clean};
    (void)state;
    type_of_event = SynchronizationEvent;
    assert_true(every_schedule(&world, UINT32_MAX) > 1);
    type_of_event = NotificationEvent;
    assert_true(every_schedule(&world, UINT32_MAX) > 1);
}

static void free_event(void *argument)
{
    (void)argument;
    scheduler_free(event, "event");
}

static void begin_freed_before_set(void)
{
    event = new_event(SynchronizationEvent, FALSE);
    scheduler_spawn("owner", free_event, NULL);
    scheduler_spawn("setter", set_once, NULL);
}

static void setting_a_freed_event_is_remarked(void **state)
{
    static const struct world world = {.begin = begin_freed_before_set};
    (void)state;
    assert_int_equal(default_schedule(&world), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_USE_AFTER_FREE);
    assert_int_equal(heard_of(REMARK_SIGNAL_AFTER_FREE), 1);
    assert_ptr_equal(heard.remarks[0].lock, event);
}

static BOOLEAN initially_set;
static LONGLONG patience;
static uint32_t used_after_free;

/* The task has been at a point before its wait, so that it can be overtaken when it stands before the wait. */
static void pass_a_point_and_wait(void *argument)
{
    LARGE_INTEGER ticks;
    (void)argument;
    KeQueryTickCount(&ticks);
    wait_for(event, patience);
}

static void begin_freed_under_waiter(void)
{
    event = new_event(SynchronizationEvent, initially_set);
    scheduler_spawn("waiter", pass_a_point_and_wait, NULL);
    scheduler_spawn("owner", free_event, NULL);
}

/* The wait must have ended before the event is freed. */
static void judge_freed(enum scheduler_outcome outcome)
{
    const struct scheduler_allocation *allocation = scheduler_allocation_of(event);
    assert_true(outcome == SCHEDULER_FINISHED || strcmp(scheduler_violation()->identifier, VIOLATION_USE_AFTER_FREE) == 0);
    assert_true(outcome == SCHEDULER_STOPPED || !allocation->live);
    used_after_free += outcome == SCHEDULER_STOPPED;
}

/* Set, the wait can go on, but it must consume the event, whose memory may be gone by then. */
static void a_wait_that_goes_on_by_itself_needs_the_event(void **state)
{
    static const struct world world = {.begin = begin_freed_under_waiter, .judge = judge_freed};
    (void)state;
    initially_set = TRUE;
    patience = -1;
    used_after_free = 0;
    assert_int_equal(every_schedule(&world, UINT32_MAX), 3);
    assert_int_equal(used_after_free, 2);
}

/* A wait that gives up takes itself out of the event's line. */
static void a_wait_that_gives_up_needs_the_event(void **state)
{
    static const struct world world = {.begin = begin_freed_under_waiter, .judge = judge_freed};
    (void)state;
    initially_set = FALSE;
    patience = -1;
    used_after_free = 0;
    uint64_t schedules = every_schedule(&world, UINT32_MAX);
    print_message("%lu of %lu schedules use the event after it was freed\n", (unsigned long)used_after_free,
                  (unsigned long)schedules);
    assert_int_equal(used_after_free, schedules - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_set_reset_and_read),
        cmocka_unit_test(a_wait_consumes_synchronisation_events_only),
        cmocka_unit_test(timeouts_are_relative_absolute_or_a_mere_look),
        cmocka_unit_test(without_a_timeout_a_wait_lasts_for_ever),
        cmocka_unit_test(a_timeout_races_with_a_set_and_neither_is_lost),
        cmocka_unit_test(time_that_passes_ends_waits),
        cmocka_unit_test(a_set_reaches_those_who_wait_whatever_follows),
        cmocka_unit_test(one_set_wakes_all_or_one),
        cmocka_unit_test(two_sets_are_two_waits_only_when_somebody_waits),
        cmocka_unit_test(the_waiter_may_free_the_event),
        cmocka_unit_test(setting_a_freed_event_is_remarked),
        cmocka_unit_test(a_wait_that_goes_on_by_itself_needs_the_event),
        cmocka_unit_test(a_wait_that_gives_up_needs_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
