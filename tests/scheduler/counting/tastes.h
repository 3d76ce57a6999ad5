/* tastes.h - see tastes.c. */
#ifndef COUNTING_TASTES_H
#define COUNTING_TASTES_H

#include "machine.h"

extern const struct machine_taste machine_tastes[];
extern const size_t machine_taste_count;

#endif
