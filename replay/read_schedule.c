/* read_schedule.c - deviations and the expectation. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------------------------------------- tasks -- */

static const char *task_name_at(const void *context, uint32_t index)
{
    const struct program *program = context;
    return index < program->task_count ? program->tasks[index].name : NULL;
}

/* "task#7", "dpc#7": a task that is started while the program runs. What stands before the '#' is for the reader of the file.
 */
static bool read_numbered_task(struct reader *reader, struct word word, uint8_t *task)
{
    const struct program *program = &reader->replay->scenario.program;
    struct word digits = take_name(reader);
    uint32_t number;
    if (!word_number(digits, SCHEDULER_TASK_LIMIT - 1, &number) || number < program->task_count) {
        word.length = (size_t)(digits.start + digits.length - word.start);
        return refuse(reader, word.start,
                      "%s is no numbered task here, expected " UNNAMED_TASK "#%u to " UNNAMED_TASK
                      "#%d or a task of the program",
                      quote(word).text, program->task_count, SCHEDULER_TASK_LIMIT - 1);
    }
    *task = (uint8_t)number;
    return true;
}

static bool read_task_name(struct reader *reader, uint8_t *task)
{
    const struct program *program = &reader->replay->scenario.program;
    struct word word = take_name(reader);
    if (word.length == 0) {
        return refuse_rest(reader, "the name of a task");
    }
    if (reader->cursor < reader->stop && *reader->cursor == '#') {
        reader->cursor++;
        return read_numbered_task(reader, word, task);
    }
    for (uint32_t index = 0; index < program->task_count; index++) {
        if (word_is(word, program->tasks[index].name)) {
            *task = (uint8_t)index;
            return true;
        }
    }
    return refuse_name(reader, word, "task", task_name_at, program);
}

/* ------------------------------------------------------------------------------------------------------ deviations -- */

bool at_deviation(const struct reader *reader)
{
    struct reader ahead = *reader;
    if (word_is(take_name(&ahead), START_WORD) && !line_is_done(&ahead)) {
        return true;
    }
    ahead = *reader;
    take_word(&ahead, "@");
    return take_symbol(&ahead, "@");
}

static bool read_point(struct reader *reader, struct deviation *deviation)
{
    struct reader ahead = *reader;
    bool is_start = word_is(take_name(&ahead), START_WORD) && (ahead.cursor == ahead.stop || *ahead.cursor != '#');
    if (is_start && !take_symbol(&ahead, "@")) {
        *reader = ahead;
        deviation->task = SCHEDULER_NO_TASK;
        deviation->point = 0;
        return true;
    }
    if (!read_task_name(reader, &deviation->task)) {
        return false;
    }
    if (!take_symbol(reader, "@")) {
        return refuse_rest(reader, "'@' and the number of a point");
    }
    struct word word = take_name(reader);
    if (!word_number(word, UINT32_MAX, &deviation->point)) {
        return refuse(reader, word.start, "%s is no point, expected a number", quote(word).text);
    }
    return true;
}

static const char *kind_name_at(const void *context, uint32_t index)
{
    (void)context;
    uint32_t kind = CHOICE_TASK + 1 + index;
    return kind < CHOICE_KINDS ? choice_kind_name((enum choice_kind)kind) : NULL;
}

/* "allocation = 1": a choice that is not about tasks. */
static bool read_alternative(struct reader *reader, struct deviation *deviation)
{
    struct word word = take_name(reader);
    if (word.length == 0) {
        return refuse_rest(reader, "'->' and a task, or another choice");
    }
    uint32_t kind = CHOICE_TASK + 1;
    while (kind < CHOICE_KINDS && !word_is(word, choice_kind_name((enum choice_kind)kind))) {
        kind++;
    }
    if (kind == CHOICE_KINDS) {
        return refuse_name(reader, word, "choice", kind_name_at, NULL);
    }
    if (!take_symbol(reader, "=")) {
        return refuse_rest(reader, "'=' and the number of an alternative");
    }
    struct word digits = take_name(reader);
    uint32_t alternative;
    if (!word_number(digits, UINT8_MAX, &alternative) || alternative == 0) {
        return refuse(reader, digits.start, "%s is no alternative, expected a number from 1 to %d (0 is the default)",
                      quote(digits).text, UINT8_MAX);
    }
    deviation->kind = (uint8_t)kind;
    deviation->chosen = (uint8_t)alternative;
    return true;
}

static bool add_deviation(struct reader *reader, struct deviation deviation)
{
    struct schedule *schedule = &reader->replay->schedule;
    if (schedule->count == SCHEDULER_DEVIATION_LIMIT) {
        return refuse(reader, reader->line, "one deviation too many, expected at most %d", SCHEDULER_DEVIATION_LIMIT);
    }
    if (schedule->count == reader->deviation_capacity) {
        uint32_t capacity = schedule->count == 0 ? 16 : schedule->count * 2;
        struct deviation *larger = realloc(schedule->deviations, capacity * sizeof *larger);
        if (larger == NULL) {
            return refuse(reader, reader->line, "no memory for the schedule, expected %u bytes",
                          (uint32_t)(capacity * sizeof *larger));
        }
        schedule->deviations = larger;
        reader->deviation_capacity = capacity;
    }
    schedule->deviations[schedule->count++] = deviation;
    return true;
}

bool read_deviation(struct reader *reader)
{
    struct deviation deviation = {.kind = CHOICE_TASK};
    if (!read_point(reader, &deviation)) {
        return false;
    }
    bool read = take_symbol(reader, "->") ? read_task_name(reader, &deviation.chosen) : read_alternative(reader, &deviation);
    return read && expect_line_end(reader, "the deviation") && add_deviation(reader, deviation);
}

/* ----------------------------------------------------------------------------------------------------- expectation -- */

static const char *finding_name_at(const void *context, uint32_t index)
{
    (void)context;
    return findings[index].identifier;
}

static bool read_finding(struct reader *reader, struct word word)
{
    struct replay *replay = reader->replay;
    char identifier[REPLAY_LINE_LIMIT + 1];
    word_copy(word, identifier, sizeof identifier);
    if (word.length >= sizeof replay->identifier || finding_find(identifier) == NULL) {
        return refuse_name(reader, word, "finding", finding_name_at, NULL);
    }
    struct word routine = take_word(reader, "");
    if (routine.length >= sizeof replay->routine) {
        return refuse(reader, routine.start, "the name of the routine is too long, expected at most %d bytes",
                      REPLAY_ROUTINE_SIZE - 1);
    }
    replay->expectation = REPLAY_EXPECTS_FINDING;
    word_copy(word, replay->identifier, sizeof replay->identifier);
    if (routine.length == 0) {
        routine = (struct word){.start = NO_ROUTINE, .length = strlen(NO_ROUTINE)};
    }
    word_copy(routine, replay->routine, sizeof replay->routine);
    return expect_line_end(reader, "the finding");
}

bool read_expectation(struct reader *reader)
{
    struct word word = take_word(reader, "");
    if (word.length == 0) {
        return refuse_rest(reader, "'clean' or a finding");
    }
    if (!word_is(word, "clean")) {
        return read_finding(reader, word);
    }
    reader->replay->expectation = REPLAY_EXPECTS_CLEAN;
    return expect_line_end(reader, "'clean'");
}
