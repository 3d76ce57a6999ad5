/* subjects.c - all built-in subjects. */
#include "lock/subject.h"

#include <remlock/harness.h>

#include <string.h>

uint32_t subject_count(void)
{
    return lock_subject_count();
}

const struct subject *subject_at(uint32_t index)
{
    return lock_subject(index);
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
