/*
 * text_difference.c - see text_difference.h.
 *
 * Beginning and end that are the same are set aside; of what is between them the longest common subsequence of lines stays.
 * Where that would take too much memory, all of it counts as replaced.
 */
#include "text_difference.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { AROUND = 3, TABLE_LIMIT = 1 << 22 };

struct line {
    const char *text;
    size_t length;
};

struct lines {
    struct line *items;
    uint32_t count;
};

/* What becomes of a line. */
struct change {
    char kind; /* ' ', '-' or '+' */
    struct line line;
};

struct changes {
    struct change *items;
    uint32_t count;
};

static struct lines split(const char *text)
{
    struct lines lines = {0};
    uint32_t count = 0;
    for (const char *at = text; *at != 0; at++) {
        count += *at == '\n' || at[1] == 0;
    }
    lines.items = calloc(count + 1, sizeof(*lines.items));
    while (lines.items && *text != 0) {
        size_t length = strcspn(text, "\n");
        lines.items[lines.count++] = (struct line){text, length};
        text += length + (text[length] == '\n');
    }
    return lines;
}

static bool same(const struct line *one, const struct line *other)
{
    return one->length == other->length && memcmp(one->text, other->text, one->length) == 0;
}

static void put(struct changes *changes, char kind, const struct line *line)
{
    changes->items[changes->count++] = (struct change){kind, *line};
}

/* lengths[i][j]: of the longest common subsequence of what follows line i of the old and line j of the new text. */
static uint16_t *common_lengths(const struct line *old, uint32_t old_count, const struct line *new, uint32_t new_count)
{
    size_t width = new_count + 1;
    if ((size_t)(old_count + 1) * width > TABLE_LIMIT) {
        return NULL;
    }
    uint16_t *lengths = calloc((old_count + 1) * width, sizeof(*lengths));
    for (uint32_t i = old_count; lengths && i-- > 0;) {
        for (uint32_t j = new_count; j-- > 0;) {
            uint16_t down = lengths[(i + 1) * width + j], right = lengths[i * width + j + 1];
            uint16_t both = (uint16_t)(lengths[(i + 1) * width + j + 1] + 1);
            lengths[i * width + j] = same(&old[i], &new[j]) ? both : down > right ? down : right;
        }
    }
    return lengths;
}

static void compare_middle(struct changes *changes, const struct line *old, uint32_t old_count, const struct line *new,
                           uint32_t new_count)
{
    uint16_t *lengths = common_lengths(old, old_count, new, new_count);
    size_t width = new_count + 1;
    uint32_t i = 0, j = 0;
    while (lengths && i < old_count && j < new_count) {
        if (same(&old[i], &new[j])) {
            put(changes, ' ', &old[i]);
            i++;
            j++;
        } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
            put(changes, '-', &old[i++]);
        } else {
            put(changes, '+', &new[j++]);
        }
    }
    while (i < old_count) {
        put(changes, '-', &old[i++]);
    }
    while (j < new_count) {
        put(changes, '+', &new[j++]);
    }
    free(lengths);
}

static void compare(struct changes *changes, const struct lines *old, const struct lines *new)
{
    uint32_t first = 0, old_end = old->count, new_end = new->count;
    while (first < old_end && first < new_end && same(&old->items[first], &new->items[first])) {
        put(changes, ' ', &old->items[first++]);
    }
    uint32_t tail = 0;
    while (old_end > first && new_end > first && same(&old->items[old_end - 1], &new->items[new_end - 1])) {
        old_end--;
        new_end--;
        tail++;
    }
    compare_middle(changes, old->items + first, old_end - first, new->items + first, new_end - first);
    for (uint32_t index = 0; index < tail; index++) {
        put(changes, ' ', &old->items[old_end + index]);
    }
}

/* -------------------------------------------------------------------------------------------------------- printing -- */

static bool is_near_change(const struct changes *changes, uint32_t index)
{
    uint32_t from = index > AROUND ? index - AROUND : 0;
    uint32_t to = index + AROUND < changes->count ? index + AROUND : changes->count - 1;
    for (uint32_t near = from; near <= to; near++) {
        if (changes->items[near].kind != ' ') {
            return true;
        }
    }
    return false;
}

static void print_change(FILE *stream, const struct change *change, bool colour)
{
    const char *begin = !colour || change->kind == ' ' ? "" : change->kind == '-' ? "\033[31m" : "\033[32m";
    fprintf(stream, "%s%c%.*s%s\n", begin, change->kind, (int)change->line.length, change->line.text, *begin ? "\033[0m" : "");
}

/* "@@ -4,3 +4,4 @@" over the lines from `first` to the last one near a change; returns the one behind them. */
static uint32_t print_hunk(FILE *stream, const struct changes *changes, uint32_t first, uint32_t old_line, uint32_t new_line,
                           bool colour)
{
    uint32_t end = first, old_count = 0, new_count = 0;
    for (; end < changes->count && is_near_change(changes, end); end++) {
        old_count += changes->items[end].kind != '+';
        new_count += changes->items[end].kind != '-';
    }
    fprintf(stream, "@@ -%u,%u +%u,%u @@\n", old_line, old_count, new_line, new_count);
    for (uint32_t index = first; index < end; index++) {
        print_change(stream, &changes->items[index], colour);
    }
    return end;
}

static void print(FILE *stream, const struct changes *changes, bool colour)
{
    uint32_t old_line = 1, new_line = 1, index = 0;
    while (index < changes->count) {
        uint32_t end =
            is_near_change(changes, index) ? print_hunk(stream, changes, index, old_line, new_line, colour) : index + 1;
        for (; index < end; index++) {
            old_line += changes->items[index].kind != '+';
            new_line += changes->items[index].kind != '-';
        }
    }
}

void text_difference(FILE *stream, const char *old_name, const char *old_text, const char *new_name, const char *new_text,
                     bool colour)
{
    if (strcmp(old_text, new_text) == 0) {
        return;
    }
    struct lines old = split(old_text), new = split(new_text);
    struct changes changes = {calloc(old.count + new.count + 1, sizeof(*changes.items)), 0};
    if (old.items && new.items && changes.items) {
        fprintf(stream, "--- %s\n+++ %s\n", old_name, new_name);
        compare(&changes, &old, &new);
        print(stream, &changes, colour);
    }
    free(old.items);
    free(new.items);
    free(changes.items);
}
