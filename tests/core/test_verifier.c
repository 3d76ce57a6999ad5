/* test_verifier.c - misuse, by personality: what the verifier's shadow lock says, with which parameters, and who stays silent.
 */
#include "support.h"

#include "../../core/lock/lock.h"

static PIO_REMOVE_LOCK lock;

static const void *shadow(void)
{
    size_t size;
    return core_shadow_of(lock, &size);
}

static void begin(enum personality personality)
{
    start_personality(personality);
    lock = new_lock(personality, 1, 2);
}

static void assert_bug_check(const struct remark *remark, ULONG_PTR code, const void *second, ULONG_PTR third, ULONG_PTR fourth)
{
    assert_int_equal(remark->bug_check, DRIVER_VERIFIER_DETECTED_VIOLATION);
    assert_int_equal(remark->parameters[0], code);
    assert_int_equal(remark->parameters[1], (uintptr_t)second);
    assert_int_equal(remark->parameters[2], third);
    assert_int_equal(remark->parameters[3], fourth);
    assert_ptr_equal(remark->lock, lock);
}

/* ---------------------------------------------------------------------------------------------------------- shadow -- */

static void use_and_remove(void *argument)
{
    (void)argument;
    CHECK(acquire(lock, 1) == STATUS_SUCCESS);
    CHECK(acquire(lock, 2) == STATUS_SUCCESS);
    release(lock, 1);
    release_and_wait(lock, 2);
    CHECK(acquire(lock, 3) == STATUS_DELETE_PENDING);
}

static void the_drivers_structure_is_never_updated(void **state)
{
    unsigned char before[0x20];
    (void)state;
    begin(PERSONALITY_VERIFIER);
    memcpy(before, lock, sizeof before);
    run_alone(use_and_remove, NULL);
    assert_memory_equal(lock, before, sizeof before);
    assert_int_equal(lock->Common.IoCount, 1);
    assert_false(lock->Common.Removed);
    assert_int_equal(view(lock).count, 0);
    assert_true(view(lock).removed);
    assert_true(view(lock).tracked);
}

static void the_shadow_is_kept_outside_the_drivers_memory(void **state)
{
    size_t size;
    (void)state;
    begin(PERSONALITY_VERIFIER);
    const char *kept = core_shadow_of(lock, &size);
    assert_non_null(kept);
    assert_int_equal(size, 0x78);
    assert_true(kept + size <= (const char *)lock || kept >= (const char *)lock + 0x20);
    assert_ptr_equal(VerifierOwner(kept), lock);
    assert_ptr_equal(VerifierOwner(lock), lock);
    begin(PERSONALITY_CHECKED);
    assert_null(shadow());
    begin(PERSONALITY_FREE);
    assert_null(shadow());
}

static void each_lock_has_its_own_shadow(void **state)
{
    PIO_REMOVE_LOCK locks[4];
    size_t size;
    (void)state;
    start_personality(PERSONALITY_VERIFIER);
    for (size_t index = 0; index < COUNT_OF(locks); index++) {
        locks[index] = new_lock(PERSONALITY_VERIFIER, 0, 0);
        for (size_t times = 0; times < index; times++) {
            assert_int_equal(acquire(locks[index], times), STATUS_SUCCESS);
        }
    }
    for (size_t index = 0; index < COUNT_OF(locks); index++) {
        assert_int_equal(view(locks[index]).count, 1 + index);
        assert_int_equal(view(locks[index]).blocks, index);
        for (size_t other = 0; other < index; other++) {
            assert_ptr_not_equal(core_shadow_of(locks[index], &size), core_shadow_of(locks[other], &size));
        }
    }
}

static void use_freed_lock(void *argument)
{
    (void)argument;
    (void)acquire(lock, 1);
}

/* The shadow lives on, but the driver's memory does not. */
static void a_freed_lock_is_noticed_although_its_shadow_lives(void **state)
{
    (void)state;
    begin(PERSONALITY_VERIFIER);
    scheduler_free(lock, "device extension");
    scheduler_spawn("driver", use_freed_lock, NULL);
    assert_int_equal(scheduler_run(strategy_replay((struct schedule){NULL, 0})), SCHEDULER_STOPPED);
    assert_violation(VIOLATION_USE_AFTER_FREE);
}

/* ----------------------------------------------------------------------------------------------------------- codes -- */

static void an_unknown_tag_is_d5(void **state)
{
    (void)state;
    begin(PERSONALITY_VERIFIER);
    (void)acquire(lock, 7);
    release(lock, 8);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.remarks[0].kind, REMARK_UNKNOWN_TAG);
    assert_ptr_equal(heard.remarks[0].tag, 8);
    assert_bug_check(&heard.remarks[0], 0xD5, shadow(), 8, 0);
}

static void a_release_of_what_was_never_acquired_is_d5(void **state)
{
    (void)state;
    begin(PERSONALITY_VERIFIER);
    release(lock, 8);
    assert_int_equal(heard.remarks[0].kind, REMARK_UNKNOWN_TAG);
    assert_bug_check(&heard.remarks[0], 0xD5, shadow(), 8, 0);
}

static void remove_with_another_tag(void *argument)
{
    (void)argument;
    (void)acquire(lock, 7);
    release_and_wait(lock, 8);
}

static void another_tag_than_the_last_is_d6(void **state)
{
    (void)state;
    begin(PERSONALITY_VERIFIER);
    run_alone(remove_with_another_tag, NULL);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.remarks[0].kind, REMARK_LAST_TAG);
    assert_ptr_equal(heard.remarks[0].tag, 8);
    assert_ptr_equal(heard.remarks[0].other_tag, 7);
    assert_bug_check(&heard.remarks[0], 0xD6, shadow(), 8, 7);
}

