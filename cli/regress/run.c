/* run.c - see run.h. */
#include "run.h"

#include "command.h"
#include "interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const uintptr_t board_base = 0x228000000000;

enum { TICK_MILLISECONDS = 50, NOBODY = 0 };

/* Where a process says what it is at. */
struct desk {
    atomic_uint file;          /* its number from 1; NOBODY: none */
    _Atomic uint64_t began_at; /* nanoseconds */
};

/* What all processes share: who takes which file, and what is done. */
struct board {
    atomic_bool stop;      /* interrupted */
    _Atomic uint64_t next; /* file next % count, in round next / count */
    _Atomic uint64_t done;
    atomic_uint finished; /* files, in the first round */
    struct desk desks[REGRESS_JOB_LIMIT];
    atomic_uint busy[]; /* for each file: the number of the desk where it lies, from 1 */
};

struct crew {
    struct regress_list *list;
    const struct regress_plan *plan;
    struct board *board;
    size_t board_size;
    pid_t processes[REGRESS_JOB_LIMIT];
    bool late[REGRESS_JOB_LIMIT]; /* was ended because its time was over */
    uint32_t jobs;
    sigset_t usual_signals;
};

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

static bool has_to_stop(const struct board *board)
{
    return interrupt_requested || atomic_load(&board->stop);
}

/* ------------------------------------------------------------------------------------------------------- one replay -- */

static void fail(struct regress_result *result, enum regress_outcome outcome, const char *message)
{
    result->outcome = outcome;
    snprintf(result->message, sizeof(result->message), "%s", message);
}

static bool load(struct replay *replay, const struct subject *subject, const char *path, struct regress_result *result)
{
    struct replay_error error;
    if (!replay_load_for(replay, subject, path, &error)) {
        fail(result, REGRESS_MALFORMED, error.message);
        return false;
    }
    snprintf(result->subject, sizeof(result->subject), "%s", replay->scenario.subject->name);
    regress_expected(replay, result->expected, sizeof(result->expected));
    return true;
}

static void judge(const struct replay *replay, const struct replay_result *run, struct regress_result *result)
{
    regress_got(&run->verdict, result->got, sizeof(result->got));
    if (run->outcome == REPLAY_DIVERGED) {
        char why[REPLAY_MESSAGE_SIZE];
        replay_explain_divergence(replay, run, why, sizeof(why));
        result->outcome = REGRESS_DIVERGED;
        snprintf(result->message, sizeof(result->message), "diverged: %s", why);
    } else if (run->outcome != REPLAY_AS_EXPECTED) {
        result->outcome = REGRESS_NOT_AS_EXPECTED;
        snprintf(result->message, sizeof(result->message), "expected %s, got %s", result->expected, result->got);
    } else if (replay->expectation == REPLAY_EXPECTS_NOTHING) {
        fail(result, REGRESS_NOT_AS_EXPECTED, "expects nothing; add a line such as 'expect clean'");
    } else {
        result->outcome = REGRESS_AS_EXPECTED;
    }
}

static void run_file(struct replay *replay, const struct subject *subject, const char *path, struct regress_result *result)
{
    struct replay_result run;
    if (!replay->scenario.subject && !load(replay, subject, path, result)) {
        return;
    }
    uint64_t began = nanoseconds();
    replay_run(replay, HARNESS_PLAIN, &run);
    double seconds = (double)(nanoseconds() - began) / 1e9;
    result->seconds = seconds > result->seconds ? seconds : result->seconds;
    judge(replay, &run, result);
}

/* ------------------------------------------------------------------------------------------------------ the workers -- */

/* Two processes never have the same file; the first round says what came of it, and a later one only when it is worse. */
static void take_turn(struct crew *crew, uint32_t number, uint64_t turn, struct replay *replays)
{
    struct board *board = crew->board;
    struct desk *desk = &board->desks[number];
    uint32_t file = (uint32_t)(turn % crew->list->count);
    struct regress_result *result = &crew->list->results[file];
    unsigned nobody = NOBODY;
    while (!atomic_compare_exchange_weak(&board->busy[file], &nobody, number + 1) && !has_to_stop(board)) {
        nobody = NOBODY;
        nap();
    }
    if (has_to_stop(board)) {
        return;
    }
    if (result->outcome <= REGRESS_AS_EXPECTED) {
        atomic_store(&desk->began_at, nanoseconds());
        atomic_store(&desk->file, file + 1);
        run_file(&replays[file], crew->plan->subject, crew->list->paths[file], result);
        atomic_store(&desk->file, NOBODY);
        atomic_fetch_add(&board->done, 1);
    }
    atomic_fetch_add(&board->finished, turn < crew->list->count);
    atomic_store(&board->busy[file], NOBODY);
}

_Noreturn static void work(struct crew *crew, uint32_t number, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &crew->usual_signals, NULL);
    struct replay *replays = calloc(crew->list->count, sizeof(*replays));
    uint64_t turns = crew->list->count * crew->plan->repeat;
    while (replays && getppid() == parent && !has_to_stop(crew->board)) {
        uint64_t turn = atomic_fetch_add(&crew->board->next, 1);
        if (turn >= turns) {
            _exit(0);
        }
        take_turn(crew, number, turn, replays);
    }
    _exit(replays ? 0 : 1);
}

