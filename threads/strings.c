/*
 * strings.c - the routines of <string.h> that look at, or change, memory of the program: that is seen as plain accesses are.
 * memcpy(), memmove() and memset() go to the instrumentation itself.
 */
#include "routines.h"

#include <string.h>
#include <strings.h>

static inline __attribute__((always_inline)) void reads(const void *memory, size_t size, uintptr_t site)
{
    scheduler_plain_access_at(memory, size, false, site);
}

static inline __attribute__((always_inline)) void writes(const void *memory, size_t size, uintptr_t site)
{
    scheduler_plain_access_at(memory, size, true, site);
}

/* So much of two texts is looked at to compare them. */
static size_t compared(const char *one, const char *other, size_t limit)
{
    size_t length = 0;
    while (length < limit && one[length] == other[length] && one[length] != '\0') {
        length++;
    }
    return length < limit ? length + 1 : limit;
}

size_t program_strlen(const char *text)
{
    size_t length = strlen(text);
    reads(text, length + 1, SITE);
    return length;
}

size_t program_strnlen(const char *text, size_t limit)
{
    size_t length = strnlen(text, limit);
    reads(text, length < limit ? length + 1 : limit, SITE);
    return length;
}

char *program_strcpy(char *to, const char *from)
{
    size_t size = strlen(from) + 1;
    reads(from, size, SITE);
    writes(to, size, SITE);
    return memmove(to, from, size);
}

char *program_stpcpy(char *to, const char *from)
{
    return program_strcpy(to, from) + strlen(from);
}

char *program_strncpy(char *to, const char *from, size_t limit)
{
    size_t length = strnlen(from, limit);
    reads(from, length < limit ? length + 1 : limit, SITE);
    writes(to, limit, SITE);
    memset(to + length, 0, limit - length);
    return memmove(to, from, length);
}

char *program_strcat(char *to, const char *from)
{
    size_t length = strlen(to), size = strlen(from) + 1;
    reads(from, size, SITE);
    writes(to + length, size, SITE);
    memmove(to + length, from, size);
    return to;
}

char *program_strncat(char *to, const char *from, size_t limit)
{
    size_t length = strlen(to), size = strnlen(from, limit);
    reads(from, size < limit ? size + 1 : limit, SITE);
    writes(to + length, size + 1, SITE);
    memmove(to + length, from, size);
    to[length + size] = '\0';
    return to;
}

int program_strcmp(const char *one, const char *other)
{
    size_t size = compared(one, other, SIZE_MAX);
    reads(one, size, SITE);
    reads(other, size, SITE);
    return strcmp(one, other);
}

int program_strncmp(const char *one, const char *other, size_t limit)
{
    size_t size = compared(one, other, limit);
    reads(one, size, SITE);
    reads(other, size, SITE);
    return strncmp(one, other, limit);
}

int program_strcasecmp(const char *one, const char *other)
{
    reads(one, strlen(one) + 1, SITE);
    reads(other, strlen(other) + 1, SITE);
    return strcasecmp(one, other);
}

char *program_strchr(const char *text, int letter)
{
    reads(text, strlen(text) + 1, SITE);
    return strchr(text, letter);
}

char *program_strrchr(const char *text, int letter)
{
    reads(text, strlen(text) + 1, SITE);
    return strrchr(text, letter);
}

char *program_strstr(const char *text, const char *part)
{
    reads(text, strlen(text) + 1, SITE);
    reads(part, strlen(part) + 1, SITE);
    return strstr(text, part);
}

/* The state of strtok() is the execution's. */
char *program_strtok(char *text, const char *separators)
{
    scheduler_touch(&threads_world.token, sizeof threads_world.token, EFFECT_UPDATE);
    if (text != NULL) {
        writes(text, strlen(text) + 1, SITE);
    }
    return strtok_r(text, separators, &threads_world.token);
}

int program_memcmp(const void *one, const void *other, size_t size)
{
    reads(one, size, SITE);
    reads(other, size, SITE);
    return memcmp(one, other, size);
}

void *program_memchr(const void *memory, int byte, size_t size)
{
    void *found = memchr(memory, byte, size);
    reads(memory, found == NULL ? size : (size_t)((char *)found - (const char *)memory) + 1, SITE);
    return found;
}

void program_bzero(void *memory, size_t size)
{
    writes(memory, size, SITE);
    memset(memory, 0, size);
}

void program_bcopy(const void *from, void *to, size_t size)
{
    reads(from, size, SITE);
    writes(to, size, SITE);
    memmove(to, from, size);
}
