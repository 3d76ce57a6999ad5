/* subjects.c - all built-in subjects, and finding one by its name. */
#include "subjects.h"

#include "driver/folder.h"

#include <stdio.h>
#include <string.h>

static const struct family families[] = {
    {lock_subject_count, lock_subject, NULL},
    {driver_subject_count, driver_subject_at, driver_subject_open},
    {c_program_count, c_program_at, c_program_open},
    {canary_count, canary_at, canary_open},
};

enum { FAMILY_COUNT = sizeof families / sizeof families[0], SHOWN_NAME = 200 };

uint32_t subject_count(void)
{
    uint32_t count = 0;
    for (uint32_t family = 0; family < FAMILY_COUNT; family++) {
        count += families[family].count();
    }
    return count;
}

const struct subject *subject_at(uint32_t index)
{
    for (uint32_t family = 0; family < FAMILY_COUNT; family++) {
        uint32_t count = families[family].count();
        if (index < count) {
            return families[family].at(index);
        }
        index -= count;
    }
    return NULL;
}

/* ---------------------------------------------------------------------------------------------------------- names -- */

const char *subject_folder(void)
{
    return driver_folder();
}

bool subject_is_path(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 3 && strcmp(name + length - 3, ".so") == 0);
}

static const char *name_at(const void *context, uint32_t index)
{
    (void)context;
    const struct subject *subject = subject_at(index);
    return subject == NULL ? NULL : subject->name;
}

/* "lock:p02" names "lock:p02-signal-on-every-release": a prefix that ends where a word of the name ends. */
static bool is_short_for(const char *name, const char *full)
{
    size_t length = strlen(name);
    return strncasecmp(name, full, length) == 0 && full[length] == '-' && strchr(name, ':') != NULL;
}

/* The one of the catalogue that is meant, or NULL when there is none or several could be. */
static const struct subject *look_up(const char *name)
{
    const struct subject *found = NULL;
    bool several = false;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        if (strcasecmp(subject->name, name) == 0) {
            return subject;
        }
        if (is_short_for(name, subject->name)) {
            several |= found != NULL;
            found = subject;
        }
    }
    return several ? NULL : found;
}

/* -------------------------------------------------------------------------------------------------------- opening -- */

static uint32_t list_matches(const char *prefix, char *text, size_t size)
{
    uint32_t count = 0;
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t index = 0; index < subject_count() && length < size; index++) {
        const char *name = subject_at(index)->name;
        if (strncasecmp(name, prefix, strlen(prefix)) == 0) {
            length += (size_t)snprintf(text + length, size - length, "%s%s", count == 0 ? "" : ", ", name);
            count++;
        }
    }
    return count;
}

static void say_unknown(const char *name, char *problem, size_t size)
{
    char matches[256];
    const char *nearest = nearest_name(name, name_at, NULL);
    if (name[0] != '\0' && list_matches(name, matches, sizeof matches) > 1) {
        snprintf(problem, size, "subject '%s' could be any of %s", name, matches);
    } else if (nearest != NULL) {
        snprintf(problem, size, "unknown subject '%.*s'; did you mean '%s'?", SHOWN_NAME, name, nearest);
    } else {
        snprintf(problem, size, "unknown subject '%.*s'; 'remlock drivers' lists all", SHOWN_NAME, name);
    }
}

/* A name must be a word of a replay file. */
static bool can_be_written(const char *name, char *problem, size_t size)
{
    if (strlen(name) > SUBJECT_NAME_LIMIT) {
        snprintf(problem, size, "the name of the subject has more than %d bytes; use a shorter path", SUBJECT_NAME_LIMIT);
        return false;
    }
    for (const char *at = name; *at != '\0'; at++) {
        if (*at <= ' ' || *at >= 0x7f || *at == '#') {
            snprintf(problem, size,
                     "subject '%.*s' has a byte that replay files cannot write (a blank, '#', or one that is not ASCII); "
                     "give the file or its folder another name",
                     SHOWN_NAME, name);
            return false;
        }
    }
    return true;
}

const struct subject *subject_open(const char *name, char *problem, size_t size)
{
    problem[0] = '\0';
    if (!can_be_written(name, problem, size)) {
        return NULL;
    }
    const struct subject *known = subject_is_path(name) ? NULL : look_up(name);
    for (uint32_t family = 0; family < FAMILY_COUNT && problem[0] == '\0'; family++) {
        if (families[family].open == NULL) {
            continue;
        }
        const struct subject *opened = families[family].open(known == NULL ? name : known->name, problem, size);
        if (opened != NULL) {
            return opened;
        }
    }
    if (known == NULL && problem[0] == '\0') {
        say_unknown(name, problem, size);
    }
    return problem[0] == '\0' ? known : NULL;
}

const struct subject *subject_find(const char *name)
{
    char problem[SUBJECT_PROBLEM_SIZE];
    return subject_open(name, problem, sizeof problem);
}
