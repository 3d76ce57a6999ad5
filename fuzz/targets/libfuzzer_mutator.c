/* libfuzzer_mutator.c - libFuzzer's hooks for mutation and crossing. */
#include "../target.h"
#include "hooks.h"

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned seed)
{
    return fuzz_mutate_bytes(bytes, size, bytes, capacity, target_options(), seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *result,
                                 size_t capacity, unsigned seed)
{
    return fuzz_cross_bytes(one, one_size, other, other_size, result, capacity, target_options(), seed);
}
