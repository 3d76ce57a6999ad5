/* read_scenario.c - subject, configuration and program, by the tables of the subject. */
#include "reader.h"

#include <string.h>

/* -------------------------------------------------------------------------------------------------------- subject -- */

bool read_subject(struct reader *reader)
{
    char name[REPLAY_LINE_LIMIT + 1], problem[SUBJECT_PROBLEM_SIZE];
    struct word word = take_word(reader, "");
    if (word.length == 0) {
        return refuse_rest(reader, "the name of a subject");
    }
    word_copy(word, name, sizeof name);
    const struct subject *subject = reader->subject != NULL ? reader->subject : subject_open(name, problem, sizeof problem);
    if (subject == NULL) {
        make_printable(problem);
        return refuse(reader, word.start, "%s", problem);
    }
    reader->replay->scenario.subject = subject;
    reader->replay->scenario.configuration = configuration_standard(subject);
    return expect_line_end(reader, "the subject");
}

/* -------------------------------------------------------------------------------------------------- configuration -- */

static const char *setting_name_at(const void *context, uint32_t index)
{
    const struct subject *subject = context;
    return index < subject_setting_count(subject) ? subject_setting(subject, index)->name : NULL;
}

static const char *word_at(const void *context, uint32_t index)
{
    const char *const *words = context;
    return words[index];
}

/* The index of the word in a NULL-ended list, or -1. */
static int32_t find_word(const char *const *words, struct word word)
{
    for (int32_t index = 0; words[index] != NULL; index++) {
        if (word_is(word, words[index])) {
            return index;
        }
    }
    return -1;
}

static bool read_setting_word(struct reader *reader, const struct setting *setting, struct word word, uint32_t *value)
{
    int32_t index = find_word(setting->words, word);
    if (index < 0) {
        char what[80];
        snprintf(what, sizeof what, "value of '%.40s'", setting->name);
        return refuse_name(reader, word, what, word_at, setting->words);
    }
    *value = (uint32_t)index;
    return true;
}

static bool read_setting_number(struct reader *reader, const struct setting *setting, struct word word, uint32_t *value)
{
    if (word_number(word, setting->maximum, value) && *value >= setting->minimum) {
        return true;
    }
    return refuse(reader, word.start, "%s is no value of '%s', expected a number from %u to %u", quote(word).text,
                  setting->name, setting->minimum, setting->maximum);
}

static bool read_setting(struct reader *reader)
{
    struct scenario *scenario = &reader->replay->scenario;
    struct word name = take_name(reader);
    if (name.length == 0) {
        return refuse_rest(reader, "a setting ('NAME=VALUE')");
    }
    uint32_t count = subject_setting_count(scenario->subject);
    uint32_t index = 0;
    while (index < count && !word_is(name, subject_setting(scenario->subject, index)->name)) {
        index++;
    }
    if (index == count) {
        return refuse_name(reader, name, "setting", setting_name_at, scenario->subject);
    }
    if (reader->is_set[index]) {
        return refuse(reader, name.start, "setting %s for the second time, expected it once", quote(name).text);
    }
    reader->is_set[index] = true;
    if (!take_symbol(reader, "=")) {
        return refuse_rest(reader, "'=' and a value");
    }
    const struct setting *setting = subject_setting(scenario->subject, index);
    struct word word = take_word(reader, "");
    if (word.length == 0) {
        return refuse_rest(reader, "a value");
    }
    uint32_t *value = &scenario->configuration.values[index];
    return setting->words != NULL ? read_setting_word(reader, setting, word, value)
                                  : read_setting_number(reader, setting, word, value);
}

