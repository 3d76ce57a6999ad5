/* common.c - common options, messages and JSON documents. */
#include "command.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *speaker = "remlock";

void complain_as(const char *name)
{
    speaker = name;
}

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fprintf(stderr, "%s: ", speaker);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

enum { KEY_JSON = 0x100, KEY_COLOUR };

static const struct argp_option common_list[] = {
    {"json", KEY_JSON, NULL, 0, "Print one JSON document instead of text", 10},
    {"quiet", 'q', NULL, 0, "Print results only: no progress, no hints", 10},
    {"color", KEY_COLOUR, "WHEN", 0, "Colour: auto (on a terminal, unless NO_COLOR is set), always or never", 10},
    {"colour", KEY_COLOUR, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 10},
    {0},
};

static bool parse_colour(const char *word, enum report_colour *colour)
{
    static const char *const words[] = {"auto", "always", "never"};
    for (uint32_t index = 0; index < 3; index++) {
        if (strcmp(word, words[index]) == 0) {
            *colour = (enum report_colour)index;
            return true;
        }
    }
    return false;
}

void (*common_inspect)(const struct argp *argp);

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
    struct common_options *common = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        if (common_inspect) {
            common_inspect(state->root_argp);
        }
        return 0;
    case KEY_JSON:
        common->json = true;
        return 0;
    case 'q':
        common->quiet = true;
        return 0;
    case KEY_COLOUR:
        if (!parse_colour(argument, &common->colour)) {
            argp_error(state, "--color=%s: expected auto, always or never", argument);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp common_argp = {.options = common_list, .parser = parse_common};
const struct argp_child common_children[] = {{&common_argp, 0, NULL, 0}, {0}};

struct report_style common_style(const struct common_options *common)
{
    return report_style_for(stdout, common->colour);
}

cJSON *json_begin(const char *command)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "remlock", REMLOCK_VERSION);
    cJSON_AddStringToObject(json, "command", command);
    return json;
}

void json_print(FILE *stream, cJSON *json)
{
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    if (!text) {
        complain("out of memory while writing JSON");
        exit(EXIT_USAGE);
    }
    fprintf(stream, "%s\n", text);
    free(text);
}
