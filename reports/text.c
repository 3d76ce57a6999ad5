/* text.c - a report document as text: an overview, then the story of each finding. */
#include "document.h"
#include "formats.h"
#include "style.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { WIDTH = 120, PLACE_SIZE = 4096 };

static const struct report_style plain = {.width = WIDTH};

/* -------------------------------------------------------------------------------------------------------- overview -- */

static uint32_t count_outcome(const cJSON *replays, const char *outcome)
{
    uint32_t count = 0;
    const cJSON *replay;
    cJSON_ArrayForEach(replay, replays)
    {
        count += strcmp(document_text(replay, "outcome"), outcome) == 0;
    }
    return count;
}

static void print_counts(FILE *stream, const cJSON *document)
{
    static const char *const outcomes[] = {"as-expected", "not-as-expected", "diverged", "malformed", "crashed", "timed-out"};
    const cJSON *replays = document_get(document, "replays");
    uint32_t found = document_count(document, "findings"), count = document_count(document, "replays");
    fprintf(stream, "%u finding%s in %u replay%s", found, found == 1 ? "" : "s", count, count == 1 ? "" : "s");
    const char *separator = ": ";
    for (size_t index = 0; index < sizeof(outcomes) / sizeof(outcomes[0]); index++) {
        uint32_t number = count_outcome(replays, outcomes[index]);
        if (number) {
            fprintf(stream, "%s%u %s", separator, number, outcomes[index]);
            separator = ", ";
        }
    }
    fputc('\n', stream);
}

static void print_list(FILE *stream, const cJSON *document)
{
    uint32_t number = 0;
    const cJSON *finding;
    cJSON_ArrayForEach(finding, document_get(document, "findings"))
    {
        char place[PLACE_SIZE];
        const char *routine = document_routine(finding);
        document_place(finding, place, sizeof(place));
        fprintf(stream, "%s%4u  %s%s%s  %s  %s\n", number ? "" : "\n", number + 1, document_text(finding, "finding"),
                routine[0] ? " in " : "", routine, document_text(finding, "subject"), place);
        number++;
    }
}

/* What went another way than its file says, or nowhere. */
static void print_trouble(FILE *stream, const cJSON *document)
{
    bool any = false;
    const cJSON *replay;
    cJSON_ArrayForEach(replay, document_get(document, "replays"))
    {
        const char *outcome = document_text(replay, "outcome");
        if (strcmp(outcome, "as-expected") == 0) {
            continue;
        }
        if (!any) {
            style_rule(stream, &plain, "Replays that did not come to what they expect");
        }
        fprintf(stream, "  %s: %s\n", document_text(replay, "file"), outcome);
        style_paragraph(stream, &plain, 4, document_text(replay, "message"));
        any = true;
    }
}

/* -------------------------------------------------------------------------------------------------------- campaign -- */

static void print_subject(FILE *stream, const cJSON *subject)
{
    const cJSON *first = document_get(subject, "first");
    fprintf(stream, "  %-44s %12.0f executions, %.0f finding%s", document_text(subject, "name"),
            document_number(subject, "executions"), document_number(subject, "findings"),
            document_number(subject, "findings") == 1 ? "" : "s");
    if (cJSON_IsObject(first)) {
        fprintf(stream, ", the first (%s) after %.0f", document_text(first, "finding"), document_number(first, "executions"));
    }
    fputc('\n', stream);
}

static void print_campaign(FILE *stream, const cJSON *campaign)
{
    const cJSON *item;
    if (!campaign) {
        return;
    }
    style_rule(stream, &plain, "The campaign");
    fprintf(stream, "  %s to %s, %.0f seconds on %.0f process%s, %.0f executions%s\n", document_text(campaign, "started"),
            document_text(campaign, "ended"), document_number(campaign, "elapsed"), document_number(campaign, "jobs"),
            document_number(campaign, "jobs") == 1 ? "" : "es", document_number(campaign, "executions"),
            cJSON_IsTrue(document_get(campaign, "interrupted")) ? ", interrupted" : "");
    cJSON_ArrayForEach(item, document_get(campaign, "subjects"))
    {
        print_subject(stream, item);
    }
    if (document_count(campaign, "trouble")) {
        style_rule(stream, &plain, "What did not go as it should");
    }
    cJSON_ArrayForEach(item, document_get(campaign, "trouble"))
    {
        style_paragraph(stream, &plain, 2, cJSON_IsString(item) ? item->valuestring : "");
    }
}

