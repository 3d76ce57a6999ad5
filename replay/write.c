/* write.c - a replay as text: always the same text for the same replay. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { WRITTEN_WIDTH = 100 }; /* columns after which configuration and tasks go on in another line */

/* ---------------------------------------------------------------------------------------------------------- lists -- */

/* A line of items that goes on in another one, behind the same head, when it gets long. */
struct list {
    struct growing_text *text;
    const char *head;
    const char *separator;
    size_t column; /* 0: nothing written yet */
};

static void start_line(struct list *list)
{
    append(list->text, "%s", list->head);
    list->column = strlen(list->head);
}

static void list_item(struct list *list, const char *item)
{
    if (list->column == 0) {
        start_line(list);
        append(list->text, " ");
    } else if (list->column + strlen(item) > WRITTEN_WIDTH) {
        append(list->text, "\n");
        start_line(list);
        append(list->text, " ");
    } else {
        append(list->text, "%s ", list->separator);
    }
    append(list->text, "%s", item);
    list->column += strlen(item) + strlen(list->separator) + 1;
}

/* ------------------------------------------------------------------------------------------------------- sections -- */

static void write_heading(struct growing_text *text, const char *heading)
{
    while (heading != NULL && *heading != '\0') {
        size_t length = strcspn(heading, "\n");
        char line[REPLAY_COMMENT_SIZE];
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1), heading);
        make_printable(line);
        append(text, "# %s\n", line);
        heading += length + (heading[length] == '\n');
    }
}

static void write_configuration(struct growing_text *text, const struct scenario *scenario)
{
    struct list list = {.text = text, .head = "config", .separator = ""};
    uint32_t count = subject_setting_count(scenario->subject);
    for (uint32_t index = 0; index < count; index++) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        uint32_t value = scenario->configuration.values[index];
        if (value == setting->standard) {
            continue;
        }
        char written[OPERATION_TEXT_SIZE], item[OPERATION_TEXT_SIZE * 2];
        replay_setting_text(setting, value, written, sizeof written);
        snprintf(item, sizeof item, "%s=%s", setting->name, written);
        list_item(&list, item);
    }
    if (list.column != 0) {
        append(text, "\n");
    }
}

static void write_task(struct growing_text *text, const struct scenario *scenario, const struct program_task *task)
{
    char head[PROGRAM_NAME_SIZE + 4];
    snprintf(head, sizeof head, "  %s:", task->name);
    struct list list = {.text = text, .head = head, .separator = ";"};
    for (uint32_t index = 0; index < task->count; index++) {
        char item[OPERATION_TEXT_SIZE];
        operation_format(scenario->subject, &scenario->program.operations[task->first + index], item, sizeof item);
        list_item(&list, item);
    }
    if (task->count == 0) {
        start_line(&list);
    }
    append(text, "\n");
}

static void write_program(struct growing_text *text, const struct scenario *scenario)
{
    append(text, "program\n");
    for (uint32_t index = 0; index < scenario->program.task_count; index++) {
        write_task(text, scenario, &scenario->program.tasks[index]);
    }
}

typedef const char *task_names(uint32_t task);

static size_t widest_deviation(const struct replay *replay, task_names *name_of)
{
    size_t widest = 0;
    for (uint32_t index = 0; index < replay->schedule.count; index++) {
        char line[DEVIATION_TEXT_SIZE];
        deviation_text(&replay->scenario.program, &replay->schedule.deviations[index], name_of, line, sizeof line);
        size_t length = strlen(line);
        widest = length > widest ? length : widest;
    }
    return widest;
}

static void write_deviation(struct growing_text *text, const struct replay *replay, const struct deviation *deviation,
                            const struct replay_remarks *remarks, size_t width)
{
    char line[DEVIATION_TEXT_SIZE];
    char comment[REPLAY_COMMENT_SIZE] = "";
    deviation_text(&replay->scenario.program, deviation, remarks == NULL ? NULL : remarks->task, line, sizeof line);
    if (remarks != NULL && remarks->deviation != NULL) {
        remarks->deviation(remarks->context, deviation, comment, sizeof comment);
        make_printable(comment);
    }
    if (comment[0] == '\0') {
        append(text, "  %s\n", line);
    } else {
        append(text, "  %-*s  # %s\n", (int)width, line, comment);
    }
}

static void write_schedule(struct growing_text *text, const struct replay *replay, const struct replay_remarks *remarks)
{
    if (replay->schedule.count == 0) {
        return;
    }
    size_t width = widest_deviation(replay, remarks == NULL ? NULL : remarks->task);
    append(text, "schedule\n");
    for (uint32_t index = 0; index < replay->schedule.count; index++) {
        write_deviation(text, replay, &replay->schedule.deviations[index], remarks, width);
    }
}

static void write_expectation(struct growing_text *text, const struct replay *replay)
{
    if (replay->expectation == REPLAY_EXPECTS_CLEAN) {
        append(text, "expect clean\n");
    } else if (replay->expectation == REPLAY_EXPECTS_FINDING) {
        append(text, "expect %s %s\n", replay->identifier, replay->routine);
    }
}

char *replay_text(const struct replay *replay, const struct replay_remarks *remarks, size_t *size)
{
    struct growing_text text = {0};
    append(&text, "remlock %d\n", REPLAY_VERSION);
    if (remarks != NULL) {
        write_heading(&text, remarks->heading);
    }
    append(&text, "subject %s\n", replay->scenario.subject->name);
    write_configuration(&text, &replay->scenario);
    write_program(&text, &replay->scenario);
    write_schedule(&text, replay, remarks);
    write_expectation(&text, replay);
    if (text.failed) {
        free(text.bytes);
        return NULL;
    }
    if (size != NULL) {
        *size = text.length;
    }
    return text.bytes;
}

bool replay_print(const struct replay *replay, const struct replay_remarks *remarks, FILE *stream)
{
    size_t size;
    char *text = replay_text(replay, remarks, &size);
    if (text == NULL) {
        return false;
    }
    bool printed = fwrite(text, 1, size, stream) == size;
    free(text);
    return printed && fflush(stream) == 0;
}
