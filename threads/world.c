/* world.c - see world.h: threads' records, the locks they hold, the queues they stand in. */
#include "world.h"

#include <stdio.h>
#include <string.h>

struct threads_world threads_world;

void threads_reset(const struct threads_options *options)
{
    memset(&threads_world, 0, sizeof threads_world);
    threads_world.options = *options;
    output_reset();
}

bool threads_ending(void)
{
    return threads_world.ending;
}

/* -------------------------------------------------------------------------------------------------------- records -- */

struct thread *thread_self(void)
{
    static struct thread nobody;
    uint32_t task = scheduler_running();
    return task == SCHEDULER_NO_TASK || threads_world.threads[task] == NULL ? &nobody : threads_world.threads[task];
}

unsigned long thread_identifier(const struct thread *thread)
{
    return thread->task + 1ul;
}

struct thread *thread_of(unsigned long identifier)
{
    return identifier == 0 || identifier > SCHEDULER_TASK_LIMIT ? NULL : threads_world.threads[identifier - 1];
}

struct thread *thread_prepare(uint32_t task, const char *name)
{
    struct thread *thread = task < SCHEDULER_TASK_LIMIT ? scheduler_allocate(sizeof *thread, "thread") : NULL;
    if (thread == NULL) {
        return NULL;
    }
    memset(thread, 0, sizeof *thread);
    thread->task = task;
    snprintf(thread->name, sizeof thread->name, "%s", name);
    threads_world.threads[task] = thread;
    return thread;
}

/* -------------------------------------------------------------------------------------------------------- parking -- */

void thread_queue(struct thread *thread, const void *object)
{
    thread->waits_on = object;
    thread->ticket = ++threads_world.tickets;
    thread->woken = 0;
}

static bool is_woken(const void *argument)
{
    const struct thread *thread = argument;
    return thread->woken != 0;
}

bool thread_park(const struct scheduler_call *call, struct thread *thread, uint64_t deadline, uintptr_t site)
{
    bool woken = scheduler_wait_at(call, &thread->woken, is_woken, thread, deadline, site) != SCHEDULER_WAIT_TIMEOUT;
    if (!woken) {
        scheduler_touch(thread->waits_on, 1, EFFECT_UPDATE);
        thread->waits_on = NULL;
    }
    return woken;
}

void thread_wake(struct thread *thread)
{
    scheduler_touch(&thread->woken, 1, EFFECT_UPDATE);
    thread->waits_on = NULL;
    thread->woken = 1;
    scheduler_release_order(&thread->woken);
    scheduler_changed(&thread->woken);
}

uint32_t queue_length(const void *object)
{
    uint32_t length = 0;
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        length += threads_world.threads[task] != NULL && threads_world.threads[task]->waits_on == object;
    }
    return length;
}

struct thread *queue_at(const void *object, uint32_t position)
{
    uint64_t after = 0;
    for (;; position--) {
        struct thread *next = NULL;
        for (uint32_t task = 0; task < scheduler_task_count(); task++) {
            struct thread *thread = threads_world.threads[task];
            if (thread != NULL && thread->waits_on == object && thread->ticket > after &&
                (next == NULL || thread->ticket < next->ticket)) {
                next = thread;
            }
        }
        if (position == 0 || next == NULL) {
            return next;
        }
        after = next->ticket;
    }
}

/* ---------------------------------------------------------------------------------------------------------- locks -- */

static struct held *find_held(const struct thread *thread, const void *object, enum held_kind kind)
{
    for (uint32_t index = 0; index < thread->held_count; index++) {
        if (thread->held[index].object == object && thread->held[index].kind == (uint32_t)kind) {
            return (struct held *)&thread->held[index];
        }
    }
    return NULL;
}

void thread_hold(const void *object, enum held_kind kind)
{
    struct thread *thread = thread_self();
    struct held *held = find_held(thread, object, kind);
    if (held != NULL) {
        held->count++;
    } else if (thread->held_count == HELD_LIMIT) {
        thread->untracked = true;
    } else {
        thread->held[thread->held_count++] = (struct held){object, (uint32_t)kind, 1};
    }
}

void thread_let_go(const void *object, enum held_kind kind)
{
    struct thread *thread = thread_self();
    struct held *held = find_held(thread, object, kind);
    if (held != NULL && --held->count == 0) {
        struct held *end = &thread->held[--thread->held_count];
        memmove(held, held + 1, (size_t)(end - held) * sizeof *held);
    }
}

bool thread_holds(const struct thread *thread, const void *object, enum held_kind kind)
{
    return find_held(thread, object, kind) != NULL;
}

/* ---------------------------------------------------------------------------------------------------------- names -- */

void threads_describe(const void *address, char *text, size_t size)
{
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        const struct thread *thread = threads_world.threads[task];
        if (thread != NULL && (const char *)address >= (const char *)thread && (const void *)(thread + 1) > address) {
            snprintf(text, size, "thread %s", thread->name);
            return;
        }
    }
}

void threads_holders(char *text, size_t size, void (*describe)(const void *address, char *text, size_t size))
{
    static const char *const kinds[] = {"mutex", "rwlock, for reading", "rwlock, for writing", "spin lock"};
    size_t length = 0;
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        const struct thread *thread = threads_world.threads[task];
        for (uint32_t index = 0; thread != NULL && index < thread->held_count && length < size; index++) {
            char name[96] = "";
            describe(thread->held[index].object, name, sizeof name);
            length += (size_t)snprintf(text + length, size - length, "%s holds %s (%s)\n", thread->name,
                                       name[0] == '\0' ? "a lock" : name, kinds[thread->held[index].kind]);
        }
    }
}
