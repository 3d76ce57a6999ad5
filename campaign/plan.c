/*
 * plan.c - what is run next: first one short slice of everything, then the subject and the arm of it that are first in their
 * queues (account.h), for longer the more they have had already.
 */
#include "account.h"

#include <math.h>
#include <stdlib.h>

/* Few lengths, so that runs can be compared. */
static const double lengths[] = {1, 2, 5, 10, 30, 60};

/* So much more than the trial of an engine costs must have been spent before: who has a night is to know early what fails. */
static const double spent_before_trial = 20;

/* What an engine does on all subjects: one that fails everywhere is not to be tried anew with each of them. */
struct engine {
    uint32_t number; /* of the caller */
    uint32_t failures;
    bool tried;
};

struct arm {
    struct campaign_arm is;
    struct account account;
    uint32_t subject, engine; /* places in the plan's tables */
};

struct subject {
    uint32_t number; /* of the caller */
    struct account account;
    uint32_t first, count; /* its arms, in the plan's list of them by subject */
};

struct campaign_plan {
    uint32_t arm_count, subject_count, engine_count;
    struct arm *arms;
    struct subject *subjects;
    struct engine *engines;
    uint32_t *by_subject; /* numbers of arms */
    double seconds;       /* paid so far */
};

/* ----------------------------------------------------------------------------------------------------------- making -- */

static uint32_t place_subject(struct campaign_plan *plan, uint32_t number)
{
    for (uint32_t index = 0; index < plan->subject_count; index++) {
        if (plan->subjects[index].number == number) {
            return index;
        }
    }
    plan->subjects[plan->subject_count] = (struct subject){.number = number, .account = {.prior = 1}};
    return plan->subject_count++;
}

static uint32_t place_engine(struct campaign_plan *plan, uint32_t number)
{
    for (uint32_t index = 0; index < plan->engine_count; index++) {
        if (plan->engines[index].number == number) {
            return index;
        }
    }
    plan->engines[plan->engine_count] = (struct engine){.number = number};
    return plan->engine_count++;
}

/* The arms of each subject stand together in the list, in the caller's order. */
static void list_by_subject(struct campaign_plan *plan)
{
    uint32_t next = 0;
    for (uint32_t index = 0; index < plan->arm_count; index++) {
        plan->subjects[plan->arms[index].subject].count++;
    }
    for (uint32_t index = 0; index < plan->subject_count; index++) {
        plan->subjects[index].first = next;
        next += plan->subjects[index].count;
        plan->subjects[index].count = 0;
    }
    for (uint32_t index = 0; index < plan->arm_count; index++) {
        struct subject *subject = &plan->subjects[plan->arms[index].subject];
        plan->by_subject[subject->first + subject->count++] = index;
    }
}

static bool make_tables(struct campaign_plan *plan, size_t count)
{
    plan->arms = calloc(count, sizeof(*plan->arms));
    plan->subjects = calloc(count, sizeof(*plan->subjects));
    plan->engines = calloc(count, sizeof(*plan->engines));
    plan->by_subject = calloc(count, sizeof(*plan->by_subject));
    return plan->arms && plan->subjects && plan->engines && plan->by_subject;
}

struct campaign_plan *campaign_plan_make(const struct campaign_arm *arms, uint32_t count)
{
    struct campaign_plan *plan = calloc(1, sizeof(*plan));
    if (!plan || !make_tables(plan, count ? count : 1)) {
        campaign_plan_free(plan);
        return NULL;
    }
    plan->arm_count = count;
    for (uint32_t index = 0; index < count; index++) {
        struct arm *arm = &plan->arms[index];
        arm->is = arms[index];
        arm->subject = place_subject(plan, arms[index].subject);
        arm->engine = place_engine(plan, arms[index].engine);
        arm->account.prior = arms[index].prior > 0 ? arms[index].prior : 1;
    }
    list_by_subject(plan);
    return plan;
}

void campaign_plan_free(struct campaign_plan *plan)
{
    if (plan) {
        free(plan->arms);
        free(plan->subjects);
        free(plan->engines);
        free(plan->by_subject);
        free(plan);
    }
}

