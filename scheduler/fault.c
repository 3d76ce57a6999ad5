/*
 * fault.c - a wild pointer, a call of nothing or a division by zero ends the execution, not the process.
 *
 * The handler runs on a stack of its own, because the task's may be what has overflowed. It does not report from there: it lets
 * the task go on in a function that does, on the task's stack, as if that had been called at the faulting instruction.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* the names of registers */
#endif
#include "fault.h"

#include "fiber.h"
#include "state.h"

#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

enum { FAULT_COUNT = 4, HANDLER_STACK = 64 * 1024, NEAR_NULL = 64 * 1024 };

static const int signals[FAULT_COUNT] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction before[FAULT_COUNT];
static int last_signal;
static uintptr_t last_address;
static bool stack_overflowed;

static const char *what_happened(void)
{
    switch (last_signal) {
    case SIGFPE:
        return "a division by zero or an overflow of one";
    case SIGILL:
        return "an instruction that does not exist, or a deliberate trap";
    default:
        break;
    }
    if (stack_overflowed) {
        return "the stack is full: routines call each other without end, or have large variables";
    }
    return last_address < NEAR_NULL ? "memory is used, or code called, through a null pointer"
                                    : "memory is used, or code called, through a wild pointer";
}

static void report(void)
{
    scheduler_violate(VIOLATION_FAULT, NULL, "%s", what_happened());
    abort();
}

static bool in_guard_of(const struct fiber *fiber, uintptr_t address)
{
    uintptr_t lowest = (uintptr_t)fiber->at.stack;
    return address < lowest && lowest - address <= FIBER_GUARD_SIZE;
}

/* Where the faulting task goes on. Its stack is empty again when it was full: nothing on it is needed any more. */
static void redirect(ucontext_t *context, const struct fiber *fiber)
{
    uintptr_t top = (uintptr_t)fiber->at.stack + fiber->at.stack_size;
#if defined(__x86_64__)
    uintptr_t pointer = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
    pointer = stack_overflowed ? top : pointer - 256;
    context->uc_mcontext.gregs[REG_RSP] = (greg_t)((pointer & ~(uintptr_t)15) - 8);
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)report;
#elif defined(__aarch64__)
    uintptr_t pointer = stack_overflowed ? top : context->uc_mcontext.sp - 256;
    context->uc_mcontext.sp = pointer & ~(uintptr_t)15;
    context->uc_mcontext.pc = (uintptr_t)report;
#else
#error "say how a signal handler lets the program go on elsewhere on this processor"
#endif
}

/* A call of nothing has left no place but that of the operation before. */
static void remember_site(const ucontext_t *context)
{
#if defined(__x86_64__)
    uintptr_t site = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
    uintptr_t site = context->uc_mcontext.pc;
#endif
    if (site >= NEAR_NULL) {
        state.tasks[state.running].site = site;
    }
}

static void handle(int number, siginfo_t *information, void *context)
{
    const struct task *task = running_task();
    if (task == NULL || state.stopped) {
        for (int index = 0; index < FAULT_COUNT; index++) {
            if (signals[index] == number) {
                sigaction(number, &before[index], NULL);
            }
        }
        return; /* the instruction faults again, and whoever was responsible before is told */
    }
    last_signal = number;
    last_address = (uintptr_t)information->si_addr;
    stack_overflowed = number == SIGSEGV && in_guard_of(task->fiber, last_address);
    remember_site(context);
    redirect(context, task->fiber);
}

void fault_watch(void)
{
    static bool watching;
    static char stack[HANDLER_STACK];
    if (watching) {
        return;
    }
    watching = true;
    stack_t place = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigaltstack(&place, NULL);
    for (int index = 0; index < FAULT_COUNT; index++) {
        sigaction(signals[index], &action, &before[index]);
    }
}
