/* scheduler.c - what the scheduler itself costs. */
#include "loops.h"
#include "measure.h"
#include "rundown.h"
#include "sections.h"

#include <remlock/scheduler.h>

#include <string.h>

enum { ROUNDS = 1000 };

/* --------------------------------------------------------------------------------------------------------- points -- */

/* An execution of some tasks that run the same loop. */
struct looping {
    void (*body)(void *loop);
    uint32_t tasks;
    struct strategy *strategy;
};

static void run_loops(void *context, uint64_t operations)
{
    const struct looping *looping = context;
    static const struct scheduler_options options = {.step_limit = 1 << 30};
    for (uint64_t done = 0; done < operations; done += (uint64_t)looping->tasks * ROUNDS) {
        scheduler_reset(&options);
        struct loop *loop = scheduler_allocate(sizeof *loop, "loop");
        memset(loop, 0, sizeof *loop);
        loop->rounds = ROUNDS;
        for (uint32_t task = 0; task < looping->tasks; task++) {
            scheduler_spawn("loop", looping->body, loop);
        }
        scheduler_run(looping->strategy);
    }
}

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
}

static uint32_t always_switch(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy, (void)choice;
    return 1;
}

static uint32_t always_stay(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy, (void)choice;
    return 0;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return true;
}

static void measure_points(void)
{
    struct strategy staying = {.name = "stay", .begin = begin, .choose = always_stay, .end = end};
    struct strategy switching = {.name = "switch", .begin = begin, .choose = always_switch, .end = end};
    struct looping plain = {loop_plain, 1, &staying};
    struct looping alone = {loop_atomic, 1, &staying};
    struct looping choice = {loop_atomic, 2, &staying};
    struct looping pair = {loop_atomic, 2, &switching};
    struct looping crowd = {loop_atomic, 8, &switching};
    row_cost("plain access", measure_rate(run_loops, &plain));
    row_cost("scheduling point, nobody else can run", measure_rate(run_loops, &alone));
    row_cost("scheduling point, the task goes on", measure_rate(run_loops, &choice));
    row_cost("scheduling point and switch, two tasks", measure_rate(run_loops, &pair));
    row_cost("scheduling point and switch, eight tasks", measure_rate(run_loops, &crowd));
}

/* --------------------------------------------------------------------------------------------------------- resets -- */

static void reset_after(void *context, uint64_t count)
{
    const uint32_t *blocks = context;
    static const struct scheduler_options options;
    for (uint64_t index = 0; index < count; index++) {
        scheduler_reset(&options);
        for (uint32_t block = 0; block < *blocks; block++) {
            scheduler_allocate(256, "block");
        }
    }
}

static void run_empty(void *context, uint64_t count)
{
    (void)context;
    static const struct scheduler_options options;
    struct strategy *strategy = strategy_replay((struct schedule){NULL, 0});
    for (uint64_t index = 0; index < count; index++) {
        scheduler_reset(&options);
        for (int task = 0; task < 4; task++) {
            scheduler_spawn("task", loop_nothing, NULL);
        }
        scheduler_run(strategy);
    }
}

static void measure_resets(void)
{
    uint32_t none = 0, few = 4, many = 1024;
    row_cost("reset, nothing touched", measure_rate(reset_after, &none));
    row_cost("reset and 4 allocations of 256 bytes", measure_rate(reset_after, &few));
    row_cost("reset and 1024 allocations of 256 bytes", measure_rate(reset_after, &many));
    row_cost("reset, spawn and run 4 empty tasks", measure_rate(run_empty, NULL));
}

/* ----------------------------------------------------------------------------------------------------- executions -- */

/* A bare program, without a harness: three acquirers and a remover. */
struct bare {
    struct strategy *strategy;
    struct scheduler_options options;
};

static void run_bare(void *context, uint64_t count)
{
    const struct bare *bare = context;
    for (uint64_t execution = 0; execution < count; execution++) {
        scheduler_reset(&bare->options);
        struct device *device = scheduler_allocate(sizeof *device, "device");
        memset(device, 0, sizeof *device);
        device->references = 1;
        for (int task = 0; task < 3; task++) {
            scheduler_spawn("acquirer", rundown_acquirer, device);
        }
        scheduler_spawn("remover", rundown_remover, device);
        scheduler_run(bare->strategy);
    }
}

static void measure_bare(const char *name, const char *strategy, struct scheduler_options options)
{
    const struct strategy_options settings = {.seed = 1, .depth = 3, .preemption_bound = UINT32_MAX};
    struct bare bare = {strategy_open(strategy, &settings), options};
    row_rate(name, measure_rate(run_bare, &bare), "executions/s", 0);
}

void bench_scheduler(void)
{
    section("scheduler");
    measure_points();
    measure_resets();
    section("scheduler: a bare program, three acquirers and a remover");
    measure_bare("random walk", "random", (struct scheduler_options){0});
    measure_bare("pct", "pct", (struct scheduler_options){0});
    measure_bare("exhaustive", "exhaustive", (struct scheduler_options){0});
    measure_bare("random walk with feedback", "random", (struct scheduler_options){.feedback = true});
    measure_bare("random walk, recording", "random", (struct scheduler_options){.record = true});
}
