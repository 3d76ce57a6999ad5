/* test_wait.c - waits for several objects, semaphores, mutexes: who gets what, under every schedule. */
#include "support.h"

enum { OBJECTS = 3 };

static KEVENT *events[OBJECTS];
static KSEMAPHORE *semaphore;
static KMUTEX *mutex;
static NTSTATUS statuses[4];
static uint32_t inside, most_inside, taken;

static KEVENT *new_event(EVENT_TYPE type, BOOLEAN state)
{
    KEVENT *fresh = scheduler_allocate(sizeof *fresh, "event");
    KeInitializeEvent(fresh, type, state);
    return fresh;
}

static void new_events(EVENT_TYPE type, uint32_t signalled)
{
    for (uint32_t index = 0; index < OBJECTS; index++) {
        events[index] = new_event(type, (signalled >> index & 1) != 0);
    }
}

static NTSTATUS wait_for_events(WAIT_TYPE type, PLARGE_INTEGER timeout)
{
    PVOID objects[OBJECTS] = {events[0], events[1], events[2]};
    return KeWaitForMultipleObjects(OBJECTS, objects, type, Executive, KernelMode, FALSE, timeout, NULL);
}

/* ------------------------------------------------------------------------------------------------ what is there -- */

static const struct {
    uint32_t signalled; /* bit by object */
    WAIT_TYPE type;
    NTSTATUS status; /* of a mere look */
    uint32_t left;   /* of synchronisation events */
} looks[] = {
    {0, WaitAny, STATUS_TIMEOUT, 0},
    {1, WaitAny, 0, 0},
    {2, WaitAny, 1, 0},
    {6, WaitAny, 1, 4},
    {7, WaitAny, 0, 6},
    {0, WaitAll, STATUS_TIMEOUT, 0},
    {6, WaitAll, STATUS_TIMEOUT, 6},
    {7, WaitAll, STATUS_SUCCESS, 0},
};

static void look(void *argument)
{
    const size_t index = *(const size_t *)argument;
    LARGE_INTEGER none = {.QuadPart = 0};
    CHECK(wait_for_events(looks[index].type, &none) == looks[index].status);
    for (uint32_t object = 0; object < OBJECTS; object++) {
        CHECK(events[object]->Header.SignalState == (LONG)(looks[index].left >> object & 1));
    }
}

static void a_wait_takes_one_or_all_and_otherwise_nothing(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(looks); index++) {
        start_personality(PERSONALITY_FREE);
        new_events(SynchronizationEvent, looks[index].signalled);
        run_alone(look, &index);
    }
}

static void wait_a_second(void *argument)
{
    LARGE_INTEGER second = {.QuadPart = -10000000};
    (void)argument;
    CHECK(wait_for_events(WaitAll, &second) == STATUS_TIMEOUT);
    CHECK(scheduler_now() == 10000000);
    CHECK(events[0]->Header.SignalState == 1);
}

static void a_wait_for_all_times_out_and_takes_nothing(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_events(SynchronizationEvent, 3);
    run_alone(wait_a_second, NULL);
}

static void wait_for_too_many(void *argument)
{
    PVOID objects[THREAD_WAIT_OBJECTS + 1] = {events[0], events[0], events[0], events[0]};
    KWAIT_BLOCK blocks[THREAD_WAIT_OBJECTS + 1];
    bool with_blocks = *(const bool *)argument;
    (void)KeWaitForMultipleObjects(THREAD_WAIT_OBJECTS + 1, objects, WaitAny, Executive, KernelMode, FALSE, NULL,
                                   with_blocks ? blocks : NULL);
}

static void more_than_three_objects_need_wait_blocks(void **state)
{
    (void)state;
    for (int with_blocks = 0; with_blocks <= 1; with_blocks++) {
        bool argument = with_blocks != 0;
        start_personality(PERSONALITY_FREE);
        new_events(NotificationEvent, 1);
        run_alone(wait_for_too_many, &argument);
        assert_int_equal(heard_of(REMARK_BUG_CHECK), !with_blocks);
        assert_true(with_blocks || heard.remarks[0].bug_check == 0x0C);
    }
}

/* ----------------------------------------------------------------------------------------------------- hand-over -- */

static void wait_any(void *argument)
{
    statuses[(uintptr_t)argument] = wait_for_events(WaitAny, NULL);
}

static void wait_all(void *argument)
{
    statuses[(uintptr_t)argument] = wait_for_events(WaitAll, NULL);
}

