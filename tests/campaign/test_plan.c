/* test_plan.c - the plan, by simulation: subjects whose coverage grows as a formula says, and a clock that is a number. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SUBJECTS = 100, ARMS_PER_SUBJECT = 4, ARMS = SUBJECTS * ARMS_PER_SUBJECT, MOST_JOBS = 8 };
enum { PRODUCTIVE = 5, BLOOMER = 50, BROKEN_ENGINE = 3 };

/* What a subject has covered after so many seconds of its own. */
typedef double growth(uint32_t subject, double seconds);

static double saturating(uint32_t subject, double seconds)
{
    (void)subject;
    return 30 * (1 - exp(-seconds / 0.7));
}

static double some_growing(uint32_t subject, double seconds)
{
    if (subject < PRODUCTIVE) {
        return 30 + 32 * sqrt(seconds);
    }
    bool blooms = subject == BLOOMER && seconds > 25;
    return saturating(subject, seconds) + (blooms ? 20 * sqrt(seconds - 25) : 0);
}

struct slice {
    bool running;
    uint32_t arm;
    double asked, end;
};

struct simulation {
    struct campaign_plan *plan;
    growth *grows;
    bool breaks; /* slices of the last engine fail */
    uint32_t jobs;
    double now;
    struct slice slices[MOST_JOBS];
    double subject_seconds[SUBJECTS], arm_seconds[ARMS];
    uint32_t subject_slices[SUBJECTS], arm_slices[ARMS];
    double bloomed; /* when the late one began to bring something */
    /* In the order of payment. */
    uint32_t paid_count;
    struct {
        uint32_t arm;
        struct campaign_payment payment;
    } paid[20000];
};

static void arms_make(struct campaign_arm arms[ARMS])
{
    static const double least[ARMS_PER_SUBJECT] = {2, 1, 5, 1};
    for (uint32_t index = 0; index < ARMS; index++) {
        uint32_t engine = index % ARMS_PER_SUBJECT;
        arms[index] = (struct campaign_arm){.subject = index / ARMS_PER_SUBJECT,
                                            .engine = engine,
                                            .least_seconds = least[engine],
                                            .most_at_once = 1,
                                            .prior = engine == BROKEN_ENGINE ? 0.5 : 1};
    }
}

static struct simulation *simulation_make(growth *grows, uint32_t jobs)
{
    struct campaign_arm arms[ARMS];
    struct simulation *simulation = calloc(1, sizeof(*simulation));
    assert_non_null(simulation);
    arms_make(arms);
    simulation->plan = campaign_plan_make(arms, ARMS);
    assert_non_null(simulation->plan);
    simulation->grows = grows;
    simulation->jobs = jobs;
    return simulation;
}

static void simulation_free(struct simulation *simulation)
{
    campaign_plan_free(simulation->plan);
    free(simulation);
}

static void start_slices(struct simulation *simulation)
{
    for (uint32_t job = 0; job < simulation->jobs; job++) {
        struct slice *slice = &simulation->slices[job];
        if (!slice->running) {
            assert_true(campaign_plan_next(simulation->plan, &slice->arm, &slice->asked));
            assert_true(slice->asked >= 1 && slice->asked <= 60);
            slice->running = true;
            slice->end = simulation->now + slice->asked;
        }
    }
}

static struct slice *first_to_end(struct simulation *simulation)
{
    struct slice *first = NULL;
    for (uint32_t job = 0; job < simulation->jobs; job++) {
        struct slice *slice = &simulation->slices[job];
        first = !first || slice->end < first->end ? slice : first;
    }
    return first;
}

static void end_slice_of(struct simulation *simulation, struct slice *slice)
{
    uint32_t subject = slice->arm / ARMS_PER_SUBJECT;
    bool failed = simulation->breaks && slice->arm % ARMS_PER_SUBJECT == BROKEN_ENGINE;
    double before = floor(simulation->grows(subject, simulation->subject_seconds[subject]));
    simulation->subject_seconds[subject] += slice->asked;
    simulation->arm_seconds[slice->arm] += slice->asked;
    simulation->subject_slices[subject]++;
    simulation->arm_slices[slice->arm]++;
    double after = floor(simulation->grows(subject, simulation->subject_seconds[subject]));
    struct campaign_payment payment = {.seconds = failed ? 0 : slice->asked, .failed = failed};
    payment.new_coverage = failed ? 0 : (uint32_t)(after - before);
    if (subject == BLOOMER && simulation->subject_seconds[subject] > 25 && simulation->bloomed == 0) {
        simulation->bloomed = slice->end;
    }
    assert_true(simulation->paid_count < sizeof(simulation->paid) / sizeof(simulation->paid[0]));
    simulation->paid[simulation->paid_count].arm = slice->arm;
    simulation->paid[simulation->paid_count++].payment = payment;
    campaign_plan_pay(simulation->plan, slice->arm, &payment, true);
    simulation->now = slice->end;
    slice->running = false;
}

