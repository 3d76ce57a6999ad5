/* about.c - what the comment at the head of a driver's first file tells of the driver. */
#include "build.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The lines of a comment without what marks it as one: "/" and stars, "++" and "--", "//". */
static char *plain_line(const char *start, size_t length)
{
    const char *end = start + length;
    while (start < end && isspace((unsigned char)*start)) {
        start++;
    }
    while (start < end && (*start == '*' || *start == '/')) {
        start++;
    }
    if (start < end && *start == ' ') {
        start++;
    }
    while (end > start && (isspace((unsigned char)end[-1]) || end[-1] == '*')) {
        end--;
    }
    return string_copy(start, (size_t)(end - start));
}

static bool is_rule(const char *line)
{
    return line[strspn(line, "-+=*#/ \t")] == 0;
}

/* A comment at `at`, which is moved behind it, as plain lines; NULL when there is none. Lines of "//" are one comment. */
static struct words *comment_at(const char **at, struct words *lines)
{
    bool block = strncmp(*at, "/*", 2) == 0;
    const char *end = block ? strstr(*at + 2, "*/") : NULL;
    if (!block && strncmp(*at, "//", 2) != 0) {
        return NULL;
    }
    *at += block ? 2 : 0;
    while (**at != 0 && (block ? end == NULL || *at < end : strncmp(*at + strspn(*at, " \t"), "//", 2) == 0)) {
        size_t length = strcspn(*at, "\n");
        if (block && end != NULL && *at + length > end) {
            length = (size_t)(end - *at);
        }
        char *line = plain_line(*at, length);
        words_add(lines, is_rule(line) ? "" : line);
        *at += length;
        *at += **at == '\n';
    }
    *at = block && end != NULL ? end + 2 : *at;
    return lines;
}

static bool is_legal(const struct words *lines)
{
    for (uint32_t index = 0; index < lines->count; index++) {
        const char *line = lines->items[index];
        if (*line != 0) {
            return strncasecmp(line, "copyright", 9) == 0 || strncmp(line, "SPDX", 4) == 0 || strncasecmp(line, "(c)", 3) == 0;
        }
    }
    return true;
}

/* The paragraph under "Abstract:", as Microsoft's samples have it, or -1. */
static int64_t abstract_of(const struct words *lines)
{
    for (uint32_t index = 0; index < lines->count; index++) {
        if (strncasecmp(lines->items[index], "abstract:", 9) == 0) {
            return index + 1;
        }
    }
    return -1;
}

static char *join_lines(const struct words *lines, uint32_t first)
{
    struct words parts = {0};
    while (first < lines->count && *lines->items[first] == 0) {
        first++;
    }
    uint32_t end = lines->count;
    while (end > first && *lines->items[end - 1] == 0) {
        end--;
    }
    for (uint32_t index = first; index < end; index++) {
        words_add(&parts, index > first ? "\n" : "");
        words_add(&parts, lines->items[index]);
    }
    return words_join(&parts);
}

/* "name.c - " and the first paragraph, in one line. */
static char *from_abstract(const struct driver_build *build, const struct words *lines, uint32_t first)
{
    char *text = string_format("%s -", string_name_of(build->sources.items[0]));
    while (first < lines->count && *lines->items[first] == 0) {
        first++;
    }
    for (; first < lines->count && *lines->items[first] != 0; first++) {
        const char *line = lines->items[first];
        text = string_format("%s %s", text, line + strspn(line, " \t"));
    }
    return text;
}

int build_read_about(struct driver_build *build)
{
    size_t size;
    const char *text = string_read(build->sources.items[0], &size);
    build->about = "";
    if (text != NULL && strncmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
    }
    while (text != NULL) {
        struct words lines = {0};
        text += strspn(text, " \t\r\n");
        if (comment_at(&text, &lines) == NULL) {
            return EXIT_CLEAN;
        }
        int64_t abstract = abstract_of(&lines);
        if (abstract >= 0) {
            build->about = from_abstract(build, &lines, (uint32_t)abstract);
            return EXIT_CLEAN;
        }
        if (!is_legal(&lines)) {
            build->about = join_lines(&lines, 0);
            return EXIT_CLEAN;
        }
    }
    return EXIT_CLEAN;
}
