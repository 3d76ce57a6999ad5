/* finding.c - one finding: what went wrong, where, how it happened, what Windows would say, how to fix it, how to replay it. */
#include "page.h"

#include <ctype.h>
#include <string.h>

enum { LINES_AROUND = 4 };

const char *anchor_of(const cJSON *finding, char text[64])
{
    size_t length = (size_t)snprintf(text, 64, "finding-");
    for (const char *at = text_in(finding, "fingerprint"); *at && length < 62; at++) {
        if (isalnum((unsigned char)*at)) {
            text[length++] = *at;
        }
    }
    text[length] = 0;
    return text;
}

const char *heading_of(const cJSON *finding, char text[256])
{
    const char *routine = text_in(finding, "routine");
    int has_routine = routine[0] && strcmp(routine, "-") != 0;
    snprintf(text, 256, "%s%s%s", text_in(finding, "finding"), has_routine ? " in " : "", has_routine ? routine : "");
    return text;
}

int write_source(FILE *stream, const cJSON *document, const char *path, int line)
{
    const cJSON *source = item_in(item_in(document, "sources"), path), *text;
    int number = whole_in(source, "first");
    if (!source || line < number || line >= number + items_in(source, "lines")) {
        return 0;
    }
    put(stream, "<figure class=\"source\"><figcaption>%</figcaption><pre>", path);
    cJSON_ArrayForEach(text, item_in(source, "lines"))
    {
        if (number >= line - LINES_AROUND && number <= line + LINES_AROUND) {
            char digits[16];
            snprintf(digits, sizeof(digits), "%4d", number);
            put(stream, number == line ? "<mark><b>% ▶ %</b></mark>\n" : "%   %\n", digits,
                cJSON_IsString(text) ? text->valuestring : "");
        }
        number++;
    }
    fputs("</pre></figure>\n", stream);
    return 1;
}

/* A sentence begins with a capital letter and ends with a full stop. */
static void write_sentence(FILE *stream, const char *class, const char *text)
{
    char first[2] = {islower((unsigned char)text[0]) ? (char)toupper((unsigned char)text[0]) : 0, 0};
    size_t length = strlen(text);
    if (length) {
        fprintf(stream, "<p%s%s>", class[0] ? " class=" : "", class);
        put(stream, "%%%</p>\n", first, text + (first[0] != 0), strchr(".!?", text[length - 1]) ? "" : ".");
    }
}

static void write_navigation(FILE *stream, const cJSON *previous, const cJSON *next)
{
    char anchor[64];
    fputs("<nav class=\"turn\" aria-label=\"Findings\"><a href=\"#overview\">All findings</a>", stream);
    if (previous) {
        put(stream, " <a rel=\"prev\" href=\"#%\">Previous</a>", anchor_of(previous, anchor));
    }
    if (next) {
        put(stream, " <a rel=\"next\" href=\"#%\">Next</a>", anchor_of(next, anchor));
    }
    fputs("</nav>\n", stream);
}

static void write_frames(FILE *stream, const cJSON *stack)
{
    const cJSON *frame;
    if (items_in(stack, "frames") == 0) {
        return;
    }
    fputs("<ol class=\"frames\">", stream);
    cJSON_ArrayForEach(frame, item_in(stack, "frames"))
    {
        char line[24];
        const char *path = text_in(frame, "path");
        snprintf(line, sizeof(line), "%d", whole_in(frame, "line"));
        put(stream, "<li><code>%</code> <span class=\"place\">%:%</span></li>", text_in(frame, "function"),
            path[0] ? path : text_in(frame, "file"), line);
    }
    fputs("</ol>\n", stream);
}

static void write_stacks(FILE *stream, const cJSON *finding)
{
    const cJSON *stack;
    cJSON_ArrayForEach(stack, item_in(finding, "stacks"))
    {
        const char *task = text_in(stack, "task"), *operation = text_in(stack, "operation");
        int told = strcmp(text_in(stack, "what"), "happened") == 0; /* by the heading above */
        put(stream, told ? "<h4>%%%" : "<h4>% %%", told ? "" : text_in(stack, "what"),
            !task[0] ? "outside all tasks"
            : told   ? "task "
                     : "by task ",
            task);
        if (operation[0]) {
            put(stream, " during <code>%</code>", operation);
        }
        fputs("</h4>\n", stream);
        write_frames(stream, stack);
    }
}