static void run_until(struct simulation *simulation, double seconds)
{
    while (simulation->now < seconds) {
        start_slices(simulation);
        end_slice_of(simulation, first_to_end(simulation));
    }
}

static double total(const double *numbers, uint32_t first, uint32_t count, uint32_t step)
{
    double sum = 0;
    for (uint32_t index = first; index < count; index += step) {
        sum += numbers[index];
    }
    return sum;
}

/* ------------------------------------------------------------------------------------------------------------ tests -- */

/* Everything gets one short slice of its cheapest arm before anything gets a second one. */
static void test_everything_first(void **state)
{
    (void)state;
    struct campaign_arm arms[ARMS];
    bool seen[SUBJECTS] = {false};
    arms_make(arms);
    struct campaign_plan *plan = campaign_plan_make(arms, ARMS);
    for (uint32_t turn = 0; turn < SUBJECTS; turn++) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        assert_int_equal(arm % ARMS_PER_SUBJECT, 1);
        assert_true(seconds == 1);
        assert_false(seen[arm / ARMS_PER_SUBJECT]);
        seen[arm / ARMS_PER_SUBJECT] = true;
        struct campaign_payment payment = {.seconds = 1, .new_coverage = turn % 7};
        campaign_plan_pay(plan, arm, &payment, true);
    }
    campaign_plan_free(plan);
}

static void test_time_goes_where_news_comes(void **state)
{
    (void)state;
    struct simulation *simulation = simulation_make(some_growing, 2);
    run_until(simulation, 8 * 3600);
    double all = total(simulation->subject_seconds, 0, SUBJECTS, 1);
    double productive = total(simulation->subject_seconds, 0, PRODUCTIVE, 1);
    assert_true(productive > all / 2);
    assert_true(productive / PRODUCTIVE > 10 * simulation->subject_seconds[SUBJECTS - 1]);
    simulation_free(simulation);
}

/* It brought nothing for its first 25 seconds, of which it got one after the other among a hundred. */
static void test_late_bloomer(void **state)
{
    (void)state;
    struct simulation *simulation = simulation_make(some_growing, 2);
    run_until(simulation, 8 * 3600);
    assert_true(simulation->bloomed > 0 && simulation->bloomed < 2 * 3600);
    assert_true(simulation->subject_seconds[BLOOMER] > 10 * simulation->subject_seconds[BLOOMER + 1]);
    simulation_free(simulation);
}

static void test_nobody_is_forgotten(void **state)
{
    (void)state;
    double before[SUBJECTS];
    struct simulation *simulation = simulation_make(some_growing, 2);
    run_until(simulation, 4 * 3600);
    memcpy(before, simulation->subject_seconds, sizeof(before));
    run_until(simulation, 8 * 3600);
    for (uint32_t subject = 0; subject < SUBJECTS; subject++) {
        assert_true(simulation->subject_seconds[subject] > before[subject]);
    }
    for (uint32_t arm = 0; arm < ARMS; arm++) {
        assert_true(simulation->arm_slices[arm] > 0);
    }
    simulation_free(simulation);
}

static void test_share_falls_without_news(void **state)
{
    (void)state;
    struct simulation *simulation = simulation_make(some_growing, 2);
    double last = 0, part = 1;
    for (int quarter = 1; quarter <= 4; quarter++) {
        run_until(simulation, quarter * 3600);
        double dry = total(simulation->subject_seconds, BLOOMER + 1, SUBJECTS, 1);
        double all = quarter * 3600 * 2.0;
        assert_true((dry - last) / (all / quarter) < part);
        part = (dry - last) / (all / quarter);
        last = dry;
    }
    simulation_free(simulation);
}

