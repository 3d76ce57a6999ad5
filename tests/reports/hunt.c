/* hunt.c - the shortest search that finds all: generated programs, a few random schedules of each. */
#include "hunt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROGRAMS = 20000, SCHEDULES = 20 };

static bool try_program(const struct scenario *scenario, struct strategy *strategy, struct replay *replay)
{
    for (int count = 0; count < SCHEDULES; count++) {
        struct verdict verdict;
        harness_execute(scenario, strategy, HARNESS_PLAIN, &verdict);
        if (verdict.finding != NULL) {
            assert_true(replay_capture(replay, scenario, &verdict));
            return true;
        }
    }
    return false;
}

bool hunt(const struct subject *subject, uint64_t seed, struct replay *replay, struct replay_result *result)
{
    struct generator generator = {.state = seed};
    generator.is_fixed[SETTING_BLAME] = true;
    generator.fixed.values[SETTING_BLAME] = BLAME_LOCK;
    for (int count = 0; count < PROGRAMS; count++) {
        struct scenario scenario;
        generator_scenario(&generator, subject, &scenario);
        struct strategy_options options = {.seed = generator_next(&generator), .depth = 3};
        if (try_program(&scenario, strategy_open(count % 2 ? "random" : "pct", &options), replay)) {
            replay_run(replay, HARNESS_RECORD, result);
            return true;
        }
    }
    return false;
}

void run_text(const char *text, struct replay *replay, struct replay_result *result)
{
    struct replay_error error;
    memset(replay, 0, sizeof *replay);
    if (!replay_parse(replay, text, strlen(text), "text", &error)) {
        fail_msg("%s", error.message);
    }
    replay_run(replay, HARNESS_RECORD, result);
}
