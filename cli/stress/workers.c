/* workers.c - see workers.h. */
#include "workers.h"

#include "interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKER_LIMIT = 256, LINE_SIZE = 1024, POLL_MILLISECONDS = 100, ADDED_ARGUMENTS = 7, NUMBER_SIZE = 24 };

struct worker {
    pid_t process;
    int pipe;
    char line[LINE_SIZE];
    size_t length;
    uint64_t program;    /* that it runs now */
    uint64_t executions; /* it has said, since it was started */
    bool has_begun;
};

struct crew {
    const struct stress_options *options;
    const struct stress_owner *owner;
    struct stress_totals *totals;
    char path[PATH_MAX];
    char **arguments; /* of a worker: those of the command, and some more */
    int argument_count;
    struct worker workers[WORKER_LIMIT];
    bool stopped;
    bool failed;
};

/* ------------------------------------------------------------------------------------------------------- starting -- */

/* The worker's program lies beside this one. */
static bool find_program(struct crew *crew)
{
    ssize_t length = readlink("/proc/self/exe", crew->path, sizeof(crew->path) - 1);
    if (length < 0) {
        complain("cannot tell where this program lies: %s", strerror(errno));
        return false;
    }
    crew->path[length] = 0;
    char *slash = strrchr(crew->path, '/');
    size_t left = sizeof(crew->path) - (size_t)(slash + 1 - crew->path);
    snprintf(slash + 1, left, "remlock-stress");
    if (access(crew->path, X_OK) != 0) {
        complain("%s is not there; it is built for x86-64 only, and not in builds with AddressSanitizer or AFL++", crew->path);
        return false;
    }
    return true;
}

static _Noreturn void become_worker(struct crew *crew, uint64_t first, int output)
{
    char seed[NUMBER_SIZE], jobs[NUMBER_SIZE], number[NUMBER_SIZE];
    char **arguments = crew->arguments + crew->argument_count;
    snprintf(seed, sizeof(seed), "%" PRIu64, crew->options->seed);
    snprintf(jobs, sizeof(jobs), "%u", crew->options->jobs);
    snprintf(number, sizeof(number), "%" PRIu64, first);
    *arguments++ = "--seed";
    *arguments++ = seed;
    *arguments++ = "--jobs";
    *arguments++ = jobs;
    *arguments++ = "--worker";
    *arguments++ = number;
    *arguments = NULL;
    setpgid(0, 0); /* Ctrl-C is for the owner */
    dup2(output, STDOUT_FILENO);
    close(output);
    execv(crew->path, crew->arguments);
    _exit(127);
}

static bool start(struct crew *crew, struct worker *worker, uint64_t first)
{
    int ends[2];
    if (pipe(ends) != 0) {
        complain("cannot start a worker: %s", strerror(errno));
        return false;
    }
    fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        become_worker(crew, first, ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        complain("cannot start a worker: %s", strerror(errno));
        return false;
    }
    *worker = (struct worker){.process = process, .pipe = ends[0], .program = first};
    return true;
}

/* ------------------------------------------------------------------------------------------------- what they say -- */

static void hear_program(struct crew *crew, struct worker *worker, const char *numbers)
{
    uint64_t number, executions;
    if (sscanf(numbers, "%" SCNu64 " %" SCNu64, &number, &executions) != 2) {
        return;
    }
    crew->totals->executions += executions - worker->executions;
    crew->totals->programs++;
    worker->executions = executions;
    worker->program = number;
    worker->has_begun = true;
}

static void report(struct crew *crew, const struct worker *worker, struct stress_finding *finding)
{
    finding->number = worker->program;
    if (!crew->owner->found(crew->owner->context, finding)) {
        crew->stopped = true;
    }
}

static void hear(struct crew *crew, struct worker *worker, const char *line)
{
    struct stress_finding finding = {0};
    if (strncmp(line, "program ", 8) == 0) {
        hear_program(crew, worker, line + 8);
    } else if (sscanf(line, "finding %63s %63s %511[^\n]", finding.identifier, finding.routine, finding.message) == 3) {
        crew->totals->executions++;
        report(crew, worker, &finding);
    }
}

