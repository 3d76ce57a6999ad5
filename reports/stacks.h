/* stacks.h - who allocated, freed and touched the memory that a finding is about. */
#ifndef REPORTS_STACKS_H
#define REPORTS_STACKS_H

#include "style.h"

/* One moment in the life of memory, or the moment of the finding itself. */
struct stack_moment {
    const char *what; /* "accessed", "accessed before", "freed", "allocated" */
    uint32_t task;
    const char *routine;
    const char *operation;      /* of the program, "" when unknown */
    const uintptr_t *addresses; /* 0-ended */
};

enum { STACK_MOMENTS = 4 };

/* The moments that are known, the latest first; returns how many. */
uint32_t stacks_collect(const struct report_execution *execution, struct stack_moment moments[STACK_MOMENTS]);

/* The functions on a stack, innermost first, inlined ones included; returns how many. */
uint32_t stacks_frames(const uintptr_t *addresses, struct report_frame *frames, uint32_t limit);

/* Whether the finding is an access to memory that may not be accessed. */
bool stacks_is_access(const struct verdict *verdict);

/* The allocation that the finding is about, or NULL: also when the finding is not about memory. */
const struct scheduler_allocation *stacks_allocation(const struct report_execution *execution);

/* Where the code under test had got to when it happened: the innermost line of a driver; "" when there is none. */
void stacks_place(const struct verdict *verdict, char *text, size_t size);

void stacks_print(FILE *stream, const struct report_style *style, const struct report_execution *execution);

/* Adds "function", "file", "path" and "line", and "in_remlock" when it lies in this program itself. */
void stacks_add_frame(struct cJSON *json, const struct report_frame *frame);
struct cJSON *stacks_json(const struct report_execution *execution);

#endif
