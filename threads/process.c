/*
 * process.c - main(), exit(), abort(), assert(), random numbers.
 *
 * When main() returns or exit() is called, the other threads stop wherever they are. That moment can be as late as you like, so
 * they run on until they end or wait: what they could still have done wrong is found without a schedule that holds main() back.
 * Only when they do not come to an end (a server's loop) the program ends nevertheless.
 */
#include "process.h"

#include "memory.h"
#include "routines.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 4000 /* steps */, PROCESSORS = 4 };

static const struct scheduler_call exit_call = {"exit", 90, EFFECT_UPDATE};

/* ---------------------------------------------------------------------------------------------------------- ending -- */

static bool alone(void)
{
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        if (task != scheduler_running() && !scheduler_ended(task)) {
            return false;
        }
    }
    return true;
}

void threads_end(void)
{
    if (threads_world.options.leaks == LEAKS_MEMORY) {
        memory_judge_leaks();
    }
}

/* Who holds the lock that a thread waits for, or NULL: it does not wait, not for a lock, or nobody holds it. */
static const struct thread *blocker(const struct thread *thread)
{
    const void *object = scheduler_waiting_for(thread->task);
    for (uint32_t task = 0; object != NULL && task < scheduler_task_count(); task++) {
        const struct thread *other = threads_world.threads[task];
        for (uint32_t index = 0; other != NULL && index < other->held_count; index++) {
            if (other->held[index].object == object) {
                return other;
            }
        }
    }
    return NULL;
}

/* Threads that wait for each other's locks do so for ever, whether or not the program ends meanwhile. */
static void judge_circles(void)
{
    for (uint32_t task = 0; task < scheduler_task_count(); task++) {
        const struct thread *first = threads_world.threads[task];
        const struct thread *next = first == NULL ? NULL : blocker(first);
        for (uint32_t steps = 0; next != NULL && next != first && steps < SCHEDULER_TASK_LIMIT; steps++) {
            next = blocker(next);
        }
        if (first != NULL && next == first) {
            scheduler_violate(VIOLATION_DEADLOCK, scheduler_waiting_for(task),
                              "%s and %s wait for locks that they hold against each other; the program ends meanwhile",
                              first->name, blocker(first)->name);
        }
    }
}

void threads_stop(void)
{
    judge_circles();
    threads_end();
}

_Noreturn void process_end(int status)
{
    scheduler_enter_routine("exit");
    if (!threads_world.ending) {
        threads_world.ending = true;
        threads_world.status = status;
        if (threads_world.options.status_matters && status != 0) {
            scheduler_violate(THREADS_EXIT_STATUS, NULL, "the program ends with status %d", status);
        }
    }
    if (!alone()) {
        scheduler_finish_within(PATIENCE);
        scheduler_may_wait(scheduler_running(), true);
        scheduler_wait(&exit_call, &threads_world.status, NULL, NULL, SCHEDULER_NEVER);
    }
    scheduler_end_task();
}

static void run_handlers(void)
{
    while (threads_world.handler_count > 0) {
        threads_world.handlers[--threads_world.handler_count]();
    }
}

/* To leave main() with a lock is like leaving a thread with one; exit() may be called from anywhere. */
static void judge_main(const struct thread *thread)
{
    if (thread->held_count > 0 && threads_world.options.leaks != LEAKS_NONE) {
        scheduler_violate(THREADS_LOCKED_AT_EXIT, thread->held[0].object, "main returns and still holds a lock");
    }
}

void threads_main(int (*entry)(int, char **, char **), int count, char **arguments)
{
    static char *environment[] = {NULL};
    struct thread *thread = thread_prepare(scheduler_running(), "main");
    if (thread == NULL) {
        return;
    }
    int status = entry(count, arguments, environment);
    judge_main(thread);
    run_handlers();
    process_end(status);
}

_Noreturn void program_exit(int status)
{
    run_handlers();
    process_end(status);
}

_Noreturn void program__exit(int status)
{
    process_end(status);
}

