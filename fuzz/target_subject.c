/* target_subject.c - which subject a target is for, when nobody tells. */
#include "target.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_family(const char *name, const char *family)
{
    size_t length = strlen(family);
    return strncmp(name, family, length) == 0 && (name[length] == 0 || name[length] == ':');
}

bool target_has_subject(const char *family, const struct subject *subject)
{
    return is_family(subject_is_path(subject->name) ? "driver" : subject->name, family);
}

/* "p.so" for the program "p". Looked for by its path only: a program found on PATH has its driver nowhere near. */
static bool driver_beside(const char *program, char *name, size_t size)
{
    int length = snprintf(name, size, "%s.so", program);
    return length > 0 && (size_t)length < size && strchr(program, '/') != NULL && access(name, R_OK) == 0;
}

/* Goes past `prefix`, or stays. */
static const char *without(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : text;
}

/* "remlock-fuzz-driver-NAME", "remlock-replay-driver-NAME", and with "-afl" at the end. */
static bool name_in(const char *program, const char *family, char *name, size_t size)
{
    const char *slash = strrchr(program, '/');
    const char *own = slash == NULL ? program : slash + 1;
    const char *rest = without(without(own, "remlock-fuzz-"), "remlock-replay-");
    const char *behind = without(rest, family);
    if (rest == own || behind == rest || behind[0] != '-' || behind[1] == 0 || strcmp(behind, "-afl") == 0) {
        return false;
    }
    int length = snprintf(name, size, "%s:%s", family, behind + 1);
    if (length > 4 && (size_t)length < size && strcmp(name + length - 4, "-afl") == 0) {
        name[length - 4] = 0;
    }
    return (size_t)length < size;
}

bool target_standard_subject(const char *family, const char *program, char *name, size_t size)
{
    if (subject_find(family) != NULL) {
        snprintf(name, size, "%s", family);
        return true;
    }
    return driver_beside(program, name, size) || name_in(program, family, name, size);
}
