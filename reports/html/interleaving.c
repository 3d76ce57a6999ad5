/*
 * interleaving.c - time goes down, a column for each task: the rows that the text shows, in a table that can be read as it is.
 * Scripts make it one to step through.
 */
#include "page.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LANE_LIMIT = 24, COLOURS = 6 };

struct lanes {
    const char *names[LANE_LIMIT];
    int count;
};

static int lane_of(const struct lanes *lanes, const char *task)
{
    for (int lane = 0; lane < lanes->count; lane++) {
        if (strcmp(lanes->names[lane], task) == 0) {
            return lane;
        }
    }
    return -1;
}

static void add_lane(struct lanes *lanes, const char *task)
{
    if (task[0] && lanes->count < LANE_LIMIT && lane_of(lanes, task) < 0) {
        lanes->names[lanes->count++] = task;
    }
}

/* The tasks of the program in their order, then others as they come. */
static struct lanes find_lanes(const cJSON *finding)
{
    struct lanes lanes = {0};
    const cJSON *item;
    cJSON_ArrayForEach(item, item_in(finding, "program"))
    {
        add_lane(&lanes, text_in(item, "name"));
    }
    cJSON_ArrayForEach(item, item_in(finding, "rows"))
    {
        add_lane(&lanes, text_in(item, "task"));
    }
    return lanes;
}

static const char *mark_of(const char *kind)
{
    static const struct {
        const char *kind, *mark;
    } marks[] = {{"operation", "▸"}, {"done", "◂"},   {"preempted", "⇤"}, {"waits", "○"},
                 {"resumes", "●"},   {"folded", "⋮"}, {"violation", "✗"}};
    for (size_t index = 0; index < sizeof(marks) / sizeof(marks[0]); index++) {
        if (strcmp(marks[index].kind, kind) == 0) {
            return marks[index].mark;
        }
    }
    return "";
}

static void write_gap(FILE *stream, int columns)
{
    if (columns == 1) {
        fputs("<td class=\"gap\"></td>", stream);
    } else if (columns > 1) {
        fprintf(stream, "<td class=\"gap\" colspan=\"%d\"></td>", columns);
    }
}

/* Class names are from a closed set: what the document says is only looked up. */
static const char *class_of(const char *kind)
{
    static const char *const kinds[] = {"operation", "done",      "preempted", "waits", "resumes",
                                        "folded",    "violation", "call",      "remark"};
    for (size_t index = 0; index < sizeof(kinds) / sizeof(kinds[0]); index++) {
        if (strcmp(kinds[index], kind) == 0) {
            return kinds[index];
        }
    }
    return "step";
}

static void write_event(FILE *stream, const struct lanes *lanes, const cJSON *row)
{
    const char *task = text_in(row, "task"), *mark = mark_of(text_in(row, "kind"));
    int lane = lane_of(lanes, task);
    if (lane < 0) {
        fprintf(stream, "<td class=\"event wide\" colspan=\"%d\">", lanes->count);
    } else {
        write_gap(stream, lane);
        fprintf(stream, "<td class=\"event lane%d\">", lane % COLOURS);
        put(stream, "<span class=\"task\">%</span> ", task);
    }
    if (mark[0]) {
        put(stream, "<span class=\"mark\" aria-hidden=\"true\">%</span> ", mark);
    }
    put(stream, "%</td>", text_in(row, "text"));
    if (lane >= 0) {
        write_gap(stream, lanes->count - lane - 1);
    }
}

static void write_row(FILE *stream, const struct lanes *lanes, const cJSON *row)
{
    int first = whole_in(row, "first"), last = whole_in(row, "last"), step = whole_in(row, "step");
    fprintf(stream, "<tr class=\"%s\"", class_of(text_in(row, "kind")));
    if (first) {
        fprintf(stream, " data-first=\"%d\" data-last=\"%d\"", first, last);
    } else if (step) {
        fprintf(stream, " data-step=\"%d\"", step);
    }
    fputs("><td class=\"at\">", stream);
    if (first) {
        fprintf(stream, "%d", first);
    }
    fputs("</td>", stream);
    write_event(stream, lanes, row);
    put(stream, "<td class=\"place\">%</td></tr>\n", text_in(row, "place"));
}

static void write_head(FILE *stream, const struct lanes *lanes)
{
    fputs("<thead><tr><th scope=\"col\" class=\"at\">Step</th>", stream);
    for (int lane = 0; lane < lanes->count; lane++) {
        fprintf(stream, "<th scope=\"col\" class=\"lane lane%d\">", lane % COLOURS);
        put(stream, "%</th>", lanes->names[lane]);
    }
    fputs("<th scope=\"col\" class=\"place\">Source</th></tr></thead>\n", stream);
}

static void write_program(FILE *stream, const cJSON *finding)
{
    const cJSON *task, *operation;
    int preemptions = whole_in(finding, "preemptions");
    fputs("<p>The program, ", stream);
    if (preemptions) {
        fprintf(stream, "interrupted %d time%s:</p>\n", preemptions, plural(preemptions));
    } else {
        fputs("never interrupted:</p>\n", stream);
    }
    fputs("<dl class=\"program\">", stream);
    cJSON_ArrayForEach(task, item_in(finding, "program"))
    {
        const char *separator = "";
        put(stream, "<dt>%</dt><dd>", text_in(task, "name"));
        cJSON_ArrayForEach(operation, item_in(task, "operations"))
        {
            put(stream, "%<code>%</code>", separator, cJSON_IsString(operation) ? operation->valuestring : "");
            separator = "; ";
        }
        fputs("</dd>", stream);
    }
    fputs("</dl>\n", stream);
}

static void write_legend(FILE *stream)
{
    fputs("<p class=\"legend\"><span>▸ an operation of the program begins</span> <span>⇤ interrupted: another task runs</span> "
          "<span>○ waits</span> <span>● goes on</span> <span>⋮ steps left out</span> <span>✗ the finding</span></p>\n",
          stream);
}

void write_interleaving(FILE *stream, const cJSON *finding)
{
    struct lanes lanes = find_lanes(finding);
    const cJSON *row;
    if (items_in(finding, "rows") == 0 || lanes.count == 0) {
        const char *text = text_in(finding, "text");
        put(stream, text[0] ? "<pre class=\"story\">%</pre>\n" : "<p>There is no recording of it%.</p>\n", text);
        return;
    }
    write_program(stream, finding);
    fputs("<div class=\"weave\"><div class=\"lanes-box\" tabindex=\"0\" role=\"region\" aria-label=\"The interleaving\">"
          "<table class=\"lanes\"><caption>Time goes down. Each task has a column.</caption>\n<colgroup><col class=\"at\">",
          stream);
    for (int lane = 0; lane < lanes.count; lane++) {
        fputs("<col class=\"lane\">", stream);
    }
    fputs("<col class=\"place\"></colgroup>\n", stream);
    write_head(stream, &lanes);
    fputs("<tbody>\n", stream);
    cJSON_ArrayForEach(row, item_in(finding, "rows"))
    {
        write_row(stream, &lanes, row);
    }
    fputs("</tbody></table></div></div>\n", stream);
    write_legend(stream);
    if (cJSON_IsTrue(item_in(finding, "trace_truncated"))) {
        fputs("<p>The execution was too long to keep all of it: the end is missing.</p>\n", stream);
    }
}
