/*
 * reads_from.c - greybox search over which write each read gets its value from.
 *
 * Wolff, Shi, Duck, Mathur and Roychoudhury, "Greybox fuzzing for concurrency testing", ASPLOS 2024 (RFF). An abstract schedule
 * is a set of constraints "this read gets that write's value", or does not, by places in the code. Executions try to satisfy
 * one: a read is held back until the write it should see is the last one, and then the other writes of the object are held back
 * until it has read; everything else is partial order sampling (pos.c). Abstract schedules whose executions showed a new pair,
 * or a new set of pairs, are kept and changed further; those whose set of pairs is rare come first.
 *
 * Our own addition: what is known of objects tells which pairs have never been seen, and constraints are drawn from those
 * first, the least tried ones before the others. A constraint that holds tasks back for too long is dropped: the pair may be
 * impossible.
 */
#include "dataflow.h"
#include "priorities.h"
#include "random.h"
#include "strategies.h"

enum {
    CONSTRAINT_LIMIT = 6,
    CORPUS_LIMIT = 128,
    SIGNATURE_SLOTS = 4096,
    PATIENCE = 1024,       /* choices at which a constraint may hold somebody back */
    FREE_ONE_IN = 8,       /* executions without constraints */
    UNSEEN_OF_FOUR = 3,    /* new constraints that are about pairs never seen */
    CONTESTANTS = 3,       /* kept schedules among which the rarest wins */
    NEGATIVE_ONE_IN = 4,   /* constraints that forbid */
    FRESH_START_ONE_IN = 4 /* changes are made to the empty schedule */
};

struct constraint {
    uint16_t pair;
    bool forbidden;
};

struct abstract_schedule {
    uint8_t count;
    uint64_t signature; /* of the execution for which it was kept */
    struct constraint constraints[CONSTRAINT_LIMIT];
};

struct reads_from {
    struct strategy strategy;
    struct priorities priorities; /* its seed is everybody's */
    struct dataflow flow;
    struct abstract_schedule current;
    bool satisfied[CONSTRAINT_LIMIT];
    uint32_t held_back[CONSTRAINT_LIMIT];
    uint32_t corpus_count;
    struct abstract_schedule corpus[CORPUS_LIMIT];
    uint32_t signature_counts[SIGNATURE_SLOTS]; /* executions by their sets of pairs */
};

static bool one_in(struct reads_from *search, uint32_t count)
{
    return random_below(&search->priorities.seed, count) == 0;
}

static uint32_t *signature_count(struct reads_from *search, uint64_t signature)
{
    return &search->signature_counts[(signature ^ signature >> 32) % SIGNATURE_SLOTS];
}

/* ------------------------------------------------------------------------------------------------- the next schedule -- */

/* A pair that was never seen, one of those least tried. */
static uint32_t unseen_pair(struct reads_from *search)
{
    const struct dataflow *flow = &search->flow;
    uint32_t chosen = 0, least = UINT32_MAX, equals = 0;
    for (uint32_t number = 0; number < flow->pair_count; number++) {
        const struct dataflow_pair *pair = &flow->pairs[number];
        if (pair->seen > 0 || pair->tried > least) {
            continue;
        }
        equals = pair->tried < least ? 1 : equals + 1;
        least = pair->tried;
        if (one_in(search, equals)) {
            chosen = number;
        }
    }
    return chosen;
}

static struct constraint new_constraint(struct reads_from *search)
{
    const struct dataflow *flow = &search->flow;
    if (flow->unseen > 0 && random_below(&search->priorities.seed, 4) < UNSEEN_OF_FOUR) {
        return (struct constraint){.pair = (uint16_t)unseen_pair(search), .forbidden = false};
    }
    uint16_t pair = (uint16_t)random_below(&search->priorities.seed, flow->pair_count);
    return (struct constraint){.pair = pair, .forbidden = one_in(search, NEGATIVE_ONE_IN)};
}

/* A schedule that is asked for one read twice would contradict itself. */
static void insert(struct reads_from *search, struct abstract_schedule *schedule)
{
    struct constraint constraint = new_constraint(search);
    uint16_t read = search->flow.pairs[constraint.pair].read;
    for (uint32_t index = 0; index < schedule->count; index++) {
        if (search->flow.pairs[schedule->constraints[index].pair].read == read) {
            schedule->constraints[index] = constraint;
            return;
        }
    }
    uint32_t place = schedule->count;
    if (place == CONSTRAINT_LIMIT) {
        place = random_below(&search->priorities.seed, CONSTRAINT_LIMIT);
    } else {
        schedule->count++;
    }
    schedule->constraints[place] = constraint;
}

static void change(struct reads_from *search, struct abstract_schedule *schedule)
{
    uint32_t way = schedule->count == 0 ? 0 : random_below(&search->priorities.seed, 4);
    if (way <= 1) {
        insert(search, schedule);
        return;
    }
    uint32_t place = random_below(&search->priorities.seed, schedule->count);
    if (way == 2) {
        schedule->constraints[place] = new_constraint(search);
    } else if (one_in(search, 2)) {
        schedule->constraints[place].forbidden = !schedule->constraints[place].forbidden;
    } else {
        schedule->constraints[place] = schedule->constraints[--schedule->count];
    }
}

