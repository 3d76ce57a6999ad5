/* scenarios.c - see scenarios.h. */
#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void missing(const char *what)
{
    fprintf(stderr, "remlock-bench: the subject has no %s any more\n", what);
    exit(EXIT_FAILURE);
}

static void append(struct scenario *scenario, uint32_t task, const char *operation, uint32_t argument)
{
    int32_t code = subject_operation(scenario->subject, operation);
    if (code < 0) {
        missing(operation);
    }
    program_append(&scenario->program, task, (struct program_operation){.code = (uint8_t)code, .arguments = {argument}});
}

struct scenario scenario_of_acquirers(const struct subject *subject, uint32_t acquirers)
{
    struct scenario scenario = {.subject = subject, .configuration = configuration_standard(subject)};
    for (uint32_t task = 0; task < acquirers; task++) {
        char name[PROGRAM_NAME_SIZE];
        snprintf(name, sizeof name, "io%u", task % 100);
        program_add_task(&scenario.program, name);
        append(&scenario, task, "acquire", task);
        append(&scenario, task, "release", task);
    }
    program_add_task(&scenario.program, "pnp");
    append(&scenario, acquirers, "remove", 0);
    scenario_clamp(&scenario);
    return scenario;
}

struct scenario scenario_of_transfers(const struct subject *subject)
{
    static const char *const transfers[] = {"read", "write"};
    struct scenario scenario = {.subject = subject, .configuration = configuration_standard(subject)};
    for (uint32_t task = 0; task < 2; task++) {
        char name[PROGRAM_NAME_SIZE];
        snprintf(name, sizeof name, "io%u", task);
        program_add_task(&scenario.program, name);
        append(&scenario, task, "open", task);
        append(&scenario, task, transfers[task], task);
        append(&scenario, task, "close", task);
    }
    program_add_task(&scenario.program, "pnp");
    append(&scenario, 2, "remove", 0);
    scenario_clamp(&scenario);
    return scenario;
}

void scenario_set(struct scenario *scenario, const char *setting, const char *word)
{
    for (uint32_t index = 0; index < subject_setting_count(scenario->subject); index++) {
        const struct setting *candidate = subject_setting(scenario->subject, index);
        if (strcmp(candidate->name, setting) != 0 || candidate->words == NULL) {
            continue;
        }
        for (uint32_t value = 0; candidate->words[value] != NULL; value++) {
            if (strcmp(candidate->words[value], word) == 0) {
                scenario->configuration.values[index] = value;
                return;
            }
        }
    }
    missing(setting);
}
