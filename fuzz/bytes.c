/* bytes.c - mutation and crossing as the hooks of engines want them. */
#include "mutation.h"

static struct fuzz_input input, other_input;

/* Mutations are chained now and then, so that changes which help only together can be found. */
static void mutate_some(struct fuzz_input *changed, const struct fuzz_options *options, struct generator *generator)
{
    do {
        fuzz_mutate(changed, options, generator);
    } while (generator_chance(generator, 4));
}

size_t fuzz_mutate_bytes(const uint8_t *bytes, size_t size, uint8_t *result, size_t capacity,
                         const struct fuzz_options *options, uint64_t seed)
{
    struct generator generator = {.state = seed};
    fuzz_load(bytes, size, options->subject, &input);
    fuzz_fit(&input, options);
    mutate_some(&input, options, &generator);
    return mutation_encode(&input, result, capacity);
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
    return mutation_encode(&input, result, capacity);
}
