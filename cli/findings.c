/* findings.c - `remlock findings`: the catalogue. */
#include "command.h"

#include <remlock/replay.h>

#include <cjson/cJSON.h>
#include <string.h>

struct findings_options {
    struct common_options common;
    enum report_markup format;
    const char *identifier; /* or NULL */
};

enum { KEY_FORMAT = 0x200 };

static const struct argp_option option_list[] = {
    {"format", KEY_FORMAT, "NAME", 0, "text (standard), markdown or json", 1},
    {0},
};

static void parse_format(struct argp_state *state, struct findings_options *options, const char *name)
{
    if (strcmp(name, "json") == 0) {
        options->common.json = true;
    } else if (strcmp(name, "markdown") == 0) {
        options->format = REPORT_MARKDOWN;
    } else if (strcmp(name, "text") != 0) {
        argp_error(state, "--format=%s: expected text, markdown or json", name);
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct findings_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_FORMAT:
        parse_format(state, options, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (options->identifier) {
            argp_error(state, "one finding at a time: '%s' or '%s'", options->identifier, argument);
        }
        options->identifier = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp findings_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "[IDENTIFIER]",
    .doc = "Lists everything that can be found: identifier, meaning, what Windows would say, how to fix it."
           "\vExamples:\n"
           "  remlock findings\n"
           "  remlock findings use-after-free\n"
           "  remlock findings --format markdown     the page docs/findings.md\n",
    .children = common_children,
};

static const char *identifier_at(const void *context, uint32_t index)
{
    (void)context;
    return findings[index].identifier;
}

static int unknown(const char *identifier)
{
    const char *nearest = nearest_name(identifier, identifier_at, NULL);
    if (nearest) {
        complain("unknown finding '%s'; did you mean '%s'?", identifier, nearest);
    } else {
        complain("unknown finding '%s'; 'remlock findings' lists all", identifier);
    }
    return EXIT_USAGE;
}

int command_findings(int argument_count, char **arguments)
{
    struct findings_options options = {0};
    argp_parse(&findings_argp, argument_count, arguments, 0, NULL, &options);
    const struct finding *only = NULL;
    if (options.identifier) {
        only = finding_find(options.identifier);
        if (!only) {
            return unknown(options.identifier);
        }
    }
    if (options.common.json) {
        cJSON *json = json_begin("findings");
        cJSON_AddItemToObject(json, "findings", report_findings_json(only));
        json_print(stdout, json);
        return EXIT_CLEAN;
    }
    struct report_style style = common_style(&options.common);
    report_findings(stdout, &style, options.format, only);
    return EXIT_CLEAN;
}
