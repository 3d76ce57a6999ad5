/*
 * measure.c - what each input of a corpus touches.
 *
 * A child runs them one after the other and leaves what it saw in memory that it shares with this process. When it dies, or is
 * at the same input for long, that input is to blame, and another child goes on behind it.
 */
#include <remlock/fuzz.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double STANDARD_PATIENCE = 30;

enum { TURN = 100 /* milliseconds between looks */, COUNTERS = 256 /* more than an execution reports */ };

struct record {
    uint32_t outcome;
    uint32_t count;
    char remark[128];
    uint16_t counters[COUNTERS];
};

struct shared {
    atomic_uint current; /* the one that runs; what is before it is done */
    struct record records[];
};

/* --------------------------------------------------------------------------------------------------------- a child -- */

static int by_number(const void *one, const void *other)
{
    return *(const uint16_t *)one - *(const uint16_t *)other;
}

static void run_one(const struct fuzz_specimen *specimen, const struct fuzz_measurement *how, struct record *record)
{
    static struct fuzz_input input;
    static struct verdict verdict;
    const uint16_t *touched;
    struct fuzz_options options = fuzz_options_standard(specimen->subject);
    options.misuse = how->misuse;
    fuzz_load(specimen->bytes, specimen->size, specimen->subject, &input);
    fuzz_fit(&input, &options);
    harness_execute(&input.scenario, fuzz_strategy(input.deviations, input.deviation_count), HARNESS_FEEDBACK, &verdict);
    if (verdict.finding != NULL) {
        snprintf(record->remark, sizeof record->remark, "%.60s %.60s", verdict.finding->identifier, verdict.routine);
    }
    uint32_t count = scheduler_feedback_touched(&touched);
    record->count = count < COUNTERS ? count : COUNTERS;
    memcpy(record->counters, touched, record->count * sizeof record->counters[0]);
    qsort(record->counters, record->count, sizeof record->counters[0], by_number);
    record->outcome = verdict.finding != NULL ? FUZZ_FINDING : FUZZ_CLEAN;
}

static _Noreturn void run_from(const struct fuzz_corpus *corpus, uint32_t first, const struct fuzz_measurement *how,
                               struct shared *shared)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (uint32_t index = first; index < corpus->count; index++) {
        atomic_store(&shared->current, index);
        if (corpus->specimens[index].outcome == FUZZ_UNMEASURED) {
            run_one(&corpus->specimens[index], how, &shared->records[index]);
        }
    }
    atomic_store(&shared->current, corpus->count);
    _exit(0);
}

/* ------------------------------------------------------------------------------------------------------ this process -- */

struct measuring {
    struct fuzz_corpus *corpus;
    const struct fuzz_measurement *how;
    struct shared *shared;
    pid_t process;
    int life; /* the end of a pipe that the child holds open */
};

enum attendance { ENDED, SILENT, STOPPED };

static bool start(struct measuring *measuring, uint32_t first, char *message, size_t message_size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        snprintf(message, message_size, "cannot make a pipe: %s", strerror(errno));
        return false;
    }
    fflush(NULL);
    atomic_store(&measuring->shared->current, first);
    measuring->process = fork();
    if (measuring->process == 0) {
        close(ends[0]);
        run_from(measuring->corpus, first, measuring->how, measuring->shared);
    }
    close(ends[1]);
    measuring->life = ends[0];
    if (measuring->process < 0) {
        snprintf(message, message_size, "cannot start a process: %s", strerror(errno));
        close(ends[0]);
        return false;
    }
    return true;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Until the child has ended, or is at one input for too long. */
static enum attendance attend(struct measuring *measuring)
{
    const struct fuzz_measurement *how = measuring->how;
    double patience = how->patience > 0 ? how->patience : STANDARD_PATIENCE, since = now();
    uint32_t last = atomic_load(&measuring->shared->current);
    struct pollfd end = {.fd = measuring->life, .events = POLLIN};
    while (poll(&end, 1, TURN) <= 0) {
        uint32_t current = atomic_load(&measuring->shared->current);
        if (how->stop != NULL && *how->stop != 0) {
            return STOPPED;
        }
        if (current != last) {
            last = current;
            since = now();
            if (how->on_progress != NULL) {
                how->on_progress(current, measuring->corpus->count, how->context);
            }
        } else if (now() - since > patience) {
            return SILENT;
        }
    }
    return ENDED;
}

static int stop(struct measuring *measuring, enum attendance attendance)
{
    int status = 0;
    if (attendance != ENDED) {
        kill(measuring->process, SIGKILL);
    }
    waitpid(measuring->process, &status, 0);
    close(measuring->life);
    return status;
}

static void blame(struct fuzz_specimen *specimen, enum attendance attendance, int status)
{
    specimen->outcome = attendance == SILENT ? FUZZ_HUNG : FUZZ_CRASHED;
    if (attendance == SILENT) {
        snprintf(specimen->remark, sizeof specimen->remark, "does not come to an end");
    } else if (WIFSIGNALED(status)) {
        snprintf(specimen->remark, sizeof specimen->remark, "ends the process: %s", strsignal(WTERMSIG(status)));
    } else {
        snprintf(specimen->remark, sizeof specimen->remark, "ends the process with status %d", WEXITSTATUS(status));
    }
}

static bool take(struct fuzz_specimen *specimen, const struct record *record)
{
    if (specimen->outcome != FUZZ_UNMEASURED) {
        return true;
    }
    specimen->counters = malloc((record->count + 1) * sizeof specimen->counters[0]);
    if (specimen->counters == NULL) {
        return false;
    }
    memcpy(specimen->counters, record->counters, record->count * sizeof specimen->counters[0]);
    specimen->count = record->count;
    specimen->outcome = (enum fuzz_outcome)record->outcome;
    snprintf(specimen->remark, sizeof specimen->remark, "%s", record->remark);
    return true;
}

static bool measure(struct measuring *measuring, char *message, size_t message_size)
{
    struct fuzz_corpus *corpus = measuring->corpus;
    uint32_t next = 0;
    while (next < corpus->count) {
        if (!start(measuring, next, message, message_size)) {
            return false;
        }
        enum attendance attendance = attend(measuring);
        int status = stop(measuring, attendance);
        uint32_t reached = atomic_load(&measuring->shared->current);
        if (attendance == STOPPED) {
            snprintf(message, message_size, "stopped before every input was run");
            return false;
        }
        for (; next < reached; next++) {
            if (!take(&corpus->specimens[next], &measuring->shared->records[next])) {
                snprintf(message, message_size, "no memory for what the inputs touch");
                return false;
            }
        }
        if (next < corpus->count) {
            blame(&corpus->specimens[next++], attendance, status);
        }
    }
    return true;
}

bool fuzz_corpus_measure(struct fuzz_corpus *corpus, const struct fuzz_measurement *how, char *message, size_t message_size)
{
    struct measuring measuring = {.corpus = corpus, .how = how};
    size_t size = sizeof *measuring.shared + corpus->count * sizeof measuring.shared->records[0];
    measuring.shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (measuring.shared == MAP_FAILED) {
        snprintf(message, message_size, "no memory for what the inputs touch: %s", strerror(errno));
        return false;
    }
    bool measured = measure(&measuring, message, message_size);
    munmap(measuring.shared, size);
    return measured;
}