/* --------------------------------------------------------------------------------------------------------- findings -- */

static void print_section(FILE *stream, const char *title, const char *phrase)
{
    char text[4096];
    if (phrase[0]) {
        snprintf(text, sizeof(text), "%s", phrase);
        style_sentence(text, sizeof(text));
        style_rule(stream, &plain, title);
        style_paragraph(stream, &plain, 2, text);
    }
}

/* Without a picture: its replay could not be asked. */
static void print_hearsay(FILE *stream, const cJSON *finding)
{
    fprintf(stream, "%s%s%s\n%s\n", document_text(finding, "finding"), document_routine(finding)[0] ? " in " : "",
            document_routine(finding), document_text(finding, "subject"));
    print_section(stream, "What went wrong", document_text(finding, "sentence"));
    print_section(stream, "Why there is no more to see", document_text(finding, "message"));
    print_section(stream, "What Windows would say", document_text(finding, "windows"));
    print_section(stream, "How to fix it", document_text(finding, "remedy"));
}

static void print_seen(FILE *stream, const cJSON *seen)
{
    if (!seen) {
        return;
    }
    style_rule(stream, &plain, "When it was seen");
    fprintf(stream, "  first %s, after %.0f executions, by %s\n", document_text(seen, "first"),
            document_number(seen, "executions"), document_text(seen, "engine")[0] ? document_text(seen, "engine") : "?");
    fprintf(stream, "  last %s, %.0f time%s in all; replayed %.0f times, the same came %.0f times: %s\n",
            document_text(seen, "last"), document_number(seen, "sightings"), document_number(seen, "sightings") == 1 ? "" : "s",
            document_number(seen, "attempts"), document_number(seen, "reproduced"), document_text(seen, "state"));
}

static void print_commands(FILE *stream, const cJSON *finding)
{
    const cJSON *commands = document_get(finding, "commands"), *other;
    style_rule(stream, &plain, "How to replay it");
    fprintf(stream, "  %s\n  %s\n", document_text(commands, "replay"), document_text(commands, "explain"));
    fprintf(stream, "  %s    in a debugger\n", document_text(commands, "gdb"));
    cJSON_ArrayForEach(other, document_get(finding, "others"))
    {
        fprintf(stream, "  the same: %s\n", cJSON_IsString(other) ? other->valuestring : "");
    }
}

static void print_finding(FILE *stream, const cJSON *finding, uint32_t number)
{
    char place[PLACE_SIZE];
    const char *text = document_text(finding, "text"), *function = document_text(document_get(finding, "source"), "function");
    document_place(finding, place, sizeof(place));
    fprintf(stream, "\n");
    for (uint32_t column = 0; column < WIDTH; column++) {
        fputc('=', stream);
    }
    fprintf(stream, "\n%u. %s%s%s%s\n\n", number, place[0] ? place : document_text(finding, "file"), function[0] ? " (" : "",
            function, function[0] ? ")" : "");
    if (text[0]) {
        fputs(text, stream);
    } else {
        print_hearsay(stream, finding);
    }
    print_seen(stream, document_get(finding, "seen"));
    print_commands(stream, finding);
}

bool report_text(FILE *stream, const cJSON *document)
{
    uint32_t number = 0;
    fprintf(stream, "%s\n%s, remlock %s\n\n", document_text(document, "title"), document_text(document, "created"),
            document_text(document, "remlock"));
    print_counts(stream, document);
    print_list(stream, document);
    print_trouble(stream, document);
    print_campaign(stream, document_get(document, "campaign"));
    const cJSON *finding;
    cJSON_ArrayForEach(finding, document_get(document, "findings"))
    {
        print_finding(stream, finding, ++number);
    }
    return !ferror(stream);
}
