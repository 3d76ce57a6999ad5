/* explain.c - `remlock explain`. */
#include "files.h"
#include "one_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_FULL = 0x200 };

struct explain_options {
    struct one_file_options file;
    bool full;
};

static const struct argp_option option_list[] = {
    {"full", KEY_FULL, NULL, 0, "Leave no step out", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct explain_options *options = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->file;
        return 0;
    case KEY_FULL:
        options->full = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp explain_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Tells what happens in a replay: the interleaving in columns, one per task, with source lines and values, who "
           "held what, the life of the memory it is about, what went wrong, what Windows would say and how to fix it."
           "\vExamples:\n"
           "  remlock explain remlock-findings/FILE.replay\n"
           "  remlock explain --full --color=always FILE.replay | less -R\n"
           "  remlock explain --json FILE.replay          the trace for other programs\n"
           "\nExit codes: 0 told, 2 usage, 3 diverged (file and code disagree; what happens instead is told), "
           "4 malformed or unreadable.",
    .children = one_file_children,
};

static void explain_text(FILE *stream, const struct explain_options *options, const struct report_execution *execution,
                         const char *divergence)
{
    struct report_style style = report_style_for(stream, options->file.common.colour);
    style.everything = options->full;
    if (divergence[0]) {
        fprintf(stream, "diverged: %s\nWhat happens instead:\n\n", divergence);
    }
    report_explanation(stream, &style, execution);
}

/* A raw fuzz input says little to a person; its text comes last, because making it runs the replay again. */
static void add_replay_text(cJSON *json, const struct case_file *file)
{
    char *text = file->raw ? case_text(&file->replay, NULL, NULL) : NULL;
    if (text) {
        cJSON_AddStringToObject(json, "replay", text);
    }
    free(text);
}

static void explain_json(FILE *stream, const struct report_execution *execution, const struct case_file *file,
                         const struct replay_result *result, const char *divergence)
{
    char expectation[CASE_EXPECTATION_SIZE];
    cJSON *json = json_begin("explain");
    case_expectation(&file->replay, expectation, sizeof(expectation));
    cJSON_AddStringToObject(json, "outcome", replay_outcome_name(result->outcome));
    cJSON_AddStringToObject(json, "expected", expectation);
    cJSON_AddItemToObject(json, "explanation", report_explanation_json(execution));
    if (divergence[0]) {
        cJSON_AddStringToObject(json, "divergence", divergence);
    }
    add_replay_text(json, file);
    json_print(stream, json);
}

static void tell(FILE *stream, const struct explain_options *options, const struct case_file *file,
                 const struct replay_result *result)
{
    char divergence[REPLAY_MESSAGE_SIZE * 2] = "";
    const struct replay *replay = &file->replay;
    if (result->outcome == REPLAY_DIVERGED) {
        replay_explain_divergence(replay, result, divergence, sizeof(divergence));
    }
    struct report_execution execution = {
        .scenario = &replay->scenario, .verdict = &result->verdict, .path = options->file.path};
    if (options->file.common.json) {
        explain_json(stream, &execution, file, result, divergence);
    } else {
        explain_text(stream, options, &execution, divergence);
    }
}

static bool tell_to_file(const struct explain_options *options, const struct case_file *file,
                         const struct replay_result *result)
{
    char *text = NULL;
    size_t size = 0;
    struct replay_error error = {.message = "out of memory"};
    FILE *stream = open_memstream(&text, &size);
    if (!stream) {
        complain("%s", error.message);
        return false;
    }
    tell(stream, options, file, result);
    bool written = fclose(stream) == 0 && replay_replace_file(options->file.out, text, size, &error);
    if (!written) {
        complain("%s", error.message);
    }
    free(text);
    return written;
}

/* What the code under test prints must not get into a document: it goes to the standard error output. */
static FILE *stream_for_document(void)
{
    fflush(stdout);
    int descriptor = dup(STDOUT_FILENO);
    FILE *stream = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!stream || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        complain("cannot write to the standard output: %s", strerror(errno));
        exit(EXIT_USAGE);
    }
    return stream;
}

static void tell_to_stream(FILE *stream, const struct explain_options *options, const struct case_file *file,
                           const struct replay_result *result)
{
    tell(stream, options, file, result);
    if (stream != stdout && fclose(stream) != 0) {
        complain("cannot write to the standard output: %s", strerror(errno));
        exit(EXIT_USAGE);
    }
}

static int explain(const struct explain_options *options, const struct case_file *file, FILE *stream)
{
    struct replay_result result;
    replay_run(&file->replay, HARNESS_RECORD, &result);
    if (!options->file.out) {
        tell_to_stream(stream, options, file, &result);
    } else if (!tell_to_file(options, file, &result)) {
        return EXIT_USAGE;
    }
    return result.outcome == REPLAY_DIVERGED ? EXIT_DIVERGED : EXIT_CLEAN;
}

int command_explain(int argument_count, char **arguments)
{
    struct explain_options options = {0};
    struct case_file file = {0};
    char message[PATH_MAX + REPLAY_MESSAGE_SIZE];
    argp_parse(&explain_argp, argument_count, arguments, 0, NULL, &options);
    FILE *stream = options.file.common.json && !options.file.out ? stream_for_document() : stdout;
    if (!case_load(&file, options.file.path, options.file.subject, message, sizeof(message))) {
        complain("%s", message);
        return EXIT_MALFORMED;
    }
    int code = explain(&options, &file, stream);
    replay_free(&file.replay);
    return code;
}
