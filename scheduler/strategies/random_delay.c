/*
 * random_delay.c - delay bounding as a sampler.
 *
 * The scheduler and the delays of delay.c (Emmi, Qadeer and Rakamaric, POPL 2011), with d delays at choices drawn beforehand
 * from the k choices of an execution, as Thomson, Donaldson and Betts sample delays in "Concurrency testing using controlled
 * schedulers: an empirical study" (TOPC 2016). A schedule with d delays is met with a probability of at least 1 / k^d. Several
 * delays at one choice pass over several tasks.
 *
 * Unless the options say what k is, the most choices seen so far in one execution stand for it.
 */
#include "random.h"
#include "strategies.h"

enum { DELAY_LIMIT = 64, STANDARD_DELAYS = 2, FIRST_GUESS_OF_CHOICES = 16 };

struct random_delay {
    struct strategy strategy;
    uint64_t seed;
    uint32_t delays;
    uint32_t length;              /* k as given, or 0 */
    uint32_t most;                /* choices so far in one execution */
    uint32_t choices;             /* of this execution */
    uint32_t places[DELAY_LIMIT]; /* choices at which a delay is spent, not sorted */
};

static void begin(struct strategy *strategy, uint32_t task_count)
{
    struct random_delay *random = (struct random_delay *)strategy;
    (void)task_count;
    uint32_t choices = random->length != 0 ? random->length : random->most != 0 ? random->most : FIRST_GUESS_OF_CHOICES;
    random->choices = 0;
    for (uint32_t index = 0; index < random->delays; index++) {
        random->places[index] = 1 + random_below(&random->seed, choices);
    }
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    struct random_delay *random = (struct random_delay *)strategy;
    if (choice->kind != CHOICE_TASK) {
        return random_alternative(&random->seed, choice);
    }
    random->choices++;
    uint32_t chosen = 0;
    for (uint32_t index = 0; index < random->delays; index++) {
        chosen += random->places[index] == random->choices;
    }
    return chosen % choice->alternatives;
}

static bool end(struct strategy *strategy)
{
    struct random_delay *random = (struct random_delay *)strategy;
    random->most = random->choices > random->most ? random->choices : random->most;
    return true;
}

struct strategy *random_delay_open(const struct strategy_options *options)
{
    static struct random_delay random;
    random.strategy = (struct strategy){.name = "random-delay", .begin = begin, .choose = choose, .end = end};
    random.seed = options->seed;
    random.delays = options->delay_bound == 0 ? STANDARD_DELAYS : options->delay_bound;
    random.delays = random.delays > DELAY_LIMIT ? DELAY_LIMIT : random.delays;
    random.length = options->length;
    random.most = 0;
    return &random.strategy;
}
