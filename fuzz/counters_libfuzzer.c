/*
 * counters_libfuzzer.c - shows the counters to libFuzzer.
 *
 * They are registered as the 8-bit counters of a module, with a made-up code address each. Unlike __libfuzzer_extra_counters
 * they then count as coverage, survive -merge on every system and need no linker section. libFuzzer clears them before each
 * input.
 */
#include "target.h"

void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop) __attribute__((weak));
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop) __attribute__((weak));

enum { ONE_COUNTER = 8 }; /* the least that libFuzzer's loops over words can take */

static struct {
    uintptr_t address, flags;
} places[FUZZ_COUNTERS];

void counters_libfuzzer_register(bool feedback)
{
    uint32_t count = feedback ? FUZZ_COUNTERS : ONE_COUNTER;
    if (__sanitizer_cov_8bit_counters_init == NULL || __sanitizer_cov_pcs_init == NULL || places[0].address != 0) {
        return;
    }
    for (uint32_t index = 0; index < count; index++) {
        places[index].address = (uintptr_t)&fuzz_counters[index];
    }
    __sanitizer_cov_8bit_counters_init(fuzz_counters, fuzz_counters + count);
    __sanitizer_cov_pcs_init(&places[0].address, &places[0].address + 2 * (size_t)count);
}