/* ---------------------------------------------------------------------------------------------------------- queues -- */

/* The best rate of those who compete, and where the queue begins. */
struct queue {
    double best, front;
};

static void look_at(struct queue *queue, const struct account *account)
{
    queue->best = fmax(queue->best, account_rate(account));
    if (account->payments) {
        queue->front = fmin(queue->front, account->place);
    }
}

static struct queue queue_begin(void)
{
    return (struct queue){.front = INFINITY};
}

static struct queue queue_end(struct queue queue)
{
    queue.front = isinf(queue.front) ? 0 : queue.front;
    return queue;
}

static struct queue queue_of_subjects(const struct campaign_plan *plan)
{
    struct queue queue = queue_begin();
    for (uint32_t index = 0; index < plan->subject_count; index++) {
        look_at(&queue, &plan->subjects[index].account);
    }
    return queue_end(queue);
}

/* The arms of a subject, one after the other. */
static struct arm *arm_of(const struct campaign_plan *plan, const struct subject *subject, uint32_t index)
{
    return &plan->arms[plan->by_subject[subject->first + index]];
}

static struct queue queue_of_arms(const struct campaign_plan *plan, const struct subject *subject)
{
    struct queue queue = queue_begin();
    for (uint32_t index = 0; index < subject->count; index++) {
        look_at(&queue, &arm_of(plan, subject, index)->account);
    }
    return queue_end(queue);
}

/* -------------------------------------------------------------------------------------------------------- choosing -- */

static bool is_free(const struct campaign_plan *plan, const struct arm *arm)
{
    const struct subject *subject = &plan->subjects[arm->subject];
    uint32_t running = 0, most = arm->is.most_at_once ? arm->is.most_at_once : 1;
    for (uint32_t index = 0; index < subject->count; index++) {
        const struct arm *other = arm_of(plan, subject, index);
        running += other->engine == arm->engine ? other->account.running : 0;
    }
    return running < most;
}

static double least(const struct arm *arm)
{
    return fmax(lengths[0], arm->is.least_seconds);
}

/* A quarter of what the subject has had, and no more than the arm has had already and as much again. */
static double length_for(const struct campaign_plan *plan, const struct arm *arm)
{
    double trusted = fmin(plan->subjects[arm->subject].account.seconds / 4, 2 * arm->account.seconds + 1);
    double length = lengths[0];
    for (size_t index = 0; index < sizeof(lengths) / sizeof(lengths[0]) && lengths[index] <= trusted; index++) {
        length = lengths[index];
    }
    return fmax(length, least(arm));
}

/* The lowest of some numbers, and whose it is. */
struct lowest {
    bool any;
    double value;
    uint32_t arm;
};

static void consider(struct lowest *lowest, double value, uint32_t arm)
{
    if (!lowest->any || value < lowest->value) {
        *lowest = (struct lowest){true, value, arm};
    }
}

static uint32_t number_of(const struct campaign_plan *plan, const struct arm *arm)
{
    return (uint32_t)(arm - plan->arms);
}

/* For the first look at a subject. */
static struct lowest cheapest_arm(const struct campaign_plan *plan, const struct subject *subject)
{
    struct lowest lowest = {0};
    for (uint32_t index = 0; index < subject->count; index++) {
        const struct arm *arm = arm_of(plan, subject, index);
        double trust = account_trust(plan->engines[arm->engine].failures);
        if (is_free(plan, arm)) {
            consider(&lowest, least(arm) / (arm->account.prior * trust), number_of(plan, arm));
        }
    }
    return lowest;
}

static struct lowest first_arm(const struct campaign_plan *plan, const struct subject *subject)
{
    struct lowest lowest = {0};
    struct queue queue = queue_of_arms(plan, subject);
    for (uint32_t index = 0; index < subject->count; index++) {
        const struct arm *arm = arm_of(plan, subject, index);
        double seconds = length_for(plan, arm) / account_trust(plan->engines[arm->engine].failures);
        if (is_free(plan, arm)) {
            consider(&lowest, account_tag(&arm->account, seconds, queue.best), number_of(plan, arm));
        }
    }
    return lowest;
}

