/* samples.h - inputs for tests, and what must hold for all of them. */
#ifndef TESTS_FUZZ_SAMPLES_H
#define TESTS_FUZZ_SAMPLES_H

#include <remlock/fuzz.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The correct lock, and a mutant whose bug shows under sequential consistency. */
const struct subject *sample_subject(void);
const struct subject *sample_mutant(void);

/* Random bytes, up to `limit` of them; returns how many. */
size_t sample_bytes(struct generator *generator, uint8_t *bytes, size_t limit);

/* Appends deviations as they come out of executions (near) or as a file could hold them (anything at all). */
void sample_near_deviations(struct generator *generator, struct fuzz_input *input, uint32_t count);
void sample_any_deviations(struct generator *generator, struct fuzz_input *input, uint32_t count);

/* Fails unless the scenario is one that can be executed: scenario_clamp() would not change it. */
void assert_valid(const struct fuzz_input *input);

/* Fails unless encoding and decoding give exactly the input; returns the size of the encoding. */
size_t assert_round_trip(const struct fuzz_input *input);

/* A new folder below the system's temporary one, and its removal with everything in it. */
char *make_folder(void);
void remove_folder(char *folder);
uint32_t count_files(const char *folder);

#endif