_Noreturn void program__Exit(int status)
{
    process_end(status);
}

_Noreturn void program_quick_exit(int status)
{
    process_end(status);
}

int program_atexit(void (*handler)(void))
{
    if (threads_world.handler_count == EXIT_HANDLER_LIMIT) {
        return -1;
    }
    threads_world.handlers[threads_world.handler_count++] = handler;
    return 0;
}

/* --------------------------------------------------------------------------------------------------------- failing -- */

_Noreturn void program_abort(void)
{
    scheduler_violate(THREADS_ABORT, NULL, "%s calls abort()", scheduler_task_name(scheduler_running()));
    abort();
}

/* The name alone of a function that is given as compilers write it: "fill", "void *fill(void *)". */
static const char *plain_name(const char *function)
{
    static char name[64];
    const char *end = strchr(function, '(');
    end = end == NULL ? function + strlen(function) : end;
    const char *start = end;
    while (start > function && (isalnum((unsigned char)start[-1]) || start[-1] == '_')) {
        start--;
    }
    snprintf(name, sizeof name, "%.*s", (int)(end - start), start);
    return name;
}

_Noreturn void program___assert_fail(const char *expression, const char *file, unsigned line, const char *function)
{
    const char *slash = strrchr(file, '/');
    scheduler_enter_routine(function == NULL ? "" : plain_name(function));
    scheduler_violate(THREADS_ASSERTION, NULL, "the assertion '%s' fails at %s:%u", expression,
                      slash == NULL ? file : slash + 1, line);
    abort();
}

_Noreturn void program___assert_perror_fail(int error, const char *file, unsigned line, const char *function)
{
    program___assert_fail(strerror(error), file, line, function);
}

_Noreturn void program___assert(const char *expression, const char *file, int line)
{
    program___assert_fail(expression, file, (unsigned)line, NULL);
}

/* -------------------------------------------------------------------------------------------------- random numbers -- */

/* The same ones in every execution: a linear congruential generator with Knuth's constants. */
static int32_t draw(uint64_t *number)
{
    *number = *number * 6364136223846793005u + 1442695040888963407u;
    return (int32_t)(*number >> 33);
}

int program_rand(void)
{
    scheduler_touch(&threads_world.random, sizeof threads_world.random, EFFECT_UPDATE);
    return draw(&threads_world.random);
}

void program_srand(unsigned seed)
{
    scheduler_touch(&threads_world.random, sizeof threads_world.random, EFFECT_UPDATE);
    threads_world.random = seed;
}

long program_random(void)
{
    return program_rand();
}

void program_srandom(unsigned seed)
{
    program_srand(seed);
}

double program_drand48(void)
{
    return program_rand() / 2147483648.0;
}

long program_lrand48(void)
{
    return program_rand();
}

void program_srand48(long seed)
{
    program_srand((unsigned)seed);
}

long program_mrand48(void)
{
    return (int32_t)((uint32_t)program_rand() << 1);
}

int program_rand_r(unsigned *seed)
{
    uint64_t number = *seed;
    scheduler_plain_access_at(seed, sizeof *seed, true, SITE);
    int result = draw(&number);
    *seed = (unsigned)(number >> 16);
    return result;
}

/* What differs between machines does not here. */
long program_sysconf(int name)
{
    bool processors = name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF;
    return processors ? PROCESSORS : sysconf(name);
}

int program_get_nprocs(void)
{
    return PROCESSORS;
}

/* Signals never come. */
void (*program_signal(int number, void (*handler)(int)))(int)
{
    (void)number, (void)handler;
    return NULL;
}

int program_sigaction(int number, const void *action, void *before)
{
    (void)number, (void)action, (void)before;
    return 0;
}

int program_pthread_sigmask(int how, const void *set, void *before)
{
    (void)how, (void)set, (void)before;
    return 0;
}

/* The environment of programs is empty. */
char *program_getenv(const char *name)
{
    (void)name;
    return NULL;
}
