/* check.h - what every replay must hold, whoever made it. */
#ifndef TESTS_REPLAY_CHECK_H
#define TESTS_REPLAY_CHECK_H

#include <remlock/replay.h>

/*
 * Writes the replay, reads what was written and writes it again: the replays must be equal and so must the texts. Prints what
 * is wrong to stderr and returns false otherwise.
 */
bool round_trips(const struct replay *replay);

/* The entry of fuzzers: reads the bytes; what is accepted must round-trip and be executable. Aborts when it is not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the last input was accepted. */
extern bool fuzz_parser_accepted;

#endif
