/* mutation.h - what changing, crossing and trimming inputs share. */
#ifndef FUZZ_MUTATION_H
#define FUZZ_MUTATION_H

#include <remlock/fuzz.h>

/* Changes the schedule alone. */
void mutation_of_schedule(struct fuzz_input *input, struct generator *generator);

/* The generator that makes scenarios within the options, going on from `generator`, which it is put back into. */
struct generator mutation_generator(const struct fuzz_options *options, const struct generator *generator);

/* Removal of parts, each taking the schedule along: deviations of and to a removed task disappear, later tasks move up. */
bool mutation_remove_task(struct fuzz_input *input, uint32_t task);
void mutation_remove_deviations(struct fuzz_input *input, uint32_t first, uint32_t count);

/* Adds a copy of a task of another input at the end. False when a limit would be passed; the input is then unchanged. */
bool mutation_graft_task(struct fuzz_input *input, const struct fuzz_input *from, uint32_t task);

/* Whether a task may be added without making the program larger than is good. */
bool mutation_may_grow(const struct program *program);

/* An operation by its number in the whole program. */
void mutation_locate(const struct program *program, uint32_t index, uint32_t *task, uint32_t *position);

/* Makes an input small enough to be encoded in `capacity` bytes and encodes it; at least one byte, whatever the capacity. */
size_t mutation_encode(struct fuzz_input *input, uint8_t *bytes, size_t capacity);

#endif
