/* threads.c - see world.h: the threads that run tasks. */
#include "world.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct thread {
    bool started;
    struct sleeper turn;
    void (*body)(void);
};

static struct thread threads[SCHEDULER_TASK_LIMIT];

static _Thread_local void *restart[5]; /* of __builtin_setjmp: ThreadSanitizer does not know of it */

/* Runs one body after another. A task that ends early comes back here from wherever it was. */
static __attribute__((noinline)) void run_bodies(const struct thread *thread)
{
    if (__builtin_setjmp(restart) == 0) {
        thread->body();
    }
    crossing_forget();
    threads_end_subject();
    world_leave();
}

static void *thread_main(void *argument)
{
    struct thread *thread = argument;
    world_self = (uint8_t)(thread - threads);
    for (;;) {
        sleeper_sleep(&thread->turn);
        world_enter();
        world_seed(state.trail_seed + ((uint64_t)world_self << 32));
        threads_begin_subject();
        run_bodies(thread);
    }
    return NULL;
}

void threads_end_task(void)
{
    __builtin_longjmp(restart, 1);
}

void threads_start(uint32_t number, void (*body)(void))
{
    struct thread *thread = &threads[number];
    thread->body = body;
    if (!thread->started) {
        pthread_t handle;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        int problem = pthread_create(&handle, &attributes, thread_main, thread);
        if (problem != 0) {
            fprintf(stderr, "remlock-stress: cannot start a thread: %s\n", strerror(problem));
            abort();
        }
        pthread_attr_destroy(&attributes);
        thread->started = true;
    }
    sleeper_wake(&thread->turn);
}