/* Every subject is looked at once before any is looked at again. */
static struct lowest choose_untried(const struct campaign_plan *plan)
{
    struct lowest chosen = {0};
    for (uint32_t index = 0; index < plan->subject_count && !chosen.any; index++) {
        const struct subject *subject = &plan->subjects[index];
        if (!subject->account.payments && !subject->account.running) {
            chosen = cheapest_arm(plan, subject);
        }
    }
    return chosen;
}

/* Slow engines would wait until all that others do cheaply is done. Each is tried once before that, where it promises most. */
static struct lowest choose_untried_engine(const struct campaign_plan *plan)
{
    struct lowest chosen = {0};
    for (uint32_t index = 0; index < plan->arm_count; index++) {
        const struct arm *arm = &plan->arms[index];
        bool affordable = plan->seconds >= spent_before_trial * least(arm);
        if (!plan->engines[arm->engine].tried && affordable && is_free(plan, arm)) {
            consider(&chosen, least(arm) / arm->account.prior, index);
        }
    }
    return chosen;
}

static struct lowest choose_first(const struct campaign_plan *plan)
{
    struct lowest chosen = {0};
    struct queue queue = queue_of_subjects(plan);
    for (uint32_t index = 0; index < plan->subject_count; index++) {
        const struct subject *subject = &plan->subjects[index];
        struct lowest arm = first_arm(plan, subject);
        if (arm.any) {
            double seconds = length_for(plan, &plan->arms[arm.arm]);
            consider(&chosen, account_tag(&subject->account, seconds, queue.best), arm.arm);
        }
    }
    return chosen;
}

static void begin(struct account *account, double seconds)
{
    account->running++;
    account->pending += seconds;
}

bool campaign_plan_next(struct campaign_plan *plan, uint32_t *arm, double *seconds)
{
    struct lowest untried = choose_untried(plan);
    untried = untried.any ? untried : choose_untried_engine(plan);
    struct lowest lowest = untried.any ? untried : choose_first(plan);
    if (!lowest.any) {
        return false;
    }
    struct arm *chosen = &plan->arms[lowest.arm];
    *arm = lowest.arm;
    *seconds = untried.any ? least(chosen) : length_for(plan, chosen);
    plan->engines[chosen->engine].tried = true;
    begin(&chosen->account, *seconds);
    begin(&plan->subjects[chosen->subject].account, *seconds);
    return true;
}

/* ----------------------------------------------------------------------------------------------------------- paying -- */

static void end(struct account *account, double seconds)
{
    account->running--;
    account->pending = account->running ? account->pending - seconds : 0;
}

void campaign_plan_pay(struct campaign_plan *plan, uint32_t arm, const struct campaign_payment *payment, bool was_running)
{
    struct arm *paid = &plan->arms[arm];
    struct subject *subject = &plan->subjects[paid->subject];
    struct engine *engine = &plan->engines[paid->engine];
    engine->tried = true;
    plan->seconds += payment->seconds;
    if (was_running && paid->account.running) {
        double asked = paid->account.pending / paid->account.running;
        end(&paid->account, asked);
        end(&subject->account, asked);
    }
    /* What fails or ends at once has cost something all the same: else nothing else would ever be first. */
    double seconds = fmax(payment->seconds, payment->failed ? least(paid) : least(paid) / 10);
    double front = queue_of_arms(plan, subject).front, front_of_subjects = queue_of_subjects(plan).front;
    /* What the first look at a subject covers is to nobody's credit: any arm would have. */
    struct campaign_payment credit = *payment;
    credit.new_coverage = subject->account.payments ? payment->new_coverage : 0;
    account_pay(&paid->account, seconds, &credit);
    account_pay(&subject->account, seconds, payment);
    account_move(&paid->account, seconds, queue_of_arms(plan, subject).best, front);
    account_move(&subject->account, seconds, queue_of_subjects(plan).best, front_of_subjects);
    engine->failures = payment->failed ? engine->failures + 1 : 0;
}