static const struct abstract_schedule *choose_kept(struct reads_from *search)
{
    const struct abstract_schedule *best = NULL;
    for (uint32_t contestant = 0; contestant < CONTESTANTS; contestant++) {
        const struct abstract_schedule *kept = &search->corpus[random_below(&search->priorities.seed, search->corpus_count)];
        if (best == NULL || *signature_count(search, kept->signature) < *signature_count(search, best->signature)) {
            best = kept;
        }
    }
    return best;
}

static void make_schedule(struct reads_from *search)
{
    struct abstract_schedule *schedule = &search->current;
    schedule->count = 0;
    if (search->flow.pair_count == 0 || one_in(search, FREE_ONE_IN)) {
        return;
    }
    if (search->corpus_count > 0 && !one_in(search, FRESH_START_ONE_IN)) {
        *schedule = *choose_kept(search);
    }
    change(search, schedule);
    for (uint32_t index = 0; index < schedule->count; index++) {
        search->satisfied[index] = false;
        search->held_back[index] = 0;
        search->flow.pairs[schedule->constraints[index].pair].tried++;
    }
}

static void keep(struct reads_from *search)
{
    uint32_t *count = signature_count(search, search->flow.signature);
    if (++*count > 1 && search->flow.new_pairs == 0) {
        return;
    }
    uint32_t place =
        search->corpus_count < CORPUS_LIMIT ? search->corpus_count++ : random_below(&search->priorities.seed, CORPUS_LIMIT);
    search->corpus[place] = search->current;
    search->corpus[place].signature = search->flow.signature;
}

/* --------------------------------------------------------------------------------------------------- an execution -- */

static void happened(void *context, uint16_t pair)
{
    struct reads_from *search = context;
    for (uint32_t index = 0; index < search->current.count; index++) {
        const struct constraint *constraint = &search->current.constraints[index];
        search->satisfied[index] |= constraint->pair == pair && !constraint->forbidden;
    }
}

/* Whether the operation has to wait for the constraint's sake. */
static bool contradicts(const struct dataflow *flow, const struct constraint *constraint, const struct dataflow_event *event)
{
    const struct dataflow_pair *pair = &flow->pairs[constraint->pair];
    if (event->object == NULL) {
        return false;
    }
    bool ready = dataflow_last_write(flow, event->object) == pair->write;
    if (event->reads && event->site == pair->read) {
        return ready == constraint->forbidden;
    }
    return ready && !constraint->forbidden && event->writes && dataflow_is_read_at(event->object, pair->read);
}

/* Marks whom the constraint holds back; they are asked anew at every choice. */
static void hold(struct reads_from *search, uint32_t index, const struct dataflow_event *events, uint32_t count, bool *held)
{
    bool any = false;
    if (search->satisfied[index] || search->held_back[index] == PATIENCE) {
        return;
    }
    for (uint32_t alternative = 0; alternative < count; alternative++) {
        if (contradicts(&search->flow, &search->current.constraints[index], &events[alternative])) {
            held[alternative] = any = true;
        }
    }
    search->held_back[index] += any;
}

static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct reads_from *search = (struct reads_from *)strategy;
    priorities_begin(&search->priorities, task_count);
    dataflow_begin(&search->flow);
    make_schedule(search);
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct reads_from *search = (struct reads_from *)strategy;
    struct dataflow_event events[SCHEDULER_TASK_LIMIT + 1];
    bool held[SCHEDULER_TASK_LIMIT + 1];
    if (choice->kind != CHOICE_TASK) {
        return random_alternative(&search->priorities.seed, choice);
    }
    if (search->current.count == 0) {
        return priorities_choose(&search->priorities, choice, NULL);
    }
    dataflow_follow(&search->flow, happened, search);
    for (uint32_t index = 0; index < choice->alternatives; index++) {
        events[index] = dataflow_pending(&search->flow, choice->tasks[index]);
        held[index] = false;
    }
    for (uint32_t index = 0; index < search->current.count; index++) {
        hold(search, index, events, choice->alternatives, held);
    }
    return priorities_choose(&search->priorities, choice, held);
}

static bool end(struct strategy *strategy)
{
    struct reads_from *search = (struct reads_from *)strategy;
    dataflow_follow(&search->flow, NULL, NULL);
    keep(search);
    return true;
}

struct strategy *reads_from_open(const struct strategy_options *options)
{
    static struct reads_from search;
    search.strategy = (struct strategy){
        .name = "reads-from", .looks_ahead = true, .logs_steps = true, .begin = begin, .choose = choose, .end = end};
    search.priorities.seed = options->seed;
    dataflow_open(&search.flow);
    for (uint32_t index = 0; index < SIGNATURE_SLOTS; index++) {
        search.signature_counts[index] = 0;
    }
    search.corpus_count = 0;
    return &search.strategy;
}