/* When nothing distinguishes them, all have about the same. */
static void test_equals_share(void **state)
{
    (void)state;
    struct simulation *simulation = simulation_make(saturating, 3);
    run_until(simulation, 3600);
    for (uint32_t subject = 1; subject < SUBJECTS; subject++) {
        assert_true(fabs(simulation->subject_seconds[subject] - simulation->subject_seconds[0]) <= 30);
    }
    simulation_free(simulation);
}

static uint32_t asked_of_broken_engine(const struct simulation *simulation)
{
    uint32_t asked = 0;
    for (uint32_t arm = BROKEN_ENGINE; arm < ARMS; arm += ARMS_PER_SUBJECT) {
        asked += simulation->arm_slices[arm];
    }
    return asked;
}

static void share_of_two(const struct campaign_payment payments[2], double had[2])
{
    struct campaign_arm arms[] = {{.subject = 0, .most_at_once = 1, .prior = 1}, {.subject = 1, .most_at_once = 1, .prior = 1}};
    struct campaign_plan *plan = campaign_plan_make(arms, 2);
    had[0] = had[1] = 0;
    for (int turn = 0; turn < 200; turn++) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        struct campaign_payment payment = payments[arm];
        payment.seconds = seconds;
        had[arm] += seconds;
        campaign_plan_pay(plan, arm, &payment, true);
    }
    campaign_plan_free(plan);
}

/* Neither is ever dry, and one brings more. */
static void test_more_news_more_time(void **state)
{
    (void)state;
    double had[2];
    share_of_two((const struct campaign_payment[]){{.new_coverage = 1000}, {.new_coverage = 1}}, had);
    assert_true(had[0] > 3 * had[1] && had[1] > 0);
    share_of_two((const struct campaign_payment[]){{.new_coverage = 3}, {.new_findings = 2}}, had);
    assert_true(had[1] > 2 * had[0] && had[0] > 0);
}

/* Several jobs do not crowd around one subject. */
static void test_jobs_spread(void **state)
{
    (void)state;
    struct campaign_arm arms[32];
    bool taken[8] = {false};
    uint32_t distinct = 0;
    for (uint32_t index = 0; index < 32; index++) {
        arms[index] = (struct campaign_arm){.subject = index / 4, .engine = index % 4, .most_at_once = 4, .prior = 1};
    }
    struct campaign_plan *plan = campaign_plan_make(arms, 32);
    for (uint32_t subject = 0; subject < 8; subject++) {
        campaign_plan_pay(plan, 4 * subject, &(struct campaign_payment){.seconds = 1 + subject / 100.0}, false);
    }
    for (int job = 0; job < 8; job++) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        distinct += !taken[arm / 4];
        taken[arm / 4] = true;
    }
    assert_true(distinct >= 7);
    campaign_plan_free(plan);
}

static void test_failing_engine(void **state)
{
    (void)state;
    struct simulation *simulation = simulation_make(some_growing, 2);
    simulation->breaks = true;
    run_until(simulation, 2 * 3600);
    uint32_t early = asked_of_broken_engine(simulation);
    run_until(simulation, 4 * 3600);
    uint32_t late = asked_of_broken_engine(simulation) - early;
    assert_true(early > 0 && late < early);
    double wasted = total(simulation->arm_seconds, BROKEN_ENGINE, ARMS, ARMS_PER_SUBJECT);
    assert_true(wasted < 0.02 * total(simulation->arm_seconds, 0, ARMS, 1));
    simulation_free(simulation);
}

/* Failing once is no verdict. */
static void test_engine_recovers(void **state)
{
    (void)state;
    struct simulation *simulation = simulation_make(some_growing, 2);
    simulation->breaks = true;
    run_until(simulation, 600);
    simulation->breaks = false;
    double before = total(simulation->arm_seconds, BROKEN_ENGINE, ARMS, ARMS_PER_SUBJECT);
    run_until(simulation, 4 * 3600);
    double after = total(simulation->arm_seconds, BROKEN_ENGINE, ARMS, ARMS_PER_SUBJECT);
    assert_true(after - before > 0.05 * 4 * 3600 * 2);
    simulation_free(simulation);
}

