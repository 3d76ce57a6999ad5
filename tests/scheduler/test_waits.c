/*
 * test_waits.c - waiting: who goes on when, what timeouts do, and how a standstill is told from slowness. Most tests run every
 * schedule of a few tasks of the environment.
 */
#include "support.h"

#include "programs/spin.h"

#include <stdio.h>
#include <string.h>

static const struct scheduler_call look_call = {"look", 10, EFFECT_UPDATE};
static const struct scheduler_call set_call = {"set", 11, EFFECT_UPDATE};
static const struct scheduler_call wait_call = {"wait", 12, EFFECT_UPDATE};
static const struct scheduler_call step_call = {"step", 13, EFFECT_UPDATE};

/* What the tasks of a test share. Reset before each execution. */
static struct {
    bool signalled;
    int owner;
    int order[8];
    uint32_t arrived;
    uint32_t woken;
    enum scheduler_wait_result results[4];
    uint64_t times[4];
    int inside;
    int holds, timeouts;
    bool keeps_time;
} shared;

static char object, other_object;

static bool is_signalled(const void *unused)
{
    (void)unused;
    return shared.signalled;
}

static uintptr_t number_of(const void *argument)
{
    return (uintptr_t)argument;
}

static void *numbered(uintptr_t number)
{
    return (void *)number;
}

static void step(void)
{
    scheduler_call(&step_call, NULL);
}

/* The world of a test: `size` is for its own use. */
static enum scheduler_outcome run(void (*begin)(unsigned), unsigned size, struct strategy *strategy)
{
    const struct world world = {"waits", begin, size};
    memset(&shared, 0, sizeof shared);
    return run_world(&world, strategy, NULL);
}

/* Runs every schedule and `check` after each; returns how many there were. */
static uint64_t run_every_schedule(void (*begin)(unsigned), unsigned size, void (*check)(enum scheduler_outcome outcome))
{
    struct strategy *strategy = exhaustive(UINT32_MAX);
    do {
        check(run(begin, size, strategy));
    } while (scheduler_more());
    return strategy_coverage(strategy).executions;
}

/* ----------------------------------------------------------------------------------------------------- wake order -- */

static void wait_for_wake(void *number)
{
    shared.order[shared.arrived++] = (int)number_of(number);
    shared.results[number_of(number)] = scheduler_wait(&wait_call, &object, NULL, NULL, SCHEDULER_NEVER);
}

static void wake_two_of_three(void *unused)
{
    (void)unused;
    while (shared.arrived < 3) {
        step();
    }
    assert_int_equal(scheduler_wake(&other_object, 9), 0);
    assert_int_equal(scheduler_wake(&object, 0), 0);
    assert_ptr_equal(scheduler_waiting_for(0), &object);
    shared.woken = scheduler_wake(&object, 2);
    assert_null(scheduler_waiting_for((uint32_t)shared.order[0]));
    assert_null(scheduler_waiting_for((uint32_t)shared.order[1]));
    assert_ptr_equal(scheduler_waiting_for((uint32_t)shared.order[2]), &object);
}

static void begin_wake_order(unsigned size)
{
    for (uintptr_t number = 0; number < size; number++) {
        scheduler_spawn("waiter", wait_for_wake, numbered(number));
    }
    scheduler_spawn("waker", wake_two_of_three, NULL);
}

static void tasks_wake_in_the_order_in_which_they_began_to_wait(void **unused)
{
    (void)unused;
    for (uint64_t seed = 0; seed < 500; seed++) {
        assert_int_equal(run(begin_wake_order, 3, random_walk(seed)), SCHEDULER_STOPPED);
        assert_violation(VIOLATION_DEADLOCK); /* nobody wakes the third */
        assert_int_equal(shared.woken, 2);
        assert_int_equal(shared.results[shared.order[0]], SCHEDULER_WAIT_WOKEN);
        assert_int_equal(shared.results[shared.order[1]], SCHEDULER_WAIT_WOKEN);
        assert_false(scheduler_ended((uint32_t)shared.order[2]));
        assert_int_equal(scheduler_violation()->task, shared.order[2]);
    }
}

/* -------------------------------------------------------------------------------------------------------- handoff -- */

