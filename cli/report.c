/* report.c - `remlock report`. */
#include "command.h"
#include "interrupt.h"
#include "report/document.h"
#include "values.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_FORMAT = 0x200, KEY_TITLE, KEY_ROOT, KEY_JOBS, KEY_LIMIT, JOB_LIMIT = 256, INVOCATION_SIZE = 1 << 16 };

struct report_options {
    struct common_options common;
    struct report_request request;
    const struct report_format *format;
    const char *format_name;
    const char *out; /* NULL: the standard output */
};

static const struct argp_option option_list[] = {
    {"format", KEY_FORMAT, "NAME", 0, "text (unless said otherwise), json, ...: see below", 1},
    {"out", 'o', "FILE", 0, "Write here, instead of to the standard output", 1},
    {"title", KEY_TITLE, "TEXT", 0, "What the report is called", 1},
    {"source-root", KEY_ROOT, "DIR", 0, "Name source files relative to this folder (top of the work tree)", 1},
    {"jobs", KEY_JOBS, "N", 0, "Explain so many replays at the same time (number of processors)", 2},
    {"time-limit", KEY_LIMIT, "TIME", 0, "Give up a replay after this time (30s)", 2},
    {0},
};

static void take_input(struct report_request *request, const char *input)
{
    const char **inputs = realloc((void *)request->inputs, (request->input_count + 1) * sizeof(*inputs));
    if (!inputs) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    inputs[request->input_count++] = input;
    request->inputs = inputs;
}

/* --json means the format of that name. */
static void settle_format(struct report_options *options, struct argp_state *state)
{
    const char *name = options->format_name ? options->format_name : options->common.json ? "json" : "text";
    options->format = report_format_named(name);
    if (!options->format) {
        argp_error(state, "--format=%s: there is no such format; 'remlock report --help' lists them", name);
    }
    if (options->common.json && strcmp(name, "json") != 0) {
        argp_error(state, "--json and --format=%s: which of them?", name);
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct report_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_FORMAT:
        options->format_name = argument;
        return 0;
    case 'o':
        options->out = argument;
        return 0;
    case KEY_TITLE:
        options->request.title = argument;
        return 0;
    case KEY_ROOT:
        options->request.source_root = argument;
        return 0;
    case KEY_JOBS:
        options->request.jobs = (uint32_t)option_number(state, "--jobs", argument, 1, JOB_LIMIT);
        return 0;
    case KEY_LIMIT:
        options->request.time_limit = option_duration(state, "--time-limit", argument);
        return 0;
    case ARGP_KEY_ARG:
        take_input(&options->request, argument);
        return 0;
    case ARGP_KEY_END:
        if (options->request.input_count == 0) {
            argp_error(state, "a replay file, a folder or a campaign is missing");
        }
        settle_format(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Formats are told by the table of them. */
static char *help_filter(int key, const char *text, void *input)
{
    char *help = NULL;
    size_t size;
    (void)input;
    FILE *stream = key == ARGP_KEY_HELP_POST_DOC ? open_memstream(&help, &size) : NULL;
    if (!stream) {
        return (char *)text;
    }
    fputs("Formats:\n", stream);
    for (const struct report_format *format = report_formats; format->name; format++) {
        fprintf(stream, "  %-8s %s\n", format->name, format->summary);
    }
    fprintf(stream, "\n%s\n", text);
    fclose(stream);
    return help;
}

static const struct argp report_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "IN...",
    .doc =
        "Makes a report of replay files, raw fuzz inputs, all replay files of a folder and those below it, or of a campaign, "
        "given by its folder. Each is run by a process of its own: one that crashes or hangs costs one picture."
        "\vExamples:\n"
        "  remlock report remlock-findings                            what was found, to read\n"
        "  remlock report remlock-findings --format html -o report.html\n"
        "  remlock report night --format sarif -o remlock.sarif       a campaign, for code scanning\n"
        "\nExit codes: 0 the report was written, whatever stands in it; 2 usage; 5 interrupted.",
    .children = common_children,
    .help_filter = help_filter,
};

static void write_invocation(char *line, size_t size, int argument_count, char **arguments)
{
    snprintf(line, size, "remlock report");
    for (int index = 1; index < argument_count; index++) {
        char typed[PATH_MAX];
        size_t length = strlen(line);
        snprintf(line + length, size - length, " ");
        report_file_typed(arguments[index], typed, sizeof(typed));
        value_quote(line, size, typed);
    }
}

static int report(const struct report_options *options)
{
    char message[PATH_MAX + 1024] = "";
    interrupt_catch();
    cJSON *document = report_document_make(&options->request, message, sizeof(message));
    if (!document) {
        complain("%s", message);
        return interrupt_requested ? EXIT_STOPPED : EXIT_USAGE;
    }
    bool written = report_document_write(document, options->format, options->out, message, sizeof(message));
    cJSON_Delete(document);
    if (!written) {
        complain("%s", message);
    }
    return written ? EXIT_CLEAN : EXIT_USAGE;
}

int command_report(int argument_count, char **arguments)
{
    static char invocation[INVOCATION_SIZE];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct report_options options = {.request = {.invocation = invocation, .time_limit = 30}};
    options.request.jobs = processors < 1 ? 1 : processors > JOB_LIMIT ? JOB_LIMIT : (uint32_t)processors;
    write_invocation(invocation, sizeof(invocation), argument_count, arguments);
    argp_parse(&report_argp, argument_count, arguments, 0, NULL, &options);
    options.request.quiet = options.common.quiet;
    int code = report(&options);
    free((void *)options.request.inputs);
    return code;
}
