/*
 * columns.c - time goes down, a column belongs to a task, the source line stands at the right:
 *
 *               | io                                | pnp                              |
 *     io@4      | InterlockedIncrement lock0.IoCount: |                                | acquire.c:41
 *               |   1 -> 2                          |                                  |
 */
#include "columns.h"

#include "words.h"

#include <string.h>

enum {
    COLUMN_MINIMUM = 24,
    PLACE_SHARE = 8, /* the part of the line that places may take when events need the room */
    PLACE_MINIMUM = 14,
    INDENT = 2, /* of the lines that continue a cell */
};

struct layout {
    const struct report_style *style;
    uint32_t columns; /* 1 when tasks share it */
    uint32_t label_width;
    uint32_t column_width;
    uint32_t place_width;
    uint32_t text_width;
    uint8_t task_at[SCHEDULER_TASK_LIMIT]; /* column -> the first of its tasks */
    uint8_t column_of[SCHEDULER_TASK_LIMIT];
    bool several[SCHEDULER_TASK_LIMIT]; /* column -> whether other tasks follow in it */
    uint32_t task_count;
    bool shared;
    bool place_inside; /* the source line stands below the text, in its cell, for want of room */
};

/* "io@4", as schedules in replay files write it; the name alone for what has no point. */
static void label_of(const struct row *row, char *text, size_t size)
{
    text[0] = 0;
    if (row->event && row->event->point && row->event->operation != OPERATION_END) {
        snprintf(text, size, "%s@%u", words_task(row->task), row->event->point);
        return;
    }
    snprintf(text, size, "%s", words_task(row->task));
}

static void measure(struct layout *layout, const struct timeline *timeline)
{
    for (uint32_t index = 0; index < timeline->count; index++) {
        const struct row *row = &timeline->rows[index];
        char label[320];
        label_of(row, label, sizeof(label));
        uint32_t label_width = style_columns(label, sizeof(label));
        uint32_t place_width = style_columns(row->place, sizeof(row->place));
        uint32_t text_width = style_columns(row->text, sizeof(row->text));
        layout->text_width = text_width > layout->text_width ? text_width : layout->text_width;
        layout->label_width = label_width > layout->label_width ? label_width : layout->label_width;
        layout->place_width = place_width > layout->place_width ? place_width : layout->place_width;
    }
}

/* The rows from a task's first to its last one; none when `first` is behind `last`. */
struct span {
    uint32_t first, last;
};

static void find_spans(const struct timeline *timeline, struct span spans[SCHEDULER_TASK_LIMIT + 1])
{
    for (uint32_t task = 0; task <= SCHEDULER_TASK_LIMIT; task++) {
        spans[task] = (struct span){.first = 1, .last = 0};
    }
    for (uint32_t index = 0; index < timeline->count; index++) {
        struct span *span = &spans[timeline->rows[index].task];
        span->first = span->first > span->last ? index : span->first;
        span->last = index + 1;
    }
}

/* A column whose tasks have all ended before this one begins. */
static uint32_t free_column(const struct layout *layout, const struct span *spans, uint32_t from, uint32_t task)
{
    for (uint32_t column = from; column < layout->columns; column++) {
        bool is_free = true;
        for (uint32_t other = 0; other < task; other++) {
            bool stands_there = spans[other].first <= spans[other].last && layout->column_of[other] == column;
            is_free = is_free && !(stands_there && spans[other].last > spans[task].first);
        }
        if (is_free) {
            return column;
        }
    }
    return layout->columns;
}

/*
 * Only tasks that did something get a column, in the order of the program. With `packed`, tasks that were started while it ran,
 * and of which there may be many, share columns when one comes after the other.
 */
static void assign_columns(struct layout *layout, const struct timeline *timeline, bool packed)
{
    struct span spans[SCHEDULER_TASK_LIMIT + 1];
    const struct scenario *scenario = harness_scenario();
    uint32_t named = scenario ? scenario->program.task_count : SCHEDULER_TASK_LIMIT;
    uint32_t first_shared = 0;
    find_spans(timeline, spans);
    layout->columns = 0;
    memset(layout->several, 0, sizeof(layout->several));
    for (uint32_t task = 0; task < SCHEDULER_TASK_LIMIT; task++) {
        if (spans[task].first > spans[task].last) {
            continue;
        }
        first_shared = task < named ? layout->columns + 1 : first_shared;
        uint32_t column = packed && task >= named ? free_column(layout, spans, first_shared, task) : layout->columns;
        layout->column_of[task] = (uint8_t)column;
        if (column < layout->columns) {
            layout->several[column] = true;
        } else {
            layout->task_at[layout->columns++] = (uint8_t)task;
        }
    }
}

