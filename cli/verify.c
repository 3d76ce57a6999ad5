/* verify.c - `remlock verify`. */
#include "addresses.h"
#include "book.h"
#include "files.h"
#include "interrupt.h"
#include "run_report.h"
#include "verify/checkpoint.h"
#include "verify/options.h"
#include "verify/report.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const double CHECKPOINT_SECONDS = 5;

/* ------------------------------------------------------------------------------------------------------ checkpoints -- */

/* The parts as they lie in the workers' files; those of workers that have ended are their last ones. */
static void write_checkpoint(struct verify_run *run)
{
    char message[PATH_MAX + 256];
    int files[WORKER_LIMIT];
    for (uint32_t number = 0; number < run->options.jobs; number++) {
        struct exploration_share *share = &run->shares[number];
        files[number] = atomic_load(&share->ended) ? share->last : share->kept;
    }
    if (!checkpoint_write(run->options.checkpoint, &run->identity, files, run->options.jobs, message, sizeof(message))) {
        progress_wipe(&run->progress);
        complain("%s", message);
        run->book.trouble = true;
    }
}

/* Asks the workers for their parts; once all have answered, writes them. */
static void keep_checkpoint(struct verify_run *run, double now)
{
    bool all = true;
    if (!run->options.checkpoint) {
        return;
    }
    if (!run->asked && now - run->kept_at < CHECKPOINT_SECONDS) {
        return;
    }
    for (uint32_t number = 0; number < run->options.jobs; number++) {
        struct exploration_share *share = &run->shares[number];
        if (!run->asked) {
            atomic_store(&share->written, false);
            atomic_store(&share->wanted, true);
        }
        all &= atomic_load(&share->written) || atomic_load(&share->ended);
    }
    run->asked = true;
    if (all) {
        write_checkpoint(run);
        run->asked = false;
        run->kept_at = now;
    }
}

static bool all_ended(const struct verify_run *run)
{
    for (uint32_t number = 0; number < run->options.jobs; number++) {
        if (!atomic_load(&run->shares[number].ended)) {
            return false;
        }
    }
    return true;
}

/* --------------------------------------------------------------------------------------------------------- the owner -- */

static bool tick(void *context, const struct worker_totals *totals)
{
    struct verify_run *run = context;
    double elapsed = progress_elapsed(&run->progress);
    verify_report_estimate(run);
    if (progress_due(&run->progress)) {
        verify_report_progress(run, totals, elapsed);
    }
    keep_checkpoint(run, elapsed);
    run->out_of_time = run->options.seconds != 0 && elapsed >= run->options.seconds;
    return !run->out_of_time;
}

static bool found(void *context, struct replay *replay, const struct worker_finding *finding,
                  const struct worker_totals *totals)
{
    struct verify_run *run = context;
    struct book_circumstances circumstances = {.executions = totals->counters.executions,
                                               .seconds = progress_elapsed(&run->progress),
                                               .truncated = finding->truncated,
                                               .command = "verify"};
    book_enter(&run->book, replay, &finding->verdict, &circumstances);
    return run->options.keep_going;
}

static bool crashed(void *context, const struct worker_crash *crash)
{
    struct verify_run *run = context;
    run->crashed = true;
    progress_wipe(&run->progress);
    report_crash(crash, "verify", run->options.folder);
    return false;
}

/* ---------------------------------------------------------------------------------------------------------- the run -- */

static void *shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static bool share_memory(struct verify_run *run)
{
    struct exploration *exploration = &run->options.exploration;
    run->shares = shared(run->options.jobs * sizeof(run->shares[0]));
    exploration->left = shared(sizeof(*exploration->left));
    if (!run->shares || !exploration->left) {
        return false;
    }
    exploration->shares = run->shares;
    atomic_store(exploration->left, exploration->execution_limit);
    for (uint32_t number = 0; number < run->options.jobs; number++) {
        struct exploration_share *share = &run->shares[number];
        bool keeps = run->options.checkpoint != NULL;
        share->kept = keeps ? memfd_create("remlock-kept", MFD_CLOEXEC) : -1;
        share->last = keeps ? memfd_create("remlock-last", MFD_CLOEXEC) : -1;
        share->found = run->options.resume ? memfd_create("remlock-found", MFD_CLOEXEC) : -1;
        if ((keeps && (share->kept < 0 || share->last < 0)) || (run->options.resume && share->found < 0)) {
            return false;
        }
    }
    return true;
}

static bool take_up(struct verify_run *run, char *message, size_t size)
{
    int files[WORKER_LIMIT];
    for (uint32_t number = 0; number < run->options.jobs; number++) {
        files[number] = run->shares[number].found;
    }
    if (!checkpoint_read(run->options.resume, &run->identity, files, run->options.jobs, message, size)) {
        return false;
    }
    for (uint32_t number = 0; number < run->options.jobs; number++) {
        struct explored explored;
        if (pread(files[number], &explored, sizeof(explored), 0) == (ssize_t)sizeof(explored)) {
            run->before += explored.executions;
        }
    }
    return true;
}

static bool prepare(struct verify_run *run, char *message, size_t size)
{
    struct verify_options *options = &run->options;
    if (!folder_prepare(options->folder, message, size)) {
        return false;
    }
    if (!share_memory(run)) {
        snprintf(message, size, "cannot start %u worker%s: %s", options->jobs, options->jobs == 1 ? "" : "s", strerror(errno));
        return false;
    }
    if (options->checkpoint) {
        verify_options_write_essence(options, run->identity.invocation, sizeof(run->identity.invocation));
        checkpoint_identify(&run->identity, options->what.subject, options->exploration.scenario);
    }
    return !options->resume || take_up(run, message, size);
}

static int exit_code(const struct verify_run *run)
{
    if (run->book.count || run->crashed) {
        return EXIT_FINDING;
    }
    if (run->book.trouble) {
        return EXIT_USAGE;
    }
    return verify_complete(run) ? EXIT_CLEAN : EXIT_STOPPED;
}

int command_verify(int argument_count, char **arguments)
{
    static struct verify_run run; /* holds a scenario and a book: too large for the stack */
    char message[PATH_MAX + 4096];
    verify_options_parse(&run.options, argument_count, arguments);
    if (run.options.states && run.options.checkpoint) {
        addresses_settle("verify", argument_count, arguments); /* some may lie dead in what is hashed */
    }
    if (!prepare(&run, message, sizeof(message))) {
        complain("%s", message);
        return EXIT_USAGE;
    }
    const struct common_options *common = &run.options.common;
    verify_options_write(&run.options, run.invocation, sizeof(run.invocation));
    if (!common->json && !common->quiet) {
        printf("%s\n\n", run.invocation);
    }
    interrupt_catch();
    run.progress = progress_begin(common->quiet);
    run.book = (struct book){.common = common,
                             .progress = &run.progress,
                             .folder = run.options.folder,
                             .minimise = !run.options.no_minimise,
                             .json = cJSON_CreateArray()};
    struct worker_owner owner = {.tick = tick, .found = found, .crashed = crashed, .context = &run};
    struct worker_job job = exploration_job(&run.options.exploration);
    if (!workers_run(&job, run.options.jobs, &owner, &run.totals)) {
        complain("cannot start %u worker%s: %s", run.options.jobs, run.options.jobs == 1 ? "" : "s", strerror(errno));
        return EXIT_USAGE;
    }
    run.seconds = progress_elapsed(&run.progress);
    progress_wipe(&run.progress);
    if (run.options.checkpoint && all_ended(&run)) {
        write_checkpoint(&run);
    }
    verify_report(&run);
    return exit_code(&run);
}
