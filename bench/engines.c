/* engines.c - inside the fuzzing engines: ours, libFuzzer and AFL++, on the correct lock. */
#include "measure.h"
#include "sections.h"

#include <remlock/fuzz.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Few enough for a coffee, enough to drown what starting takes. */
static const uint64_t executions[FUZZ_ENGINES] = {
    [FUZZ_ENGINE_BUILTIN] = 2000000,
    [FUZZ_ENGINE_LIBFUZZER] = 3000000,
    [FUZZ_ENGINE_AFL] = 8000000,
};

static const double targets[FUZZ_ENGINES] = {[FUZZ_ENGINE_LIBFUZZER] = 0.5e6, [FUZZ_ENGINE_AFL] = 0.5e6};

/* What afl-fuzz leaves behind falls to this process, whose children's time would miss it otherwise. */
static void collect_orphans(void)
{
    enum { TRIES = 500 };
    for (int tries = 0; tries < TRIES; tries++) {
        pid_t ended = waitpid(-1, NULL, WNOHANG);
        if (ended < 0) {
            return;
        }
        if (ended == 0) {
            usleep(10000);
        }
    }
}

/* `settings` may be NULL: then every input has its own. */
static void measure_engine(enum fuzz_engine engine, bool feedback, const char *settings, const char *name)
{
    char message[1024];
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(subject_find("lock")), .seed = 1, .stop_at_first = true};
    struct fuzz_progress progress = {0};
    campaign.options.feedback = feedback;
    if (settings != NULL && !fuzz_options_set(&campaign.options, "config", settings, message, sizeof message)) {
        row_missing(name, message);
        return;
    }
    campaign.execution_limit = executions[engine];
    if (!fuzz_engine_available(engine, campaign.options.subject, message, sizeof message)) {
        row_missing(name, "not built or not installed");
        return;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    double before = processor_seconds() + children_processor_seconds();
    bool ran = fuzz_engine_run(engine, &campaign, &progress, message, sizeof message);
    collect_orphans();
    if (!ran) {
        row_missing(name, message);
        return;
    }
    double seconds = processor_seconds() + children_processor_seconds() - before;
    double rate = (double)progress.executions / seconds;
    row_rate(name, (struct rate){rate, rate}, "executions/s", feedback && settings != NULL ? targets[engine] : 0);
}

static int run_quietly(const char *path, const char *argument)
{
    pid_t child = fork();
    if (child == 0) {
        freopen("/dev/null", "w", stderr);
        execl(path, path, argument, "-seed=1", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* libFuzzer on a target that does nothing: in this build or in the one of the preset beside it. */
static void measure_empty(void)
{
    static const char *const paths[] = {
        BUILD_FOLDER "/bench/remlock-bench-empty",
        BUILD_FOLDER "/../libfuzzer/bench/remlock-bench-empty",
    };
    const char *path = access(paths[0], X_OK) == 0 ? paths[0] : paths[1];
    static const char name[] = "libFuzzer, empty target";
    enum { RUNS = 4000000 };
    if (access(path, X_OK) != 0) {
        row_missing(name, "not built");
        return;
    }
    char runs[32];
    snprintf(runs, sizeof runs, "-runs=%d", RUNS);
    double before = children_processor_seconds();
    if (run_quietly(path, runs) != 0) {
        row_missing(name, "ended with an error");
        return;
    }
    double rate = RUNS / (children_processor_seconds() - before);
    row_rate(name, (struct rate){rate, rate}, "executions/s", 0);
}

void bench_engines(void)
{
    section("fuzzing the correct lock");
    measure_engine(FUZZ_ENGINE_BUILTIN, true, NULL, "builtin engine");
    measure_engine(FUZZ_ENGINE_BUILTIN, false, NULL, "builtin engine, without feedback");
    measure_empty();
    measure_engine(FUZZ_ENGINE_LIBFUZZER, true, NULL, "libFuzzer");
    measure_engine(FUZZ_ENGINE_LIBFUZZER, false, NULL, "libFuzzer, without feedback");
    measure_engine(FUZZ_ENGINE_LIBFUZZER, true, "lock=free", "libFuzzer, free build");
    measure_engine(FUZZ_ENGINE_AFL, true, NULL, "AFL++, schedules");
    measure_engine(FUZZ_ENGINE_AFL, true, "lock=free", "AFL++, schedules, free build");
}
