/* minimize.c - `remlock minimize`. */
#include "files.h"
#include "interrupt.h"
#include "one_file.h"
#include "progress.h"
#include "values.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct minimise_options {
    struct one_file_options file;
    uint64_t execution_limit;
    bool portable;
};

enum { KEY_PORTABLE = 0x200 };

static const struct argp_option option_list[] = {
    {"executions", 'n', "N", 0, "Stop after so many executions with the best so far", 1},
    {"portable", KEY_PORTABLE, NULL, 0,
     "Of a program: count synchronisation alone (points=sync) if the finding shows, for all compilers", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct minimise_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->file;
        return 0;
    case 'n':
        options->execution_limit = option_number(state, "--executions", argument, 1, UINT64_MAX);
        return 0;
    case KEY_PORTABLE:
        options->portable = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp minimise_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Makes a replay as simple as possible while it shows the same finding: fewer tasks and operations, then fewer "
           "preemptions, then simpler values. Without --out the result is FILE.min.replay (FILE without its ending). "
           "Every improvement is saved at once, so that nothing is lost when it is stopped."
           "\vExamples:\n"
           "  remlock minimize big.replay                 writes big.min.replay\n"
           "  remlock minimize big.replay -o small.replay\n"
           "  remlock minimize crash-1f0c... -o small.replay    from a raw fuzz input\n"
           "\nExit codes: 0 done (also when stopped), 1 the file shows no finding, 2 usage, 4 malformed or unreadable.",
    .children = one_file_children,
};

static void output_path(const struct minimise_options *options, char *path, size_t size)
{
    if (options->file.out) {
        snprintf(path, size, "%s", options->file.out);
        return;
    }
    const char *input = strcmp(options->file.path, "-") == 0 ? "stdin" : options->file.path;
    size_t length = strlen(input), ending = strlen(".replay");
    if (length > ending && strcmp(input + length - ending, ".replay") == 0) {
        length -= ending;
    }
    snprintf(path, size, "%.*s.min.replay", (int)length, input);
}

struct run {
    struct progress progress;
    const char *path;
    bool failed; /* an improvement could not be saved */
    char message[PATH_MAX + REPLAY_MESSAGE_SIZE];
};

/* Called between executions of the minimiser: what is saved here has no comments, the last file gets them. */
static void on_progress(void *context, const struct replay_progress *minimising)
{
    struct run *run = context;
    struct replay_error error;
    if (minimising->improved && !run->failed && !replay_save(minimising->best, NULL, run->path, &error)) {
        run->failed = true;
        snprintf(run->message, sizeof(run->message), "%s", error.message);
        interrupt_requested = SIGTERM;
    }
    if (progress_due(&run->progress)) {
        progress_show(&run->progress, "minimising: %" PRIu64 " executions, down to %u tasks, %u operations, %u preemptions",
                      minimising->executions, minimising->size.tasks, minimising->size.operations,
                      minimising->size.preemptions);
    }
}

static void add_size(cJSON *json, const char *key, const struct replay_size *size)
{
    cJSON *item = cJSON_AddObjectToObject(json, key);
    cJSON_AddNumberToObject(item, "tasks", size->tasks);
    cJSON_AddNumberToObject(item, "operations", size->operations);
    cJSON_AddNumberToObject(item, "preemptions", size->preemptions);
    cJSON_AddNumberToObject(item, "deviations", size->deviations);
}

static void print_json(const struct minimise_options *options, const char *path, const struct replay_minimised *result)
{
    cJSON *json = json_begin("minimize");
    cJSON_AddStringToObject(json, "file", options->file.path);
    cJSON_AddStringToObject(json, "result", path);
    cJSON_AddStringToObject(json, "finding", result->verdict.finding->identifier);
    cJSON_AddStringToObject(json, "routine", result->verdict.routine);
    cJSON_AddBoolToObject(json, "minimal", result->minimal);
    cJSON_AddNumberToObject(json, "executions", (double)result->executions);
    add_size(json, "before", &result->before);
    add_size(json, "after", &result->after);
    json_print(stdout, json);
}

static void print_text(const struct minimise_options *options, const char *path, const struct replay_minimised *result)
{
    const struct replay_size *before = &result->before, *after = &result->after;
    char count[32];
    printf("%s: %u to %u tasks, %u to %u operations, %u to %u preemptions, in %s executions\n", path, before->tasks,
           after->tasks, before->operations, after->operations, before->preemptions, after->preemptions,
           progress_count(result->executions, count, sizeof(count)));
    printf(result->minimal ? "minimal: without any single task, operation or deviation the finding is gone\n"
                           : "not minimal: stopped before the end\n");
    if (!options->file.common.quiet) {
        printf("remlock explain %s\n", path);
    }
}

static int minimise(const struct minimise_options *options, struct replay *replay)
{
    char path[PATH_MAX], heading[128], message[PATH_MAX + REPLAY_MESSAGE_SIZE];
    struct replay_minimised result;
    struct replay_error error;
    struct run run = {.progress = progress_begin(options->file.common.quiet), .path = path};
    struct replay_minimise_options how = {.execution_limit = options->execution_limit,
                                          .progress = on_progress,
                                          .context = &run,
                                          .cancel = &interrupt_requested,
                                          .portable = options->portable};
    output_path(options, path, sizeof(path));
    interrupt_catch();
    bool found = replay_minimise(replay, &how, &result, &error);
    progress_wipe(&run.progress);
    if (!found) {
        complain("%s: %s", options->file.path, error.message);
        return EXIT_FINDING;
    }
    snprintf(heading, sizeof(heading), "minimised by remlock minimize in %" PRIu64 " executions%s", result.executions,
             result.minimal ? "" : ", not to the end");
    if (run.failed || !case_save(replay, heading, path, message, sizeof(message))) {
        complain("%s", run.failed ? run.message : message);
        return EXIT_USAGE;
    }
    if (options->file.common.json) {
        print_json(options, path, &result);
    } else {
        print_text(options, path, &result);
    }
    return EXIT_CLEAN;
}

int command_minimize(int argument_count, char **arguments)
{
    struct minimise_options options = {0};
    struct case_file file = {0};
    char message[PATH_MAX + REPLAY_MESSAGE_SIZE];
    argp_parse(&minimise_argp, argument_count, arguments, 0, NULL, &options);
    if (!case_load(&file, options.file.path, options.file.subject, message, sizeof(message))) {
        complain("%s", message);
        return EXIT_MALFORMED;
    }
    int code = minimise(&options, &file.replay);
    replay_free(&file.replay);
    return code;
}