/* -------------------------------------------------------------------------------------------------------- the owner -- */

static bool start(struct crew *crew, uint32_t number)
{
    pid_t self = getpid();
    pid_t process = fork();
    if (process == 0) {
        work(crew, number, self);
    }
    crew->processes[number] = process > 0 ? process : 0;
    crew->late[number] = false;
    return process > 0;
}

static void describe_end(const struct crew *crew, uint32_t number, int status, struct regress_result *result)
{
    char text[128];
    result->got[0] = 0;
    result->seconds = (double)(nanoseconds() - atomic_load(&crew->board->desks[number].began_at)) / 1e9;
    if (crew->late[number]) {
        snprintf(text, sizeof(text), "no end after %g s; --time-limit allows more", crew->plan->time_limit);
        fail(result, REGRESS_TIMED_OUT, text);
    } else if (WIFSIGNALED(status)) {
        snprintf(text, sizeof(text), "the code under test crashed: %s", strsignal(WTERMSIG(status)));
        fail(result, REGRESS_CRASHED, text);
    } else {
        snprintf(text, sizeof(text), "the code under test ended its process with status %d", WEXITSTATUS(status));
        fail(result, REGRESS_CRASHED, text);
    }
}

static void give_back(struct crew *crew, uint32_t number)
{
    for (uint32_t file = 0; file < crew->list->count; file++) {
        unsigned owner = number + 1;
        atomic_compare_exchange_strong(&crew->board->busy[file], &owner, NOBODY);
    }
}

/* Whether another one is to take its place. */
static bool bury(struct crew *crew, uint32_t number, int status)
{
    struct desk *desk = &crew->board->desks[number];
    uint32_t file = atomic_load(&desk->file);
    crew->processes[number] = 0;
    if (file == NOBODY || interrupt_requested) {
        give_back(crew, number);
        return false;
    }
    describe_end(crew, number, status, &crew->list->results[file - 1]);
    atomic_store(&desk->file, NOBODY);
    atomic_fetch_add(&crew->board->finished, 1);
    give_back(crew, number);
    return true;
}

static void end_when_late(struct crew *crew, uint32_t number)
{
    struct desk *desk = &crew->board->desks[number];
    uint64_t began = atomic_load(&desk->began_at), now = nanoseconds();
    bool late = atomic_load(&desk->file) != NOBODY && now > began && (double)(now - began) / 1e9 > crew->plan->time_limit;
    if (late && !crew->late[number]) {
        crew->late[number] = true;
        kill(crew->processes[number], SIGKILL);
    }
}

/* Whether anybody is left. */
static bool look_around(struct crew *crew)
{
    bool left = false;
    for (uint32_t number = 0; number < crew->jobs; number++) {
        int status;
        if (crew->processes[number] > 0 && waitpid(crew->processes[number], &status, WNOHANG) > 0 &&
            bury(crew, number, status) && !start(crew, number)) {
            complain("cannot start another process: %s", strerror(errno));
        }
        if (crew->processes[number] > 0) {
            end_when_late(crew, number);
            left = true;
        }
    }
    return left;
}

static void show_progress(const struct crew *crew)
{
    if (progress_due(crew->plan->progress)) {
        uint32_t finished = atomic_load(&crew->board->finished), failed = regress_failed(crew->list);
        char count[32];
        progress_show(crew->plan->progress, "%u of %u files, %u not as expected, %s executions", finished, crew->list->count,
                      failed, progress_count(atomic_load(&crew->board->done), count, sizeof(count)));
    }
}

static void oversee(struct crew *crew)
{
    sigset_t child;
    const struct timespec tick = {.tv_nsec = TICK_MILLISECONDS * 1000000L};
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    while (look_around(crew)) {
        sigtimedwait(&child, NULL, &tick);
        atomic_store(&crew->board->stop, interrupt_requested != 0);
        show_progress(crew);
    }
}

static bool begin(struct crew *crew)
{
    sigset_t child;
    crew->board_size = sizeof(*crew->board) + crew->list->count * sizeof(crew->board->busy[0]);
    void *memory = mmap((void *)board_base, crew->board_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    crew->board = memory;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &crew->usual_signals);
    fflush(stdout);
    fflush(stderr);
    return true;
}

uint64_t regress_run(struct regress_list *list, const struct regress_plan *plan)
{
    struct crew crew = {.list = list, .plan = plan, .jobs = plan->jobs < list->count ? plan->jobs : list->count};
    if (!begin(&crew)) {
        complain("cannot share memory between processes: %s", strerror(errno));
        return 0;
    }
    uint32_t started = 0;
    for (uint32_t number = 0; number < crew.jobs; number++) {
        started += start(&crew, number);
    }
    if (started == 0) {
        complain("cannot start a process: %s", strerror(errno));
    }
    oversee(&crew);
    progress_wipe(plan->progress);
    sigprocmask(SIG_SETMASK, &crew.usual_signals, NULL);
    uint64_t done = atomic_load(&crew.board->done);
    munmap(crew.board, crew.board_size);
    return done;
}
