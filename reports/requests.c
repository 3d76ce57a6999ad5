/* requests.c - requests in the rows of a driver: told once what they are, then by their numbers. */
#include "timeline.h"

#include <stdio.h>
#include <string.h>

/* "IRP4(IRP_MJ_READ)" in a text: where its number ends, or NULL. */
static char *request_in(char *text)
{
    for (char *at = strstr(text, "IRP"); at; at = strstr(at + 1, "IRP")) {
        char *end = at + 3 + strspn(at + 3, "0123456789");
        if (end > at + 3 && *end == '(' && strchr(end, ')')) {
            return end;
        }
    }
    return NULL;
}

static const char *start_of_word(const char *text, const char *at)
{
    while (at > text && at[-1] != ' ') {
        at--;
    }
    return at;
}

void timeline_head_requests(const struct report_style *style, struct timeline *timeline)
{
    for (uint32_t index = timeline->prelude; index < timeline->count; index++) {
        struct row *row = &timeline->rows[index];
        char *open = timeline_sends(timeline, row) ? request_in(row->text) : NULL;
        if (open) {
            char text[sizeof(row->text)];
            const char *start = start_of_word(row->text, open);
            snprintf(text, sizeof(text), "%s %.*s: %.*s", style_glyphs(style)->arrow, (int)(open - start), start,
                     (int)strcspn(open + 1, ")"), open + 1);
            memcpy(row->text, text, sizeof(row->text));
        }
    }
}

void timeline_shorten_requests(const struct report_style *style, struct timeline *timeline)
{
    for (uint32_t index = 0; index < timeline->count; index++) {
        struct row *row = &timeline->rows[index];
        char *open = request_in(row->text), head[64];
        if (!open) {
            continue;
        }
        const char *start = start_of_word(row->text, open);
        snprintf(head, sizeof(head), "%s %.*s: ", style_glyphs(style)->arrow, (int)(open - start), start);
        bool told = false;
        for (uint32_t before = 0; before < index && !told; before++) {
            told = strncmp(timeline->rows[before].text, head, strlen(head)) == 0;
        }
        if (told) {
            const char *rest = strchr(open, ')') + 1;
            memmove(open, rest, strlen(rest) + 1);
        }
    }
}
