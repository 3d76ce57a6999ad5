/* overview.c - what there is: the findings by subject and rule, the replays that were run, and the campaign. */
#include "page.h"

#include <string.h>

static void write_number_cell(FILE *stream, double value)
{
    char text[32], plain[32];
    snprintf(plain, sizeof(plain), "%.17g", value);
    put(stream, "<td class=\"number\" data-value=\"%\">%</td>", plain, number_text(value, text));
}

static void write_finding_row(FILE *stream, const cJSON *finding, int with_seen)
{
    char anchor[64], line[24] = "";
    const cJSON *source = item_in(finding, "source"), *seen = item_in(finding, "seen");
    const char *place = text_in(source, "file"), *routine = text_in(finding, "routine");
    if (place[0]) {
        snprintf(line, sizeof(line), ":%d", whole_in(source, "line"));
    } else {
        place = text_in(finding, "place");
    }
    put(stream, "<tr><td class=\"name\"><a href=\"#%\">%</a></td><td class=\"name\">%</td>", anchor_of(finding, anchor),
        text_in(finding, "finding"), text_in(finding, "subject"));
    put(stream, "<td class=\"name\">%</td><td class=\"name\">%%</td><td class=\"long\">%</td>",
        strcmp(routine, "-") == 0 ? "" : routine, place, line, text_in(finding, "sentence"));
    if (with_seen) {
        write_number_cell(stream, number_in(seen, "sightings"));
        write_number_cell(stream, number_in(seen, "executions"));
    }
    fputs("</tr>\n", stream);
}

static void write_findings(FILE *stream, const cJSON *document)
{
    const cJSON *finding;
    int with_seen = item_in(document, "campaign") != NULL;
    if (items_in(document, "findings") == 0) {
        fputs("<p class=\"good\">Nothing was found.</p>\n", stream);
        return;
    }
    fputs(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings\"><table class=\"sortable\" "
        "id=\"findings\"><thead><tr><th scope=\"col\">Finding</th><th scope=\"col\">Subject</th><th scope=\"col\">Routine</th>"
        "<th scope=\"col\">Place</th><th scope=\"col\">What went wrong</th>",
        stream);
    if (with_seen) {
        fputs("<th scope=\"col\" class=\"number\">Seen</th><th scope=\"col\" class=\"number\">Executions to it</th>", stream);
    }
    fputs("</tr></thead>\n<tbody>\n", stream);
    cJSON_ArrayForEach(finding, item_in(document, "findings"))
    {
        write_finding_row(stream, finding, with_seen);
    }
    fputs("</tbody></table></div>\n", stream);
}

/* How many of the findings before this one have the same text under the key. */
static int seen_before(const cJSON *document, const cJSON *finding, const char *key)
{
    const cJSON *other;
    int count = 0;
    cJSON_ArrayForEach(other, item_in(document, "findings"))
    {
        if (other == finding) {
            break;
        }
        count += strcmp(text_in(other, key), text_in(finding, key)) == 0;
    }
    return count;
}

static int different(const cJSON *document, const char *key)
{
    const cJSON *finding;
    int count = 0;
    cJSON_ArrayForEach(finding, item_in(document, "findings"))
    {
        count += seen_before(document, finding, key) == 0;
    }
    return count;
}

static int of_outcome(const cJSON *document, int expected)
{
    const cJSON *replay;
    int count = 0;
    cJSON_ArrayForEach(replay, item_in(document, "replays"))
    {
        count += (strcmp(text_in(replay, "outcome"), "as-expected") == 0) == expected;
    }
    return count;
}

