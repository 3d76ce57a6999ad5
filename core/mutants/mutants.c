/* mutants.c - the table of mutants, in the order of the catalogue. A new one needs its file and a line here. */
#include "mutants.h"

/* clang-format off */
#define MUTANTS(mutant) \
    mutant(p01a_zeroed_lock) \
    mutant(p01b_bias_kept) \
    mutant(p02_signal_on_every_release) \
    mutant(p03_debug_half_only) \
    mutant(p04a_size_of_one_half_init) \
    mutant(p04b_size_of_one_half_calls) \
    mutant(p05_head_is_no_block) \
    mutant(p06a_next_of_freed_block) \
    mutant(p06b_zero_limit_is_a_limit) \
    mutant(p07_comparison_decremented) \
    mutant(p08_no_limit_asserted) \
    mutant(p09a_ticks_in_32_bits) \
    mutant(p09b_tag_differs_from_itself) \
    mutant(p09c_no_last_block) \
    mutant(p10_test_before_increment) \
    mutant(p11a_not_implemented) \
    mutant(p11b_always_success) \
    mutant(m01_no_bias) \
    mutant(m02_one_decrement) \
    mutant(m03_removed_set_late) \
    mutant(m04_failing_acquire_is_silent) \
    mutant(m05_failing_acquire_stays_counted) \
    mutant(m06_stale_removed_read) \
    mutant(m07_no_wait_for_one) \
    mutant(m08a_plain_increment) \
    mutant(m08b_plain_decrement) \
    mutant(m09a_relaxed_increment) \
    mutant(m09b_hoisted_load) \
    mutant(m10_untracked_too_late) \
    mutant(m11a_any_tag) \
    mutant(m11b_oldest_block) \
    mutant(m12_low_memory_never_consumed) \
    mutant(m13_live_lock_reset) \
    mutant(m14_mixed_sizes) \
    mutant(m15_event_touched_after_wake) \
    mutant(m16_wait_gives_up)
/* clang-format on */

#define DECLARE(name) extern const struct remove_lock_mutant name;
#define ADDRESS(name) &name,

MUTANTS(DECLARE)

const struct remove_lock_mutant *const remove_lock_mutants[] = {MUTANTS(ADDRESS) NULL};
