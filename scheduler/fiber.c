/* fiber.c - see fiber.h. */
#include "fiber.h"

#include <remlock/scheduler.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef WITH_ADDRESS_SANITIZER
/* Fibers are abandoned in the middle of a body; the fake frames that clang keeps for each of them would never be freed. */
__attribute__((used, visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=0";
}
#endif

/* ThreadSanitizer follows memory in a few ranges of addresses only. */
#ifdef WITH_THREAD_SANITIZER
static const uintptr_t stacks_base = 0x5000000000;
#else
static const uintptr_t stacks_base = 0x210000000000;
#endif
enum { STRIDE = SCHEDULER_STACK_SIZE + FIBER_GUARD_SIZE, EMPTIED = 16 * 1024 };

static struct fiber fibers[SCHEDULER_TASK_LIMIT];

/* Maps all stacks at once; the kernel gives memory only to those that are used. */
static void map_stacks(void)
{
    size_t size = (size_t)STRIDE * SCHEDULER_TASK_LIMIT;
    void *memory =
        mmap((void *)stacks_base, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory != (void *)stacks_base) {
        fprintf(stderr, "remlock: cannot map the fiber stacks at %p: the address range is in use or memory is limited\n",
                (void *)stacks_base);
        abort();
    }
}

unsigned fiber_of_stack(const void *address)
{
    uintptr_t offset = (uintptr_t)address - stacks_base;
    return offset < (uintptr_t)STRIDE * SCHEDULER_TASK_LIMIT ? (unsigned)(offset / STRIDE) : SCHEDULER_NO_TASK;
}

static void *stack_of(unsigned number)
{
    return (void *)(stacks_base + (uintptr_t)number * STRIDE + FIBER_GUARD_SIZE);
}

static void fiber_main(struct transfer transfer)
{
#ifdef WITH_ADDRESS_SANITIZER
    struct fiber_context *from = transfer.data;
    __sanitizer_finish_switch_fiber(NULL, &from->stack, &from->stack_size);
#endif
    fiber_arrive(transfer);
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

struct fiber *fiber_prepare_empty(unsigned number)
{
    struct fiber *fiber = fiber_prepare(number);
    char *stack = stack_of(number);
    make(fiber, number); /* for AddressSanitizer: the whole stack may be written */
    memset(stack + SCHEDULER_STACK_SIZE - EMPTIED, 0, EMPTIED);
    make(fiber, number);
    return fiber;
}

void fiber_finish(struct fiber *fiber, struct fiber_context *to)
{
    fiber->idle = true;
    fiber_switch(&fiber->at, to);
}
