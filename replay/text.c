/* text.c - how single things are written, and a text that grows. */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void append_bytes(struct growing_text *text, const char *bytes, size_t count)
{
    if (text->failed) {
        return;
    }
    if (text->length + count + 1 > text->capacity) {
        size_t capacity = (text->length + count + 1) * 2;
        char *larger = realloc(text->bytes, capacity);
        if (larger == NULL) {
            text->failed = true;
            return;
        }
        text->bytes = larger;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->length, bytes, count);
    text->length += count;
    text->bytes[text->length] = '\0';
}

void append(struct growing_text *text, const char *format, ...)
{
    char piece[REPLAY_LINE_LIMIT];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof piece) {
        text->failed = true;
        return;
    }
    append_bytes(text, piece, (size_t)length);
}

void make_printable(char *text)
{
    for (char *byte = text; *byte != '\0'; byte++) {
        if ((unsigned char)*byte < ' ' || *byte == 0x7f) {
            *byte = ' ';
        }
    }
}

static bool is_task_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strlen(name);
    return length > 0 && length < PROGRAM_NAME_SIZE && strchr(letters, name[0]) != NULL && strcmp(name, START_WORD) != 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

void task_text(const struct program *program, uint32_t task, const char *(*name_of)(uint32_t task), char *text, size_t size)
{
    if (task < program->task_count) {
        snprintf(text, size, "%s", program->tasks[task].name);
        return;
    }
    const char *name = name_of == NULL ? NULL : name_of(task);
    snprintf(text, size, "%s#%u", name != NULL && is_task_name(name) ? name : UNNAMED_TASK, task);
}

const char *replay_task_name(uint32_t task)
{
    return task < scheduler_task_count() ? scheduler_task_name(task) : NULL;
}

void replay_setting_text(const struct setting *setting, uint32_t value, char *text, size_t size)
{
    if (setting->words != NULL) {
        snprintf(text, size, "%s", setting->words[value]);
    } else {
        snprintf(text, size, "%u", value);
    }
}

void replay_task_text(const struct program *program, uint32_t task, char *text, size_t size)
{
    task_text(program, task, replay_task_name, text, size);
}

void replay_deviation_text(const struct program *program, const struct deviation *deviation, char *text, size_t size)
{
    deviation_text(program, deviation, replay_task_name, text, size);
}

void deviation_text(const struct program *program, const struct deviation *deviation, const char *(*name_of)(uint32_t task),
                    char *text, size_t size)
{
    char place[TASK_TEXT_SIZE + 16] = START_WORD;
    if (deviation->task != SCHEDULER_NO_TASK) {
        char task[TASK_TEXT_SIZE];
        task_text(program, deviation->task, name_of, task, sizeof task);
        snprintf(place, sizeof place, "%s@%u", task, deviation->point);
    }
    if (deviation->kind != CHOICE_TASK) {
        snprintf(text, size, "%s %s = %u", place, choice_kind_name((enum choice_kind)deviation->kind), deviation->chosen);
        return;
    }
    char chosen[TASK_TEXT_SIZE];
    task_text(program, deviation->chosen, name_of, chosen, sizeof chosen);
    snprintf(text, size, "%s -> %s", place, chosen);
}
