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
    bool whole;     /* the lock's call that it belongs to was not interrupted */
    uint32_t call;  /* the call of a lock routine by a driver that it belongs to, from 1; 0: none */
    uint32_t unit;  /* operation of the program, or request within it, that it belongs to, from 1; 0: none */
    uint32_t steps; /* ROW_STEP: how many it stands for, when more than one */
    uint32_t first; /* ROW_FOLDED: the steps left out */
    uint32_t last;
    uint32_t event_number;               /* in the trace, from 1: of `event`, or of the first one that it stands for; 0: none */
    const struct scheduler_event *event; /* or NULL */
    char text[256];
    char place[64];
};

struct timeline {
    struct row *rows;
    uint32_t count;
    bool has_world;   /* of a driver: other tasks than the program's build it, and take it down */
    uint32_t prelude; /* so many rows come before the first task of the program: what builds its world */
};

/* The rows of the last execution; free with timeline_free(). No rows when nothing was recorded or memory is short. */
struct timeline timeline_make(const struct report_style *style, const struct report_execution *execution);
void timeline_free(struct timeline *timeline);

/* Says which rows matter. */
void timeline_weigh(struct timeline *timeline, const struct report_execution *execution);

/* Whether a row sends the driver a request that the kernel model made. */
bool timeline_sends(const struct timeline *timeline, const struct row *row);

/* Finds the calls of lock routines by drivers, and those among them that ran without interruption. */
void timeline_find_calls(struct timeline *timeline);

/* Whether an event of the lock's call that began with `first` counts the lock's holders up or down. */
bool timeline_counts(const struct scheduler_event *event, const struct scheduler_event *first);

/* Makes each call of a lock routine that was not interrupted one row: what was called, and what it did to the count. */
void timeline_merge_calls(const struct report_style *style, struct timeline *timeline);

/* Makes rows in which the kernel sends the driver a request read "-> IRP4: IRP_MJ_READ". */
void timeline_head_requests(const struct report_style *style, struct timeline *timeline);

/* Behind such a row, "IRP4(IRP_MJ_READ)" becomes "IRP4". */
void timeline_shorten_requests(const struct report_style *style, struct timeline *timeline);

/*
 * Of a driver's execution: folds what has nothing to do with the finding, as fold_operations.c defines it, and leaves out steps
 * of the kernel model that tell a reader nothing. With the three above.
 */
void timeline_fold_operations(const struct report_style *style, struct timeline *timeline,
                              const struct report_execution *execution);

/*
 * What was done at a step of the execution, or last before it; NULL: nothing. A task that is interrupted has come to its point
 * already, which counts then, but stands in the trace where it is passed.
 */
const struct scheduler_event *timeline_event_at(uint32_t step);

/* Replaces runs of rows that do not matter by one row each. */
void timeline_fold(const struct report_style *style, struct timeline *timeline);

#endif
