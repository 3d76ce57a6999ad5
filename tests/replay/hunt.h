/* hunt.h - finds something to minimise: random programs under random schedules until a finding comes. */
#ifndef TESTS_REPLAY_HUNT_H
#define TESTS_REPLAY_HUNT_H

#include <remlock/replay.h>

/* The first finding within `executions` that is the subject's fault, as a replay. False when there was none. */
bool hunt(const struct subject *subject, uint64_t seed, uint32_t executions, struct replay *replay);

#endif