/* A lock that is handed to the first waiter when it is released: nobody can take it in between. */
static void take_handed_lock(void *number)
{
    scheduler_call(&look_call, &object);
    if (shared.owner == 0) {
        shared.owner = 1;
    } else {
        assert_int_equal(scheduler_wait(&wait_call, &object, NULL, NULL, SCHEDULER_NEVER), SCHEDULER_WAIT_WOKEN);
    }
    assert_int_equal(++shared.inside, 1);
    step();
    shared.inside--;
    shared.order[shared.arrived++] = (int)number_of(number);
    if (scheduler_wake(&object, 1) == 0) {
        shared.owner = 0;
    }
}

static void begin_handoff(unsigned size)
{
    for (uintptr_t number = 0; number < size; number++) {
        scheduler_spawn("owner", take_handed_lock, numbered(number));
    }
}

static void check_finished(enum scheduler_outcome outcome)
{
    if (outcome != SCHEDULER_FINISHED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
}

static void a_woken_wait_is_over_whatever_happens_next(void **unused)
{
    (void)unused;
    assert_true(run_every_schedule(begin_handoff, 3, check_finished) > 20);
}

static void wait_and_wake_without_condition(void *unused)
{
    (void)unused;
    shared.results[0] = scheduler_wait(&wait_call, &object, is_signalled, NULL, SCHEDULER_NEVER);
}

static void wake_then_disturb(void *unused)
{
    (void)unused;
    while (scheduler_waiting_for(0) == NULL) {
        step();
    }
    assert_int_equal(scheduler_wake(&object, 1), 1);
    scheduler_changed(&object); /* the condition does not hold, and does not matter any more */
    assert_int_equal(scheduler_wake(&object, 1), 0);
    step();
}

static void begin_wake_despite_condition(unsigned size)
{
    (void)size;
    scheduler_spawn("waiter", wait_and_wake_without_condition, NULL);
    scheduler_spawn("waker", wake_then_disturb, NULL);
}

static void a_wake_overrules_the_condition(void **unused)
{
    (void)unused;
    for (uint64_t seed = 0; seed < 200; seed++) {
        check_finished(run(begin_wake_despite_condition, 0, random_walk(seed)));
        assert_int_equal(shared.results[0], SCHEDULER_WAIT_WOKEN);
    }
}

/* ----------------------------------------------------------------------------------------------------- conditions -- */

/* An event that lets one waiter through and then is no longer signalled. */
static void pass_gate(void *number)
{
    shared.results[number_of(number)] = scheduler_wait(&wait_call, &object, is_signalled, NULL, SCHEDULER_NEVER);
    assert_true(shared.signalled); /* nobody has run since the condition was looked at */
    shared.signalled = false;
    shared.holds++;
    scheduler_changed(&object);
}

static void open_gate(void *unused)
{
    (void)unused;
    scheduler_call(&set_call, &object);
    shared.signalled = true;
    scheduler_changed(&object);
}

static void begin_gate(unsigned size)
{
    for (uintptr_t number = 0; number < size; number++) {
        scheduler_spawn("visitor", pass_gate, numbered(number));
    }
    scheduler_spawn("doorman", open_gate, NULL);
}

static void check_one_passed(enum scheduler_outcome outcome)
{
    assert_int_equal(outcome, SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    assert_int_equal(shared.holds, 1);
}

static void a_task_whose_condition_became_false_again_cannot_run(void **unused)
{
    (void)unused;
    assert_true(run_every_schedule(begin_gate, 3, check_one_passed) > 20);
}

/* ------------------------------------------------------------------------------------------------------- timeouts -- */

static void wait_with_deadline(void *number)
{
    uintptr_t index = number_of(number);
    uint64_t deadline = 10 + 10 * index;
    shared.results[index] = scheduler_wait(&wait_call, &object, is_signalled, NULL, deadline);
    shared.times[index] = scheduler_now();
    shared.order[shared.arrived++] = (int)index;
    if (shared.results[index] == SCHEDULER_WAIT_TIMEOUT) {
        assert_true(shared.keeps_time || scheduler_now() >= deadline);
        shared.timeouts++;
    } else {
        assert_true(shared.signalled);
        shared.holds++;
    }
}

static void begin_deadlines(unsigned size)
{
    for (uintptr_t number = 0; number < size; number++) {
        scheduler_spawn("waiter", wait_with_deadline, numbered(number));
    }
    scheduler_spawn("setter", open_gate, NULL);
}

static uint64_t timed_out_schedules, held_schedules;

static void check_one_deadline(enum scheduler_outcome outcome)
{
    check_finished(outcome);
    assert_int_equal(shared.holds + shared.timeouts, 1);
    timed_out_schedules += (uint64_t)shared.timeouts;
    held_schedules += (uint64_t)shared.holds;
    assert_int_equal(scheduler_now(), shared.timeouts == 1 ? 10 : 0);
}

/*
 * The waiter begins; it times out before the setter's step or the setter comes first. Or the setter begins, and the waiter
 * steps in before its step.
 */
static void a_timeout_is_a_choice(void **unused)
{
    (void)unused;
    timed_out_schedules = held_schedules = 0;
    run_every_schedule(begin_deadlines, 1, check_one_deadline);
    assert_true(timed_out_schedules > 0 && held_schedules > 0);
}

static void check_deadlines_in_order(enum scheduler_outcome outcome)
{
    check_finished(outcome);
    if (shared.results[0] == SCHEDULER_WAIT_TIMEOUT && shared.results[1] == SCHEDULER_WAIT_TIMEOUT) {
        assert_int_equal(shared.order[0] == 0 || shared.times[0] >= 20, true);
    }
    assert_true(scheduler_now() == 0 || scheduler_now() == 10 || scheduler_now() == 20);
}

static void the_earliest_deadline_strikes_first(void **unused)
{
    (void)unused;
    assert_true(run_every_schedule(begin_deadlines, 2, check_deadlines_in_order) > 10);
}

/* Somebody loses patience while another one rests between two steps: that one must not look as if it had rested for long. */
static void lose_patience(void *number)
{
    shared.keeps_time = true;
    scheduler_keep_time();
    wait_with_deadline(number);
}

static void begin_impatience(unsigned size)
{
    scheduler_spawn("waiter", size == 1 ? lose_patience : wait_with_deadline, numbered(1));
    scheduler_spawn("setter", open_gate, NULL);
}

static uint64_t moved_schedules;

static void check_patience(enum scheduler_outcome outcome)
{
    (void)outcome;
    timed_out_schedules += shared.results[1] == SCHEDULER_WAIT_TIMEOUT;
    moved_schedules += scheduler_now() != 0;
}

static void lost_patience_moves_no_clock_while_others_could_go_on(void **unused)
{
    (void)unused;
    timed_out_schedules = moved_schedules = 0;
    run_every_schedule(begin_impatience, 0, check_patience);
    assert_true(timed_out_schedules > 0);
    assert_true(moved_schedules == timed_out_schedules);
    timed_out_schedules = moved_schedules = 0;
    run_every_schedule(begin_impatience, 1, check_patience);
    assert_true(timed_out_schedules > 0);
    assert_true(moved_schedules == 0);
}

static void wait_for_nobody(void *unused)
{
    (void)unused;
    scheduler_keep_time();
    scheduler_wait(&wait_call, &object, NULL, NULL, 30);
}

static void begin_alone(unsigned size)
{
    (void)size;
    scheduler_spawn("waiter", wait_for_nobody, NULL);
}

static void patience_takes_its_time_when_nobody_else_could_go_on(void **unused)
{
    (void)unused;
    check_finished(run(begin_alone, 0, the_default()));
    assert_int_equal(scheduler_now(), 30);
}

static void wait_for_nothing(void *number)
{
    scheduler_wait(&wait_call, &object, NULL, NULL, 50);
    shared.order[shared.arrived++] = (int)number_of(number);
}

static void begin_equal_deadlines(unsigned size)
{
    for (uintptr_t number = 0; number < size; number++) {
        scheduler_spawn("waiter", wait_for_nothing, numbered(number));
    }
}

static void equal_deadlines_strike_in_the_order_of_waiting(void **unused)
{
    (void)unused;
    check_finished(run(begin_equal_deadlines, 3, the_default())); /* nobody else can run: time passes */
    assert_int_equal(scheduler_now(), 50);
    for (int number = 0; number < 3; number++) {
        assert_int_equal(shared.order[number], number);
    }
}

/* ----------------------------------------------------------------------------------------------- advance and look -- */

static void advance_time(void *unused)
{
    (void)unused;
    while (scheduler_waiting_for(0) == NULL) {
        step();
    }
    scheduler_advance(9);
    assert_ptr_equal(scheduler_waiting_for(0), &object);
    scheduler_advance(1);
    assert_null(scheduler_waiting_for(0));
    assert_int_equal(scheduler_now(), 10);
    scheduler_advance(SCHEDULER_NEVER);
    assert_int_equal(scheduler_now(), SCHEDULER_NEVER - 1);
}

static void begin_advance(unsigned size)
{
    (void)size;
    scheduler_spawn("waiter", wait_with_deadline, numbered(0));
    scheduler_spawn("clock", advance_time, NULL);
}

static void advancing_time_ends_overdue_waits(void **unused)
{
    (void)unused;
    check_finished(run(begin_advance, 0, the_default()));
    assert_int_equal(shared.results[0], SCHEDULER_WAIT_TIMEOUT);
    assert_int_equal(scheduler_now(), SCHEDULER_NEVER - 1);
}

static void look_without_waiting(void *unused)
{
    (void)unused;
    shared.results[0] = scheduler_wait(&look_call, &object, is_signalled, NULL, 0);
    shared.results[1] = scheduler_wait(&look_call, &object, NULL, NULL, 0);
}

static void begin_look(unsigned size)
{
    shared.signalled = size != 0;
    scheduler_spawn("looker", look_without_waiting, NULL);
}

static void a_passed_deadline_makes_it_a_look(void **unused)
{
    (void)unused;
    for (unsigned signalled = 0; signalled < 2; signalled++) {
        check_finished(run(begin_look, signalled, the_default()));
        assert_int_equal(shared.results[0], signalled ? SCHEDULER_WAIT_HOLDS : SCHEDULER_WAIT_TIMEOUT);
        assert_int_equal(shared.results[1], SCHEDULER_WAIT_TIMEOUT);
        assert_int_equal(scheduler_steps(), 2);
        assert_int_equal(scheduler_now(), 0);
    }
}

static void what_a_look_saw_is_part_of_the_hash(void **unused)
{
    (void)unused;
    run(begin_look, 0, the_default());
    uint64_t hash = scheduler_hash();
    run(begin_look, 1, the_default());
    assert_true(scheduler_hash() != hash);
}

static void waits_outside_executions_do_not_wait(void **unused)
{
    (void)unused;
    scheduler_reset(&(struct scheduler_options){0});
    shared.signalled = true;
    assert_int_equal(scheduler_wait(&wait_call, &object, is_signalled, NULL, SCHEDULER_NEVER), SCHEDULER_WAIT_HOLDS);
    assert_int_equal(scheduler_wait(&wait_call, &object, NULL, NULL, SCHEDULER_NEVER), SCHEDULER_WAIT_TIMEOUT);
    assert_int_equal(scheduler_wake(&object, 1), 0);
    assert_int_equal(scheduler_choose(CHOICE_ALLOCATION, 2), 0);
    assert_int_equal(scheduler_running(), SCHEDULER_NO_TASK);
}

/* -------------------------------------------------------------------------------------------------- unpreemptible -- */

static void step_inside(void *unused)
{
    (void)unused;
    step();
    scheduler_disable_preemption();
    scheduler_disable_preemption();
    assert_int_equal(shared.inside++, 0);
    step();
    scheduler_enable_preemption();
    step();
    assert_int_equal(--shared.inside, 0);
    scheduler_enable_preemption();
    step();
}

static void begin_unpreemptible(unsigned size)
{
    for (uintptr_t number = 0; number < size; number++) {
        scheduler_spawn("insider", step_inside, NULL);
    }
}

static void check_twelve_steps(enum scheduler_outcome outcome)
{
    check_finished(outcome);
    assert_int_equal(scheduler_steps(), 12);
}

/* Three tasks with a step before and a step after the section, which is one with the step before it. */
static void nobody_else_runs_in_an_unpreemptible_section(void **unused)
{
    (void)unused;
    assert_int_equal(run_every_schedule(begin_unpreemptible, 3, check_twelve_steps), 90);
}

/* ------------------------------------------------------------------------------------------------------- deadlock -- */

static void hang(void *name)
{
    const char *previous = scheduler_enter_routine(name);
    assert_string_equal(previous, "");
    scheduler_wait(&wait_call, &object, is_signalled, NULL, SCHEDULER_NEVER);
    scheduler_leave_routine(previous);
}

static void end_at_once(void *unused)
{
    (void)unused;
}

static void begin_deadlock(unsigned size)
{
    (void)size;
    scheduler_spawn("alice", hang, "TakeForks");
    scheduler_spawn("bob", end_at_once, NULL);
    scheduler_spawn("carol", hang, "EatSpaghetti");
}

static void a_deadlock_names_who_waits_where(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_deadlock, 0, the_default()), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    const struct violation *violation = scheduler_violation();
    assert_non_null(strstr(violation->message, "alice waits in TakeForks"));
    assert_non_null(strstr(violation->message, "carol waits in EatSpaghetti"));
    assert_null(strstr(violation->message, "bob"));
    assert_string_equal(violation->routine, "TakeForks");
    assert_int_equal(violation->task, 0);
    assert_ptr_equal(violation->object, &object);
    assert_true(violation->site != 0);
}

static bool name_it_better(void)
{
    assert_int_equal(scheduler_running(), SCHEDULER_NO_TASK);
    assert_ptr_equal(scheduler_waiting_for(0), &object);
    scheduler_violate("lost-fork", &object, "%s has none", scheduler_task_name(0));
    return false;
}

static unsigned helped;

static void wake_the_stuck(void *unused)
{
    (void)unused;
    helped++;
    scheduler_wake(&object, UINT32_MAX);
}

static bool send_help(void)
{
    assert_int_equal(scheduler_running(), SCHEDULER_NO_TASK);
    if (helped != 0) {
        return false;
    }
    scheduler_spawn("helper", wake_the_stuck, NULL);
    return true;
}

static void somebody_outside_may_end_a_deadlock(void **unused)
{
    (void)unused;
    helped = 0;
    scheduler_on_deadlock(send_help);
    assert_int_equal(run(begin_deadlock, 0, the_default()), SCHEDULER_FINISHED);
    assert_int_equal(helped, 1);
    assert_int_equal(run(begin_deadlock, 0, the_default()), SCHEDULER_STOPPED);
    scheduler_on_deadlock(NULL);
    assert_violation(VIOLATION_DEADLOCK);
}

static void somebody_may_know_a_better_name_for_a_deadlock(void **unused)
{
    (void)unused;
    scheduler_on_deadlock(name_it_better);
    assert_int_equal(run(begin_deadlock, 0, the_default()), SCHEDULER_STOPPED);
    scheduler_on_deadlock(NULL);
    assert_violation("lost-fork");
    assert_string_equal(scheduler_violation()->message, "alice has none");
    assert_string_equal(scheduler_violation()->routine, "TakeForks");
}

static void begin_many_deadlocked(unsigned size)
{
    static const char name[] = "a task with a rather long name, as generated programs may have them";
    for (unsigned number = 0; number < size; number++) {
        scheduler_spawn(name, hang, "ARoutineWithALongName");
    }
}

static void a_deadlock_of_everybody_is_cut_to_fit(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_many_deadlocked, SCHEDULER_TASK_LIMIT, random_walk(1)), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_DEADLOCK);
    assert_true(strlen(scheduler_violation()->message) < sizeof scheduler_violation()->message);
}

