/* fuzz.c - `remlock fuzz`. */
#include "files.h"
#include "fuzz_command.h"
#include "interrupt.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------------------- running -- */

static void on_progress(const struct fuzz_progress *latest, void *context)
{
    struct fuzz_command *command = context;
    char count[32], rate[32], left[64];
    command->latest = *latest;
    if (!progress_due(&command->progress)) {
        return;
    }
    progress_left(command->campaign.seconds, latest->seconds, left, sizeof(left));
    progress_show(&command->progress, "%s: %s executions, %s, coverage %u, %u inputs, %u finding%s%s", command->engine,
                  progress_count(latest->executions, count, sizeof(count)), progress_rate(latest->rate, rate, sizeof(rate)),
                  latest->coverage, latest->inputs, command->book.count, command->book.count == 1 ? "" : "s", left);
}

static void on_finding(const struct fuzz_finding *finding, void *context)
{
    struct fuzz_command *command = context;
    struct book_circumstances circumstances = {.executions = command->executions + finding->executions,
                                               .seconds = progress_elapsed(&command->progress),
                                               .engine = command->engine};
    book_enter(&command->book, finding->replay, finding->verdict, &circumstances);
}

static bool is_over(const struct fuzz_command *command)
{
    return interrupt_requested || (command->campaign.stop_at_first && command->book.count > 0);
}

static cJSON *run_engine(struct fuzz_command *command, enum fuzz_engine engine)
{
    char message[4096] = "";
    struct fuzz_progress result = {0};
    command->engine = fuzz_engine_name(engine);
    bool ran = fuzz_engine_available(engine, command->campaign.options.subject, message, sizeof(message)) &&
               fuzz_engine_run(engine, &command->campaign, &result, message, sizeof(message));
    progress_wipe(&command->progress);
    if (!ran) {
        complain("%s: %s", command->engine, message);
        command->failed = true;
    } else if (!command->common.json) {
        char count[32], duration[32];
        printf("%s: %s executions in %s, coverage %u, %u inputs, %u finding%s%s\n", command->engine,
               progress_count(result.executions, count, sizeof(count)),
               progress_duration(result.seconds, duration, sizeof(duration)), result.coverage, result.inputs, result.findings,
               result.findings == 1 ? "" : "s", interrupt_requested ? ", interrupted" : "");
    }
    command->executions += result.executions;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "engine", command->engine);
    cJSON_AddBoolToObject(json, "ran", ran);
    cJSON_AddStringToObject(json, "message", message);
    cJSON_AddNumberToObject(json, "executions", (double)result.executions);
    cJSON_AddNumberToObject(json, "executions_per_second", result.rate);
    cJSON_AddNumberToObject(json, "seconds", result.seconds);
    cJSON_AddNumberToObject(json, "coverage", result.coverage);
    cJSON_AddNumberToObject(json, "inputs", result.inputs);
    cJSON_AddNumberToObject(json, "findings", result.findings);
    return json;
}

static bool prepare(struct fuzz_command *command, char *corpus, size_t corpus_size)
{
    char message[PATH_MAX + 256];
    if (command->corpus) {
        snprintf(corpus, corpus_size, "%s", command->corpus);
    } else {
        snprintf(corpus, corpus_size, "%s/corpus", command->folder);
    }
    if (!folder_prepare(command->folder, message, sizeof(message)) ||
        !folder_prepare_for("--corpus", corpus, message, sizeof(message))) {
        complain("%s", message);
        return false;
    }
    command->campaign.corpus_folder = corpus;
    command->campaign.stop = &interrupt_requested;
    command->campaign.on_progress = on_progress;
    command->campaign.on_finding = on_finding;
    command->campaign.context = command;
    return true;
}

static int conclude(struct fuzz_command *command, const char *invocation, cJSON *engines)
{
    char seed[32];
    if (!command->common.json) {
        cJSON_Delete(engines);
        cJSON_Delete(command->book.json);
    } else {
        cJSON *json = json_begin("fuzz");
        snprintf(seed, sizeof(seed), "%" PRIu64, command->campaign.seed);
        cJSON_AddStringToObject(json, "subject", command->campaign.options.subject->name);
        cJSON_AddStringToObject(json, "invocation", invocation);
        cJSON_AddStringToObject(json, "seed", seed);
        cJSON_AddNumberToObject(json, "executions", (double)command->executions);
        cJSON_AddNumberToObject(json, "seconds", progress_elapsed(&command->progress));
        cJSON_AddBoolToObject(json, "interrupted", interrupt_requested != 0);
        cJSON_AddItemToObject(json, "engines", engines);
        cJSON_AddItemToObject(json, "findings", command->book.json);
        json_print(stdout, json);
    }
    if (command->book.count) {
        return EXIT_FINDING;
    }
    return command->failed || command->book.trouble ? EXIT_USAGE : EXIT_CLEAN;
}

int command_fuzz(int argument_count, char **arguments)
{
    static struct fuzz_command command; /* holds a book: too large for the stack */
    static char corpus[PATH_MAX], invocation[8192];
    fuzz_command_parse(&command, argument_count, arguments);
    if (!prepare(&command, corpus, sizeof(corpus))) {
        return EXIT_USAGE;
    }
    fuzz_command_invocation(&command, invocation, sizeof(invocation));
    if (!command.common.json && !command.common.quiet) {
        printf("%s\n\n", invocation);
        fflush(stdout);
    }
    interrupt_catch();
    command.progress = progress_begin(command.common.quiet);
    command.book = (struct book){.common = &command.common,
                                 .progress = &command.progress,
                                 .folder = command.folder,
                                 .minimise = !command.no_minimise,
                                 .json = cJSON_CreateArray()};
    cJSON *engines = cJSON_CreateArray();
    for (int engine = 0; engine < FUZZ_ENGINES && !is_over(&command); engine++) {
        if (command.engines[engine]) {
            cJSON_AddItemToArray(engines, run_engine(&command, (enum fuzz_engine)engine));
        }
    }
    return conclude(&command, invocation, engines);
}
