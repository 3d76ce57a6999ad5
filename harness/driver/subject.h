/* subject.h - drivers as subjects: the built-in ones, and whatever shared object a path names. */
#ifndef HARNESS_DRIVER_SUBJECT_H
#define HARNESS_DRIVER_SUBJECT_H

#include <remlock/harness.h>

uint32_t driver_subject_count(void);
const struct subject *driver_subject_at(uint32_t index);
const struct subject *driver_subject_open(const char *name, char *problem, size_t size);

#endif
