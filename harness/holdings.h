/* holdings.h - who held which lock when. */
#ifndef HARNESS_HOLDINGS_H
#define HARNESS_HOLDINGS_H

#include <remlock/harness.h>

/* An execution begins. */
void holdings_reset(void);

#endif
