/*
 * fingerprint.c - prints what executions of the test programs did: verdict, steps and trace hash of each. The programs are
 * linked in as some compiler made them; the output must not tell which.
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>

static void print_execution(const struct world *world, struct strategy *strategy, uint64_t seed)
{
    run_world(world, strategy, NULL);
    const struct violation *violation = scheduler_violation();
    printf("%s %s %" PRIu64 ": %s, %" PRIu32 " steps, %016" PRIx64 "\n", world->name, strategy->name, seed,
           violation == NULL ? "clean" : violation->identifier, scheduler_steps(), scheduler_hash());
}

int main(void)
{
    static const struct world worlds[] = {
        {"rundown", begin_rundown, 3},
        {"hasty-rundown", begin_hasty_rundown, 3},
        {"bluetooth", begin_bluetooth, 0},
        {"mixture", begin_mixture, 3},
    };
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        for (uint64_t seed = 0; seed < 100; seed++) {
            print_execution(&worlds[index], random_walk(seed), seed);
            print_execution(&worlds[index], pct(seed, 3), seed);
        }
    }
    return 0;
}
