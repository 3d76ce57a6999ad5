/* subject.h - ordinary C programs as subjects: what subjects.c has to know. */
#ifndef HARNESS_C_PROGRAM_SUBJECT_H
#define HARNESS_C_PROGRAM_SUBJECT_H

#include <remlock/harness.h>

/* There are no built-in ones. */
uint32_t c_program_count(void);
const struct subject *c_program_at(uint32_t index);
const struct subject *c_program_open(const char *name, char *problem, size_t size);

#endif
