/* version.c - `remlock version`, and what others want to know of the build. */
#include "version.h"

#include "command.h"
#include "version_facts.h"

#include <remlock/replay.h>

#include <cjson/cJSON.h>
#include <string.h>

const char *version_build(void)
{
    static char line[512];
    if (line[0] == 0) {
        snprintf(line, sizeof(line), "%s%s%s, %s %s%s%s%s", VERSION_REVISION, VERSION_REVISION[0] ? ", " : "", VERSION_COMPILER,
                 VERSION_TYPE, VERSION_FLAGS, VERSION_WHOLE_PROGRAM ? ", whole program" : "",
                 VERSION_SANITIZERS[0] ? ", sanitizers " : "", VERSION_SANITIZERS);
    }
    return line;
}

void version_print(FILE *stream)
{
    fprintf(stream, "remlock %s\n", REMLOCK_VERSION);
    if (VERSION_REVISION[0]) {
        fprintf(stream, "  revision      %s\n", VERSION_REVISION);
    }
    fprintf(stream, "  compiler      %s\n", VERSION_COMPILER);
    fprintf(stream, "  build         %s %s%s\n", VERSION_TYPE, VERSION_FLAGS,
            VERSION_WHOLE_PROGRAM ? ", optimised as a whole program" : "");
    fprintf(stream, "  sanitizers    %s\n", VERSION_SANITIZERS[0] ? VERSION_SANITIZERS : "none");
    fprintf(stream, "  engines       builtin%s%s%s\n", VERSION_FUZZ_TARGETS[0] ? "," : "", VERSION_FUZZ_TARGETS,
            VERSION_STRESS ? "; stress on real threads" : "");
    fprintf(stream, "  replay files  format %d%s\n", REPLAY_VERSION, REPLAY_VERSION > 1 ? " and older" : "");
}

static cJSON *words_json(const char *list)
{
    cJSON *json = cJSON_CreateArray();
    while (*list) {
        char word[32];
        int length = (int)strcspn(list, ",");
        snprintf(word, sizeof(word), "%.*s", length, list);
        cJSON_AddItemToArray(json, cJSON_CreateString(word));
        list += length + (list[length] == ',');
    }
    return json;
}

static void print_json(void)
{
    cJSON *json = json_begin("version"), *build = cJSON_AddObjectToObject(json, "build");
    if (VERSION_REVISION[0]) {
        cJSON_AddStringToObject(build, "revision", VERSION_REVISION);
    }
    cJSON_AddStringToObject(build, "compiler", VERSION_COMPILER);
    cJSON_AddStringToObject(build, "type", VERSION_TYPE);
    cJSON_AddStringToObject(build, "flags", VERSION_FLAGS);
    cJSON_AddBoolToObject(build, "whole_program", VERSION_WHOLE_PROGRAM);
    cJSON_AddItemToObject(build, "sanitizers", words_json(VERSION_SANITIZERS));
    cJSON_AddItemToObject(build, "fuzz_targets", words_json(VERSION_FUZZ_TARGETS));
    cJSON_AddBoolToObject(build, "stress", VERSION_STRESS);
    cJSON *replays = cJSON_AddObjectToObject(json, "replay_format");
    cJSON_AddNumberToObject(replays, "oldest", 1);
    cJSON_AddNumberToObject(replays, "newest", REPLAY_VERSION);
    json_print(stdout, json);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    if (key == ARGP_KEY_ARG) {
        argp_error(state, "takes no argument: '%s'", argument);
    }
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp version_argp = {
    .parser = parse,
    .doc = "Tells which version this is, how it was built, and which formats it reads. The first line is for programs to read; "
           "'remlock --version' says the same."
           "\vExamples:\n"
           "  remlock version\n"
           "  remlock version --json\n",
    .children = common_children,
};

int command_version(int argument_count, char **arguments)
{
    struct common_options common = {0};
    argp_parse(&version_argp, argument_count, arguments, 0, NULL, &common);
    if (common.json) {
        print_json();
    } else {
        version_print(stdout);
    }
    return EXIT_CLEAN;
}