static void test_slices_grow(void **state)
{
    (void)state;
    uint32_t arm;
    double seconds, longest = 0;
    struct campaign_arm alone = {.least_seconds = 1, .most_at_once = 1, .prior = 1};
    struct campaign_plan *plan = campaign_plan_make(&alone, 1);
    for (int turn = 0; turn < 60; turn++) {
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        assert_true(seconds >= longest);
        assert_true(turn > 0 || seconds == 1);
        longest = seconds;
        campaign_plan_pay(plan, arm, &(struct campaign_payment){.seconds = seconds}, true);
    }
    assert_true(longest == 60);
    campaign_plan_free(plan);
}

static void test_most_at_once(void **state)
{
    (void)state;
    struct campaign_arm arms[] = {
        {.subject = 7, .engine = 1, .configuration = 0, .most_at_once = 2, .prior = 1},
        {.subject = 7, .engine = 1, .configuration = 1, .most_at_once = 2, .prior = 1},
        {.subject = 7, .engine = 9, .configuration = 0, .most_at_once = 1, .prior = 1},
        {.subject = 3, .engine = 9, .configuration = 0, .most_at_once = 1, .prior = 1},
    };
    uint32_t arm, engine_one = 0, engine_nine = 0;
    double seconds;
    struct campaign_plan *plan = campaign_plan_make(arms, 4);
    for (int turn = 0; turn < 4; turn++) {
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        engine_one += arms[arm].engine == 1;
        engine_nine += arms[arm].engine == 9;
    }
    assert_int_equal(engine_one, 2);
    assert_int_equal(engine_nine, 2);
    assert_false(campaign_plan_next(plan, &arm, &seconds));
    campaign_plan_pay(plan, 3, &(struct campaign_payment){.seconds = 1}, true);
    assert_true(campaign_plan_next(plan, &arm, &seconds));
    assert_int_equal(arm, 3);
    assert_false(campaign_plan_next(plan, &arm, &seconds));
    campaign_plan_free(plan);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    uint32_t arm;
    double seconds;
    struct campaign_plan *plan = campaign_plan_make(NULL, 0);
    assert_non_null(plan);
    assert_false(campaign_plan_next(plan, &arm, &seconds));
    campaign_plan_free(plan);
    campaign_plan_free(NULL);
}

/* The plan of a campaign that was resumed is the one that it had. */
static void test_resume(void **state)
{
    (void)state;
    struct campaign_arm arms[ARMS];
    struct simulation *simulation = simulation_make(some_growing, 1);
    run_until(simulation, 2000);
    arms_make(arms);
    struct campaign_plan *plan = campaign_plan_make(arms, ARMS);
    for (uint32_t index = 0; index < simulation->paid_count; index++) {
        campaign_plan_pay(plan, simulation->paid[index].arm, &simulation->paid[index].payment, false);
    }
    for (int turn = 0; turn < 500; turn++) {
        uint32_t one, other;
        double one_seconds, other_seconds;
        assert_true(campaign_plan_next(simulation->plan, &one, &one_seconds));
        assert_true(campaign_plan_next(plan, &other, &other_seconds));
        assert_int_equal(one, other);
        assert_true(one_seconds == other_seconds);
        struct campaign_payment payment = {.seconds = one_seconds, .new_coverage = (uint32_t)turn % 5};
        campaign_plan_pay(simulation->plan, one, &payment, true);
        campaign_plan_pay(plan, other, &payment, true);
    }
    campaign_plan_free(plan);
    simulation_free(simulation);
}

/* A subject that joins later begins where the others are: it does not get all that they have had before. */
static void test_newcomer(void **state)
{
    (void)state;
    struct campaign_arm arms[] = {{.subject = 0, .most_at_once = 1, .prior = 1}, {.subject = 1, .most_at_once = 1, .prior = 1}};
    double had[2] = {0, 0};
    struct campaign_plan *plan = campaign_plan_make(arms, 2);
    for (int turn = 0; turn < 100; turn++) {
        campaign_plan_pay(plan, 0, &(struct campaign_payment){.seconds = 10, .new_coverage = 1}, false);
    }
    for (int turn = 0; turn < 40; turn++) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        assert_true(turn > 0 || arm == 1);
        had[arm] += seconds;
        campaign_plan_pay(plan, arm, &(struct campaign_payment){.seconds = seconds, .new_coverage = 1}, true);
    }
    assert_true(had[0] > had[1] / 4 && had[1] > had[0] / 4);
    campaign_plan_free(plan);
}