/* ------------------------------------------------------------------------------------------------------- livelock -- */

struct spin_row {
    const char *name;
    void (*spinner)(void *flag);
    unsigned spinners;
    bool raised;
};

static struct flag *flag;
static const struct spin_row *spin_row;

static void begin_spin(unsigned size)
{
    (void)size;
    flag = memset(scheduler_allocate(sizeof *flag, "flag"), 0, sizeof *flag);
    for (unsigned spinner = 0; spinner < spin_row->spinners; spinner++) {
        scheduler_spawn("spinner", spin_row->spinner, flag);
    }
    if (spin_row->raised) {
        scheduler_spawn("raiser", raise_flag, flag);
    }
}

static const struct spin_row spin_rows[] = {
    {"volatile", spin_on_volatile, 1, true},         {"volatile, four", spin_on_volatile, 4, true},
    {"volatile, never", spin_on_volatile, 1, false}, {"atomic", spin_on_atomic, 1, true},
    {"atomic, four", spin_on_atomic, 4, true},       {"atomic, never", spin_on_atomic, 3, false},
    {"exchange", spin_on_exchange, 1, true},         {"exchange, one too many", spin_on_exchange, 2, true},
};

static void check_spin(const struct spin_row *row, struct strategy *strategy)
{
    spin_row = row;
    bool ends = row->raised && !(row->spinner == spin_on_exchange && row->spinners > 1);
    enum scheduler_outcome outcome = run(begin_spin, 0, strategy);
    if (outcome != (ends ? SCHEDULER_FINISHED : SCHEDULER_STOPPED)) {
        fail_msg("%s under %s: %s", row->name, strategy->name, ends ? "stopped" : "finished");
    }
    if (!ends) {
        assert_violation(VIOLATION_LIVELOCK);
        assert_int_equal(scheduler_steps(), 2 * SCHEDULER_STEP_LIMIT + 1);
    }
}

