/* report.h - a run of `remlock verify`, and what is said of it. */
#ifndef CLI_VERIFY_REPORT_H
#define CLI_VERIFY_REPORT_H

#include "book.h"
#include "checkpoint.h"
#include "options.h"

struct verify_run {
    struct verify_options options;
    char invocation[8192];
    struct checkpoint_identity identity;
    struct exploration_share *shares;
    struct progress progress;
    struct book book;
    struct worker_totals totals;
    double seconds;
    uint64_t before; /* executions that the checkpoint brought */
    bool crashed, out_of_time;
    bool told_estimate;
    /* Checkpoints: whether the workers are asked for their parts, and when the last one was written. */
    bool asked;
    double kept_at;
};

/* Everything was explored, and nothing had to be left out but what a bound was to leave out. */
bool verify_complete(const struct verify_run *run);

/* Says once, as soon as it is known, how many schedules there may be. */
void verify_report_estimate(struct verify_run *run);
void verify_report_progress(struct verify_run *run, const struct worker_totals *totals, double elapsed);

/* The result: complete, a finding, or how far it came; and what was covered. */
void verify_report(struct verify_run *run);

#endif
