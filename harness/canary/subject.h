/* subject.h - the canary, a subject that fails on purpose: what subjects.c has to know. */
#ifndef HARNESS_CANARY_SUBJECT_H
#define HARNESS_CANARY_SUBJECT_H

#include <remlock/harness.h>

/* It stands in no list: nobody looks for bugs in it. */
uint32_t canary_count(void);
const struct subject *canary_at(uint32_t index);
const struct subject *canary_open(const char *name, char *problem, size_t size);

#endif