static void set_and_reset_second(void *argument)
{
    (void)argument;
    KeSetEvent(events[1], 0, FALSE);
    KeResetEvent(events[1]);
}

/* The default runs tasks in the order in which they are spawned: the waiter waits before the event is set. */
static void begin_pulse(void)
{
    new_events(NotificationEvent, 0);
    scheduler_spawn("waiter", wait_any, (void *)0);
    scheduler_spawn("setter", set_and_reset_second, NULL);
}

static void a_set_that_is_taken_back_has_reached_who_waited(void **state)
{
    static const struct world world = {.begin = begin_pulse};
    (void)state;
    assert_int_equal(default_schedule(&world), SCHEDULER_FINISHED);
    assert_int_equal(statuses[0], 1);
}

static void set_all_but_one(void *argument)
{
    (void)argument;
    KeSetEvent(events[0], 0, FALSE);
    KeSetEvent(events[1], 0, FALSE);
}

static void set_last(void *argument)
{
    (void)argument;
    KeSetEvent(events[2], 0, FALSE);
}

static void begin_all(void)
{
    new_events(SynchronizationEvent, 0);
    scheduler_spawn("all", wait_all, (void *)0);
    scheduler_spawn("setter", set_all_but_one, NULL);
    scheduler_spawn("last", set_last, NULL);
}

static void judge_all(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(statuses[0], STATUS_SUCCESS);
    for (uint32_t index = 0; index < OBJECTS; index++) {
        assert_int_equal(events[index]->Header.SignalState, 0);
    }
}

static void a_wait_for_all_ends_when_the_last_is_signalled(void **state)
{
    static const struct world world = {.begin = begin_all, .judge = judge_all};
    (void)state;
    assert_true(every_schedule(&world, UINT32_MAX) > 10);
}

static void wait_single(void *argument)
{
    statuses[(uintptr_t)argument] = KeWaitForSingleObject(events[0], Executive, KernelMode, FALSE, NULL);
}

static void set_first(void *argument)
{
    (void)argument;
    KeSetEvent(events[0], 0, FALSE);
}

static void begin_rivals(void)
{
    new_events(SynchronizationEvent, 0);
    memset(statuses, 0xFF, sizeof statuses);
    scheduler_spawn("any", wait_any, (void *)0);
    scheduler_spawn("single", wait_single, (void *)1);
    scheduler_spawn("setter", set_first, NULL);
}

static uint32_t any_won, single_won;

/* One of them waits for ever. */
static void judge_rivals(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    bool any = statuses[0] == 0, single = statuses[1] == STATUS_SUCCESS;
    assert_true(any != single);
    assert_int_equal(events[0]->Header.SignalState, 0);
    any_won += any;
    single_won += single;
}

static void one_set_satisfies_one_wait(void **state)
{
    static const struct world world = {.begin = begin_rivals, .judge = judge_rivals};
    (void)state;
    any_won = single_won = 0;
    every_schedule(&world, UINT32_MAX);
    assert_true(any_won > 0 && single_won > 0);
}

/* ----------------------------------------------------------------------------------------------------- semaphores -- */