/* The default never leaves the spinner and PCT hardly ever: fair scheduling, after the first limit, must. */
static void a_loop_that_ends_under_a_fair_schedule_is_no_livelock(void **unused)
{
    (void)unused;
    for (size_t index = 0; index < COUNT_OF(spin_rows); index++) {
        check_spin(&spin_rows[index], the_default());
        for (uint64_t seed = 0; seed < 10; seed++) {
            check_spin(&spin_rows[index], random_walk(seed));
            check_spin(&spin_rows[index], pct(seed, 3));
        }
    }
}

static void raise_after_timeout(void *argument)
{
    scheduler_wait(&wait_call, &object, NULL, NULL, 1000);
    raise_flag(argument);
}

static void begin_spin_until_timeout(unsigned size)
{
    flag = memset(scheduler_allocate(sizeof *flag, "flag"), 0, sizeof *flag);
    for (unsigned spinner = 0; spinner < size; spinner++) {
        scheduler_spawn("spinner", spin_on_atomic, flag);
    }
    scheduler_spawn("sleeper", raise_after_timeout, flag);
}

/* A fair schedule lets time pass as well. */
static void spinning_until_somebody_s_timeout_is_no_livelock(void **unused)
{
    (void)unused;
    for (unsigned spinners = 1; spinners <= 5; spinners++) {
        check_finished(run(begin_spin_until_timeout, spinners, the_default()));
        for (uint64_t seed = 0; seed < 10; seed++) {
            check_finished(run(begin_spin_until_timeout, spinners, pct(seed, 2)));
        }
    }
}

