/* bounds.h - how much of all interleavings a report holds. */
#ifndef CLI_REPORT_BOUNDS_H
#define CLI_REPORT_BOUNDS_H

#include <stdint.h>

struct cJSON;

enum { REPORT_ALL_STEPS = 200000 }; /* of all findings together */

/*
 * Takes the steps of a finding from the room that is left. When there are more, the finding loses its interleaving, and says
 * so; its text has what matters.
 */
void report_bound(struct cJSON *finding, uint32_t *room);

#endif
