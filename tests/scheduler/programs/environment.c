/* environment.c - see environment.h. */
#include "environment.h"

#include <remlock/scheduler.h>

static const struct scheduler_call set_call = {"set", 1, EFFECT_UPDATE};
static const struct scheduler_call wait_call = {"wait", 2, EFFECT_UPDATE};
static const struct scheduler_call free_call = {"free", 3, EFFECT_UPDATE};

static const struct scheduler_call lock_call = {"lock", 4, EFFECT_UPDATE};
static const struct scheduler_call unlock_call = {"unlock", 5, EFFECT_UPDATE};
static const struct scheduler_call create_call = {"create", 6, EFFECT_NONE};

static bool is_signalled(const void *argument)
{
    const struct event *event = argument;
    return event->signalled;
}

void event_set(struct event *event)
{
    scheduler_call(&set_call, event);
    event->signalled = true;
    scheduler_call_value(0, 1);
    scheduler_changed(event);
}

void event_wait(struct event *event)
{
    scheduler_wait(&wait_call, event, is_signalled, event, SCHEDULER_NEVER);
}

static bool is_free(const void *argument)
{
    const struct mutex *mutex = argument;
    return !mutex->held;
}

void mutex_lock(struct mutex *mutex)
{
    scheduler_wait(&lock_call, mutex, is_free, mutex, SCHEDULER_NEVER);
    mutex->held = true;
    scheduler_changed(mutex);
}

void mutex_unlock(struct mutex *mutex)
{
    scheduler_call(&unlock_call, mutex);
    mutex->held = false;
    scheduler_changed(mutex);
}

void task_create(const char *name, void (*body)(void *argument), void *argument)
{
    scheduler_call(&create_call, NULL);
    scheduler_spawn(name, body, argument);
}

void memory_free(void *memory)
{
    scheduler_call(&free_call, memory);
    scheduler_free(memory, "memory");
}

void program_failed(void)
{
    scheduler_violate("failure", NULL, "the program went wrong");
}
