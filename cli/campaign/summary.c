/* summary.c - `remlock campaign summary`: one page, as text or Markdown. */
#include "overview.h"
#include "progress.h"
#include "subject_options.h"
#include "values.h"
#include "views.h"

#include <remlock/replay.h>

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* It shall stay one page: what is beyond is counted. */
enum { FINDING_LIMIT = 20, LIST_LIMIT = 10, LINE_SIZE = 4 * PATH_MAX };

struct page {
    FILE *stream;
    bool markdown;
};

/* ---------------------------------------------------------------------------------------------------------- layout -- */

/* Text that means itself in Markdown as well. */
static void put_text(const struct page *page, const char *text)
{
    for (; *text; text++) {
        bool special = strchr("\\`*_{}[]<>#|~", *text) != NULL;
        fprintf(page->stream, special && page->markdown ? "\\%c" : "%c", *text);
    }
}

static void line(const struct page *page, const char *before, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void line(const struct page *page, const char *before, const char *format, ...)
{
    char text[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    fputs(before, page->stream);
    put_text(page, text);
    fputc('\n', page->stream);
}

static void heading(const struct page *page, const char *text)
{
    fprintf(page->stream, page->markdown ? "\n## %s\n\n" : "\n%s\n", text);
}

static const char *bullet(const struct page *page)
{
    return page->markdown ? "- " : "  ";
}

static const char *below_bullet(const struct page *page)
{
    return page->markdown ? "  " : "    ";
}

static void command_line(const struct page *page, const char *command, const char *path)
{
    char quoted[2 * PATH_MAX] = "";
    value_quote(quoted, sizeof(quoted), path);
    if (page->markdown) {
        fprintf(page->stream, "\n  ```sh\n  %s %s\n  ```\n", command, quoted);
    } else {
        fprintf(page->stream, "    %s %s\n", command, quoted);
    }
}

static void more(const struct page *page, int left, const char *folder)
{
    char quoted[2 * PATH_MAX] = "";
    if (left > 0) {
        value_quote(quoted, sizeof(quoted), folder);
        line(page, bullet(page), "and %d more: remlock campaign status %s", left, quoted);
    }
}

/* --------------------------------------------------------------------------------------------------------- findings -- */

static int count_state(const cJSON *overview, const char *state)
{
    int count = 0;
    const cJSON *finding;
    cJSON_ArrayForEach(finding, overview_part(overview, "findings"))
    {
        count += strcmp(overview_text(finding, "state"), state) == 0;
    }
    return count;
}

static bool is_held_correct(const cJSON *overview, const char *name)
{
    const cJSON *subject;
    cJSON_ArrayForEach(subject, overview_part(overview_part(overview, "campaign"), "subjects"))
    {
        if (strcmp(overview_text(subject, "name"), name) == 0) {
            return cJSON_IsTrue(overview_part(subject, "correct"));
        }
    }
    return false;
}

static const char *came_again(const cJSON *finding, char *text, size_t size)
{
    double attempts = overview_number(finding, "attempts");
    text[0] = 0;
    if (attempts > 0) {
        snprintf(text, size, "; came again in %.0f of %.0f replays", overview_number(finding, "reproduced"), attempts);
    }
    return text;
}

static void put_finding(const struct page *page, const cJSON *overview, const cJSON *finding)
{
    char after[32], count[32], again[64];
    const char *routine = overview_text(finding, "routine"), *subject = overview_text(finding, "subject");
    double sightings = overview_number(finding, "sightings");
    bool has_routine = strcmp(routine, "-") != 0;
    line(page, bullet(page), "%s%s%s of %s%s", overview_text(finding, "finding"), has_routine ? " in " : "",
         has_routine ? routine : "", subject, is_held_correct(overview, subject) ? ", which is held to be correct" : "");
    if (overview_text(finding, "message")[0]) {
        line(page, below_bullet(page), "%s", overview_text(finding, "message"));
    }
    line(page, below_bullet(page), "First at execution %s (%s), by %s; seen %.0f time%s%s.",
         progress_count((uint64_t)overview_number(finding, "executions"), count, sizeof(count)),
         progress_duration(overview_number(finding, "elapsed"), after, sizeof(after)),
         overview_text(finding, "engine")[0] ? overview_text(finding, "engine") : "an earlier session", sightings,
         sightings == 1 ? "" : "s", came_again(finding, again, sizeof(again)));
    if (overview_text(finding, "file")[0]) {
        command_line(page, "remlock explain", overview_text(finding, "file"));
    }
}

static void put_findings(const struct page *page, const cJSON *overview, const char *state, const char *title)
{
    int count = count_state(overview, state), told = 0;
    const cJSON *finding;
    if (count == 0) {
        return;
    }
    heading(page, title);
    cJSON_ArrayForEach(finding, overview_part(overview, "findings"))
    {
        if (strcmp(overview_text(finding, "state"), state) == 0 && told < FINDING_LIMIT) {
            put_finding(page, overview, finding);
            told++;
        }
    }
    more(page, count - told, overview_text(overview, "folder"));
    if (strcmp(state, "found") == 0) {
        line(page, "", "To have them confirmed, go on:");
        command_line(page, "remlock campaign --resume --out", overview_text(overview, "folder"));
    }
}

/* ------------------------------------------------------------------------------------------------------ the rest -- */

/* Subjects that nothing was executed of. */
static void put_untouched(const struct page *page, const cJSON *overview)
{
    int untouched = 0;
    const cJSON *subject;
    cJSON_ArrayForEach(subject, overview_part(overview_part(overview, "campaign"), "subjects"))
    {
        bool touched = overview_number(subject, "executions") > 0;
        if (!touched && untouched < LIST_LIMIT) {
            line(page, bullet(page), "%s: nothing was executed", overview_text(subject, "name"));
        }
        untouched += !touched;
    }
    more(page, untouched - LIST_LIMIT, overview_text(overview, "folder"));
}

static void put_engines(const struct page *page, const cJSON *not_run)
{
    char names[128] = "";
    const cJSON *name;
    cJSON_ArrayForEach(name, not_run)
    {
        line_append(names, sizeof(names), "%s%s", names[0] ? ", " : "", cJSON_GetStringValue(name));
    }
    if (names[0]) {
        line(page, bullet(page), "not run: %s; 'remlock doctor' tells what an engine needs; or there was too little time",
             names);
    }
}

static bool is_anything_missing(const cJSON *overview)
{
    const cJSON *campaign = overview_part(overview, "campaign"), *subject;
    cJSON_ArrayForEach(subject, overview_part(campaign, "subjects"))
    {
        if (overview_number(subject, "executions") == 0) {
            return true;
        }
    }
    return cJSON_GetArraySize(overview_part(overview, "not_run")) > 0 ||
           cJSON_GetArraySize(overview_part(campaign, "trouble")) > 0;
}

static void put_missing(const struct page *page, const cJSON *overview)
{
    int told = 0;
    const cJSON *item, *trouble = overview_part(overview_part(overview, "campaign"), "trouble");
    if (!is_anything_missing(overview)) {
        return;
    }
    heading(page, "What was missing");
    put_engines(page, overview_part(overview, "not_run"));
    put_untouched(page, overview);
    cJSON_ArrayForEach(item, trouble)
    {
        if (told < LIST_LIMIT) {
            line(page, bullet(page), "%s", cJSON_GetStringValue(item));
            told++;
        }
    }
    more(page, cJSON_GetArraySize(trouble) - told, overview_text(overview, "folder"));
}

static void put_title(const struct page *page, const cJSON *overview)
{
    char title[256];
    int confirmed = count_state(overview, "confirmed"),
        other = cJSON_GetArraySize(overview_part(overview, "findings")) - confirmed;
    int subjects = cJSON_GetArraySize(overview_part(overview_part(overview, "campaign"), "subjects"));
    int length = confirmed ? snprintf(title, sizeof(title), "%d finding%s", confirmed, confirmed == 1 ? "" : "s")
                           : snprintf(title, sizeof(title), "nothing confirmed");
    if (confirmed == 0 && other == 0) {
        length = snprintf(title, sizeof(title), "nothing found");
    }
    if (other > 0) {
        length += snprintf(title + length, sizeof(title) - (size_t)length, ", %d not confirmed", other);
    }
    snprintf(title + length, sizeof(title) - (size_t)length, " in %d subject%s", subjects, subjects == 1 ? "" : "s");
    fprintf(page->stream, "%sremlock campaign: %s\n\n", page->markdown ? "# " : "", title);
}

static void put_circumstances(const struct page *page, const cJSON *overview)
{
    char sentence[256];
    const cJSON *campaign = overview_part(overview, "campaign");
    overview_sentence(overview, sentence, sizeof(sentence));
    line(page, "", "%s; from %s to %s.", sentence, overview_text(campaign, "started"), overview_text(campaign, "ended"));
    if (overview_canary(overview)[0]) {
        line(page, "", "%s", overview_canary(overview));
    }
}

void campaign_summary_print(FILE *stream, const cJSON *overview, bool markdown)
{
    struct page page = {stream, markdown};
    put_title(&page, overview);
    put_circumstances(&page, overview);
    put_findings(&page, overview, "confirmed", "Findings");
    put_findings(&page, overview, "unreproducible", "Seen, and not again");
    put_findings(&page, overview, "found", "Seen, and not yet confirmed");
    put_missing(&page, overview);
}

bool campaign_summary_save(struct campaign *campaign, const char *folder, char *message, size_t size)
{
    char path[PATH_MAX], *text = NULL;
    size_t length = 0;
    struct replay_error error;
    cJSON *overview = campaign_overview(campaign, folder, "campaign summary", message, size);
    FILE *stream = overview ? open_memstream(&text, &length) : NULL;
    if (stream) {
        campaign_summary_print(stream, overview, true);
        fclose(stream);
    } else if (overview) {
        snprintf(message, size, "out of memory for the summary");
    }
    cJSON_Delete(overview);
    snprintf(path, sizeof(path), "%s/summary.md", folder);
    bool saved = text && replay_replace_file(path, text, length, &error);
    if (text && !saved) {
        snprintf(message, size, "%s", error.message);
    }
    free(text);
    return saved;
}

/* --------------------------------------------------------------------------------------------------------- command -- */

struct summary_options {
    struct campaign_folder_options about;
    bool markdown;
};

enum { KEY_FORMAT = 0x200 };

static const struct argp_option option_list[] = {
    {"format", KEY_FORMAT, "FORMAT", 0, "text or markdown (text)", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct summary_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->about;
        return 0;
    case KEY_FORMAT:
        if (strcmp(argument, "text") != 0 && strcmp(argument, "markdown") != 0) {
            argp_error(state, "--format %s: expected text or markdown", argument);
        }
        options->markdown = strcmp(argument, "markdown") == 0;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp summary_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "DIR",
    .doc = "One page on the campaign in DIR, for people who did not watch it: what was found, how to see it again, what was "
           "missing. A campaign writes it as DIR/summary.md when it ends."
           "\vExamples:\n"
           "  remlock campaign summary night\n"
           "  remlock campaign summary --format markdown night >> \"$GITHUB_STEP_SUMMARY\"\n"
           "\nExit codes: 0 told, 2 usage (also: no campaign in DIR).",
    .children = campaign_folder_children,
};

int campaign_command_summary(int argument_count, char **arguments)
{
    struct summary_options options = {0};
    char message[2 * PATH_MAX];
    argp_parse(&summary_argp, argument_count, arguments, 0, NULL, &options);
    cJSON *overview = campaign_overview_of(options.about.folder, "campaign summary", message, sizeof(message));
    if (!overview) {
        complain("%s", message);
        return EXIT_USAGE;
    }
    if (options.about.common.json) {
        json_print(stdout, overview);
        return EXIT_CLEAN;
    }
    campaign_summary_print(stdout, overview, options.markdown);
    cJSON_Delete(overview);
    return EXIT_CLEAN;
}
