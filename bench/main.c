/* main.c - remlock-bench: runs sections of the benchmark, prints a table and keeps it as JSON. */
#include "measure.h"
#include "sections.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct part {
    const char *name;
    void (*run)(void);
    bool standard; /* runs when nothing is said */
    bool wanted;
};

static struct part parts[] = {
    {"scheduler", bench_scheduler, true, false}, {"lock", bench_lock, true, false},
    {"drivers", bench_drivers, true, false},     {"races", bench_races, true, false},
    {"replays", bench_replays, true, false},     {"engines", bench_engines, true, false},
    {"peers", bench_peers, true, false},         {"feedback", bench_feedback, false, false},
};

enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static const char *json_path = "remlock-bench.json";

static const struct argp_option option_table[] = {
    {"json", 'j', "FILE", 0, "Where the numbers are kept (remlock-bench.json)", 0},
    {"sample", 's', "SECONDS", 0, "How long one of the five samples of a number lasts (0.3)", 0},
    {"rounds", 'r', "N", 0, "How often the feedback section repeats each search (15, at most 101)", 0},
    {0},
};

static void want(const char *name, struct argp_state *state)
{
    for (size_t index = 0; index < PART_COUNT; index++) {
        if (strcmp(parts[index].name, name) == 0) {
            parts[index].wanted = true;
            return;
        }
    }
    argp_error(state, "there is no section '%s'", name);
}

static error_t take(int key, char *value, struct argp_state *state)
{
    switch (key) {
    case 'j':
        json_path = value;
        return 0;
    case 's':
        sample_seconds = strtod(value, NULL);
        if (!(sample_seconds > 0)) {
            argp_error(state, "--sample wants a number of seconds, not '%s'", value);
        }
        return 0;
    case 'r':
        feedback_rounds = (uint32_t)strtoul(value, NULL, 10);
        if (feedback_rounds == 0) {
            argp_error(state, "--rounds wants a number from 1, not '%s'", value);
        }
        return 0;
    case ARGP_KEY_ARG:
        want(value, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void choose_standard_parts(void)
{
    for (size_t index = 0; index < PART_COUNT; index++) {
        if (parts[index].wanted) {
            return;
        }
    }
    for (size_t index = 0; index < PART_COUNT; index++) {
        parts[index].wanted = parts[index].standard;
    }
}

int main(int count, char **arguments)
{
    const struct argp parser = {
        option_table,
        take,
        "[SECTION...]",
        "Measures remlock: rates per second of processor time, the median of five samples.\v"
        "Sections: scheduler, lock, drivers, replays, engines, peers (these when none is named), feedback.",
        NULL,
        NULL,
        NULL};
    argp_err_exit_status = 2;
    argp_parse(&parser, count, arguments, 0, NULL, NULL);
    choose_standard_parts();
    printf("%s\n", describe_machine());
    for (size_t index = 0; index < PART_COUNT; index++) {
        if (parts[index].wanted) {
            parts[index].run();
        }
    }
    if (write_results(json_path) != 0) {
        return EXIT_FAILURE;
    }
    printf("\nkept in %s\n", json_path);
    return EXIT_SUCCESS;
}
