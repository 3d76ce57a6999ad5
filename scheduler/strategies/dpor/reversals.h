/* reversals.h - what a finished execution asks for: the other order of each two steps that race. */
#ifndef DPOR_REVERSALS_H
#define DPOR_REVERSALS_H

#include "../../steps.h"

/* Inserts into the wakeup trees what is needed so that they are explored. */
void reversals_insert(const struct steps_log *log);

#endif
