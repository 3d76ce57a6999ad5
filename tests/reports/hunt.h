/* hunt.h - executions with findings, for tests that report them. */
#ifndef TESTS_REPORTS_HUNT_H
#define TESTS_REPORTS_HUNT_H

#include <remlock/replay.h>

/* Searches a finding in the subject and runs it once more, recording. False when none comes within the limit. */
bool hunt(const struct subject *subject, uint64_t seed, struct replay *replay, struct replay_result *result);

/* Runs a replay text, recording; fails the test when it is malformed. */
void run_text(const char *text, struct replay *replay, struct replay_result *result);

#endif
