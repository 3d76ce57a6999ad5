/*
 * workers.c - tasks of the kernel's own, each for one thing at a time: a deferred call, a work item, a thread.
 *
 * A task that has done its work stays for the next of the same name, so that a driver may queue any number of things one after
 * the other although the number of tasks is limited. While it has none it may wait for ever.
 */
#include "kernel.h"

enum { BACKLOG_LIMIT = 1024, TASKS_KEPT_FREE = 16 };

struct job {
    const char *name;
    void (*body)(void *argument);
    void *argument;
    KIRQL irql;
};

static struct job jobs[SCHEDULER_TASK_LIMIT]; /* by task: what it does, or is to do when it wakes */
static uint8_t idle[SCHEDULER_TASK_LIMIT];
static uint32_t idle_count;
static struct job backlog[BACKLOG_LIMIT];
static uint32_t backlog_begin, backlog_end;

void workers_reset(void)
{
    idle_count = 0;
    backlog_begin = backlog_end = 0;
}

static bool next_from_backlog(struct job *job)
{
    if (backlog_begin == backlog_end) {
        return false;
    }
    *job = backlog[backlog_begin++ % BACKLOG_LIMIT];
    scheduler_acquire_order(backlog);
    return true;
}

static void work(void *argument)
{
    static const struct scheduler_call call = {"wait for work", CALL_KE_WAIT_FOR_WORK, EFFECT_ANY};
    UNREFERENCED_PARAMETER(argument);
    uint32_t task = scheduler_running();
    struct job *job = &jobs[task];
    for (;;) {
        kernel_set_irql(job->irql);
        job->body(job->argument);
        kernel_set_irql(PASSIVE_LEVEL);
        if (next_from_backlog(job)) {
            continue;
        }
        idle[idle_count++] = (uint8_t)task;
        scheduler_may_wait(task, true);
        scheduler_wait(&call, job, NULL, NULL, SCHEDULER_NEVER);
    }
}

/* The one that has rested least: its memory is warm. */
static uint32_t idle_worker(const char *name)
{
    for (uint32_t index = idle_count; index > 0; index--) {
        uint32_t task = idle[index - 1];
        if (jobs[task].name == name) {
            idle[index - 1] = idle[--idle_count];
            return task;
        }
    }
    return SCHEDULER_NO_TASK;
}

static uint32_t put_off(const struct job *job)
{
    if (backlog_end - backlog_begin == BACKLOG_LIMIT) {
        scheduler_violate(VIOLATION_LIVELOCK, NULL, "more than %d calls of the kernel's own are under way", BACKLOG_LIMIT);
        return SCHEDULER_NO_TASK;
    }
    backlog[backlog_end++ % BACKLOG_LIMIT] = *job;
    scheduler_release_order(backlog);
    return SCHEDULER_NO_TASK;
}

uint32_t kernel_spawn(const char *name, KIRQL irql, void (*body)(void *argument), void *argument)
{
    struct job job = {.name = name, .body = body, .argument = argument, .irql = irql};
    scheduler_touch(jobs, sizeof jobs, EFFECT_UPDATE); /* which worker gets it depends on who is idle */
    uint32_t task = idle_worker(name);
    if (task != SCHEDULER_NO_TASK) {
        jobs[task] = job;
        scheduler_may_wait(task, false);
        scheduler_wake(&jobs[task], 1);
        return task;
    }
    if (scheduler_task_count() >= SCHEDULER_TASK_LIMIT - TASKS_KEPT_FREE) {
        return put_off(&job);
    }
    task = scheduler_spawn(name, work, NULL);
    jobs[task] = job;
    return task;
}
