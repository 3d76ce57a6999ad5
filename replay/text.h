/* text.h - how single things are written, and a text that grows. */
#ifndef REPLAY_TEXT_H
#define REPLAY_TEXT_H

#include <remlock/replay.h>

#define UNNAMED_TASK "task" /* a task that the program does not name: "task#7" */
#define NO_ROUTINE "-"      /* where a finding happened that happened in no routine */
#define START_WORD "start"  /* whose choice the first one is */

enum {
    TASK_TEXT_SIZE = PROGRAM_NAME_SIZE + 8,
    OPERATION_TEXT_SIZE = 256,
    DEVIATION_TEXT_SIZE = 96,
};

/*
 * The name of a task as schedules write it. `name_of` knows what a task that the program does not name is ("dpc"), or is NULL.
 */
void task_text(const struct program *program, uint32_t task, const char *(*name_of)(uint32_t task), char *text, size_t size);
void deviation_text(const struct program *program, const struct deviation *deviation, const char *(*name_of)(uint32_t task),
                    char *text, size_t size);

/* Texts that come from elsewhere (comments, messages): whatever they hold, a line stays one line. */
void make_printable(char *text);

/* Whether a verdict is the finding that a replay expects. */
bool is_expected_finding(const struct replay *replay, const struct verdict *verdict);

/* All zero is an empty one. After a failed allocation it stays as it is and `failed` is set. */
struct growing_text {
    char *bytes;
    size_t length, capacity;
    bool failed;
};

void append_bytes(struct growing_text *text, const char *bytes, size_t count);
void append(struct growing_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
