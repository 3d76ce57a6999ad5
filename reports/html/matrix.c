/* matrix.c - which findings which subjects have: subjects down, rules across. */
#include "page.h"

#include <string.h>

static int is_of(const cJSON *finding, const char *subject, const char *rule)
{
    return strcmp(text_in(finding, "subject"), subject) == 0 && strcmp(text_in(finding, "finding"), rule) == 0;
}

/* Whether no finding before this one has the same text under the key. */
static int is_first(const cJSON *findings, const cJSON *finding, const char *key)
{
    const cJSON *other;
    cJSON_ArrayForEach(other, findings)
    {
        if (other == finding) {
            break;
        }
        if (strcmp(text_in(other, key), text_in(finding, key)) == 0) {
            return 0;
        }
    }
    return 1;
}

/* A number that leads to the first of them. */
static void write_cell(FILE *stream, const cJSON *findings, const char *subject, const char *rule)
{
    const cJSON *finding, *first = NULL;
    char anchor[64], text[16];
    int count = 0;
    cJSON_ArrayForEach(finding, findings)
    {
        if (is_of(finding, subject, rule)) {
            first = first ? first : finding;
            count++;
        }
    }
    if (!first) {
        fputs("<td></td>", stream);
        return;
    }
    snprintf(text, sizeof(text), "%d", count);
    put(stream, "<td><a href=\"#%\" aria-label=\"% % of %\">%</a></td>", anchor_of(first, anchor), text, rule, subject, text);
}

static void write_row(FILE *stream, const cJSON *findings, const char *subject)
{
    const cJSON *rule;
    put(stream, "<tr><th scope=\"row\">%</th>", subject);
    cJSON_ArrayForEach(rule, findings)
    {
        if (is_first(findings, rule, "finding")) {
            write_cell(stream, findings, subject, text_in(rule, "finding"));
        }
    }
    fputs("</tr>\n", stream);
}

void write_matrix(FILE *stream, const cJSON *document)
{
    const cJSON *findings = item_in(document, "findings"), *finding;
    fputs("<section id=\"matrix\"><h2>Findings by subject and rule</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"Findings by subject and rule\"><table class=\"matrix\"><thead><tr><td></td>",
          stream);
    cJSON_ArrayForEach(finding, findings)
    {
        if (is_first(findings, finding, "finding")) {
            put(stream, "<th scope=\"col\"><span>%</span></th>", text_in(finding, "finding"));
        }
    }
    fputs("</tr></thead>\n<tbody>\n", stream);
    cJSON_ArrayForEach(finding, findings)
    {
        if (is_first(findings, finding, "subject")) {
            write_row(stream, findings, text_in(finding, "subject"));
        }
    }
    fputs("</tbody></table></div></section>\n", stream);
}
