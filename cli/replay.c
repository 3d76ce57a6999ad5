/* replay.c - `remlock replay`. */
#include "command.h"
#include "files.h"
#include "replay_gdb.h"
#include "values.h"

#include <remlock/fuzz.h>

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 4096, KEY_SUBJECT = 0x200, KEY_GDB, KEY_GDB_COMMAND, KEY_BATCH };

struct replay_options {
    struct common_options common;
    const struct subject *subject; /* NULL: the files say it */
    const char *files[FILE_LIMIT];
    uint32_t count;
    struct gdb_options gdb;
};

/* ---------------------------------------------------------------------------------------------------------- options -- */

static const struct argp_option option_list[] = {
    {"subject", KEY_SUBJECT, "SUBJECT", 0, "Run them on this one, whatever they say they are for", 1},
    {"gdb", KEY_GDB, NULL, 0, "Of one file: in gdb, which stops at preemptions and at the violation", 2},
    {"ex", KEY_GDB_COMMAND, "COMMAND", 0, "A command for gdb; any number of them", 2},
    {"batch", KEY_BATCH, NULL, 0, "End gdb after these commands", 2},
    {0},
};

static void check(const struct replay_options *options, struct argp_state *state)
{
    if (!options->gdb.wanted && (options->gdb.count > 0 || options->gdb.batch)) {
        argp_error(state, "--ex and --batch are for --gdb");
    }
    if (options->gdb.wanted && (options->count != 1 || options->common.json)) {
        argp_error(state, options->common.json ? "--gdb prints no JSON" : "gdb takes one file at a time");
    }
    if (options->gdb.wanted && strcmp(options->files[0], "-") == 0) {
        argp_error(state, "gdb needs a file, not the standard input");
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct replay_options *options = state->input;
    char message[SUBJECT_PROBLEM_SIZE];
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_SUBJECT:
        options->subject = subject_open(argument, message, sizeof(message));
        if (!options->subject) {
            argp_failure(state, EXIT_USAGE, 0, "%s", message);
        }
        return 0;
    case KEY_GDB:
        options->gdb.wanted = true;
        return 0;
    case KEY_GDB_COMMAND:
        if (options->gdb.count == GDB_COMMAND_LIMIT) {
            argp_error(state, "more than %d commands; 'source FILE' runs those of a file", GDB_COMMAND_LIMIT);
        }
        options->gdb.commands[options->gdb.count++] = argument;
        return 0;
    case KEY_BATCH:
        options->gdb.batch = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->count == FILE_LIMIT) {
            argp_error(state, "more than %d files; 'remlock regress' takes a folder", FILE_LIMIT);
        }
        options->files[options->count++] = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a file is missing");
        return 0;
    case ARGP_KEY_END:
        check(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp replay_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE...",
    .doc = "Runs replay files, or raw fuzz inputs (of the builtin engine, libFuzzer or AFL++), exactly as they were found. "
           "\"-\" is the standard input."
           "\vExamples:\n"
           "  remlock replay remlock-findings/*.replay\n"
           "  remlock replay crash-1f0c...        an input that libFuzzer left\n"
           "  remlock replay --subject build/my.so bug.replay    the same on another build of the driver\n"
           "  remlock replay --gdb bug.replay     step through it; 'remlock help' in gdb tells how\n"
           "  remlock replay --gdb --batch --ex 'remlock violation' --ex bt bug.replay\n"
           "\nExit codes: 0 clean, 1 finding, 2 usage, 3 diverged (file and code disagree), 4 malformed or "
           "unreadable; of several files, the highest one.",
    .children = common_children,
};

/* ---------------------------------------------------------------------------------------------------------- running -- */

static int code_of(const struct replay_result *result)
{
    if (result->outcome == REPLAY_DIVERGED) {
        return EXIT_DIVERGED;
    }
    return result->verdict.finding ? EXIT_FINDING : EXIT_CLEAN;
}

static void print_result(const struct replay_options *options, const struct replay *replay, const struct replay_result *result,
                         const char *path)
{
    struct report_style style = common_style(&options->common);
    struct report_execution execution = {.scenario = &replay->scenario, .verdict = &result->verdict, .path = path};
    char expectation[160];
    if (options->count > 1) {
        printf("%s\n", path);
    }
    if (result->outcome == REPLAY_DIVERGED) {
        char why[REPLAY_MESSAGE_SIZE * 2];
        replay_explain_divergence(replay, result, why, sizeof(why));
        printf("diverged: %s\n", why);
        return;
    }
    report_verdict(stdout, &style, &execution);
    case_expectation(replay, expectation, sizeof(expectation));
    if (expectation[0]) {
        printf("  %s: the file expects %s\n", replay_outcome_name(result->outcome), expectation);
    }
    if (result->verdict.finding && !options->common.quiet) {
        printf("  remlock explain %s\n", path);
    }
}

static cJSON *result_json(const struct replay *replay, const struct replay_result *result, const char *path)
{
    struct report_execution execution = {.scenario = &replay->scenario, .verdict = &result->verdict, .path = path};
    char text[REPLAY_MESSAGE_SIZE * 2];
    cJSON *json = report_verdict_json(&execution);
    cJSON_AddStringToObject(json, "outcome", replay_outcome_name(result->outcome));
    case_expectation(replay, text, sizeof(text));
    cJSON_AddStringToObject(json, "expected", text);
    if (result->outcome == REPLAY_DIVERGED) {
        replay_explain_divergence(replay, result, text, sizeof(text));
        cJSON_AddStringToObject(json, "divergence", text);
    }
    return json;
}

static cJSON *failure_json(const char *path, const char *message)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file", path);
    cJSON_AddStringToObject(json, "outcome", "malformed");
    cJSON_AddStringToObject(json, "message", message);
    return json;
}

static int replay_one(const struct replay_options *options, const char *path, cJSON *list)
{
    struct case_file file = {0};
    struct replay_result result;
    char message[PATH_MAX + REPLAY_MESSAGE_SIZE];
    if (!case_load(&file, path, options->subject, message, sizeof(message))) {
        complain("%s", message);
        cJSON_AddItemToArray(list, failure_json(path, message));
        return EXIT_MALFORMED;
    }
    replay_run(&file.replay, HARNESS_RECORD, &result);
    if (options->common.json) {
        cJSON_AddItemToArray(list, result_json(&file.replay, &result, path));
    } else {
        print_result(options, &file.replay, &result, path);
    }
    replay_free(&file.replay);
    return code_of(&result);
}

int command_replay(int argument_count, char **arguments)
{
    static struct replay_options options;
    int worst = EXIT_CLEAN;
    argp_parse(&replay_argp, argument_count, arguments, 0, NULL, &options);
    if (options.gdb.wanted) {
        return replay_in_gdb(options.files[0], options.subject, &options.gdb);
    }
    cJSON *list = cJSON_CreateArray();
    for (uint32_t index = 0; index < options.count; index++) {
        int code = replay_one(&options, options.files[index], list);
        worst = code > worst ? code : worst;
    }
    if (!options.common.json) {
        cJSON_Delete(list);
        return worst;
    }
    cJSON *json = json_begin("replay");
    cJSON_AddItemToObject(json, "replays", list);
    json_print(stdout, json);
    return worst;
}
