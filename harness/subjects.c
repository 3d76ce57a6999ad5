/* subjects.c - all built-in subjects. */
#include "lock/subject.h"

#include <remlock/harness.h>

#include <string.h>

/* A family of subjects: its rows follow one another in the catalogue. */
struct family {
    uint32_t (*count)(void);
    const struct subject *(*at)(uint32_t index);
};

static const struct family families[] = {
    {lock_subject_count, lock_subject},
};

enum { FAMILY_COUNT = sizeof families / sizeof families[0] };

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

/* "lock:p02" names "lock:p02-signal-on-every-release": a prefix that ends where a word of the name ends. */
static bool is_short_for(const char *name, const char *full)
{
    size_t length = strlen(name);
    return strncasecmp(name, full, length) == 0 && full[length] == '-' && strchr(name, ':') != NULL;
}

const struct subject *subject_find(const char *name)
{
    const struct subject *found = NULL;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        if (strcasecmp(subject->name, name) == 0) {
            return subject;
        }
        if (!is_short_for(name, subject->name)) {
            continue;
        }
        if (found != NULL) {
            return NULL;
        }
        found = subject;
    }
    return found;
}