static void take_unit(void *argument)
{
    PVOID objects[] = {semaphore, events[0]};
    (void)argument;
    CHECK(KeWaitForSingleObject(semaphore, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    taken++;
    CHECK(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL) == STATUS_SUCCESS);
    taken++;
}

static void give_units(void *argument)
{
    (void)argument;
    for (LONG units = 1; units <= 3; units += 2) {
        KeReleaseSemaphore(semaphore, 0, units, FALSE);
    }
}

static void begin_units(void)
{
    new_events(NotificationEvent, 0);
    semaphore = scheduler_allocate(sizeof *semaphore, "semaphore");
    KeInitializeSemaphore(semaphore, 0, 10);
    taken = 0;
    scheduler_spawn("one", take_unit, NULL);
    scheduler_spawn("two", take_unit, NULL);
    scheduler_spawn("giver", give_units, NULL);
}

static void judge_units(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(taken, 4);
    assert_int_equal(semaphore->Header.SignalState, 0);
    assert_int_equal(heard.count, 0);
}

static void no_unit_of_a_semaphore_is_lost(void **state)
{
    static const struct world world = {.begin = begin_units, .judge = judge_units};
    (void)state;
    assert_true(every_schedule(&world, UINT32_MAX) > 10);
}

static void release_beyond_limit(void *argument)
{
    (void)argument;
    CHECK(KeReadStateSemaphore(semaphore) == 1);
    CHECK(KeReleaseSemaphore(semaphore, 0, 1, FALSE) == 1);
    CHECK(heard.count == 0);
    KeReleaseSemaphore(semaphore, 0, 1, FALSE);
    CHECK(KeReadStateSemaphore(semaphore) == 2);
}

static void a_semaphore_has_a_limit(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    semaphore = scheduler_allocate(sizeof *semaphore, "semaphore");
    KeInitializeSemaphore(semaphore, 1, 2);
    run_alone(release_beyond_limit, NULL);
    assert_int_equal(heard_of(REMARK_BUG_CHECK), 1);
    assert_int_equal(heard.remarks[0].parameters[0], (ULONG)STATUS_SEMAPHORE_LIMIT_EXCEEDED);
}

/* -------------------------------------------------------------------------------------------------------- mutexes -- */

static void visit(void)
{
    LARGE_INTEGER ticks;
    inside++;
    most_inside = inside > most_inside ? inside : most_inside;
    KeQueryTickCount(&ticks);
    inside--;
}

static void visit_locked(void *argument)
{
    PVOID objects[] = {mutex};
    (void)argument;
    CHECK(KeWaitForSingleObject(mutex, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(KeWaitForMultipleObjects(1, objects, WaitAll, Executive, KernelMode, FALSE, NULL, NULL) == STATUS_SUCCESS);
    visit();
    CHECK(KeReleaseMutex(mutex, FALSE) == -1);
    visit();
    CHECK(KeReleaseMutex(mutex, FALSE) == 0);
}

static void visit_by_group(void *argument)
{
    PVOID objects[] = {events[0], mutex};
    (void)argument;
    CHECK(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL) == 1);
    visit();
    CHECK(KeReleaseMutex(mutex, FALSE) == 0);
}

static void new_mutex(void)
{
    new_events(NotificationEvent, 0);
    mutex = scheduler_allocate(sizeof *mutex, "mutex");
    KeInitializeMutex(mutex, 0);
    inside = most_inside = 0;
}

static void begin_visitors(void)
{
    new_mutex();
    scheduler_spawn("one", visit_locked, NULL);
    scheduler_spawn("two", visit_locked, NULL);
    scheduler_spawn("group", visit_by_group, NULL);
}

static void judge_visitors(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_FINISHED);
    assert_int_equal(most_inside, 1);
    assert_int_equal(mutex->Header.SignalState, 1);
    assert_null(mutex->OwnerThread);
    assert_int_equal(heard.count, 0);
}

static void a_mutex_has_one_owner_who_may_enter_again(void **state)
{
    static const struct world world = {.begin = begin_visitors, .judge = judge_visitors};
    (void)state;
    every_schedule(&world, 3);
    many_schedules(&world, "random", 11, 3000);
}

static void release_unowned(void *argument)
{
    (void)argument;
    KeReleaseMutex(mutex, FALSE);
}

static void who_does_not_own_a_mutex_cannot_release_it(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    new_mutex();
    run_alone(release_unowned, NULL);
    assert_int_equal(heard_of(REMARK_BUG_CHECK), 1);
    assert_int_equal(heard.remarks[0].parameters[0], (ULONG)STATUS_MUTANT_NOT_OWNED);
    assert_int_equal(mutex->Header.SignalState, 1);
}

static void use_zeroes(void *argument)
{
    memset(semaphore, 0, sizeof *semaphore);
    (void)argument;
    KeReleaseSemaphore(semaphore, 0, 1, FALSE);
}

static void what_is_not_initialised_is_noticed(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    semaphore = scheduler_allocate(sizeof *semaphore, "semaphore");
    run_alone(use_zeroes, NULL);
    assert_int_equal(heard_of(REMARK_VIOLATION), 1);
    assert_string_equal(heard.remarks[0].identifier, "not-initialised");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_takes_one_or_all_and_otherwise_nothing),
        cmocka_unit_test(a_wait_for_all_times_out_and_takes_nothing),
        cmocka_unit_test(more_than_three_objects_need_wait_blocks),
        cmocka_unit_test(a_set_that_is_taken_back_has_reached_who_waited),
        cmocka_unit_test(a_wait_for_all_ends_when_the_last_is_signalled),
        cmocka_unit_test(one_set_satisfies_one_wait),
        cmocka_unit_test(no_unit_of_a_semaphore_is_lost),
        cmocka_unit_test(a_semaphore_has_a_limit),
        cmocka_unit_test(a_mutex_has_one_owner_who_may_enter_again),
        cmocka_unit_test(who_does_not_own_a_mutex_cannot_release_it),
        cmocka_unit_test(what_is_not_initialised_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
