/* workers.c - worker processes, the shared memory in which they report, and their owner. */
#include "workers.h"

#include "interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const uintptr_t desks_base = 0x220000000000;

enum { KNOWN_LIMIT = 256, POLL_MILLISECONDS = 100 };

/* What a worker and its owner share. */
struct desk {
    atomic_bool stop;   /* owner to worker */
    atomic_bool handed; /* worker to owner: what follows is a finding; the owner clears it when it is done */
    atomic_bool exhausted;
    _Atomic uint64_t executions, programs, steps, checked, excused, operations, left_out, abandoned;
    struct scenario current;
    struct scenario scenario;
    struct worker_finding finding;
    uint32_t deviation_count;
    struct deviation deviations[SCHEDULER_DEVIATION_LIMIT];
};

struct identity {
    const char *identifier;
    char routine[sizeof(((struct verdict *)0)->routine)];
};

/* Inside a worker. */
struct worker {
    struct desk *desk;
    int bell; /* write end of the pipe that wakes the owner */
    struct identity known[KNOWN_LIMIT];
    uint32_t known_count;
};

/* Inside the owner. */
struct owner {
    const struct worker_owner *observer;
    const struct worker_job *job;
    struct desk *desks;
    pid_t processes[WORKER_LIMIT];
    uint32_t count;
    int bell;
    struct worker_totals *totals;
};

/* ---------------------------------------------------------------------------------------------------- the workers -- */

static void publish(struct desk *desk, const struct search_counters *counters)
{
    atomic_store(&desk->executions, counters->executions);
    atomic_store(&desk->programs, counters->programs);
    atomic_store(&desk->steps, counters->steps);
    atomic_store(&desk->checked, counters->checked);
    atomic_store(&desk->excused, counters->excused);
    atomic_store(&desk->operations, counters->operations);
    atomic_store(&desk->left_out, counters->left_out);
    atomic_store(&desk->abandoned, counters->abandoned);
}

static bool worker_tick(void *context, const struct search_counters *counters)
{
    struct worker *worker = context;
    publish(worker->desk, counters);
    return !atomic_load(&worker->desk->stop) && !interrupt_requested;
}

static bool is_known(struct worker *worker, const struct verdict *verdict)
{
    for (uint32_t index = 0; index < worker->known_count; index++) {
        const struct identity *identity = &worker->known[index];
        if (identity->identifier == verdict->finding->identifier && strcmp(identity->routine, verdict->routine) == 0) {
            return true;
        }
    }
    if (worker->known_count < KNOWN_LIMIT) {
        struct identity *identity = &worker->known[worker->known_count++];
        identity->identifier = verdict->finding->identifier;
        memcpy(identity->routine, verdict->routine, sizeof(identity->routine));
    }
    return false;
}

static void ring(int bell)
{
    ssize_t written;
    do {
        written = write(bell, "!", 1);
    } while (written < 0 && errno == EINTR);
}

static bool worker_found(void *context, const struct scenario *scenario, const struct verdict *verdict,
                         const struct search_counters *counters)
{
    struct worker *worker = context;
    struct desk *desk = worker->desk;
    if (is_known(worker, verdict)) {
        return true;
    }
    struct schedule schedule = scheduler_schedule();
    publish(desk, counters);
    desk->scenario = *scenario;
    desk->finding.verdict = *verdict;
    desk->finding.truncated = scheduler_schedule_truncated();
    desk->deviation_count = schedule.count;
    memcpy(desk->deviations, schedule.deviations, schedule.count * sizeof(*schedule.deviations));
    atomic_store(&desk->handed, true);
    ring(worker->bell);
    while (atomic_load(&desk->handed)) {
        usleep(500);
    }
    return !atomic_load(&desk->stop);
}

_Noreturn static void work(const struct owner *owner, uint32_t number, int bell, pid_t parent)
{
    static struct worker worker;
    struct search_counters counters;
    struct desk *desk = &owner->desks[number];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(0); /* the owner died before it could be watched */
    }
    worker.desk = desk;
    worker.bell = bell;
    struct search_observer observer = {.tick = worker_tick, .found = worker_found, .context = &worker};
    bool exhausted = owner->job->run(owner->job->options, number, owner->count, &observer, &counters, &desk->current);
    publish(desk, &counters);
    atomic_store(&desk->exhausted, exhausted);
    _exit(0);
}

/* The first worker has the seed of the run itself, so that one worker is the same as a search without workers. */
static struct search_options options_of(const struct search_options *options, uint32_t count, uint32_t number)
{
    struct search_options own = *options;
    struct generator seeds = {.state = ~options->generator.state};
    for (uint32_t index = 0; index < number; index++) {
        own.generator.state = generator_next(&seeds);
    }
    if (options->execution_limit) {
        own.execution_limit = options->execution_limit / count + (number < options->execution_limit % count);
    }
    return own;
}

static bool run_search(const void *options, uint32_t number, uint32_t count, const struct search_observer *observer,
                       struct search_counters *counters, struct scenario *current)
{
    struct search_options own = options_of(options, count, number);
    return search_run(&own, observer, counters, current);
}

struct worker_job search_job(const struct search_options *options)
{
    return (struct worker_job){.run = run_search, .options = options};
}

/* ------------------------------------------------------------------------------------------------------ the owner -- */