static void sleep_again_and_again(void *unused)
{
    (void)unused;
    while (!shared.signalled) {
        scheduler_wait(&wait_call, &object, NULL, NULL, scheduler_now() + 1);
    }
}

static void signal_after_steps(void *unused)
{
    (void)unused;
    for (int index = 0; index < 100; index++) {
        step();
    }
    shared.signalled = true;
}

static void begin_polling(unsigned size)
{
    scheduler_spawn("signaller", signal_after_steps, NULL);
    for (unsigned sleeper = 0; sleeper < size; sleeper++) {
        scheduler_spawn("sleeper", sleep_again_and_again, NULL);
    }
}

/* The other way round: tasks that only let time pass must not keep the others from running. */
static void passing_time_starves_nobody(void **unused)
{
    (void)unused;
    for (unsigned sleepers = 1; sleepers <= 3; sleepers++) {
        check_finished(run(begin_polling, sleepers, the_default()));
        for (uint64_t seed = 0; seed < 20; seed++) {
            check_finished(run(begin_polling, sleepers, pct(seed, 2)));
            check_finished(run(begin_polling, sleepers, random_walk(seed)));
        }
    }
}

static void the_step_limit_is_an_option(void **unused)
{
    (void)unused;
    static const struct spin_row never = {"never", spin_on_atomic, 1, false};
    spin_row = &never;
    const struct world world = {"spin", begin_spin, 0};
    const struct scheduler_options options = {.step_limit = 50};
    assert_int_equal(run_world(&world, the_default(), &options), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_LIVELOCK);
    assert_int_equal(scheduler_steps(), 101);
}

