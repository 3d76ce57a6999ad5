/*
 * replays.c - replays read and run. The replays are made on the spot: for each mutant of the lock the first finding that a
 * random search comes across, as it would stand in a corpus.
 */
#include "measure.h"
#include "sections.h"

#include <remlock/replay.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_LIMIT = 64, PROGRAMS = 20000, SCHEDULES = 8 };

static struct replay replays[REPLAY_LIMIT];
static char *texts[REPLAY_LIMIT];
static size_t sizes[REPLAY_LIMIT];
static uint32_t replay_total;

static bool find_replay(const struct subject *subject, struct replay *replay)
{
    static struct scenario scenario;
    static struct verdict verdict;
    struct generator generator = {.state = 1};
    struct strategy *strategy = strategy_open("pct", &(struct strategy_options){.seed = 1, .depth = 3});
    for (int program = 0; program < PROGRAMS; program++) {
        generator_scenario(&generator, subject, &scenario);
        for (int schedule = 0; schedule < SCHEDULES; schedule++) {
            harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
            if (verdict.finding != NULL) {
                return replay_capture(replay, &scenario, &verdict);
            }
        }
    }
    return false;
}

static void make_replays(void)
{
    for (uint32_t index = 0; index < subject_count() && replay_total < REPLAY_LIMIT; index++) {
        const struct subject *subject = subject_at(index);
        bool ready = subject->operation_count != 0; /* drivers are not opened for this */
        if (ready && !subject->correct && !subject->weak_memory && find_replay(subject, &replays[replay_total])) {
            texts[replay_total] = replay_text(&replays[replay_total], NULL, &sizes[replay_total]);
            replay_total++;
        }
    }
}

static void run_replays(void *context, uint64_t count)
{
    (void)context;
    static struct replay_result result;
    for (uint64_t index = 0; index < count; index++) {
        replay_run(&replays[index % replay_total], HARNESS_PLAIN, &result);
        if (result.outcome != REPLAY_AS_EXPECTED) {
            fprintf(stderr, "remlock-bench: a replay is %s\n", replay_outcome_name(result.outcome));
            exit(EXIT_FAILURE);
        }
    }
}

static void read_replays(void *context, uint64_t count)
{
    (void)context;
    struct replay replay = {0};
    struct replay_error error;
    for (uint64_t index = 0; index < count; index++) {
        uint32_t which = (uint32_t)(index % replay_total);
        if (!replay_parse(&replay, texts[which], sizes[which], "text", &error)) {
            fprintf(stderr, "remlock-bench: %s\n", error.message);
            exit(EXIT_FAILURE);
        }
    }
    replay_free(&replay);
}

void bench_replays(void)
{
    section("replays");
    make_replays();
    if (replay_total == 0) {
        row_missing("replays", "no mutant was found out");
        return;
    }
    row_number("different findings", replay_total, "");
    row_rate("run, once loaded", measure_rate(run_replays, NULL), "replays/s", 50e3);
    row_rate("read from text", measure_rate(read_replays, NULL), "replays/s", 0);
    for (uint32_t index = 0; index < replay_total; index++) {
        replay_free(&replays[index]);
        free(texts[index]);
    }
}
