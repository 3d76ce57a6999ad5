/*
 * world.h - what the routines of this room share: the threads of the program, what they hold, and how they wait.
 *
 * A thread's record lies in the arena, so that it is part of the execution's state like the program's own memory.
 */
#ifndef THREADS_WORLD_H
#define THREADS_WORLD_H

#include <remlock/scheduler.h>
#include <remlock/threads.h>

enum { HELD_LIMIT = 24, KEY_LIMIT = 64, EXIT_HANDLER_LIMIT = 32, THREAD_NAME_SIZE = 16 };

enum held_kind { HELD_MUTEX, HELD_READ, HELD_WRITE, HELD_SPIN };

/* A lock that a thread holds. */
struct held {
    const void *object;
    uint32_t kind;
    uint32_t count; /* how many times */
};

struct thread {
    uint64_t ended;       /* join waits for this */
    uint64_t woken;       /* waits that are ended by another thread look at this */
    const void *waits_on; /* a condition, barrier: whose queue the thread stands in */
    uint64_t ticket;      /* its place in the queue */
    uint32_t task;
    bool detached, joined, exiting;
    int error;    /* errno */
    void *result; /* what join gets */
    void *(*start)(void *argument);
    int (*start_c11)(void *argument);
    void *argument;
    void **values;   /* of keys, KEY_LIMIT of them; NULL: none was set */
    void *variables; /* _Thread_local */
    void *handlers;  /* of pthread_cleanup_push() */
    uint32_t held_count;
    bool untracked; /* held more than the table has room for: nothing is concluded any more */
    struct held held[HELD_LIMIT];
    char name[THREAD_NAME_SIZE];
};

struct key {
    bool used;
    void (*destructor)(void *value);
};

struct threads_world {
    struct threads_options options;
    struct thread *threads[SCHEDULER_TASK_LIMIT]; /* by task */
    struct key keys[KEY_LIMIT];
    uint64_t tickets;
    uint64_t random; /* the state of rand() */
    char *token;     /* that of strtok() */
    bool ending;
    int status;
    uint32_t handler_count;
    void (*handlers[EXIT_HANDLER_LIMIT])(void);
};
extern struct threads_world threads_world;

/* The running thread. Outside tasks, in constructors of the program, one that stands for nobody. */
struct thread *thread_self(void);

/* The thread behind a pthread_t, or NULL. */
struct thread *thread_of(unsigned long identifier);
unsigned long thread_identifier(const struct thread *thread);

/* Makes the record of a task, which need not be there yet. NULL when memory has run out, or no task can be added. */
struct thread *thread_prepare(uint32_t task, const char *name);

/* Ends the running thread: destructors, judgement, and who joins it is told. */
_Noreturn void thread_end(void *result);

/* Parks the running thread until thread_wake(), or the deadline. Between queueing and parking nobody else runs. */
void thread_queue(struct thread *thread, const void *object);
bool thread_park(const struct scheduler_call *call, struct thread *thread, uint64_t deadline, uintptr_t site);
void thread_wake(struct thread *thread);

/* The threads that stand in an object's queue, longest first; returns how many, and the one at `position`. */
uint32_t queue_length(const void *object);
struct thread *queue_at(const void *object, uint32_t position);

void thread_hold(const void *object, enum held_kind kind);
void thread_let_go(const void *object, enum held_kind kind);
bool thread_holds(const struct thread *thread, const void *object, enum held_kind kind);

/* Runs the destructors of the running thread's keys. */
void keys_end_thread(struct thread *thread);

/* The standard files are what they were. */
void output_reset(void);

/* A deadline in virtual time from an absolute time of a clock. */
struct timespec;
enum { NANOSECONDS = 1000000000 };
uint64_t clock_deadline(int clock, const struct timespec *time);
bool clock_valid(const struct timespec *time);

#endif
