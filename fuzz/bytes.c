/* bytes.c - mutation and crossing as the hooks of engines want them. */
#include "mutation.h"

#include <string.h>

enum { RECALL_LIMIT = 1024 };

static struct fuzz_input input, other_input;

/* Mutations are chained now and then, so that changes which help only together can be found. */
static void mutate_some(struct fuzz_input *changed, const struct fuzz_options *options, struct generator *generator)
{
    do {
        fuzz_mutate(changed, options, generator);
    } while (generator_chance(generator, 4));
}

/*
 * What was written last. Engines run a new input right after they asked for it, and it need not be read again then.
 */
static uint8_t written[RECALL_LIMIT];
static size_t written_size;

static size_t encode(uint8_t *result, size_t capacity)
{
    size_t size = mutation_encode(&input, result, capacity);
    /* A result that fills its room to the last byte may have been cut off. */
    written_size = size <= sizeof written && size < capacity ? size : 0;
    memcpy(written, result, written_size);
    return size;
}

bool fuzz_recall(const uint8_t *bytes, size_t size, const struct fuzz_options *options, struct fuzz_input *result)
{
    if (size == 0 || size != written_size || input.scenario.subject != options->subject || memcmp(bytes, written, size) != 0) {
        return false;
    }
    fuzz_copy(result, &input);
    return true;
}

size_t fuzz_mutate_bytes(const uint8_t *bytes, size_t size, uint8_t *result, size_t capacity,
                         const struct fuzz_options *options, uint64_t seed)
{
    struct generator generator = {.state = seed};
    fuzz_load(bytes, size, options->subject, &input);
    fuzz_fit(&input, options);
    mutate_some(&input, options, &generator);
    return encode(result, capacity);
}

size_t fuzz_cross_bytes(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *result,
                        size_t capacity, const struct fuzz_options *options, uint64_t seed)
{
    struct generator generator = {.state = seed};
    fuzz_load(one, one_size, options->subject, &input);
    fuzz_load(other, other_size, options->subject, &other_input);
    fuzz_fit(&input, options);
    fuzz_fit(&other_input, options);
    fuzz_cross(&input, &other_input, options, &generator);
    return encode(result, capacity);
}
