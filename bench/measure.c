/* measure.c - see measure.h. */
#include "measure.h"

#include <remlock/replay.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SAMPLES = 5 };

double sample_seconds = 0.3;

static cJSON *rows;
static const char *current_section = "";

/* ----------------------------------------------------------------------------------------------------------- time -- */

double processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double children_processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* ---------------------------------------------------------------------------------------------------------- rates -- */

static double seconds_of(void (*work)(void *, uint64_t), void *context, uint64_t count)
{
    double before = processor_seconds();
    work(context, count);
    return processor_seconds() - before;
}

/* As many operations as fill a sample. The smaller attempts warm up as well. */
static uint64_t count_for_sample(void (*work)(void *, uint64_t), void *context)
{
    uint64_t count = 1;
    for (;;) {
        double seconds = seconds_of(work, context, count);
        if (seconds > sample_seconds / 8) {
            return 1 + (uint64_t)((double)count * sample_seconds / seconds);
        }
        count *= 2;
    }
}

static int compare_rates(const void *one, const void *other)
{
    double first = *(const double *)one, second = *(const double *)other;
    return (first > second) - (first < second);
}

struct rate measure_rate(void (*work)(void *context, uint64_t count), void *context)
{
    double samples[SAMPLES];
    uint64_t count = count_for_sample(work, context);
    for (int sample = 0; sample < SAMPLES; sample++) {
        samples[sample] = (double)count / seconds_of(work, context, count);
    }
    qsort(samples, SAMPLES, sizeof samples[0], compare_rates);
    return (struct rate){.median = samples[SAMPLES / 2], .best = samples[SAMPLES - 1]};
}

/* ---------------------------------------------------------------------------------------------------------- table -- */

static cJSON *add_row(const char *name)
{
    if (rows == NULL) {
        rows = cJSON_CreateArray();
    }
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "section", current_section);
    cJSON_AddStringToObject(row, "name", name);
    cJSON_AddItemToArray(rows, row);
    return row;
}

void section(const char *name)
{
    current_section = name;
    printf("\n%s\n", name);
}

/* 1234567 is "1.23 M". */
static const char *number_text(double number)
{
    static char text[32];
    static const char *const scales[] = {"", " k", " M", " G"};
    size_t scale = 0;
    while (number >= 1000 && scale < 3) {
        number /= 1000;
        scale++;
    }
    snprintf(text, sizeof text, "%.*f%s", number < 10 ? 2 : number < 100 ? 1 : 0, number, scales[scale]);
    return text;
}

void row_rate(const char *name, struct rate rate, const char *unit, double target)
{
    cJSON *row = add_row(name);
    cJSON_AddNumberToObject(row, "value", rate.median);
    cJSON_AddNumberToObject(row, "best", rate.best);
    cJSON_AddStringToObject(row, "unit", unit);
    printf("  %-46s %8s %s", name, number_text(rate.median), unit);
    printf("  (best %s)", number_text(rate.best));
    if (target > 0) {
        cJSON_AddNumberToObject(row, "target", target);
        cJSON_AddBoolToObject(row, "reached", rate.median >= target);
        printf("  target %s: %s", number_text(target), rate.median >= target ? "reached" : "MISSED");
    }
    printf("\n");
    fflush(stdout);
}

void row_cost(const char *name, struct rate rate)
{
    cJSON *row = add_row(name);
    cJSON_AddNumberToObject(row, "value", 1e9 / rate.median);
    cJSON_AddNumberToObject(row, "best", 1e9 / rate.best);
    cJSON_AddStringToObject(row, "unit", "ns");
    printf("  %-46s %8.1f ns  (best %.1f)\n", name, 1e9 / rate.median, 1e9 / rate.best);
    fflush(stdout);
}

void row_number(const char *name, double value, const char *unit)
{
    cJSON *row = add_row(name);
    cJSON_AddNumberToObject(row, "value", value);
    cJSON_AddStringToObject(row, "unit", unit);
    printf("  %-46s %8s %s\n", name, number_text(value), unit);
    fflush(stdout);
}

void row_pair(const char *name, double without, double with)
{
    cJSON *row = add_row(name);
    cJSON_AddNumberToObject(row, "without", without);
    cJSON_AddNumberToObject(row, "with", with);
    printf("  %-46s %8.0f %8.0f  %6.2f\n", name, without, with, without / with);
    fflush(stdout);
}

void row_missing(const char *name, const char *reason)
{
    cJSON *row = add_row(name);
    cJSON_AddStringToObject(row, "missing", reason);
    printf("  %-46s %s\n", name, reason);
    fflush(stdout);
}

/* ----------------------------------------------------------------------------------------------------------- file -- */

int write_results(const char *path)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "machine", describe_machine());
    cJSON_AddNumberToObject(json, "time", (double)time(NULL));
    cJSON_AddItemToObject(json, "measurements", rows == NULL ? cJSON_CreateArray() : rows);
    rows = NULL;
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    struct replay_error error;
    int result = 0;
    if (!replay_replace_file(path, text, strlen(text), &error)) {
        fprintf(stderr, "remlock-bench: %s\n", error.message);
        result = -1;
    }
    free(text);
    return result;
}
