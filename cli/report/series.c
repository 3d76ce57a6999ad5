/* series.c - see series.h. */
#include "series.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

bool report_series_add(struct report_series *series, const struct report_moment *moment)
{
    if (series->count == series->capacity) {
        uint32_t capacity = series->capacity ? series->capacity * 2 : 256;
        struct report_moment *moments = realloc(series->moments, capacity * sizeof(*moments));
        if (!moments) {
            return false;
        }
        series->moments = moments;
        series->capacity = capacity;
    }
    series->moments[series->count++] = *moment;
    return true;
}

void report_series_free(struct report_series *series)
{
    free(series->moments);
    memset(series, 0, sizeof(*series));
}

static int compare(const void *left, const void *right)
{
    const struct report_moment *one = left, *other = right;
    return (one->elapsed > other->elapsed) - (one->elapsed < other->elapsed);
}

struct sums {
    uint64_t executions, coverage, findings;
    uint32_t *reached; /* by each subject */
    uint32_t subjects;
};

static void add(struct sums *sums, const struct report_moment *moment)
{
    sums->executions += moment->executions;
    sums->findings += moment->findings;
    if (moment->subject < sums->subjects && moment->coverage > sums->reached[moment->subject]) {
        sums->coverage += moment->coverage - sums->reached[moment->subject];
        sums->reached[moment->subject] = moment->coverage;
    }
}

static void add_point(cJSON *array, double elapsed, const struct sums *sums)
{
    cJSON *point = cJSON_CreateObject();
    cJSON_AddNumberToObject(point, "elapsed", elapsed);
    cJSON_AddNumberToObject(point, "executions", (double)sums->executions);
    cJSON_AddNumberToObject(point, "coverage", (double)sums->coverage);
    cJSON_AddNumberToObject(point, "findings", (double)sums->findings);
    cJSON_AddItemToArray(array, point);
}

static uint32_t count_subjects(const struct report_series *series)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < series->count; index++) {
        uint32_t subject = series->moments[index].subject;
        count = subject != REPORT_NO_SUBJECT && subject >= count ? subject + 1 : count;
    }
    return count;
}

/* One point behind each of equal parts of the time in which something happened: never more than the limit, whatever came. */
static void add_points(cJSON *array, const struct report_series *series, double end, struct sums *sums)
{
    enum { PARTS = REPORT_SERIES_LIMIT - 2 };
    uint32_t index = 0;
    for (uint32_t part = 0; part < PARTS && index < series->count; part++) {
        double until = part + 1 == PARTS ? end : end * (part + 1) / PARTS, last = 0;
        bool any = false;
        for (; index < series->count && (series->moments[index].elapsed <= until || part + 1 == PARTS); index++) {
            add(sums, &series->moments[index]);
            last = series->moments[index].elapsed;
            any = true;
        }
        if (any) {
            add_point(array, last < end ? last : end, sums);
        }
    }
}

cJSON *report_series_json(struct report_series *series, double end)
{
    struct sums sums = {.subjects = count_subjects(series)};
    cJSON *array = cJSON_CreateArray();
    sums.reached = calloc(sums.subjects ? sums.subjects : 1, sizeof(*sums.reached));
    if (!sums.reached) {
        return array;
    }
    if (series->count) {
        qsort(series->moments, series->count, sizeof(*series->moments), compare);
    }
    add_point(array, 0, &sums);
    add_points(array, series, end, &sums);
    if (series->count && series->moments[series->count - 1].elapsed < end) {
        add_point(array, end, &sums);
    }
    free(sums.reached);
    return array;
}
