/*
 * names.c - task names in one byte, where they are usual ones.
 *
 * The table is part of the input format: entries never change their place.
 */
#include "names.h"

#include <stdio.h>
#include <string.h>

static const char usual_names[NAME_CODES][PROGRAM_NAME_SIZE] = {
    "io",    "read",   "write", "ioctl",  "timer", "pnp",   "dpc",   "work",  "power",  "user", "main",
    "first", "second", "third", "fourth", "io1",   "io2",   "io3",   "io4",   "pnp1",   "pnp2", "task1",
    "task2", "task3",  "task4", "task5",  "task6", "task7", "task8", "task9", "task10",
};

const char *name_of_code(uint32_t code)
{
    return usual_names[code % NAME_CODES];
}

/* libFuzzer watches every strcmp() of the process, which makes it slow. */
static bool same_name(const char *one, const char *other)
{
    while (*one != 0 && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

uint32_t name_code(const char *name)
{
    uint32_t code = 0;
    while (code < NAME_CODES && !same_name(usual_names[code], name)) {
        code++;
    }
    return code;
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

char name_character(uint8_t byte, uint32_t position)
{
    bool fits = is_letter(byte);
    if (position > 0) {
        fits = fits || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
    }
    return fits ? (char)byte : (char)('a' + byte % 26);
}

static bool is_taken(const struct program *program, const char *name)
{
    for (uint32_t task = 0; task + 1 < program->task_count; task++) {
        if (same_name(program->tasks[task].name, name)) {
            return true;
        }
    }
    return false;
}

void name_make_unique(struct program *program)
{
    char *name = program->tasks[program->task_count - 1].name;
    for (uint32_t code = 0; is_taken(program, name) && code < NAME_CODES; code++) {
        memcpy(name, usual_names[code], PROGRAM_NAME_SIZE);
    }
}
