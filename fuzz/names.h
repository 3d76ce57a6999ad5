/* names.h - task names in one byte, where they are usual ones. */
#ifndef FUZZ_NAMES_H
#define FUZZ_NAMES_H

#include <remlock/harness.h>

enum { NAME_CODES = 31 }; /* usual names have the codes 0 .. NAME_CODES - 1 */

/* The name behind a code; PROGRAM_NAME_SIZE bytes, zero behind the name. */
const char *name_of_code(uint32_t code);

/* The code of a name, or NAME_CODES when it is no usual one. */
uint32_t name_code(const char *name);

/* The character that stands for any byte at a place of a name; those that may stand there stand for themselves. */
char name_character(uint8_t byte, uint32_t position);

/* Gives the last task of the program a name that no other one has. */
void name_make_unique(struct program *program);

#endif