static void write_where(FILE *stream, const cJSON *document, const cJSON *finding)
{
    const cJSON *source = item_in(finding, "source"), *holder;
    const char *task = text_in(finding, "task"), *file = text_in(source, "file"), *place = text_in(finding, "place");
    char line[24] = "";
    fputs("<section><h3>Where</h3>\n<p>", stream);
    if (file[0]) {
        snprintf(line, sizeof(line), ":%d", whole_in(source, "line"));
        put(stream, "<code>%%</code>", file, line);
    } else {
        put(stream, place[0] ? "<code>%</code>" : "%", place[0] ? place : "No line of the code under test is known");
    }
    put(stream, task[0] ? ", in task <b>%</b>" : "%", task);
    put(stream, ", of <code>%</code>.</p>\n", text_in(finding, "subject"));
    if (file[0]) {
        write_source(stream, document, file, whole_in(source, "line"));
    }
    write_stacks(stream, finding);
    if (items_in(finding, "holders")) {
        fputs("<h4>Who held what at that moment</h4>\n<ul>", stream);
        cJSON_ArrayForEach(holder, item_in(finding, "holders"))
        {
            put(stream, "<li>%</li>", cJSON_IsString(holder) ? holder->valuestring : "");
        }
        fputs("</ul>\n", stream);
    }
    fputs("</section>\n", stream);
}

static void write_command(FILE *stream, const cJSON *commands, const char *key, const char *what)
{
    const char *command = text_in(commands, key);
    if (command[0]) {
        put(stream,
            "<div class=\"command\"><p>%</p><pre class=\"copy\" tabindex=\"0\" aria-label=\"%\"><code>%</code></pre></div>\n",
            what, what, command);
    }
}

static void write_replay(FILE *stream, const cJSON *finding)
{
    const cJSON *commands = item_in(finding, "commands");
    const char *replay = text_in(finding, "replay");
    fputs("<section class=\"replay\"><h3>How to replay it</h3>\n", stream);
    write_command(stream, commands, "replay", "The same execution again");
    write_command(stream, commands, "gdb", "In the debugger, which stops at the violation and at each preemption");
    write_command(stream, commands, "explain", "Its story as text");
    write_command(stream, commands, "minimize", "Smaller, if it can be");
    if (replay[0]) {
        const char *file = text_in(finding, "file");
        put(stream, "<div class=\"command\"><p>The whole replay<span>%</span></p>", file[0] ? ", to be saved as a file" : "");
        put(stream, "<pre class=\"copy\" tabindex=\"0\" aria-label=\"The replay\"><code>%</code></pre></div>\n", replay);
    }
    fputs("</section>\n", stream);
}

static void write_seen(FILE *stream, const cJSON *finding)
{
    const cJSON *seen = item_in(finding, "seen");
    char executions[32], elapsed[32], sightings[32], attempts[32], reproduced[32];
    if (!seen) {
        return;
    }
    put(stream,
        "<p class=\"seen\">First seen by % after % executions and %; seen % times. Replayed % times in fresh processes, ",
        text_in(seen, "engine"), number_text(number_in(seen, "executions"), executions),
        time_text(number_in(seen, "elapsed"), elapsed), number_text(number_in(seen, "sightings"), sightings),
        number_text(number_in(seen, "attempts"), attempts));
    put(stream, "the same % times%</p>\n", number_text(number_in(seen, "reproduced"), reproduced),
        number_in(seen, "reproduced") < number_in(seen, "attempts") ? ": it does not always reproduce, which is serious."
                                                                    : ".");
}

static void write_outcome(FILE *stream, const cJSON *finding)
{
    const char *outcome = text_in(finding, "outcome");
    if (outcome[0] && strcmp(outcome, "as-expected") != 0) {
        put(stream, "<p class=\"bad\">Its replay, run for this report: %.</p>\n", outcome);
    }
}

static void write_section(FILE *stream, const char *title, const char *text, const char *otherwise)
{
    put(stream, "<section><h3>%</h3>\n", title);
    write_sentence(stream, "", text[0] ? text : otherwise);
    fputs("</section>\n", stream);
}

void write_finding(FILE *stream, const cJSON *document, const cJSON *finding, const cJSON *previous, const cJSON *next)
{
    char anchor[64], heading[256];
    anchor_of(finding, anchor);
    put(stream, "<article class=\"finding\" id=\"%\" aria-labelledby=\"%-title\">\n", anchor, anchor);
    write_navigation(stream, previous, next);
    put(stream, "<h2 id=\"%-title\" tabindex=\"-1\">% <small>%</small></h2>\n", anchor, heading_of(finding, heading),
        text_in(finding, "subject"));
    fputs("<section><h3>What went wrong</h3>\n", stream);
    write_sentence(stream, "sentence", text_in(finding, "sentence"));
    write_sentence(stream, "", text_in(finding, "meaning"));
    write_outcome(stream, finding);
    write_seen(stream, finding);
    fputs("</section>\n", stream);
    write_where(stream, document, finding);
    fputs("<section class=\"how\"><h3>How it happened</h3>\n", stream);
    write_interleaving(stream, finding);
    fputs("</section>\n", stream);
    write_section(stream, "What Windows would say", text_in(finding, "windows"), "nothing that is documented");
    write_section(stream, "How to fix it", text_in(finding, "remedy"), "nothing general can be said");
    write_replay(stream, finding);
    fputs("</article>\n", stream);
}
