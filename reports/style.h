/* style.h - colours, characters and line breaks, shared by everything that writes for people. */
#ifndef REPORTS_STYLE_H
#define REPORTS_STYLE_H

#include <remlock/reports.h>

enum { PAINT_TASKS = 5 };

enum paint {
    PAINT_PLAIN,
    PAINT_BOLD,
    PAINT_FAINT,
    PAINT_BAD,
    PAINT_GOOD,
    PAINT_NOTICE,
    PAINT_TASK, /* the first of PAINT_TASKS colours that tell tasks apart */
    PAINT_LAST = PAINT_TASK + PAINT_TASKS - 1,
};

struct glyphs {
    const char *arrow, *vertical, *horizontal, *cross;
    const char *operation, *preempted, *waits, *wakes, *bad, *fold;
};

/* The escape sequence, or nothing without colour. */
const char *style_paint(const struct report_style *style, enum paint paint);
enum paint style_task(uint32_t task);
const struct glyphs *style_glyphs(const struct report_style *style);

/* An empty line and a heading. */
void style_rule(FILE *stream, const struct report_style *style, const char *title);

/* Columns that the first `bytes` bytes of UTF-8 text take on a terminal. */
uint32_t style_columns(const char *text, size_t bytes);

/* Bytes of `text` that make its first line of at most `width` columns, broken at spaces; then where the next one begins. */
size_t style_line(const char *text, uint32_t width);
const char *style_next_line(const char *text, size_t length);

/* Makes text begin with a capital letter and end with a full stop. */
void style_sentence(char *text, size_t size);

/* Writes text as indented lines, at most 100 columns wide. */
void style_paragraph(FILE *stream, const struct report_style *style, uint32_t indent, const char *text);

#endif