/* Columns that a task gets when `around` columns of the line are taken. */
static uint32_t share(const struct layout *layout, uint32_t around)
{
    uint32_t room = layout->style->width > around ? layout->style->width - around : 0;
    uint32_t each = room / layout->columns;
    return each > 3 ? each - 3 : 0;
}

/* Around a driver events are longer and source files fewer, so places give way: of a long one the beginning is left out. */
static void shorten_places(struct layout *layout)
{
    uint32_t limit = layout->style->width / PLACE_SHARE;
    limit = limit < PLACE_MINIMUM ? PLACE_MINIMUM : limit;
    while (layout->place_width > limit && share(layout, layout->label_width + layout->place_width + 4) < layout->text_width) {
        layout->place_width--;
    }
}

static struct layout layout_for(const struct report_style *style, const struct timeline *timeline)
{
    struct layout layout = {.style = style};
    measure(&layout, timeline);
    assign_columns(&layout, timeline, false);
    if (layout.columns > 1 && share(&layout, layout.label_width + 2) < COLUMN_MINIMUM) {
        assign_columns(&layout, timeline, true);
    }
    layout.columns += layout.columns == 0;
    layout.task_count = layout.columns;
    if (timeline->has_world) {
        shorten_places(&layout);
    }
    uint32_t without_place = layout.label_width + 2, with_place = without_place + layout.place_width + 2;
    uint32_t width = share(&layout, with_place);
    if (width < COLUMN_MINIMUM && share(&layout, without_place) >= COLUMN_MINIMUM) {
        layout.place_inside = true;
        width = share(&layout, without_place);
    }
    layout.shared = width < COLUMN_MINIMUM || layout.columns == 1;
    if (layout.shared) {
        layout.columns = 1;
        layout.place_inside = share(&layout, with_place) < COLUMN_MINIMUM;
        width = share(&layout, layout.place_inside ? without_place : with_place);
    }
    uint32_t wanted = layout.text_width < COLUMN_MINIMUM ? COLUMN_MINIMUM : layout.text_width;
    layout.column_width = width < wanted ? width : wanted;
    return layout;
}

static void pad(FILE *stream, uint32_t columns)
{
    fprintf(stream, "%*s", (int)columns, "");
}

static void vertical(FILE *stream, const struct layout *layout)
{
    fprintf(stream, " %s%s%s", style_paint(layout->style, PAINT_FAINT), style_glyphs(layout->style)->vertical,
            style_paint(layout->style, PAINT_PLAIN));
}

static void painted(FILE *stream, const struct layout *layout, enum paint paint, const char *text, size_t bytes, uint32_t width)
{
    fprintf(stream, "%s%.*s%s", style_paint(layout->style, paint), (int)bytes, text, style_paint(layout->style, PAINT_PLAIN));
    uint32_t columns = style_columns(text, bytes);
    pad(stream, columns < width ? width - columns : 0);
}

static enum paint paint_of(const struct row *row)
{
    switch (row->kind) {
    case ROW_OPERATION:
        return PAINT_BOLD;
    case ROW_PREEMPTED:
    case ROW_WAITS:
    case ROW_RESUMES:
        return PAINT_NOTICE;
    case ROW_FOLDED:
    case ROW_OPERATION_ENDS:
        return PAINT_FAINT;
    case ROW_VIOLATION:
        return PAINT_BAD;
    default:
        return style_task(row->task);
    }
}

/* One line of a row: the text in its task's column, the others empty. */
static void print_cells(FILE *stream, const struct layout *layout, const struct row *row, enum paint paint, const char *text,
                        size_t bytes, uint32_t indent)
{
    uint32_t mine = layout->shared ? 0 : layout->column_of[row->task];
    for (uint32_t column = 0; column < layout->columns; column++) {
        vertical(stream, layout);
        fputc(' ', stream);
        if (column != mine) {
            pad(stream, layout->column_width);
            continue;
        }
        pad(stream, indent);
        painted(stream, layout, paint, text, bytes, layout->column_width - indent);
    }
    vertical(stream, layout);
}

