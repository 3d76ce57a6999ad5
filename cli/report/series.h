/* series.h - what a campaign had reached at which second, from what its slices and findings say. */
#ifndef CLI_REPORT_SERIES_H
#define CLI_REPORT_SERIES_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

enum { REPORT_NO_SUBJECT = UINT32_MAX - 1 };

/* Something that was reached. */
struct report_moment {
    double elapsed;      /* seconds of the campaign */
    uint32_t subject;    /* a number of the caller, for `coverage` */
    uint64_t executions; /* so many more */
    uint32_t coverage;   /* of the subject: at least so much */
    uint32_t findings;   /* so many more */
};

/* All zero: nothing yet. */
struct report_series {
    struct report_moment *moments;
    uint32_t count, capacity;
};

/* In any order. False without memory. */
bool report_series_add(struct report_series *series, const struct report_moment *moment);

/* The sums over time, from 0 to `end`, at most REPORT_SERIES_LIMIT points; the last point has everything. */
enum { REPORT_SERIES_LIMIT = 500 };
struct cJSON *report_series_json(struct report_series *series, double end);

void report_series_free(struct report_series *series);

#endif