static void hear_lines(struct crew *crew, struct worker *worker)
{
    char *end;
    while ((end = memchr(worker->line, '\n', worker->length)) != NULL) {
        size_t length = (size_t)(end + 1 - worker->line);
        *end = 0;
        hear(crew, worker, worker->line);
        worker->length -= length;
        memmove(worker->line, end + 1, worker->length);
    }
    if (worker->length == LINE_SIZE) {
        worker->length = 0; /* nothing that we say is so long */
    }
}

/* The pipe is at its end: what did the worker die of? */
static void bury(struct crew *crew, struct worker *worker)
{
    int status = 0;
    close(worker->pipe);
    waitpid(worker->process, &status, 0);
    worker->process = 0;
    if (WIFSIGNALED(status)) {
        struct stress_finding finding = {.identifier = "access-violation", .routine = "-"};
        snprintf(finding.message, sizeof(finding.message), "the process was ended by the signal \"%s\"",
                 strsignal(WTERMSIG(status)));
        report(crew, worker, &finding);
    } else if (!worker->has_begun || WEXITSTATUS(status) != 0) {
        if (WEXITSTATUS(status) == 127) {
            complain("%s cannot be started", crew->path);
        }
        crew->failed = true; /* it has said why */
    }
    if (!crew->stopped && !crew->failed && !interrupt_requested) {
        crew->failed = !start(crew, worker, worker->program + crew->options->jobs);
    }
}

static void listen_to(struct crew *crew, struct worker *worker)
{
    ssize_t got = read(worker->pipe, worker->line + worker->length, LINE_SIZE - worker->length);
    if (got > 0) {
        worker->length += (size_t)got;
        hear_lines(crew, worker);
    } else if (got == 0 || errno != EINTR) {
        bury(crew, worker);
    }
}

static void listen_once(struct crew *crew)
{
    struct pollfd pipes[WORKER_LIMIT];
    for (uint32_t number = 0; number < crew->options->jobs; number++) {
        pipes[number] = (struct pollfd){.fd = crew->workers[number].pipe, .events = POLLIN};
    }
    if (poll(pipes, crew->options->jobs, POLL_MILLISECONDS) <= 0) {
        return;
    }
    for (uint32_t number = 0; number < crew->options->jobs && !crew->stopped && !crew->failed; number++) {
        if (pipes[number].revents != 0) {
            listen_to(crew, &crew->workers[number]);
        }
    }
}

static void end_all(struct crew *crew)
{
    for (uint32_t number = 0; number < crew->options->jobs; number++) {
        struct worker *worker = &crew->workers[number];
        if (worker->process > 0) {
            kill(worker->process, SIGKILL);
            waitpid(worker->process, NULL, 0);
            close(worker->pipe);
        }
    }
}

bool stress_workers_run(const struct stress_options *options, int argument_count, char **arguments,
                        const struct stress_owner *owner, struct stress_totals *totals)
{
    static struct crew crew;
    crew = (struct crew){.options = options, .owner = owner, .totals = totals, .argument_count = argument_count};
    crew.arguments = calloc((size_t)argument_count + ADDED_ARGUMENTS, sizeof(char *));
    if (crew.arguments == NULL || !find_program(&crew)) {
        free(crew.arguments);
        return false;
    }
    memcpy(crew.arguments, arguments, (size_t)argument_count * sizeof(char *));
    for (uint32_t number = 0; number < options->jobs && !crew.failed; number++) {
        crew.failed = !start(&crew, &crew.workers[number], number);
    }
    while (!crew.failed && !crew.stopped && !interrupt_requested &&
           owner->tick(owner->context, totals->executions, totals->programs)) {
        listen_once(&crew);
    }
    end_all(&crew);
    free(crew.arguments);
    return !crew.failed;
}
