/* subjects.h - families of subjects: what subjects.c has to know of each. */
#ifndef HARNESS_SUBJECTS_H
#define HARNESS_SUBJECTS_H

#include "c_program/subject.h"
#include "canary/subject.h"
#include "driver/subject.h"
#include "lock/subject.h"

/* A family: its rows follow one another in the catalogue. */
struct family {
    uint32_t (*count)(void);
    const struct subject *(*at)(uint32_t index);
    /*
     * Opens a subject that is loaded when it is needed, whether it stands in the catalogue or not. NULL with an empty problem
     * when the name is none of this family's; NULL with a message when it is, and cannot be opened. Or NULL: all are open.
     */
    const struct subject *(*open)(const char *name, char *problem, size_t size);
};

#endif
