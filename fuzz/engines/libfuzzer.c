/* libfuzzer.c - runs the libFuzzer build of a target. */
#include "engines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { EXIT_INTERRUPTED = 72, EXIT_CRASH = 77, LENGTH_LIMIT = 4096 };

bool libfuzzer_available(const struct subject *subject, char *message, size_t message_size)
{
    char name[128], path[ENGINE_PATH_SIZE];
    locate_target_name(subject, "", name, sizeof name);
    if (locate_own(name, path, sizeof path)) {
        return true;
    }
    snprintf(message, message_size,
             "%s is not built: 'cmake --preset libfuzzer && cmake --build --preset libfuzzer' builds it (needs clang), "
             "or set REMLOCK_ENGINE_DIR to its folder",
             name);
    return false;
}

/* "cov: 123" and the like inside a line. */
static bool number_after(const char *line, const char *label, uint64_t *number)
{
    const char *at = strstr(line, label);
    if (at == NULL) {
        return false;
    }
    *number = strtoull(at + strlen(label), NULL, 10);
    return true;
}

/*
 * "#4096 pulse cov: 98 ft: 98 corp: 31/1209b lim: 4096 exec/s: 2048 rss: 34Mb" now and then, and at the end, that by a finding
 * included, "stat::number_of_executed_units: 4096".
 */
static void take_line(const char *line, void *context)
{
    struct workplace *workplace = context;
    struct fuzz_progress *progress = &workplace->progress;
    uint64_t number;
    if (number_after(line, "stat::number_of_executed_units:", &number)) {
        progress->executions = number * workplace->options.schedules;
    }
    if (line[0] != '#') {
        return;
    }
    progress->executions = strtoull(line + 1, NULL, 10) * workplace->options.schedules;
    if (number_after(line, "cov: ", &number)) {
        progress->coverage = (uint32_t)number;
    }
    if (number_after(line, "corp: ", &number)) {
        progress->inputs = (uint32_t)number;
    }
    if (number_after(line, "exec/s: ", &number) || number_after(line, "exec/s ", &number)) {
        progress->rate = (double)number * workplace->options.schedules;
    }
}

static void compose(struct command *command, const struct workplace *workplace, const char *target)
{
    const struct fuzz_campaign *campaign = workplace->campaign;
    command_variable(command, "TMPDIR=%s", workplace->folder);
    command_word(command, "%s", target);
    command_word(command, "-seed=%u", 1 + (uint32_t)(campaign->seed % 0x7FFFFFFE));
    command_word(command, "-max_len=%d", LENGTH_LIMIT);
    command_word(command, "-artifact_prefix=%s/", workplace->artifacts);
    command_word(command, "-print_final_stats=1");
    command_word(command, "-verbosity=1");
    if (campaign->seconds > 0) {
        command_word(command, "-max_total_time=%" PRIu64, (uint64_t)(campaign->seconds + 0.999));
    }
    if (campaign->execution_limit > 0) {
        uint64_t schedules = workplace->options.schedules;
        command_word(command, "-runs=%" PRIu64, (campaign->execution_limit + schedules - 1) / schedules);
    }
    if (!campaign->stop_at_first) {
        command_word(command, "-fork=1");
        command_word(command, "-ignore_crashes=1");
    }
    command_word(command, "%s", workplace->corpus);
    command_word(command, "%s", workplace->inputs);
}

bool libfuzzer_run(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size)
{
    static struct workplace workplace;
    static struct command command;
    char name[128], target[ENGINE_PATH_SIZE];
    struct child child;
    locate_target_name(campaign->options.subject, "", name, sizeof name);
    if (!libfuzzer_available(campaign->options.subject, message, message_size) || !locate_own(name, target, sizeof target) ||
        !workplace_open(&workplace, campaign, message, message_size)) {
        return false;
    }
    memset(&command, 0, sizeof command);
    snprintf(workplace.corpus, sizeof workplace.corpus, "%s/corpus", workplace.folder);
    mkdir(workplace.corpus, 0777);
    bool started = workplace_prepare_inputs(&workplace, message, message_size);
    if (started) {
        compose(&command, &workplace, target);
        started = child_start(&child, &command, &workplace.options, message, message_size);
    }
    if (started) {
        workplace_attend(&workplace, &child, take_line, &workplace);
    }
    workplace_close(&workplace);
    *result = workplace.progress;
    if (!started) {
        return false;
    }
    int code = WIFEXITED(child.status) ? WEXITSTATUS(child.status) : -1;
    bool expected = code == 0 || code == EXIT_CRASH || code == EXIT_INTERRUPTED || workplace.progress.findings > 0 ||
                    (campaign->stop != NULL && *campaign->stop != 0);
    if (!expected) {
        snprintf(message, message_size, "%s ended unexpectedly (status %d); its last words:\n%s", name, child.status,
                 child.last_lines);
    }
    return expected;
}
