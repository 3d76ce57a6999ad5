/*
 * afl.c - runs afl-fuzz on the AFL++ build of a target, with our mutator library.
 *
 * AFL++ manages some 40 thousand inputs a second at best, so each input runs many schedules: the number of executions is that
 * of inputs times schedules.
 */
#include "../target.h"
#include "engines.h"

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

static void read_statistics(struct workplace *workplace)
{
    char path[2 * ENGINE_PATH_SIZE], text[8192];
    snprintf(path, sizeof path, "%s/out/default/fuzzer_stats", workplace->folder);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return;
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    struct fuzz_progress *progress = &workplace->progress;
    uint64_t schedules = workplace->options.schedules;
    progress->executions = statistic(text, "execs_done") * schedules;
    progress->rate = (double)(statistic(text, "execs_per_sec") * schedules);
    progress->inputs = (uint32_t)statistic(text, "corpus_count");
    progress->coverage = (uint32_t)statistic(text, "edges_found");
}

static void take_line(const char *line, void *context)
{
    (void)line;
    read_statistics(context);
}

static void compose(struct command *command, const struct workplace *workplace, const char *fuzzer, const char *target,
                    const char *mutator)
{
    static const char *const variables[] = {
        "AFL_NO_UI=1",
        "AFL_SKIP_CPUFREQ=1",
        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1",
        "AFL_CUSTOM_MUTATOR_ONLY=1",
        "AFL_TRY_AFFINITY=1",
        "AFL_IGNORE_PROBLEMS=1",
        "AFL_FORKSRV_INIT_TMOUT=30000",
        "AFL_NO_COLOR=1",
    };
    const struct fuzz_campaign *campaign = workplace->campaign;
    for (size_t index = 0; index < sizeof variables / sizeof variables[0]; index++) {
        command_variable(command, "%s", variables[index]);
    }
    command_variable(command, "AFL_CUSTOM_MUTATOR_LIBRARY=%s", mutator);
    command_word(command, "%s", fuzzer);
    command_word(command, "-i");
    command_word(command, "%s", workplace->inputs);
    command_word(command, "-o");
    command_word(command, "%s/out", workplace->folder);
    command_word(command, "-s");
    command_word(command, "%u", (uint32_t)campaign->seed & 0x7FFFFFFF);
    if (campaign->seconds > 0) {
        command_word(command, "-V");
        command_word(command, "%" PRIu64, (uint64_t)(campaign->seconds + 0.999));
    }
    if (campaign->execution_limit > 0) {
        uint64_t schedules = workplace->options.schedules;
        command_word(command, "-E");
        command_word(command, "%" PRIu64, (campaign->execution_limit + schedules - 1) / schedules);
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

bool afl_run(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size)
{
    static struct workplace workplace;
    static struct command command;
    char name[128], fuzzer[ENGINE_PATH_SIZE], target[ENGINE_PATH_SIZE], mutator[ENGINE_PATH_SIZE];
    struct child child;
    locate_target_name(campaign->options.subject, "-afl", name, sizeof name);
    if (!afl_available(campaign->options.subject, message, message_size) ||
        !locate_foreign("afl-fuzz", fuzzer, sizeof fuzzer) || !locate_own(name, target, sizeof target) ||
        !locate_own(mutator_name, mutator, sizeof mutator) || !workplace_open(&workplace, campaign, message, message_size)) {
        return false;
    }
    memset(&command, 0, sizeof command);
    snprintf(workplace.corpus, sizeof workplace.corpus, "%s/out/default/queue", workplace.folder);
    if (workplace.options.schedules < FUZZ_SCHEDULES_AFL) {
        workplace.options.schedules = FUZZ_SCHEDULES_AFL;
    }
    bool started = workplace_prepare_inputs(&workplace, message, message_size);
    if (started) {
        compose(&command, &workplace, fuzzer, target, mutator);
        started = child_start(&child, &command, &workplace.options, message, message_size);
    }
    if (started) {
        workplace_attend(&workplace, &child, take_line);
        read_statistics(&workplace);
    }
    bool failed = started && has_failed(&workplace, &child);
    workplace_close(&workplace);
    *result = workplace.progress;
    if (failed) {
        snprintf(message, message_size, "afl-fuzz ended unexpectedly (status %d); its last words:\n%s", child.status,
                 child.last_lines);
    }
    return started && !failed;
}
