/*
 * threads.h - POSIX and C11 threads, and the rest of libc that matters, for ordinary C programs under the scheduler.
 *
 * `remlock build` compiles a program's files as code under test and gives every call of a routine that this room has another
 * name: pthread_mutex_lock() becomes program_pthread_mutex_lock(), as for every program_NAME() that this room defines. So a
 * program's threads are tasks, its memory is the arena's,
 * its time is virtual, and the process that it runs in keeps its own threads and its own memory. What this room does not have
 * (strtol, qsort, sin) stays the system's.
 *
 * Synchronisation objects are the program's own memory: a pthread_mutex_t holds the state of the mutex, and all zeroes are what
 * PTHREAD_MUTEX_INITIALIZER makes. The first eight bytes of an object are what waits for it look at.
 *
 * One execution, after scheduler_reset():
 *
 *     threads_reset(&options);
 *     scheduler_spawn("main", body, NULL);          whose body calls threads_main()
 *     scheduler_run(strategy);
 *
 * Semantics follow POSIX.1-2017 and C11, chapter 7.26, where glibc is one of the implementations that they allow: which of
 * several waiters a signal wakes is a choice, a timeout may strike early or late relative to other threads, and what the
 * standards leave undefined (unlocking another thread's mutex) is a violation.
 *
 * Scheduling points are: lock, unlock, wait, signal, join and the like of every object, reading the clock, and yielding.
 * Creating a thread is none, nor is its end: they take effect with the step that they are in.
 */
#ifndef REMLOCK_THREADS_H
#define REMLOCK_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What violations are called here. */
#define THREADS_ASSERTION "assertion-failed"       /* assert(), __VERIFIER_assert(), reach_error() and their like */
#define THREADS_ABORT "abort"                      /* abort() */
#define THREADS_EXIT_STATUS "exit-status"          /* the program ended with another status than 0 */
#define THREADS_NOT_OWNER "unlock-not-owner"       /* a lock is released by a thread that does not hold it */
#define THREADS_NOT_LOCKED "unlock-not-locked"     /* a lock is released that nobody holds */
#define THREADS_SELF_DEADLOCK "self-deadlock"      /* a thread waits for a lock that it holds itself */
#define THREADS_UNINITIALISED "sync-uninitialised" /* an object is used that was never initialised */
#define THREADS_DESTROYED "sync-destroyed"         /* an object is used after it was destroyed */
#define THREADS_IN_USE "sync-in-use"               /* an object is destroyed or initialised while somebody uses it */
#define THREADS_WITHOUT_MUTEX "wait-without-mutex" /* a condition is waited for without holding the mutex */
#define THREADS_LOCKED_AT_EXIT "locked-at-exit"    /* a thread ends and still holds a lock */
#define THREADS_BAD_THREAD "thread-misuse"         /* joined twice, joined after detaching, joins itself, is no thread */
#define THREADS_MEMORY_LEAK "memory-leak"          /* the program ended and memory was not freed */

/* What is left at the end that is a violation. */
enum threads_leaks {
    LEAKS_NONE,
    LEAKS_LOCKS,  /* a thread ends with a lock */
    LEAKS_MEMORY, /* that, and memory that was not freed when the program ends */
};

struct threads_options {
    bool spurious_wakeups;    /* a wait for a condition may end without a signal, by choice */
    bool allocation_failures; /* malloc() and pthread_create() may fail, by choice */
    bool print;               /* what the program writes to its standard output goes there; else nowhere */
    bool status_matters;      /* to end with another status than 0 is a violation */
    enum threads_leaks leaks;
    const char *(*name_of)(const void *code); /* a name for a start routine, or NULL; stays valid during the execution */
    const void *thread_variables;             /* what _Thread_local variables are at first */
    size_t thread_variables_size, thread_variables_total;
};

/* After scheduler_reset(), before the first task. */
void threads_reset(const struct threads_options *options);

/* The body of the first task: calls main() and ends the program with its result. */
void threads_main(int (*entry)(int, char **, char **), int count, char **arguments);

/* After the last task has ended: what is left. */
void threads_end(void);

/*
 * Whether main() has returned or exit() was called. Other threads go on until they end or nobody can; if they do not stop they
 * are stopped by a violation VIOLATION_LIVELOCK, which is none.
 */
bool threads_ending(void);

/* No task can run and threads_ending(): judges the threads that wait for ever, and what is left. */
void threads_stop(void);

/* Names an address of this room's own ("thread worker"), or writes nothing. */
void threads_describe(const void *address, char *text, size_t size);

/* Who holds which lock, a line each. `describe` names the lock. */
void threads_holders(char *text, size_t size, void (*describe)(const void *address, char *text, size_t size));

#endif
