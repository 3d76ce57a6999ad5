/*
 * afl_mutator.c - the same mutations as an AFL++ custom mutator library, with trimming that keeps structure.
 *
 * AFL_CUSTOM_MUTATOR_LIBRARY=.../remlock-afl-mutator.so AFL_CUSTOM_MUTATOR_ONLY=1 afl-fuzz ...
 * The subject and the other options come from the same REMLOCK_... variables that the target reads.
 */
#define _GNU_SOURCE 1 /* dladdr() */
#include "../mutation.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESULT_LIMIT = 4096, CROSS_ONE_IN = 3 };

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *mutator, uint8_t *bytes, size_t size, uint8_t **result, uint8_t *other, size_t other_size,
                       size_t capacity);
const char *afl_custom_describe(void *mutator, size_t capacity);
int32_t afl_custom_init_trim(void *mutator, uint8_t *bytes, size_t size);
size_t afl_custom_trim(void *mutator, uint8_t **result);
int32_t afl_custom_post_trim(void *mutator, unsigned char success);
void afl_custom_deinit(void *mutator);

struct mutator {
    struct fuzz_options options;
    struct generator generator;
    struct fuzz_input loaded;
    struct fuzz_trim trim;
    size_t trim_size; /* of the input being trimmed: no candidate may be longer */
    int32_t steps, step;
    char description[128];
    size_t result_size;
    uint8_t result[RESULT_LIMIT];
    uint8_t trimmed[FUZZ_INPUT_LIMIT];
};

/* afl-fuzz keeps the names of a library to itself; drivers have to find those of the kernel. */
static void show_names_to_drivers(void)
{
    Dl_info own;
    if (dladdr((const void *)(uintptr_t)&show_names_to_drivers, &own) != 0) {
        dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
    }
}

void *afl_custom_init(void *afl, unsigned seed)
{
    char message[2 * SUBJECT_PROBLEM_SIZE];
    struct mutator *mutator = calloc(1, sizeof *mutator);
    (void)afl;
    if (mutator == NULL) {
        fprintf(stderr, "remlock: no memory for the mutator\n");
        exit(2);
    }
    show_names_to_drivers();
    mutator->options = fuzz_options_standard(subject_find("lock"));
    if (!fuzz_options_environment(&mutator->options, message, sizeof message)) {
        fprintf(stderr, "remlock: %s\n", message);
        exit(2);
    }
    mutator->generator.state = seed;
    return mutator;
}

void afl_custom_deinit(void *mutator)
{
    free(mutator);
}

size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **result, uint8_t *other, size_t other_size,
                       size_t capacity)
{
    struct mutator *mutator = data;
    size_t room = capacity < RESULT_LIMIT ? capacity : RESULT_LIMIT;
    uint64_t seed = generator_next(&mutator->generator);
    *result = mutator->result;
    bool cross = other != NULL && other_size > 0 && generator_chance(&mutator->generator, CROSS_ONE_IN);
    mutator->result_size =
        cross ? fuzz_cross_bytes(bytes, size, other, other_size, mutator->result, room, &mutator->options, seed)
              : fuzz_mutate_bytes(bytes, size, mutator->result, room, &mutator->options, seed);
    return mutator->result_size;
}

/* Becomes part of a file name in AFL++'s queue. */
const char *afl_custom_describe(void *data, size_t capacity)
{
    struct mutator *mutator = data;
    size_t room = capacity < sizeof mutator->description ? capacity : sizeof mutator->description;
    fuzz_decode(mutator->result, mutator->result_size, mutator->options.subject, &mutator->loaded);
    fuzz_describe(&mutator->loaded, mutator->description, room);
    return mutator->description;
}

/* --------------------------------------------------------------------------------------------------------- trimming -- */

static int32_t next_candidate(struct mutator *mutator)
{
    if (!fuzz_trim_next(&mutator->trim)) {
        mutator->step = mutator->steps;
    }
    return mutator->step;
}

int32_t afl_custom_init_trim(void *data, uint8_t *bytes, size_t size)
{
    struct mutator *mutator = data;
    fuzz_load(bytes, size, mutator->options.subject, &mutator->loaded);
    mutator->trim_size = size < sizeof mutator->trimmed ? size : sizeof mutator->trimmed;
    mutator->steps = (int32_t)fuzz_trim_begin(&mutator->trim, &mutator->loaded);
    mutator->step = 0;
    return next_candidate(mutator) < mutator->steps ? mutator->steps : 0;
}

size_t afl_custom_trim(void *data, uint8_t **result)
{
    struct mutator *mutator = data;
    *result = mutator->trimmed;
    return mutation_encode(&mutator->trim.candidate, mutator->trimmed, mutator->trim_size);
}

int32_t afl_custom_post_trim(void *data, unsigned char success)
{
    struct mutator *mutator = data;
    if (success) {
        fuzz_trim_keep(&mutator->trim);
    }
    mutator->step++;
    return next_candidate(mutator);
}