static void add_up(struct owner *owner)
{
    struct worker_totals *totals = owner->totals;
    memset(&totals->counters, 0, sizeof(totals->counters));
    totals->exhausted = true;
    totals->running = 0;
    for (uint32_t number = 0; number < owner->count; number++) {
        struct desk *desk = &owner->desks[number];
        totals->counters.executions += atomic_load(&desk->executions);
        totals->counters.programs += atomic_load(&desk->programs);
        totals->counters.steps += atomic_load(&desk->steps);
        totals->counters.checked += atomic_load(&desk->checked);
        totals->counters.excused += atomic_load(&desk->excused);
        totals->counters.operations += atomic_load(&desk->operations);
        totals->counters.left_out += atomic_load(&desk->left_out);
        totals->counters.abandoned += atomic_load(&desk->abandoned);
        totals->exhausted &= atomic_load(&desk->exhausted);
        totals->running += owner->processes[number] > 0;
    }
}

static void stop_all(struct owner *owner)
{
    for (uint32_t number = 0; number < owner->count; number++) {
        atomic_store(&owner->desks[number].stop, true);
    }
}

static bool take(struct owner *owner, struct desk *desk)
{
    struct replay replay = {.scenario = desk->scenario};
    bool go_on = true;
    struct schedule schedule = {.deviations = desk->deviations, .count = desk->deviation_count};
    if (replay_set_schedule(&replay, schedule)) {
        replay_expect(&replay, &desk->finding.verdict);
        add_up(owner);
        go_on = owner->observer->found(owner->observer->context, &replay, &desk->finding, owner->totals);
    }
    replay_free(&replay);
    return go_on;
}

static void take_findings(struct owner *owner)
{
    for (uint32_t number = 0; number < owner->count; number++) {
        struct desk *desk = &owner->desks[number];
        if (!atomic_load(&desk->handed)) {
            continue;
        }
        bool wanted = !atomic_load(&desk->stop);
        if (wanted && !take(owner, desk)) {
            stop_all(owner);
        }
        atomic_store(&desk->handed, false);
    }
}

static void bury(struct owner *owner, uint32_t number, int status)
{
    owner->processes[number] = 0;
    bool died = WIFSIGNALED(status);
    if (!died && WEXITSTATUS(status) == 0) {
        return;
    }
    struct worker_crash crash = {.signal = died ? WTERMSIG(status) : 0,
                                 .status = died ? 0 : WEXITSTATUS(status),
                                 .scenario = &owner->desks[number].current};
    if (!owner->observer->crashed(owner->observer->context, &crash)) {
        stop_all(owner);
    }
}

static bool any_left(struct owner *owner)
{
    bool left = false;
    for (uint32_t number = 0; number < owner->count; number++) {
        int status;
        if (owner->processes[number] > 0 && waitpid(owner->processes[number], &status, WNOHANG) == owner->processes[number]) {
            take_findings(owner);
            bury(owner, number, status);
        }
        left |= owner->processes[number] > 0;
    }
    return left;
}

static void wait_for_bell(int bell)
{
    char bytes[64];
    struct pollfd descriptor = {.fd = bell, .events = POLLIN};
    /* When the last worker has ended, the pipe has no writer and poll returns at once. */
    if (poll(&descriptor, 1, POLL_MILLISECONDS) > 0 && (descriptor.revents & POLLIN)) {
        ssize_t ignored = read(bell, bytes, sizeof(bytes));
        (void)ignored;
    }
}

static void oversee(struct owner *owner)
{
    while (any_left(owner)) {
        wait_for_bell(owner->bell);
        take_findings(owner);
        add_up(owner);
        if (!owner->observer->tick(owner->observer->context, owner->totals) || interrupt_requested) {
            stop_all(owner);
        }
    }
    add_up(owner);
}

static bool start(struct owner *owner, uint32_t number, const int bell[2])
{
    pid_t self = getpid();
    pid_t process = fork();
    if (process < 0) {
        return false;
    }
    if (process == 0) {
        close(bell[0]);
        work(owner, number, bell[1], self);
    }
    owner->processes[number] = process;
    return true;
}

static bool start_all(struct owner *owner, const int bell[2])
{
    for (uint32_t number = 0; number < owner->count; number++) {
        if (!start(owner, number, bell)) {
            return false;
        }
    }
    return true;
}

bool workers_run(const struct worker_job *job, uint32_t count, const struct worker_owner *observer,
                 struct worker_totals *totals)
{
    struct owner owner = {.observer = observer, .job = job, .count = count, .totals = totals};
    size_t size = count * sizeof(struct desk);
    int bell[2];
    /* At an address that is the same in every process, where it is free: the code under test sees names in there. */
    owner.desks = mmap((void *)desks_base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (owner.desks == MAP_FAILED) {
        return false;
    }
    if (pipe(bell) != 0) {
        munmap(owner.desks, size);
        return false;
    }
    owner.bell = bell[0];
    fflush(stdout);
    fflush(stderr);
    bool started = start_all(&owner, bell);
    int reason = errno;
    if (!started) {
        stop_all(&owner);
    }
    close(bell[1]);
    oversee(&owner);
    close(bell[0]);
    munmap(owner.desks, size);
    errno = reason;
    return started;
}
