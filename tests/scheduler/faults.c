/*
 * faults.c - what the processor refuses becomes a violation, and the next execution starts as if nothing had been.
 *
 * Without cmocka, which takes over the same signals.
 */
#include <remlock/scheduler.h>

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNCHECKED __attribute__((noinline, no_sanitize("undefined", "address")))

static volatile int zero;
static volatile uintptr_t wild = 0x7000dead0000;
static uint32_t ended;

static UNCHECKED void use_null(void *unused)
{
    (void)unused;
    *(volatile int *)(uintptr_t)zero = 1;
}

static UNCHECKED void use_wild(void *unused)
{
    (void)unused;
    *(volatile int *)wild = 1;
}

static UNCHECKED void call_null(void *unused)
{
    void (*volatile nothing)(void *) = (void (*)(void *))(uintptr_t)zero;
    nothing(unused);
}

static UNCHECKED void divide(void *unused)
{
    (void)unused;
    zero = 1000 / zero; /* of one, compilers know the answers */
}

static UNCHECKED int deeper(int depth)
{
    volatile char space[1024];
    space[0] = (char)depth;
    return deeper(depth + 1) + space[0];
}

static UNCHECKED void recurse(void *unused)
{
    (void)unused;
    zero = deeper(0);
}

static UNCHECKED void trap(void *unused)
{
    (void)unused;
    __builtin_trap();
}

static void end(void *unused)
{
    (void)unused;
    ended++;
}

static const struct {
    const char *name;
    void (*body)(void *argument);
    const char *message; /* begins so; NULL: no violation */
} rows[] = {
    {"a null pointer", use_null, "memory is used, or code called, through a null pointer"},
    {"a wild pointer", use_wild, "memory is used, or code called, through a wild pointer"},
    {"a call of nothing", call_null, "memory is used, or code called, through a null pointer"},
#ifdef __x86_64__
    {"a division", divide, "a division by zero"},
#endif
    {"a full stack", recurse, "the stack is full"},
    {"a trap", trap, "an instruction that does not exist"},
    {"nothing wrong", end, NULL},
};

static bool run(size_t row)
{
    ended = 0;
    scheduler_reset(&(struct scheduler_options){0});
    scheduler_spawn("first", end, NULL);
    scheduler_spawn("faulty", rows[row].body, NULL);
    enum scheduler_outcome outcome = scheduler_run(strategy_open("random", &(struct strategy_options){.seed = row}));
    const struct violation *violation = scheduler_violation();
    if (rows[row].message == NULL) {
        return outcome == SCHEDULER_FINISHED && ended == 2;
    }
    return outcome == SCHEDULER_STOPPED && strcmp(violation->identifier, VIOLATION_FAULT) == 0 && violation->task == 1 &&
           strncmp(violation->message, rows[row].message, strlen(rows[row].message)) == 0;
}

/* Outside tasks a crash stays a crash. */
static bool crashes_outside(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        fclose(stderr);
        use_wild(NULL);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    int failures = 0;
    for (int round = 0; round < 3; round++) {
        for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
            if (!run(row)) {
                printf("%s: not as it should be\n", rows[row].name);
                failures++;
            }
        }
    }
    if (!crashes_outside()) {
        printf("a crash outside tasks goes unnoticed\n");
        failures++;
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