static void test_prior(void **state)
{
    (void)state;
    struct campaign_arm arms[] = {{.engine = 0, .most_at_once = 1, .prior = 1}, {.engine = 1, .most_at_once = 1, .prior = 3}};
    double had[2] = {0, 0};
    struct campaign_plan *plan = campaign_plan_make(arms, 2);
    for (int turn = 0; turn < 200; turn++) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        assert_true(turn > 0 || arm == 1);
        had[arm] += seconds;
        campaign_plan_pay(plan, arm, &(struct campaign_payment){.seconds = seconds}, true);
    }
    assert_true(had[1] > 1.4 * had[0] && had[0] > 0);
    campaign_plan_free(plan);
}

/* What ends at once, time and again, does not keep the others from their turn. */
static void test_instant_slices(void **state)
{
    (void)state;
    struct campaign_arm arms[] = {{.subject = 0, .most_at_once = 1, .prior = 1}, {.subject = 1, .most_at_once = 1, .prior = 1}};
    uint32_t turns[2] = {0, 0};
    struct campaign_plan *plan = campaign_plan_make(arms, 2);
    for (int turn = 0; turn < 1000; turn++) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        turns[arm]++;
        campaign_plan_pay(plan, arm, &(struct campaign_payment){.seconds = arm == 0 ? 0 : seconds}, true);
    }
    assert_true(turns[1] > 10);
    campaign_plan_free(plan);
}

/* However much one arm brings, the others get their first turns soon, each as its weight says. */
static void test_first_turns(void **state)
{
    (void)state;
    struct campaign_arm arms[] = {{.engine = 0, .most_at_once = 1, .prior = 1, .least_seconds = 1},
                                  {.engine = 1, .most_at_once = 1, .prior = 0.6, .least_seconds = 2},
                                  {.engine = 2, .most_at_once = 1, .prior = 0.1, .least_seconds = 1}};
    uint32_t turns[3] = {0, 0, 0};
    struct campaign_plan *plan = campaign_plan_make(arms, 3);
    for (int turn = 0; turn < 30; turn++) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        turns[arm]++;
        campaign_plan_pay(plan, arm, &(struct campaign_payment){.seconds = seconds, .new_findings = arm == 0}, true);
        assert_true(turn < 10 || turns[1] > 0);
    }
    assert_true(turns[2] > 0 && turns[0] > turns[1] && turns[0] > turns[2]);
    campaign_plan_free(plan);
}

/* An engine that is slow to start is tried once in the first minutes, although much that is cheaper is still to be done. */
static void test_engines_are_tried(void **state)
{
    (void)state;
    struct campaign_arm arms[201];
    for (uint32_t index = 0; index < 200; index++) {
        arms[index] =
            (struct campaign_arm){.subject = index / 20, .engine = 0, .most_at_once = 1, .prior = 0.5, .least_seconds = 1};
    }
    arms[200] = (struct campaign_arm){.subject = 9, .engine = 1, .most_at_once = 1, .prior = 0.01, .least_seconds = 5};
    double spent = 0, tried = 0;
    struct campaign_plan *plan = campaign_plan_make(arms, 201);
    while (spent < 150) {
        uint32_t arm;
        double seconds;
        assert_true(campaign_plan_next(plan, &arm, &seconds));
        if (arm == 200) {
            assert_true(spent >= 100 && tried == 0);
            tried = spent;
        }
        spent += seconds;
        campaign_plan_pay(plan, arm, &(struct campaign_payment){.seconds = seconds, .new_coverage = arm < 200}, true);
    }
    assert_true(tried > 0);
    campaign_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_first),
        cmocka_unit_test(test_time_goes_where_news_comes),
        cmocka_unit_test(test_late_bloomer),
        cmocka_unit_test(test_nobody_is_forgotten),
        cmocka_unit_test(test_share_falls_without_news),
        cmocka_unit_test(test_equals_share),
        cmocka_unit_test(test_more_news_more_time),
        cmocka_unit_test(test_jobs_spread),
        cmocka_unit_test(test_failing_engine),
        cmocka_unit_test(test_engine_recovers),
        cmocka_unit_test(test_slices_grow),
        cmocka_unit_test(test_most_at_once),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_newcomer),
        cmocka_unit_test(test_prior),
        cmocka_unit_test(test_instant_slices),
        cmocka_unit_test(test_first_turns),
        cmocka_unit_test(test_engines_are_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
