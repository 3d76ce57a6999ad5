/* tables.c - the results as a table for people (median and quartiles) and as one for programs (every search). */
#include "searches.h"

#include <math.h>
#include <stdio.h>

bool write_csv(const struct comparison *comparison, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    fprintf(file, "subject,strategy,rank,executions,found\n");
    for (uint32_t subject = 0; subject < comparison->subject_count; subject++) {
        const struct searches *searches = &comparison->searches[subject];
        for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
            for (uint32_t rank = 0; rank < comparison->seeds; rank++) {
                uint32_t executions = searches->executions[strategy][rank];
                fprintf(file, "%s,%s,%u,%u,%s\n", searches->subject->name, comparison->strategies[strategy], rank + 1,
                        executions, executions < comparison->limit ? "yes" : "no");
            }
        }
    }
    return fclose(file) == 0;
}

static void write_cell(FILE *file, const struct comparison *comparison, const uint32_t *executions)
{
    uint32_t median = quantile(executions, comparison->seeds, 0.5);
    uint32_t lower = quantile(executions, comparison->seeds, 0.25), upper = quantile(executions, comparison->seeds, 0.75);
    if (lower == comparison->limit) {
        fprintf(file, " – |");
    } else if (median == comparison->limit) {
        fprintf(file, " > (%u–) |", lower);
    } else if (upper == comparison->limit) {
        fprintf(file, " %u (%u–) |", median, lower);
    } else {
        fprintf(file, " %u (%u–%u) |", median, lower, upper);
    }
}

/* A search that found nothing counts with the limit. */
static double geometric_mean(const struct comparison *comparison, uint32_t strategy)
{
    double sum = 0;
    for (uint32_t subject = 0; subject < comparison->subject_count; subject++) {
        for (uint32_t seed = 0; seed < comparison->seeds; seed++) {
            sum += log(comparison->searches[subject].executions[strategy][seed]);
        }
    }
    return exp(sum / (comparison->subject_count * comparison->seeds));
}

static double share_found(const struct comparison *comparison, uint32_t strategy)
{
    uint32_t found = 0;
    for (uint32_t subject = 0; subject < comparison->subject_count; subject++) {
        for (uint32_t seed = 0; seed < comparison->seeds; seed++) {
            found += comparison->searches[subject].executions[strategy][seed] < comparison->limit;
        }
    }
    return 100.0 * found / (comparison->subject_count * comparison->seeds);
}

static void write_head(FILE *file, const struct comparison *comparison, const char *first)
{
    fprintf(file, "| %s |", first);
    for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
        fprintf(file, " %s |", comparison->strategies[strategy]);
    }
    fprintf(file, "\n|---|");
    for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
        fprintf(file, "---|");
    }
    fprintf(file, "\n");
}

static void write_summary(FILE *file, const struct comparison *comparison)
{
    write_head(file, comparison, "all subjects");
    fprintf(file, "| searches that found something, %% |");
    for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
        fprintf(file, " %.1f |", share_found(comparison, strategy));
    }
    fprintf(file, "\n| executions, geometric mean |");
    for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
        fprintf(file, " %.1f |", geometric_mean(comparison, strategy));
    }
    fprintf(file, "\n| executions a second, thousands |");
    for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
        fprintf(file, " %.0f |", (double)comparison->executions[strategy] / comparison->seconds[strategy] / 1000);
    }
    fprintf(file, "\n\n");
}

bool write_markdown(const struct comparison *comparison, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    write_summary(file, comparison);
    write_head(file, comparison, "subject");
    for (uint32_t subject = 0; subject < comparison->subject_count; subject++) {
        const struct searches *searches = &comparison->searches[subject];
        fprintf(file, "| `%s` |", searches->subject->name);
        for (uint32_t strategy = 0; strategy < comparison->strategy_count; strategy++) {
            write_cell(file, comparison, searches->executions[strategy]);
        }
        fprintf(file, "\n");
    }
    return fclose(file) == 0;
}