static void initialise_again(void)
{
    IoInitializeRemoveLockEx(lock, 1, 1, 2, core_remove_lock_size(PERSONALITY_VERIFIER));
}

static void initialising_again_is_d7(void **state)
{
    (void)state;
    begin(PERSONALITY_VERIFIER);
    initialise_again();
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.remarks[0].kind, REMARK_REINITIALIZED);
    assert_bug_check(&heard.remarks[0], 0xD7, shadow(), (uintptr_t)lock, 0);
}

static void initialising_again_after_the_removal_is_d7_as_well(void **state)
{
    (void)state;
    begin(PERSONALITY_VERIFIER);
    run_alone(use_and_remove, NULL);
    initialise_again();
    assert_int_equal(heard.count, 1);
    assert_bug_check(&heard.remarks[0], 0xD7, shadow(), (uintptr_t)lock, 0);
}

/* Recycled memory: once the I/O manager has deleted the device a lock may be there again. */
static void a_deleted_device_makes_room_for_a_new_lock(void **state)
{
    (void)state;
    start_personality(PERSONALITY_VERIFIER);
    char *memory = scheduler_allocate(0x60, "driver's memory");
    lock = (PIO_REMOVE_LOCK)(memory + 0x10);
    IoInitializeRemoveLockEx(lock, 1, 0, 0, 0x20);
    assert_non_null(shadow());
    VerifierForget(memory, 0x60);
    assert_null(shadow());
    IoInitializeRemoveLockEx(lock, 1, 0, 0, 0x20);
    assert_int_equal(heard.count, 0);
}

static void forgetting_spares_locks_elsewhere(void **state)
{
    (void)state;
    start_personality(PERSONALITY_VERIFIER);
    PIO_REMOVE_LOCK below = new_lock(PERSONALITY_VERIFIER, 0, 0);
    lock = new_lock(PERSONALITY_VERIFIER, 0, 0);
    PIO_REMOVE_LOCK above = new_lock(PERSONALITY_VERIFIER, 0, 0);
    VerifierForget(lock, 0x20);
    assert_null(shadow());
    assert_non_null(VerifierShadow(below));
    assert_non_null(VerifierShadow(above));
}

/* -------------------------------------------------------------------------------------------------- checked and free -- */

static void a_checked_lock_says_the_same_without_a_bug_check(void **state)
{
    (void)state;
    begin(PERSONALITY_CHECKED);
    release(lock, 8);
    assert_int_equal(heard.remarks[0].kind, REMARK_UNKNOWN_TAG);
    assert_int_equal(heard.remarks[0].bug_check, 0);
    assert_ptr_equal(heard.remarks[0].lock, lock);

    begin(PERSONALITY_CHECKED);
    run_alone(remove_with_another_tag, NULL);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.remarks[0].kind, REMARK_LAST_TAG);
    assert_int_equal(heard.remarks[0].bug_check, 0);

    begin(PERSONALITY_CHECKED);
    IoInitializeRemoveLockEx(lock, 1, 1, 2, 0x78);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.remarks[0].kind, REMARK_REINITIALIZED);
    assert_int_equal(heard.remarks[0].bug_check, 0);
}

static void a_checked_lock_asserts_that_the_count_fits(void **state)
{
    (void)state;
    begin(PERSONALITY_CHECKED);
    release(lock, 8);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.remarks[1].kind, REMARK_ASSERTION);
    release(lock, 8);
    assert_int_equal(heard.remarks[heard.count - 1].kind, REMARK_ASSERTION);
    assert_string_equal(heard.texts[heard.count - 1], "count == 0");
}

static void misuse_everything(void *argument)
{
    (void)argument;
    release(lock, 8);
    IoInitializeRemoveLockEx(lock, 1, 1, 2, 0x20);
    for (uintptr_t tag = 1; tag < 5; tag++) {
        (void)acquire(lock, tag);
    }
    core_advance_minutes(10);
    for (uintptr_t tag = 1; tag < 4; tag++) {
        release(lock, tag + 20);
    }
    release_and_wait(lock, 30);
    release(lock, 1);
}

static void a_free_lock_never_says_anything(void **state)
{
    (void)state;
    begin(PERSONALITY_FREE);
    run_alone(misuse_everything, NULL);
    assert_int_equal(heard.count, 0);
    assert_int_equal(view(lock).count, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drivers_structure_is_never_updated),
        cmocka_unit_test(the_shadow_is_kept_outside_the_drivers_memory),
        cmocka_unit_test(each_lock_has_its_own_shadow),
        cmocka_unit_test(a_freed_lock_is_noticed_although_its_shadow_lives),
        cmocka_unit_test(an_unknown_tag_is_d5),
        cmocka_unit_test(a_release_of_what_was_never_acquired_is_d5),
        cmocka_unit_test(another_tag_than_the_last_is_d6),
        cmocka_unit_test(initialising_again_is_d7),
        cmocka_unit_test(initialising_again_after_the_removal_is_d7_as_well),
        cmocka_unit_test(a_deleted_device_makes_room_for_a_new_lock),
        cmocka_unit_test(forgetting_spares_locks_elsewhere),
        cmocka_unit_test(a_checked_lock_says_the_same_without_a_bug_check),
        cmocka_unit_test(a_checked_lock_asserts_that_the_count_fits),
        cmocka_unit_test(a_free_lock_never_says_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
