/*
 * fiber.h - pooled fibers on Boost.Context's C symbols.
 *
 * A fiber keeps its stack for the life of the process and runs one body after another; a fiber that was abandoned in the middle
 * of its body starts anew. Stacks lie at fixed addresses with a guard page below each, so that addresses of stack objects do
 * not differ between processes.
 */
#ifndef SCHEDULER_FIBER_H
#define SCHEDULER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

struct fiber_context {
    void *context;     /* where it stopped; NULL while it runs */
    const void *stack; /* lowest address and size, for AddressSanitizer */
    size_t stack_size;
    void *fake_stack;
};

struct fiber {
    struct fiber_context at;
    bool started; /* inside fiber_main, so that resuming it runs the next body */
    bool idle;    /* stopped between two bodies */
};

/* The fiber with this number, made on first use; ready to run fiber_body from its beginning. */
struct fiber *fiber_prepare(unsigned number);

/* Stops `from` and runs `to`; returns when somebody switches back to `from`. */
void fiber_switch(struct fiber_context *from, struct fiber_context *to);

/* Called on the new fiber for each body; provided by tasks.c. It returns by switching away for good: see fiber_finish. */
void fiber_body(void);

/* Called by fiber_body() as its last act: marks the running fiber idle and switches to `to`. */
void fiber_finish(struct fiber *fiber, struct fiber_context *to);

#endif
