/*
 * fiber.h - pooled fibers on Boost.Context's C symbols.
 *
 * A fiber keeps its stack for the life of the process and runs one body after another; a fiber that was abandoned in the middle
 * of its body starts anew. Stacks lie at fixed addresses with a guard page below each, so that addresses of stack objects do
 * not differ between processes.
 */
#ifndef SCHEDULER_FIBER_H
#define SCHEDULER_FIBER_H

#include "sanitizer.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef WITH_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

enum { FIBER_GUARD_SIZE = 4096 }; /* below each stack, not accessible */

/* Boost.Context's ABI: what jump_fcontext hands over. */
struct transfer {
    void *context;
    void *data;
};
struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t size, void (*function)(struct transfer));

struct fiber_context {
    void *context;     /* where it stopped; NULL while it runs */
    const void *stack; /* lowest address and size, for AddressSanitizer */
    size_t stack_size;
    void *fake_stack;
    void *sanitizer; /* the fiber that ThreadSanitizer knows it as; NULL outside tasks */
};

struct fiber {
    struct fiber_context at;
    bool started; /* inside fiber_main, so that resuming it runs the next body */
    bool idle;    /* stopped between two bodies */
};

/* The fiber with this number, made on first use; ready to run fiber_body from its beginning. */
struct fiber *fiber_prepare(unsigned number);

/* The same with a stack on which nothing is left of the bodies before, as far as they can be expected to have used it. */
struct fiber *fiber_prepare_empty(unsigned number);

/* The number of the fiber on whose stack the address lies, or SCHEDULER_NO_TASK. */
unsigned fiber_of_stack(const void *address);

/* The switch that just ended: remember where the one that stopped will go on. */
static inline void fiber_arrive(struct transfer transfer)
{
    struct fiber_context *from = transfer.data;
    from->context = transfer.context;
}

/*
 * Stops `from` and runs `to`; returns when somebody switches back to `from`. Inline, because the processor predicts no return
 * after a switch: each function between a scheduling point and the switch costs a pipeline flush.
 */
static inline void fiber_switch(struct fiber_context *from, struct fiber_context *to)
{
#ifdef WITH_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_size);
#endif
#ifdef WITH_THREAD_SANITIZER
    sanitizer_switch(to->sanitizer);
#endif
    struct transfer transfer = jump_fcontext(to->context, from);
#ifdef WITH_ADDRESS_SANITIZER
    struct fiber_context *last = transfer.data;
    const void *stack;
    size_t stack_size;
    __sanitizer_finish_switch_fiber(from->fake_stack, &stack, &stack_size);
    if (last->stack == NULL) {
        last->stack = stack;
        last->stack_size = stack_size;
    }
#endif
    fiber_arrive(transfer);
}

/* Called on the new fiber for each body; provided by lives.c. It returns by switching away for good: see fiber_finish. */
void fiber_body(void);

/* Called by fiber_body() as its last act: marks the running fiber idle and switches to `to`. */
void fiber_finish(struct fiber *fiber, struct fiber_context *to);

#endif
