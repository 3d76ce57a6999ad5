/* hooks.h - the names by which libFuzzer, and everything that imitates it, calls a target. */
#ifndef FUZZ_TARGETS_HOOKS_H
#define FUZZ_TARGETS_HOOKS_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *result,
                                 size_t capacity, unsigned seed);

#endif
