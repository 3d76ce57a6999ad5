/*
 * counters_afl.c - shows the counters to AFL++.
 *
 * AFL++ knows edges by guards: numbers that its runtime gives out when a module starts, and that index its shared map. A table
 * of guards of our own gets numbers in the same way, before the runtime asks for the map and so fixes its size. Without AFL++
 * the weak symbols are not there and nothing happens.
 */
#include "target.h"

#include <string.h>

extern uint8_t *__afl_area_ptr __attribute__((weak));
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop) __attribute__((weak));

static uint32_t guards[FUZZ_COUNTERS];

bool counters_afl_present(void)
{
    return &__afl_area_ptr != NULL;
}

static void take_guards(void)
{
    if (counters_afl_present() && __sanitizer_cov_trace_pc_guard_init != NULL) {
        __sanitizer_cov_trace_pc_guard_init(guards, guards + FUZZ_COUNTERS);
    }
}

/* AFL++'s runtime attaches the map in a constructor of priority 3; compilers refuse such priorities, the linker does not. */
static void (*const take_guards_early)(void) __attribute__((section(".init_array.00002"), used)) = take_guards;

void counters_afl_publish(void)
{
    uint8_t *map = __afl_area_ptr;
    for (uint32_t first = 0; first < FUZZ_COUNTERS; first += sizeof(uint64_t)) {
        uint64_t eight;
        memcpy(&eight, &fuzz_counters[first], sizeof eight);
        if (eight == 0) {
            continue;
        }
        for (uint32_t index = first; index < first + sizeof eight; index++) {
            if (fuzz_counters[index] != 0) {
                map[guards[index]] = 1;
            }
        }
    }
}