static void an_endless_loop_without_scheduling_points_is_a_livelock(void **unused)
{
    (void)unused;
    static const struct spin_row plain = {"plain", spin_on_plain, 2, false};
    spin_row = &plain;
    assert_int_equal(run(begin_spin, 0, the_default()), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_LIVELOCK);
    assert_int_equal(scheduler_violation()->task, 0);
}

/* ---------------------------------------------------------------------------------------------------------- tasks -- */

static void spawn_further(void *depth)
{
    shared.arrived++;
    step();
    if (number_of(depth) > 0) {
        uint32_t number = scheduler_spawn("child", spawn_further, numbered(number_of(depth) - 1));
        assert_string_equal(scheduler_task_name(number), "child");
        assert_false(scheduler_ended(number));
        step();
    }
}

static void begin_spawning(unsigned size)
{
    scheduler_spawn("parent", spawn_further, numbered(size));
}

static void check_four_tasks(enum scheduler_outcome outcome)
{
    check_finished(outcome);
    assert_int_equal(scheduler_task_count(), 4);
    assert_int_equal(shared.arrived, 4);
    for (uint32_t task = 0; task < 4; task++) {
        assert_true(scheduler_ended(task));
    }
}

static void tasks_may_be_born_during_the_execution(void **unused)
{
    (void)unused;
    assert_true(run_every_schedule(begin_spawning, 3, check_four_tasks) > 10);
}

