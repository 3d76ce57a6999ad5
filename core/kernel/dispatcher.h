/* dispatcher.h - what events, semaphores, mutexes, timers and threads have in common: tasks wait for them. */
#ifndef CORE_KERNEL_DISPATCHER_H
#define CORE_KERNEL_DISPATCHER_H

#include "kernel.h"

/* DISPATCHER_HEADER.Type: the kernel's numbers, as debuggers show them. Events are below. */
enum {
    MUTANT_OBJECT = 2,
    SEMAPHORE_OBJECT = 5,
    THREAD_OBJECT = 6,
    TIMER_NOTIFICATION_OBJECT = 8,
    TIMER_SYNCHRONIZATION_OBJECT = 9,
    DPC_OBJECT = 19,
    THREADED_DPC_OBJECT = 24,
};

void dispatcher_initialize(DISPATCHER_HEADER *header, UCHAR type, size_t size, LONG state);

/* Whether the object is of `type`; a violation when not. `routine` is the one that was called. */
bool dispatcher_require(const void *object, bool right, const char *what, const char *routine);

/* The state has changed in a way that wakes nobody by itself: those who look at the object look again. */
void dispatcher_changed(void *object);

/*
 * The object becomes signalled: all who wait for it go on, or, when `one`, at most the first of them; then the state is what is
 * left. True when somebody took it.
 */
bool dispatcher_signal(DISPATCHER_HEADER *header, bool one);

/* Virtual time at which a timeout of the kernel's kind comes. */
uint64_t dispatcher_deadline(const LARGE_INTEGER *timeout);

/* A wait of the running task with a deadline begins: the more of them it has had, the less it may crowd out others. */
void dispatcher_be_patient(uint32_t waits_before);

/* thread.c: mutexes that the thread of the running task owns, to be left with none. */
void thread_count_mutex(PKTHREAD thread, int32_t by);

/* dpc.c: queues the call as KeInsertQueueDpc does and runs it in this task. */
void dpc_queue_and_run(PKDPC dpc);
bool dpc_within(const void *start, const void *end, const void **object);

#endif
