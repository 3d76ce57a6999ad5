/*
 * afl.c - runs afl-fuzz on the AFL++ build of a target, with our mutator library.
 *
 * AFL++ manages some 40 thousand inputs a second at best, so each input runs many schedules: the number of executions is that
 * of inputs times schedules.
 */
#include "../target.h"
#include "afl_instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char mutator_name[] = "remlock-afl-mutator.so";

bool afl_available(const struct subject *subject, char *message, size_t message_size)
{
    char name[128], path[ENGINE_PATH_SIZE];
    if (!locate_foreign("afl-fuzz", path, sizeof path)) {
        snprintf(message, message_size, "afl-fuzz is not installed: on Debian or Ubuntu 'apt install afl++'");
        return false;
    }
    locate_target_name(subject, "-afl", name, sizeof name);
    if (locate_own(name, path, sizeof path) && locate_own(mutator_name, path, sizeof path)) {
        return true;
    }
    snprintf(message, message_size,
             "%s or %s is not built: 'cmake --preset afl && cmake --build --preset afl' builds them (needs afl++), "
             "or set REMLOCK_ENGINE_DIR to their folder",
             name, mutator_name);
    return false;
}

/* "execs_done        : 12345" */
static uint64_t statistic(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    at = at == NULL ? NULL : strchr(at, ':');
    return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

struct run {
    struct workplace workplace;
    struct afl_instance instance;
    uint64_t executions_before; /* of the instance, in runs before this one */
};

static void read_statistics(struct run *run, bool before)
{
    char path[2 * ENGINE_PATH_SIZE], text[8192];
    snprintf(path, sizeof path, "%s/%s/fuzzer_stats", run->instance.folder, run->instance.name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return;
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    uint64_t executions = statistic(text, "execs_done"), schedules = run->workplace.options.schedules;
    if (before) {
        run->executions_before = executions;
        return;
    }
    struct fuzz_progress *progress = &run->workplace.progress;
    progress->executions = executions > run->executions_before ? (executions - run->executions_before) * schedules : 0;
    progress->rate = (double)(statistic(text, "execs_per_sec") * schedules);
    progress->inputs = (uint32_t)statistic(text, "corpus_count");
    progress->coverage = (uint32_t)statistic(text, "edges_found");
}

static void take_line(const char *line, void *context)
{
    (void)line;
    read_statistics(context, false);
}

/* Another time: what others have found since comes in, what this one has found is with the others already. */
static void feed(void *context)
{
    struct run *run = context;
    afl_instance_feed(&run->instance, run->workplace.campaign);
}

static void compose_instance(struct command *command, const struct run *run)
{
    const struct afl_instance *instance = &run->instance;
    if (instance->setting->only_our_mutator) {
        command_variable(command, "AFL_CUSTOM_MUTATOR_ONLY=1");
    }
    if (instance->shared) {
        command_variable(command, "AFL_IMPORT_FIRST=1"); /* runs are short beside the time between two looks at the others */
        command_variable(command, "AFL_SYNC_TIME=1");
        command_variable(command, "AFL_FAST_CAL=1");
        command_word(command, instance->main ? "-M" : "-S");
        command_word(command, "%s", instance->name);
    }
    command_word(command, "-p");
    command_word(command, "%s", instance->setting->power);
    command_word(command, "-i");
    command_word(command, "%s", instance->resumes ? "-" : run->workplace.inputs);
    command_word(command, "-o");
    command_word(command, "%s", instance->folder);
}

static void compose(struct command *command, const struct run *run, const char *fuzzer, const char *target, const char *mutator)
{
    static const char *const variables[] = {
        "AFL_NO_UI=1",        "AFL_SKIP_CPUFREQ=1",    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1",
        "AFL_TRY_AFFINITY=1", "AFL_IGNORE_PROBLEMS=1", "AFL_FORKSRV_INIT_TMOUT=30000",
        "AFL_NO_COLOR=1",
    };
    const struct fuzz_campaign *campaign = run->workplace.campaign;
    memset(command, 0, sizeof *command);
    for (size_t index = 0; index < sizeof variables / sizeof variables[0]; index++) {
        command_variable(command, "%s", variables[index]);
    }
    command_variable(command, "AFL_CUSTOM_MUTATOR_LIBRARY=%s", mutator);
    command_variable(command, "TMPDIR=%s", run->workplace.folder);
    command_word(command, "%s", fuzzer);
    compose_instance(command, run);
    command_word(command, "-s");
    command_word(command, "%u", (uint32_t)campaign->seed & 0x7FFFFFFF);
    if (campaign->seconds > 0) {
        command_word(command, "-V");
        command_word(command, "%" PRIu64, (uint64_t)(campaign->seconds + 0.999));
    }
    if (campaign->execution_limit > 0) {
        uint64_t schedules = run->workplace.options.schedules;
        uint64_t inputs = (campaign->execution_limit + schedules - 1) / schedules;
        command_word(command, "-E");
        command_word(command, "%" PRIu64, run->executions_before + inputs);
    }
    command_word(command, "--");
    command_word(command, "%s", target);
}

static bool has_failed(const struct workplace *workplace, const struct child *child)
{
    const struct fuzz_campaign *campaign = workplace->campaign;
    bool asked = (campaign->stop != NULL && *campaign->stop != 0) || workplace->progress.findings > 0;
    return !asked && (!WIFEXITED(child->status) || WEXITSTATUS(child->status) != 0);
}

/* What is left in the folder is of no use to afl-fuzz: it refuses to begin. Being killed is another matter. */
static bool cannot_resume(const struct run *run, const struct child *child)
{
    return run->instance.resumes && has_failed(&run->workplace, child) && WIFEXITED(child->status) &&
           run->workplace.progress.executions == 0;
}

/* One attempt: false when afl-fuzz could not be started. */
static bool attend(struct run *run, struct child *child, const struct command *command, char *message, size_t message_size)
{
    if (!child_start(child, command, &run->workplace.options, message, message_size)) {
        return false;
    }
    run->workplace.exchange = feed;
    workplace_attend(&run->workplace, child, take_line, run);
    read_statistics(run, false);
    return true;
}

static bool run_here(struct run *run, char *message, size_t message_size)
{
    static struct command command;
    char name[128], fuzzer[ENGINE_PATH_SIZE], target[ENGINE_PATH_SIZE], mutator[ENGINE_PATH_SIZE];
    struct workplace *workplace = &run->workplace;
    struct child child;
    locate_target_name(workplace->campaign->options.subject, "-afl", name, sizeof name);
    if (!locate_foreign("afl-fuzz", fuzzer, sizeof fuzzer) || !locate_own(name, target, sizeof target) ||
        !locate_own(mutator_name, mutator, sizeof mutator) || !workplace_prepare_inputs(workplace, message, message_size)) {
        return false;
    }
    read_statistics(run, true);
    feed(run);
    compose(&command, run, fuzzer, target, mutator);
    if (!attend(run, &child, &command, message, message_size)) {
        return false;
    }
    if (cannot_resume(run, &child)) {
        /* Its inputs have been taken out of it. */
        afl_instance_discard(&run->instance);
        run->executions_before = 0;
        compose(&command, run, fuzzer, target, mutator);
        if (!attend(run, &child, &command, message, message_size)) {
            return false;
        }
    }
    if (has_failed(workplace, &child)) {
        snprintf(message, message_size, "afl-fuzz ended unexpectedly (status %d); its last words:\n%s", child.status,
                 child.last_lines);
        return false;
    }
    return true;
}

bool afl_run(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size)
{
    static struct run run;
    memset(&run, 0, sizeof run);
    if (!afl_available(campaign->options.subject, message, message_size) ||
        !workplace_open(&run.workplace, campaign, message, message_size)) {
        return false;
    }
    struct workplace *workplace = &run.workplace;
    bool done = afl_instance_open(&run.instance, campaign, workplace->folder, message, message_size);
    if (done) {
        if (workplace->options.schedules <= 1) {
            workplace->options.schedules = run.instance.setting->schedules;
        }
        workplace->fed = run.instance.feed[0] != 0;
        snprintf(workplace->corpus, sizeof workplace->corpus, "%s/%s/queue", run.instance.folder, run.instance.name);
        done = run_here(&run, message, message_size);
        afl_instance_close(&run.instance);
    }
    workplace_close(workplace);
    *result = workplace->progress;
    return done;
}
