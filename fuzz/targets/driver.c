/*
 * driver.c - the fuzz target for drivers: one program for all of them, which is told the driver.
 *
 * By REMLOCK_SUBJECT or --subject=; or by what it is called: a copy of the program named "p" with a driver "p.so" beside it
 * fuzzes that one, and a copy named "remlock-fuzz-driver-NAME" the built-in driver:NAME. So a fuzzing service that knows
 * nothing but programs can have one for each driver.
 */
#include "../target.h"
#include "hooks.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    return target_initialise("driver", argc, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    target_run(bytes, size);
    return 0;
}
