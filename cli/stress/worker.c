/*
 * worker.c - remlock-stress: what `remlock stress` starts to run programs on real threads.
 *
 * It is linked with scheduler/native/ in the place of the deterministic scheduler. Whatever is not clean ends the process,
 * because threads that are in the middle of something cannot be used again: stress.c starts another one.
 */
#include "options.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static _Noreturn void tell(const struct verdict *verdict)
{
    if (verdict->finding == NULL) {
        say("again");
    } else {
        say("finding %s %s %s", verdict->finding->identifier, verdict->routine, verdict->message);
    }
    _exit(0);
}

int main(int argument_count, char **arguments)
{
    static struct stress_options options;
    static struct scenario scenario;
    struct verdict verdict;
    uint64_t executions = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    complain_as("remlock stress");
    stress_options_parse(&options, argument_count, arguments);
    for (uint64_t number = options.first;; number += options.jobs) {
        stress_scenario(&options, number, &scenario);
        say("program %" PRIu64 " %" PRIu64, number, executions);
        struct strategy_options seed = {.seed = stress_seed(&options, number)};
        struct strategy *strategy = strategy_open("random", &seed);
        for (uint32_t count = 0; count < STRESS_EXECUTIONS; count++) {
            harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
            executions++;
            if (verdict.finding != NULL || verdict.excused || verdict.abandoned) {
                tell(&verdict);
            }
        }
    }
}