static void write_summary(FILE *stream, const cJSON *document)
{
    int findings = items_in(document, "findings"), subjects = different(document, "subject");
    int rules = different(document, "finding"), replays = items_in(document, "replays"), bad = of_outcome(document, 0);
    fputs("<p class=\"summary\">", stream);
    if (findings) {
        fprintf(stream, "<b>%d finding%s</b> of %d kind%s in %d subject%s.", findings, plural(findings), rules, plural(rules),
                subjects, plural(subjects));
    } else {
        fputs("<b>No findings.</b>", stream);
    }
    if (replays) {
        char all[16] = "all";
        if (bad) {
            snprintf(all, sizeof(all), "%d", replays - bad);
        }
        fprintf(stream, " %d replay%s, %s as expected.", replays, plural(replays), all);
    }
    if (bad) {
        fprintf(stream, " <b class=\"bad\">%d not as expected.</b>", bad);
    }
    fputs("</p>\n", stream);
    if (cJSON_IsFalse(item_in(item_in(document, "campaign"), "canary_alive"))) {
        fputs(
            "<p class=\"bad\">✗ The canary is dead: a subject that always fails showed nothing. Whatever this campaign did not "
            "find means nothing.</p>\n",
            stream);
    }
}

static void write_replay_row(FILE *stream, const cJSON *replay)
{
    char anchor[64], text[32];
    const char *outcome = text_in(replay, "outcome");
    int good = strcmp(outcome, "as-expected") == 0;
    put(stream, good ? "<tr><td>%</td>" : "<tr class=\"failed\"><td>✗ %</td>", outcome);
    if (text_in(replay, "fingerprint")[0]) {
        put(stream, "<td class=\"name\"><a href=\"#%\">%</a></td>", anchor_of(replay, anchor), text_in(replay, "file"));
    } else {
        put(stream, "<td class=\"name\">%</td>", text_in(replay, "file"));
    }
    put(stream, "<td class=\"name\">%</td><td class=\"name\">%</td><td class=\"name\">%</td>", text_in(replay, "subject"),
        text_in(replay, "expected"), text_in(replay, "got"));
    snprintf(text, sizeof(text), "%.2f", number_in(replay, "seconds"));
    put(stream, "<td class=\"long\">%</td><td class=\"number\" data-value=\"%\">%</td></tr>\n", text_in(replay, "message"),
        text, text);
}

static void write_replays(FILE *stream, const cJSON *document)
{
    const cJSON *replay;
    if (items_in(document, "replays") == 0) {
        return;
    }
    fputs(
        "<section id=\"all-replays\"><h2>Replays</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"Replays\">"
        "<table class=\"sortable\" id=\"replays\"><thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\">File</th>"
        "<th scope=\"col\">Subject</th><th scope=\"col\">Expected</th><th scope=\"col\">Got</th><th scope=\"col\">Message</th>"
        "<th scope=\"col\" class=\"number\">Seconds</th></tr></thead>\n<tbody>\n",
        stream);
    cJSON_ArrayForEach(replay, item_in(document, "replays"))
    {
        write_replay_row(stream, replay);
    }
    fputs("</tbody></table></div></section>\n", stream);
}

/* A page of many findings is long. */
static void write_ways(FILE *stream, const cJSON *document, int with_matrix)
{
    fputs("<nav class=\"turn\" aria-label=\"On this page\"><a href=\"#all-findings\">Findings</a>", stream);
    if (with_matrix) {
        fputs("<a href=\"#matrix\">By subject and rule</a>", stream);
    }
    if (cJSON_IsObject(item_in(document, "campaign"))) {
        fputs("<a href=\"#campaign\">The campaign</a>", stream);
    }
    if (items_in(document, "replays")) {
        fputs("<a href=\"#all-replays\">Replays</a>", stream);
    }
    fputs("</nav>\n", stream);
}

void write_overview(FILE *stream, const cJSON *document)
{
    /* Of one subject, or one rule, the table of findings tells as much. */
    int with_matrix = different(document, "subject") > 1 && different(document, "finding") > 1;
    const char *title = text_in(document, "title");
    const cJSON *campaign = item_in(document, "campaign");
    put(stream, "<div id=\"overview\"><h1 tabindex=\"-1\" id=\"overview-title\">%</h1>\n", title[0] ? title : "Report");
    write_summary(stream, document);
    write_ways(stream, document, with_matrix);
    fputs("<section id=\"all-findings\"><h2>Findings</h2>\n", stream);
    write_findings(stream, document);
    fputs("</section>\n", stream);
    if (with_matrix) {
        write_matrix(stream, document);
    }
    if (cJSON_IsObject(campaign)) {
        write_campaign(stream, campaign);
    }
    write_replays(stream, document);
    fputs("</div>\n", stream);
}
