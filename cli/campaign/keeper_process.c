/* keeper_process.c - see keeper_process.h. */
#include "keeper_process.h"

#include "process_tree.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LIFELINE = 3, /* descriptors, after all others have been closed */
    REPORT = 4,
    FREE_DESCRIPTOR = 64,
    TURN = 100000000, /* nanoseconds */
    KILL_ROUNDS = 2000,
    KILL_PAUSE = 5000, /* microseconds */
    NICENESS = 5,
    CANNOT_START = 127,
};

static const double LOOK_INTERVAL = 0.5;

/* Every descriptor that this process got from its parent keeps something alive there: databases, locks, other lifelines. */
static void close_everything_else(struct keeper_ends ends)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int lifeline = fcntl(ends.lifeline, F_DUPFD, FREE_DESCRIPTOR);
    int report = fcntl(ends.report, F_DUPFD, FREE_DESCRIPTOR);
    dup2(nothing, STDIN_FILENO);
    dup2(ends.output, STDOUT_FILENO);
    dup2(ends.errors, STDERR_FILENO);
    dup3(lifeline, LIFELINE, O_CLOEXEC);
    dup3(report, REPORT, O_CLOEXEC);
    close_range(REPORT + 1, ~0U, 0);
}

static void hold(const char *path)
{
    int file = path ? open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (file >= 0) {
        flock(file, LOCK_SH);
    }
}

static void default_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
    sigset_t none;
    for (size_t index = 0; index < sizeof(numbers) / sizeof(numbers[0]); index++) {
        signal(numbers[index], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void become(const struct keeper_job *job, pid_t parent)
{
    default_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(CANNOT_START);
    }
    int ignored = nice(NICENESS);
    (void)ignored;
    if (job->temporary) {
        setenv("TMPDIR", job->temporary, 1);
    }
    execv("/proc/self/exe", job->words);
    fprintf(stderr, "cannot start this program once more: %s\n", strerror(errno));
    _exit(CANNOT_START);
}

/* -------------------------------------------------------------------------------------------------------- watching -- */

struct watch {
    const struct keeper_job *job;
    pid_t command;
    double started, last_look;
    double asked; /* when it was asked to end; 0: it was not */
    struct keeper_result result;
};

static void ask(struct watch *watch)
{
    if (watch->asked == 0) {
        watch->asked = progress_clock();
        kill(watch->command, SIGTERM);
    }
}

/* False when this process's parent is gone. */
static bool listen(struct watch *watch)
{
    char bytes[16];
    static const struct timespec turn = {.tv_nsec = TURN};
    struct pollfd line = {.fd = LIFELINE, .events = POLLIN};
    sigset_t none;
    sigemptyset(&none);
    if (ppoll(&line, 1, &turn, &none) <= 0) {
        return true;
    }
    if (read(LIFELINE, bytes, sizeof(bytes)) <= 0) {
        return false;
    }
    ask(watch);
    return true;
}

/* Whether it may live on. */
static bool look(struct watch *watch)
{
    double now = progress_clock();
    if (watch->job->seconds > 0 && now - watch->started > watch->job->seconds) {
        ask(watch);
    }
    if (watch->asked != 0 && now - watch->asked > watch->job->grace) {
        watch->result.ending = KEEPER_OUT_OF_TIME;
        return false;
    }
    if (now - watch->last_look < LOOK_INTERVAL) {
        return true;
    }
    watch->last_look = now;
    struct process_tree tree = process_tree_look(getpid());
    watch->result.memory = tree.memory > watch->result.memory ? tree.memory : watch->result.memory;
    if (watch->job->memory != 0 && tree.memory > watch->job->memory) {
        watch->result.ending = KEEPER_OUT_OF_MEMORY;
        return false;
    }
    return true;
}

/* Adopted orphans end as well; only the command's end counts. */
static bool has_ended(struct watch *watch)
{
    int status;
    for (pid_t ended = waitpid(-1, &status, WNOHANG); ended > 0; ended = waitpid(-1, &status, WNOHANG)) {
        if (ended == watch->command) {
            watch->result.status = status;
            return true;
        }
    }
    return false;
}

static void kill_all(void)
{
    for (uint32_t round = 0; round < KILL_ROUNDS && process_tree_signal(getpid(), SIGKILL) > 0; round++) {
        usleep(KILL_PAUSE);
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
    }
}

static void noticed(int number)
{
    (void)number;
}

/* The end of a child interrupts the wait for the lifeline, and is not heard of outside it. */
static void hear_of_ends(void)
{
    struct sigaction action = {.sa_handler = noticed};
    sigemptyset(&action.sa_mask);
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

_Noreturn void keeper_be(const struct keeper_job *job, struct keeper_ends ends)
{
    struct watch watch = {.job = job, .started = progress_clock(), .last_look = progress_clock()};
    close_everything_else(ends);
    hold(job->lock);
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    hear_of_ends();
    pid_t self = getpid();
    watch.command = fork();
    if (watch.command == 0) {
        become(job, self);
    }
    watch.result.ending = watch.command < 0 ? KEEPER_LOST : KEEPER_ENDED;
    bool alive = true;
    while (watch.command > 0 && alive && !has_ended(&watch)) {
        alive = listen(&watch) && look(&watch);
    }
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    kill_all();
    watch.result.seconds = progress_clock() - watch.started;
    ssize_t ignored = write(REPORT, &watch.result, sizeof(watch.result));
    (void)ignored;
    _exit(0);
}
