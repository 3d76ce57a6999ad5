/*
 * observe.h - the same points as in instrumentation.c, for executions that somebody watches: a trace, coverage, the log of
 * steps, a strategy that looks ahead, the race detector, a weak memory model. Nothing here runs in a plain execution.
 */
#ifndef SCHEDULER_OBSERVE_H
#define SCHEDULER_OBSERVE_H

#include "state.h"

/* The widest value that an atomic operation has. */
typedef unsigned __int128 atomic_value;

/* An atomic operation of the code under test, to be done. Memory orders are the compilers' numbers (__ATOMIC_RELAXED, ...). */
struct atomic_operation {
    uint8_t operation; /* enum scheduler_operation */
    uint8_t size;      /* bytes: 1, 2, 4, 8 or 16 */
    int order;
    int failure_order; /* of a compare-exchange that does not store */
    void *object;
    atomic_value value;    /* operand */
    atomic_value expected; /* compare-exchange */
    uintptr_t site;
};

/* Whether the operation stores, and what, given the value before it. */
bool observe_result(const struct atomic_operation *operation, atomic_value before, atomic_value *after);

/* What an operation does to its object when the memory model is sequential consistency. */
enum scheduler_effect observe_effect(enum scheduler_operation operation);

/* A scheduling point and the operation behind it; returns the object's value before it. Only in tasks. */
atomic_value observe_atomic(const struct atomic_operation *operation);
void observe_fence(int order, uintptr_t site);

/* A scheduling point before a volatile access, or a plain one where those are points. */
void observe_access(enum scheduler_operation operation, const void *address, size_t size, uintptr_t site);

/* A plain access that is no point. */
void observe_plain(const void *address, size_t size, bool write, uintptr_t site);

/* The task has passed a point of the environment and does now what it announced. */
void observe_call(struct task *task);

/* Its wait is over. */
void observe_wait(struct task *task);

#endif