bool read_configuration(struct reader *reader)
{
    while (!line_is_done(reader)) {
        if (!read_setting(reader)) {
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------------ operations -- */

static void describe_argument(const struct argument *argument, char *text, size_t size)
{
    const char *prefix = argument->prefix == NULL ? "" : argument->prefix;
    char words[160];
    switch (argument->style) {
    case ARGUMENT_LETTER:
        snprintf(text, size, "%s, a letter from %c to %c", argument->name, (char)('A' + argument->minimum),
                 (char)('A' + argument->maximum));
        return;
    case ARGUMENT_WORD:
        join_names(word_at, argument->words, words, sizeof words);
        snprintf(text, size, "%s, one of %s", argument->name, words);
        return;
    case ARGUMENT_HEX:
        snprintf(text, size, "%s, from 0x%x to 0x%x", argument->name, argument->minimum, argument->maximum);
        return;
    case ARGUMENT_NUMBER:
        snprintf(text, size, "%s, from %s%u to %s%u", argument->name, prefix, argument->minimum, prefix, argument->maximum);
        return;
    }
}

static bool argument_number(const struct argument *argument, struct word word, uint32_t *value)
{
    size_t prefix = argument->prefix == NULL ? 0 : strlen(argument->prefix);
    if (word.length < prefix || memcmp(word.start, argument->prefix == NULL ? "" : argument->prefix, prefix) != 0) {
        return false;
    }
    struct word digits = {.start = word.start + prefix, .length = word.length - prefix};
    return word_number(digits, argument->maximum, value) && *value >= argument->minimum;
}

/* "0x222003"; decimal digits will do as well. */
static bool argument_hex(const struct argument *argument, struct word word, uint32_t *value)
{
    bool read = word_hex(word, value) || word_number(word, UINT32_MAX, value);
    return read && *value >= argument->minimum && *value <= argument->maximum;
}

static bool argument_letter(const struct argument *argument, struct word word, uint32_t *value)
{
    if (word.length != 1 || word.start[0] < 'A' || word.start[0] > 'Z') {
        return false;
    }
    *value = (uint32_t)(word.start[0] - 'A');
    return *value >= argument->minimum && *value <= argument->maximum;
}

static bool argument_word(const struct argument *argument, struct word word, uint32_t *value)
{
    int32_t index = find_word(argument->words, word);
    *value = (uint32_t)index;
    return index >= 0 && *value >= argument->minimum && *value <= argument->maximum;
}

static bool argument_fits(const struct argument *argument, struct word word, uint32_t *value)
{
    switch (argument->style) {
    case ARGUMENT_LETTER:
        return argument_letter(argument, word, value);
    case ARGUMENT_WORD:
        return argument_word(argument, word, value);
    case ARGUMENT_HEX:
        return argument_hex(argument, word, value);
    case ARGUMENT_NUMBER:
        break;
    }
    return argument_number(argument, word, value);
}

static bool read_argument(struct reader *reader, const struct operation *kind, const struct argument *argument, uint32_t *value)
{
    char expected[240];
    struct word word = take_word(reader, ";");
    if (word.length == 0 && argument->optional) {
        *value = argument->standard;
        return true;
    }
    if (argument_fits(argument, word, value)) {
        return true;
    }
    describe_argument(argument, expected, sizeof expected);
    if (word.length == 0) {
        return refuse(reader, word.start, "'%s' lacks an argument, expected %s", kind->name, expected);
    }
    return refuse(reader, word.start, "%s is no argument of '%s', expected %s", quote(word).text, kind->name, expected);
}

static const char *operation_name_at(const void *context, uint32_t index)
{
    const struct subject *subject = context;
    return index < subject->operation_count ? subject->operations[index].name : NULL;
}

static bool operation_is_done(struct reader *reader)
{
    return line_is_done(reader) || *reader->cursor == ';';
}

static bool read_operation(struct reader *reader, struct program_operation *operation)
{
    const struct subject *subject = reader->replay->scenario.subject;
    struct word name = take_word(reader, ";");
    uint32_t code = 0;
    while (code < subject->operation_count && !word_is(name, subject->operations[code].name)) {
        code++;
    }
    if (code == subject->operation_count) {
        return refuse_name(reader, name, "operation", operation_name_at, subject);
    }
    const struct operation *kind = &subject->operations[code];
    *operation = (struct program_operation){.code = (uint8_t)code};
    for (uint32_t index = 0; index < kind->argument_count; index++) {
        if (!read_argument(reader, kind, &kind->arguments[index], &operation->arguments[index])) {
            return false;
        }
    }
    if (!operation_is_done(reader)) {
        const char *place = reader->cursor;
        return refuse(reader, place, "%s is one argument too many, expected ';' or the end of '%s'",
                      quote(take_word(reader, ";")).text, kind->name);
    }
    return true;
}

/* ----------------------------------------------------------------------------------------------------------- tasks -- */

bool at_task(const struct reader *reader)
{
    struct reader ahead = *reader;
    take_word(&ahead, ":");
    return take_symbol(&ahead, ":");
}

static bool check_task_name(struct reader *reader, struct word name)
{
    bool starts_with_letter =
        name.length > 0 && ((name.start[0] >= 'a' && name.start[0] <= 'z') || (name.start[0] >= 'A' && name.start[0] <= 'Z'));
    if (starts_with_letter && name.length < PROGRAM_NAME_SIZE && *reader->cursor == ':') {
        return true;
    }
    struct word all = {.start = name.start, .length = name.length};
    while (all.start + all.length < reader->stop && all.start[all.length] != ':') {
        all.length++;
    }
    return refuse(reader, name.start,
                  "%s is no name for a task, expected a letter, then letters, digits, '-' or '_', "
                  "%d at most",
                  quote(all).text, PROGRAM_NAME_SIZE - 1);
}

/* The task of that name, which may be a new one. */
static bool find_task(struct reader *reader, struct word name, uint32_t *task)
{
    struct program *program = &reader->replay->scenario.program;
    char text[PROGRAM_NAME_SIZE];
    for (*task = 0; *task < program->task_count; ++*task) {
        if (word_is(name, program->tasks[*task].name)) {
            return true;
        }
    }
    word_copy(name, text, sizeof text);
    if (!program_add_task(program, text)) {
        return refuse(reader, name.start, "task %s is one too many, expected at most %d tasks", quote(name).text,
                      PROGRAM_TASK_LIMIT);
    }
    return true;
}

bool read_task(struct reader *reader)
{
    struct program *program = &reader->replay->scenario.program;
    struct word name = take_name(reader);
    uint32_t task;
    line_is_done(reader);
    if (!check_task_name(reader, name) || !find_task(reader, name, &task)) {
        return false;
    }
    take_symbol(reader, ":");
    while (!line_is_done(reader)) {
        if (take_symbol(reader, ";")) {
            continue;
        }
        const char *place = reader->cursor;
        struct program_operation operation;
        if (!read_operation(reader, &operation)) {
            return false;
        }
        if (!program_append(program, task, operation)) {
            return refuse(reader, place, "one operation too many, expected at most %d in a program", PROGRAM_OPERATION_LIMIT);
        }
    }
    return true;
}
