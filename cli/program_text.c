/* program_text.c - programs from the command line, read by the reader of replay files. */
#include "program_text.h"

#include "files.h"

#include <stdlib.h>
#include <string.h>

/* The reader of replay files knows the grammar: the text becomes the program of a small replay. */
enum { HEADER_LINES = 3 };

static void shift_lines(const char *name, const struct replay_error *error, char *message, size_t size)
{
    const char *rest = strstr(error->message, ": ");
    if (error->line <= HEADER_LINES || !rest) {
        snprintf(message, size, "%s: %s", name, rest ? rest + 2 : error->message);
        return;
    }
    snprintf(message, size, "%s:%u:%u%s", name, error->line - HEADER_LINES, error->column, rest);
}

static bool parse_lines(const char *name, const char *lines, const struct subject *subject, struct scenario *scenario,
                        char *message, size_t size)
{
    struct replay replay = {0};
    struct replay_error error;
    size_t room = strlen(lines) + strlen(subject->name) + 64;
    char *text = malloc(room);
    if (!text) {
        snprintf(message, size, "%s: out of memory", name);
        return false;
    }
    int length = snprintf(text, room, "remlock %d\nsubject %s\nprogram\n%s\n", REPLAY_VERSION, subject->name, lines);
    bool parsed = replay_parse(&replay, text, (size_t)length, name, &error);
    bool empty = parsed && replay.scenario.program.task_count == 0;
    if (empty) {
        snprintf(message, size, "%s: no tasks, expected at least one, such as 'io: acquire A; release A'", name);
    } else if (parsed) {
        *scenario = replay.scenario;
    } else {
        shift_lines(name, &error, message, size);
    }
    replay_free(&replay);
    free(text);
    return parsed && !empty;
}

static bool take_replay(const char *path, const uint8_t *bytes, size_t length, const struct subject *subject,
                        struct scenario *scenario, char *message, size_t size)
{
    struct replay replay = {0};
    struct replay_error error;
    if (!replay_parse(&replay, (const char *)bytes, length, path, &error)) {
        snprintf(message, size, "%s", error.message);
        return false;
    }
    bool fits = replay.scenario.subject->operations == subject->operations;
    if (fits) {
        *scenario = replay.scenario;
        scenario->subject = subject;
    } else {
        snprintf(message, size, "%s: is a program for %s, not for %s", path, replay.scenario.subject->name, subject->name);
    }
    replay_free(&replay);
    return fits;
}

static bool read_from_file(const char *path, const struct subject *subject, struct scenario *scenario, char *message,
                           size_t size)
{
    size_t length;
    uint8_t *bytes = file_read(path, &length, message, size);
    if (!bytes) {
        return false;
    }
    bool read;
    if (replay_recognise(bytes, length)) {
        read = take_replay(path, bytes, length, subject, scenario, message, size);
    } else {
        char *lines = strndup((const char *)bytes, length);
        read = lines && parse_lines(path, lines, subject, scenario, message, size);
        free(lines);
    }
    free(bytes);
    return read;
}

bool program_text_read(const char *text, const struct subject *subject, struct scenario *scenario, char *message, size_t size)
{
    if (text[0] == '@') {
        return read_from_file(text + 1, subject, scenario, message, size);
    }
    char *lines = strdup(text);
    if (!lines) {
        snprintf(message, size, "out of memory");
        return false;
    }
    for (char *at = lines; *at; at++) {
        *at = *at == '|' ? '\n' : *at;
    }
    bool read = parse_lines("--program", lines, subject, scenario, message, size);
    free(lines);
    return read;
}
