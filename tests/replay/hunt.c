/* hunt.c - finds something to minimise: random programs under random schedules until a finding comes. */
#include "hunt.h"

enum { EXECUTIONS_PER_SCENARIO = 16 };

bool hunt(const struct subject *subject, uint64_t seed, uint32_t executions, struct replay *replay)
{
    struct generator generator = {.state = seed};
    generator.is_fixed[SETTING_BLAME] = true;
    generator.fixed.values[SETTING_BLAME] = BLAME_LOCK;
    struct strategy_options options = {.seed = seed};
    struct scenario scenario;
    struct verdict verdict;
    struct strategy *strategy = strategy_open("random", &options);
    for (uint32_t count = 0; count < executions; count++) {
        if (count % EXECUTIONS_PER_SCENARIO == 0) {
            generator_scenario(&generator, subject, &scenario);
        }
        harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
        if (verdict.finding != NULL && replay_capture(replay, &scenario, &verdict)) {
            return true;
        }
    }
    return false;
}
