/* fiber.c - see fiber.h. */
#include "fiber.h"

#include <remlock/scheduler.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

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

/* Boost.Context's ABI: what jump_fcontext hands over. */
struct transfer {
    void *context;
    void *data;
};
struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t size, void (*function)(struct transfer));

static const uintptr_t stacks_base = 0x210000000000;
enum { GUARD_SIZE = 4096, STRIDE = SCHEDULER_STACK_SIZE + GUARD_SIZE };

static struct fiber fibers[SCHEDULER_TASK_LIMIT];

/* Maps all stacks at once; the kernel gives memory only to those that are used. */
static void map_stacks(void)
{
    size_t size = (size_t)STRIDE * SCHEDULER_TASK_LIMIT;
    void *memory = mmap((void *)stacks_base, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory != (void *)stacks_base) {
        fprintf(stderr, "remlock: cannot map the fiber stacks at %p: the address range is in use or memory is limited\n",
                (void *)stacks_base);
        abort();
    }
}

static void *stack_of(unsigned number)
{
    return (void *)(stacks_base + (uintptr_t)number * STRIDE + GUARD_SIZE);
}

/* The switch that just ended: remember where the one that stopped will go on. */
static void arrive(struct transfer transfer)
{
    struct fiber_context *from = transfer.data;
    from->context = transfer.context;
}

static void fiber_main(struct transfer transfer)
{
#ifdef WITH_ADDRESS_SANITIZER
    struct fiber_context *from = transfer.data;
    __sanitizer_finish_switch_fiber(NULL, &from->stack, &from->stack_size);
#endif
    arrive(transfer);
    for (;;) {
        fiber_body();
    }
}

static void make(struct fiber *fiber, unsigned number)
{
    char *stack = stack_of(number);
#ifdef WITH_ADDRESS_SANITIZER
    __asan_unpoison_memory_region(stack, SCHEDULER_STACK_SIZE);
#endif
    fiber->at.stack = stack;
    fiber->at.stack_size = SCHEDULER_STACK_SIZE;
    fiber->at.context = make_fcontext(stack + SCHEDULER_STACK_SIZE, SCHEDULER_STACK_SIZE, fiber_main);
}

struct fiber *fiber_prepare(unsigned number)
{
    struct fiber *fiber = &fibers[number];
    if (fiber->idle) {
        return fiber;
    }
    if (!fiber->started) {
        static bool mapped;
        if (!mapped) {
            map_stacks();
            mapped = true;
        }
        if (mprotect(stack_of(number), SCHEDULER_STACK_SIZE, PROT_READ | PROT_WRITE) != 0) {
            perror("remlock: cannot make a fiber stack");
            abort();
        }
        fiber->started = true;
    }
    make(fiber, number);
    fiber->idle = true;
    return fiber;
}

void fiber_switch(struct fiber_context *from, struct fiber_context *to)
{
#ifdef WITH_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_size);
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
    arrive(transfer);
}

void fiber_finish(struct fiber *fiber, struct fiber_context *to)
{
    fiber->idle = true;
    fiber_switch(&fiber->at, to);
}
