/* status.c - `remlock campaign status`: subjects, engines and findings as they stand. */
#include "overview.h"
#include "progress.h"
#include "views.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static error_t parse_folder(int key, char *argument, struct argp_state *state)
{
    struct campaign_folder_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case ARGP_KEY_ARG:
        if (options->folder) {
            argp_error(state, "one campaign at a time: '%s' or '%s'", options->folder, argument);
        }
        options->folder = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->folder) {
            argp_error(state, "the folder of a campaign is missing");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp folder_argp = {.parser = parse_folder, .children = common_children};
const struct argp_child campaign_folder_children[] = {{&folder_argp, 0, NULL, 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp status_argp = {
    .parser = parse,
    .args_doc = "DIR",
    .doc = "Tells how the campaign in DIR stands, also while it runs: subjects, engines, findings and the time they took."
           "\vExamples:\n"
           "  remlock campaign status night\n"
           "  remlock campaign status --json night\n"
           "\nExit codes: 0 told, 2 usage (also: no campaign in DIR).",
    .children = campaign_folder_children,
};

/* ----------------------------------------------------------------------------------------------------------- tables -- */

static int name_width(const cJSON *list, const char *title)
{
    size_t width = strlen(title);
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        size_t length = strlen(overview_text(item, "name"));
        width = length > width ? length : width;
    }
    return (int)width;
}

static const char *count_text(const cJSON *item, const char *key, char text[32])
{
    return progress_count((uint64_t)overview_number(item, key), text, 32);
}

static void print_subjects(const cJSON *subjects)
{
    const cJSON *subject;
    char executions[32], time[32], slices[32], coverage[32], found[32];
    int width = name_width(subjects, "SUBJECT");
    printf("\n%-*s %15s %12s %7s %9s %9s\n", width, "SUBJECT", "EXECUTIONS", "TIME", "SLICES", "COVERAGE", "FINDINGS");
    cJSON_ArrayForEach(subject, subjects)
    {
        bool suspicious = overview_number(subject, "findings") > 0 && cJSON_IsTrue(overview_part(subject, "correct"));
        printf("%-*s %15s %12s %7s %9s %9s%s\n", width, overview_text(subject, "name"),
               count_text(subject, "executions", executions),
               progress_duration(overview_number(subject, "seconds"), time, sizeof(time)),
               count_text(subject, "slices", slices), count_text(subject, "coverage", coverage),
               count_text(subject, "findings", found), suspicious ? "  held to be correct" : "");
    }
}

static void print_engines(const cJSON *engines)
{
    const cJSON *engine;
    char executions[32], time[32], slices[32], found[32], failed[32];
    int width = name_width(engines, "ENGINE");
    printf("\n%-*s %15s %12s %7s %9s %9s\n", width, "ENGINE", "EXECUTIONS", "TIME", "SLICES", "FINDINGS", "FAILED");
    cJSON_ArrayForEach(engine, engines)
    {
        printf("%-*s %15s %12s %7s %9s %9s\n", width, overview_text(engine, "name"),
               count_text(engine, "executions", executions),
               progress_duration(overview_number(engine, "seconds"), time, sizeof(time)), count_text(engine, "slices", slices),
               count_text(engine, "findings", found), count_text(engine, "failed", failed));
    }
}

static void print_findings(const cJSON *list)
{
    const cJSON *finding;
    char when[32];
    printf("\nFINDINGS\n");
    cJSON_ArrayForEach(finding, list)
    {
        const char *routine = overview_text(finding, "routine");
        printf("%-14s %s%s%s of %s, after %s, %.0f sightings\n", overview_text(finding, "state"),
               overview_text(finding, "finding"), strcmp(routine, "-") == 0 ? "" : " in ",
               strcmp(routine, "-") == 0 ? "" : routine, overview_text(finding, "subject"),
               progress_duration(overview_number(finding, "elapsed"), when, sizeof(when)),
               overview_number(finding, "sightings"));
        if (overview_text(finding, "file")[0]) {
            printf("%-14s %s\n", "", overview_text(finding, "file"));
        }
    }
    if (cJSON_GetArraySize(list) == 0) {
        printf("none so far\n");
    }
}

static void print_list(const char *title, const cJSON *list)
{
    const cJSON *item;
    if (cJSON_GetArraySize(list) > 0) {
        printf("\n%s\n", title);
    }
    cJSON_ArrayForEach(item, list)
    {
        printf("%s\n", cJSON_GetStringValue(item));
    }
}

static void print_status(const cJSON *overview)
{
    char sentence[256];
    const cJSON *campaign = overview_part(overview, "campaign");
    double sessions = overview_number(overview, "sessions"), running = overview_number(overview, "running");
    overview_sentence(overview, sentence, sizeof(sentence));
    printf("%s, %.0f session%s", sentence, sessions, sessions == 1 ? "" : "s");
    if (running > 0) {
        printf(", %.0f slice%s not ended", running, running == 1 ? "" : "s");
    }
    printf("\n%s%s", overview_canary(overview), overview_canary(overview)[0] ? "\n" : "");
    print_subjects(overview_part(campaign, "subjects"));
    print_engines(overview_part(campaign, "engines"));
    print_findings(overview_part(overview, "findings"));
    print_list("ENGINES THAT HAVE NOT RUN", overview_part(overview, "not_run"));
    print_list("TROUBLE", overview_part(campaign, "trouble"));
}

int campaign_command_status(int argument_count, char **arguments)
{
    struct campaign_folder_options options = {0};
    char message[2 * PATH_MAX];
    argp_parse(&status_argp, argument_count, arguments, 0, NULL, &options);
    cJSON *overview = campaign_overview_of(options.folder, "campaign status", message, sizeof(message));
    if (!overview) {
        complain("%s", message);
        return EXIT_USAGE;
    }
    if (options.common.json) {
        json_print(stdout, overview);
        return EXIT_CLEAN;
    }
    print_status(overview);
    cJSON_Delete(overview);
    return EXIT_CLEAN;
}