/* The end of a place that is too long stays, behind an ellipsis: the line number stands there. */
static void cut_place(const struct layout *layout, const char *place, uint32_t room, char *text, size_t size)
{
    const char *ellipsis = layout->style->unicode ? "\u2026" : "...";
    uint32_t length = style_columns(place, strlen(place)), taken = style_columns(ellipsis, strlen(ellipsis));
    if (length <= room) {
        snprintf(text, size, "%s", place);
        return;
    }
    for (uint32_t left = length - (room > taken ? room - taken : 0); left > 0 && *place; left--) {
        do {
            place++;
        } while (((unsigned char)*place & 0xC0) == 0x80);
    }
    snprintf(text, size, "%s%s", ellipsis, place);
}

static void print_place(FILE *stream, const struct layout *layout, const struct row *row)
{
    if (row->place[0] && !layout->place_inside) {
        char place[sizeof(row->place) + 4];
        cut_place(layout, row->place, layout->place_width, place, sizeof(place));
        fprintf(stream, " %s%s%s", style_paint(layout->style, PAINT_FAINT), place, style_paint(layout->style, PAINT_PLAIN));
    }
}

static void print_place_inside(FILE *stream, const struct layout *layout, const struct row *row)
{
    char place[sizeof(row->place) + 4];
    cut_place(layout, row->place, layout->column_width - INDENT, place, sizeof(place));
    pad(stream, layout->label_width);
    print_cells(stream, layout, row, PAINT_FAINT, place, strlen(place), INDENT);
    fputc('\n', stream);
}

/* What belongs to no task takes the whole line. */
static void print_across(FILE *stream, const struct layout *layout, const struct row *row)
{
    pad(stream, layout->label_width);
    vertical(stream, layout);
    fputc(' ', stream);
    painted(stream, layout, paint_of(row), row->text, strlen(row->text), 0);
    fputc('\n', stream);
}

static void print_row(FILE *stream, const struct layout *layout, const struct row *row)
{
    if (row->task == SCHEDULER_NO_TASK) {
        print_across(stream, layout, row);
        return;
    }
    char label[320];
    const char *text = row->text;
    uint32_t indent = 0;
    label_of(row, label, sizeof(label));
    do {
        size_t bytes = style_line(text, layout->column_width - indent);
        painted(stream, layout, PAINT_FAINT, indent ? "" : label, indent ? 0 : strlen(label), layout->label_width);
        print_cells(stream, layout, row, paint_of(row), text, bytes, indent);
        if (!indent) {
            print_place(stream, layout, row);
        }
        fputc('\n', stream);
        text = style_next_line(text, bytes);
        indent = INDENT;
    } while (*text);
    if (row->place[0] && layout->place_inside && row->kind != ROW_PREEMPTED) {
        print_place_inside(stream, layout, row);
    }
}

static void print_header(FILE *stream, const struct layout *layout)
{
    const struct glyphs *glyphs = style_glyphs(layout->style);
    pad(stream, layout->label_width);
    for (uint32_t column = 0; column < layout->columns; column++) {
        bool all = layout->shared && layout->task_count > 1;
        const char *name = all ? "all tasks" : words_task(layout->task_at[column]);
        char text[64];
        snprintf(text, sizeof(text), "%s%s", name, layout->several[column] && !all ? ", ..." : "");
        vertical(stream, layout);
        fputc(' ', stream);
        painted(stream, layout, PAINT_BOLD, text, strlen(text), layout->column_width);
    }
    vertical(stream, layout);
    fputc('\n', stream);
    for (uint32_t at = 0; at < layout->label_width; at++) {
        fputs(glyphs->horizontal, stream);
    }
    for (uint32_t column = 0; column <= layout->columns; column++) {
        uint32_t place_width = layout->place_inside ? 0 : layout->place_width + 1;
        uint32_t width = column == layout->columns ? place_width : layout->column_width + 2;
        fprintf(stream, "%s%s", column ? "" : glyphs->horizontal, glyphs->cross);
        for (uint32_t at = 0; at < width; at++) {
            fputs(glyphs->horizontal, stream);
        }
    }
    fputc('\n', stream);
}

void columns_print(FILE *stream, const struct report_style *style, const struct timeline *timeline)
{
    struct layout layout = layout_for(style, timeline);
    print_header(stream, &layout);
    for (uint32_t index = 0; index < timeline->count; index++) {
        print_row(stream, &layout, &timeline->rows[index]);
    }
}
