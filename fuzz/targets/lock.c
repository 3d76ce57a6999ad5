/*
 * lock.c - the fuzz target for the remove lock and its mutants.
 *
 * This file alone is compiled by the engine's compiler; everything else is the same for all engines and carries no coverage
 * instrumentation: what counts is the interleaving feedback.
 */
#include "../target.h"
#include "hooks.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    return target_initialise("lock", argc, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    target_run(bytes, size);
    return 0;
}
