/*
 * timeline.h - a recorded execution as rows, before anybody lays them out: steps, and between them what a reader must know
 * (an operation of the program begins, a preemption, the end of a wait, the violation).
 */
#ifndef REPORTS_TIMELINE_H
#define REPORTS_TIMELINE_H

#include "style.h"

enum row_kind {
    ROW_STEP,      /* something a task did */
    ROW_OPERATION, /* an operation of the program begins, or another remark */
    ROW_OPERATION_ENDS,
    ROW_PREEMPTED, /* the processor was taken from the task */
    ROW_WAITS,     /* the task cannot go on */
    ROW_RESUMES,   /* its wait is over */
    ROW_FOLDED,    /* rows left out */
    ROW_VIOLATION, /* where it went wrong */
};

struct row {
    uint8_t kind; /* enum row_kind */
    uint8_t task;
    bool matters;   /* never folded */
    uint32_t step;  /* ROW_STEP: number in the execution from 1 */
    uint32_t first; /* ROW_FOLDED: the steps left out */
    uint32_t last;
    const struct scheduler_event *event; /* or NULL */
    char text[256];
    char place[64];
};

struct timeline {
    struct row *rows;
    uint32_t count;
    uint32_t prelude; /* so many rows come before the first task of the program: what builds its world */
};

/* The rows of the last execution; free with timeline_free(). No rows when nothing was recorded or memory is short. */
struct timeline timeline_make(const struct report_style *style, const struct report_execution *execution);
void timeline_free(struct timeline *timeline);

/* Says which rows matter. */
void timeline_weigh(struct timeline *timeline, const struct report_execution *execution);

/* Replaces runs of rows that do not matter by one row each. */
void timeline_fold(const struct report_style *style, struct timeline *timeline);

#endif
