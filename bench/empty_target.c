/* empty_target.c - a libFuzzer target that does nothing but count as covered. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* libFuzzer clears whole words. */
static uint8_t counters[8] __attribute__((section("__libfuzzer_extra_counters"), aligned(8), used));

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    (void)bytes, (void)size;
    counters[0] = 1;
    return 0;
}
