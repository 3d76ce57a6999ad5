/* campaign.c - what a campaign has done: its facts, subjects, engines, and what went wrong with itself. */
#include "page.h"

#include <math.h>
#include <string.h>

static void write_fact(FILE *stream, const char *name, const char *value)
{
    put(stream, "<div><dt>%</dt><dd>%</dd></div>", name, value);
}

static void write_facts(FILE *stream, const cJSON *campaign)
{
    char text[32], rate[48];
    double elapsed = number_in(campaign, "elapsed"), executions = number_in(campaign, "executions");
    const cJSON *canary = item_in(campaign, "canary_alive");
    fputs("<dl class=\"facts\">", stream);
    write_fact(stream, "Started", text_in(campaign, "started"));
    write_fact(stream, "Ended", text_in(campaign, "ended"));
    write_fact(stream, "Time", time_text(elapsed, text));
    write_fact(stream, "Limit", number_in(campaign, "limit") > 0 ? time_text(number_in(campaign, "limit"), text) : "none");
    write_fact(stream, "Processes", number_text(number_in(campaign, "jobs"), text));
    write_fact(stream, "Executions", number_text(executions, text));
    snprintf(rate, sizeof(rate), "%s a second", number_text(elapsed > 0 ? executions / elapsed : 0, text));
    write_fact(stream, "Rate", rate);
    write_fact(stream, "Canary",
               cJSON_IsTrue(canary)    ? "alive: the subject that must fail did"
               : cJSON_IsFalse(canary) ? "dead: the subject that must fail did not"
                                       : "none");
    fputs("</dl>\n", stream);
    if (cJSON_IsTrue(item_in(campaign, "interrupted"))) {
        fputs("<p>It ended before its limit.</p>\n", stream);
    }
}

static void write_trouble(FILE *stream, const cJSON *campaign)
{
    const cJSON *trouble;
    if (items_in(campaign, "trouble") == 0) {
        return;
    }
    fputs("<h3>Trouble</h3>\n<ul class=\"trouble\">", stream);
    cJSON_ArrayForEach(trouble, item_in(campaign, "trouble"))
    {
        put(stream, "<li>✗ %</li>", cJSON_IsString(trouble) ? trouble->valuestring : "");
    }
    fputs("</ul>\n", stream);
}

static void write_number_cell(FILE *stream, double value)
{
    char text[32], plain[32];
    snprintf(plain, sizeof(plain), "%.17g", value);
    put(stream, "<td class=\"number\" data-value=\"%\">%</td>", plain, number_text(value, text));
}

static void write_time_cell(FILE *stream, double seconds)
{
    char text[32], plain[32];
    snprintf(plain, sizeof(plain), "%.17g", seconds);
    put(stream, "<td class=\"number\" data-value=\"%\">%</td>", plain, time_text(seconds, text));
}

static void write_engines(FILE *stream, const cJSON *campaign)
{
    const cJSON *engine;
    if (items_in(campaign, "engines") == 0) {
        return;
    }
    fputs("<h3>Engines</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Engines\">"
          "<table class=\"sortable\" id=\"engines\"><thead><tr><th scope=\"col\">Engine</th>"
          "<th scope=\"col\" class=\"number\">Slices</th><th scope=\"col\" class=\"number\">Time</th>"
          "<th scope=\"col\" class=\"number\">Executions</th><th scope=\"col\" class=\"number\">Findings seen first</th>"
          "<th scope=\"col\" class=\"number\">Failed slices</th></tr></thead>\n<tbody>\n",
          stream);
    cJSON_ArrayForEach(engine, item_in(campaign, "engines"))
    {
        put(stream, "<tr><td>%</td>", text_in(engine, "name"));
        write_number_cell(stream, number_in(engine, "slices"));
        write_time_cell(stream, number_in(engine, "seconds"));
        write_number_cell(stream, number_in(engine, "executions"));
        write_number_cell(stream, number_in(engine, "findings"));
        write_number_cell(stream, number_in(engine, "failed"));
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

/* ------------------------------------------------------------------------------------------------------- subjects -- */

static double most_executions(const cJSON *campaign)
{
    const cJSON *subject;
    double most = 10;
    cJSON_ArrayForEach(subject, item_in(campaign, "subjects"))
    {
        double executions = number_in(item_in(subject, "first"), "executions");
        most = executions > most ? executions : most;
    }
    return most;
}

/* A point on a logarithmic scale; the number stands beside it. */
static void write_bar(FILE *stream, double executions, double most)
{
    double width = executions > 1 ? 200 * log10(executions) / log10(most) : 1;
    fprintf(stream,
            "<svg class=\"bar\" viewBox=\"0 0 208 14\" width=\"208\" height=\"14\" aria-hidden=\"true\">"
            "<line x1=\"0\" y1=\"7\" x2=\"%.1f\" y2=\"7\"/><circle cx=\"%.1f\" cy=\"7\" r=\"4\"/></svg>",
            width, width + 2);
}

static void write_subject(FILE *stream, const cJSON *subject, double most)
{
    const cJSON *first = item_in(subject, "first");
    put(stream, "<tr><td title=\"%\">%</td>", text_in(subject, "summary"), text_in(subject, "name"));
    write_number_cell(stream, number_in(subject, "findings"));
    if (cJSON_IsObject(first)) {
        char executions[32], plain[32];
        double count = number_in(first, "executions");
        snprintf(plain, sizeof(plain), "%.17g", count);
        put(stream, "<td>%</td><td class=\"number\" data-value=\"%\">%", text_in(first, "finding"), plain,
            number_text(count, executions));
        write_bar(stream, count, most);
        fputs("</td>", stream);
    } else {
        put(stream, "<td>%</td><td class=\"number\" data-value=\"1e300\">–</td>",
            cJSON_IsTrue(item_in(subject, "correct")) ? "nothing, as it should be" : "nothing");
    }
    write_number_cell(stream, number_in(subject, "executions"));
    write_time_cell(stream, number_in(subject, "seconds"));
    write_number_cell(stream, number_in(subject, "coverage"));
    fputs("</tr>\n", stream);
}

static void write_subjects(FILE *stream, const cJSON *campaign)
{
    const cJSON *subject;
    double most = most_executions(campaign);
    if (items_in(campaign, "subjects") == 0) {
        return;
    }
    fputs("<h3>Subjects, and executions to the first finding (logarithmic)</h3>\n"
          "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Subjects\"><table class=\"sortable\" "
          "id=\"subjects\">"
          "<thead><tr><th scope=\"col\">Subject</th><th scope=\"col\" class=\"number\">Findings</th>"
          "<th scope=\"col\">First</th><th scope=\"col\" class=\"number\">Executions to it</th>"
          "<th scope=\"col\" class=\"number\">Executions</th><th scope=\"col\" class=\"number\">Time</th>"
          "<th scope=\"col\" class=\"number\">Coverage</th></tr></thead>\n<tbody>\n",
          stream);
    cJSON_ArrayForEach(subject, item_in(campaign, "subjects"))
    {
        write_subject(stream, subject, most);
    }
    fputs("</tbody></table></div>\n", stream);
}

void write_campaign(FILE *stream, const cJSON *campaign)
{
    fputs("<section id=\"campaign\"><h2>The campaign</h2>\n", stream);
    write_facts(stream, campaign);
    write_trouble(stream, campaign);
    write_plots(stream, campaign);
    write_subjects(stream, campaign);
    write_engines(stream, campaign);
    fputs("</section>\n", stream);
}