static void begin_nothing(unsigned size)
{
    (void)size;
}

static void an_execution_without_tasks_finishes(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_nothing, 0, the_default()), SCHEDULER_FINISHED);
    assert_int_equal(scheduler_steps(), 0);
}

static void begin_broken(unsigned size)
{
    (void)size;
    scheduler_violate("broken-world", NULL, "it never began");
    scheduler_spawn("task", end_at_once, NULL);
}

static void a_violation_before_the_run_ends_it(void **unused)
{
    (void)unused;
    assert_int_equal(run(begin_broken, 0, the_default()), SCHEDULER_STOPPED);
    assert_violation("broken-world");
    assert_int_equal(scheduler_violation()->task, SCHEDULER_NO_TASK);
    check_finished(run(begin_nothing, 0, the_default()));
    assert_null(scheduler_violation());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_wake_in_the_order_in_which_they_began_to_wait),
        cmocka_unit_test(a_woken_wait_is_over_whatever_happens_next),
        cmocka_unit_test(a_wake_overrules_the_condition),
        cmocka_unit_test(a_task_whose_condition_became_false_again_cannot_run),
        cmocka_unit_test(a_timeout_is_a_choice),
        cmocka_unit_test(the_earliest_deadline_strikes_first),
        cmocka_unit_test(lost_patience_moves_no_clock_while_others_could_go_on),
        cmocka_unit_test(patience_takes_its_time_when_nobody_else_could_go_on),
        cmocka_unit_test(equal_deadlines_strike_in_the_order_of_waiting),
        cmocka_unit_test(advancing_time_ends_overdue_waits),
        cmocka_unit_test(a_passed_deadline_makes_it_a_look),
        cmocka_unit_test(what_a_look_saw_is_part_of_the_hash),
        cmocka_unit_test(waits_outside_executions_do_not_wait),
        cmocka_unit_test(nobody_else_runs_in_an_unpreemptible_section),
        cmocka_unit_test(a_deadlock_names_who_waits_where),
        cmocka_unit_test(somebody_may_know_a_better_name_for_a_deadlock),
        cmocka_unit_test(somebody_outside_may_end_a_deadlock),
        cmocka_unit_test(a_deadlock_of_everybody_is_cut_to_fit),
        cmocka_unit_test(a_loop_that_ends_under_a_fair_schedule_is_no_livelock),
        cmocka_unit_test(spinning_until_somebody_s_timeout_is_no_livelock),
        cmocka_unit_test(passing_time_starves_nobody),
        cmocka_unit_test(the_step_limit_is_an_option),
        cmocka_unit_test(an_endless_loop_without_scheduling_points_is_a_livelock),
        cmocka_unit_test(tasks_may_be_born_during_the_execution),
        cmocka_unit_test(an_execution_without_tasks_finishes),
        cmocka_unit_test(a_violation_before_the_run_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
