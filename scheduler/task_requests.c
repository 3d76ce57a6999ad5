/* task_requests.c - what is asked about tasks, and for them; the same whether tasks are fibers or threads. */
#include "state.h"

void scheduler_be_patient(uint32_t steps)
{
    struct task *task = running_task();
    if (task != NULL) {
        task->patient_until = state.steps + steps;
        state.patient = true;
    }
}

void scheduler_wait_for_others(void)
{
    struct task *task = running_task();
    if (task != NULL) {
        task->waits_for_others = true;
    }
}

void scheduler_keep_time(void)
{
    struct task *task = running_task();
    if (task != NULL) {
        task->keeps_time = true;
    }
}

void scheduler_may_wait(uint32_t task, bool may)
{
    if (task < state.task_count) {
        state.tasks[task].may_wait = may;
    }
}

void scheduler_disable_preemption(void)
{
    struct task *task = running_task();
    if (task != NULL) {
        task->unpreemptible++;
    }
}

void scheduler_enable_preemption(void)
{
    struct task *task = running_task();
    if (task != NULL && task->unpreemptible > 0) {
        task->unpreemptible--;
    }
}

uint32_t scheduler_task_count(void)
{
    return state.task_count;
}

const char *scheduler_task_name(uint32_t task)
{
    return task < state.task_count ? state.tasks[task].name : "";
}

bool scheduler_more(void)
{
    return state.more;
}

uint32_t scheduler_running(void)
{
    return state.running;
}

bool scheduler_ended(uint32_t task)
{
    return task < state.task_count && !tasks_unfinished(&state.tasks[task]);
}
