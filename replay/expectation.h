/* expectation.h - whether a verdict is the finding that a replay expects. */
#ifndef REPLAY_EXPECTATION_H
#define REPLAY_EXPECTATION_H

#include <remlock/replay.h>

bool is_expected_finding(const struct replay *replay, const struct verdict *verdict);

#endif
