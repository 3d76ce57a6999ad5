/* races_report.h - the race detector's violation, and the stacks of accesses when recording. */
#ifndef SCHEDULER_RACES_REPORT_H
#define SCHEDULER_RACES_REPORT_H

#include "shadow.h"

/* `now`, which the running task does in the granule of `address`, is not ordered after `before`. Does not return. */
void races_report(const struct access *before, const struct access *now, uintptr_t address);

/* A number for where the running task stands; 0 when not recording. */
uint32_t races_report_stack(uintptr_t site);

void races_report_reset(void);

#endif
