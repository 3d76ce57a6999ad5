/* main.c - remlock-bench-strategies: how many executions each strategy needs to the first finding in each wrong subject. */
#include "searches.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct comparison comparison = {.limit = 20000, .seeds = 31};
static const char *filter = "";
static const char *prefix = "strategies";

static const struct argp_option option_table[] = {
    {"seeds", 's', "N", 0, "Searches by each strategy in each subject (31, at most 101)", 0},
    {"limit", 'l', "N", 0, "Executions after which a search is given up (20000)", 0},
    {"subjects", 'f', "TEXT", 0, "Only subjects whose names contain this", 0},
    {"quick", 'q', NULL, 0, "The same as --seeds 5 --limit 2000", 0},
    {"out", 'o', "PREFIX", 0, "Writes PREFIX.csv, PREFIX.md and PREFIX.svg (strategies)", 0},
    {0},
};

static uint32_t number(const char *text, uint32_t most, struct argp_state *state)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 2 || value > most) {
        argp_error(state, "expected a number from 2 to %u, not '%s'", most, text);
    }
    return (uint32_t)value;
}

static error_t take(int key, char *value, struct argp_state *state)
{
    switch (key) {
    case 's':
        comparison.seeds = number(value, SEED_LIMIT, state);
        return 0;
    case 'l':
        comparison.limit = number(value, 100000000, state);
        return 0;
    case 'f':
        filter = value;
        return 0;
    case 'q':
        comparison.seeds = 5;
        comparison.limit = 2000;
        return 0;
    case 'o':
        prefix = value;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Those that sample, and the mix of them; what tries one thing after the other has no seeds to compare. */
static void list_strategies(void)
{
    for (const struct strategy_description *one = strategy_descriptions; one->name != NULL; one++) {
        if (one->explores && !one->runs_out && comparison.strategy_count < STRATEGY_LIMIT - 1) {
            comparison.strategies[comparison.strategy_count++] = one->name;
        }
    }
    comparison.strategies[comparison.strategy_count++] = "mix";
}

static void write(bool (*writer)(const struct comparison *, const char *), const char *extension)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.%s", prefix, extension);
    if (!writer(&comparison, path)) {
        fprintf(stderr, "remlock-bench-strategies: cannot write %s: %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
    printf("%s\n", path);
}

int main(int count, char **arguments)
{
    const struct argp parser = {.options = option_table,
                                .parser = take,
                                .doc =
                                    "Compares strategies: executions to the first finding in every wrong variant of the lock "
                                    "and every built-in driver with a bug, from many seeds."};
    argp_err_exit_status = 2;
    argp_parse(&parser, count, arguments, 0, NULL, NULL);
    list_strategies();
    compare_strategies(&comparison, filter);
    if (comparison.subject_count == 0) {
        fprintf(stderr, "remlock-bench-strategies: no wrong subject's name contains '%s'; 'remlock drivers' lists all\n",
                filter);
        return 2;
    }
    write(write_csv, "csv");
    write(write_markdown, "md");
    write(write_plot, "svg");
    return EXIT_SUCCESS;
}
