/* test_driver.c - one driver, built free and checked against wdm.h alone: the macros pass what each build should. */
#include "drivers/driver.h"
#include "support.h"

#include "../../core/lock/lock.h"

static char *extension;

static PIO_REMOVE_LOCK lock_of(const struct driver *driver)
{
    return (PIO_REMOVE_LOCK)(extension + driver->lock_offset);
}

static void plug_in(const struct driver *driver, enum personality personality)
{
    start_personality(personality);
    extension = scheduler_allocate(driver->extension_size, "device extension");
    driver->add_device(extension);
}

static void sizes_tell_the_builds_apart(void **state)
{
    (void)state;
    assert_int_equal(free_driver.lock_size, 0x20);
    assert_int_equal(checked_driver.lock_size, 0x78);
    assert_int_equal(free_driver.lock_size, core_remove_lock_size(PERSONALITY_FREE));
    assert_int_equal(free_driver.lock_size, core_remove_lock_size(PERSONALITY_VERIFIER));
    assert_int_equal(checked_driver.lock_size, core_remove_lock_size(PERSONALITY_CHECKED));
}

static void an_assertion_exists_in_the_checked_build_only(void **state)
{
    (void)state;
    start_personality(PERSONALITY_CHECKED);
    assert_int_equal(free_driver.assert_something(0), 0);
    assert_int_equal(heard.count, 0);
    assert_int_equal(checked_driver.assert_something(0), 2);
    assert_int_equal(heard_of(REMARK_ASSERTION), 2);
    assert_string_equal(heard.texts[0], "++Evaluated == 0");
    assert_string_equal(heard.remarks[0].file, checked_driver.file);
}

/* The block that tracks the only acquisition. */
static const IO_REMOVE_LOCK_TRACKING_BLOCK *only_block(const void *lock)
{
    const EXTENDED_REMOVE_LOCK *tracked = lock;
    assert_non_null(tracked->Dbg.Blocks);
    assert_null(tracked->Dbg.Blocks->Next);
    return tracked->Dbg.Blocks;
}

static void a_checked_driver_passes_file_and_line(void **state)
{
    (void)state;
    plug_in(&checked_driver, PERSONALITY_CHECKED);
    assert_int_equal(checked_driver.start_request(extension, (PVOID)0x10), STATUS_SUCCESS);
    const IO_REMOVE_LOCK_TRACKING_BLOCK *block = only_block(lock_of(&checked_driver));
    assert_ptr_equal(block->Tag, 0x10);
    assert_string_equal(block->File, checked_driver.file);
    assert_int_equal(block->Line, checked_driver.acquire_line);
}

static void a_free_driver_passes_file_and_line_as_well(void **state)
{
    size_t size;
    (void)state;
    plug_in(&free_driver, PERSONALITY_VERIFIER);
    assert_int_equal(free_driver.start_request(extension, (PVOID)0x10), STATUS_SUCCESS);
    const IO_REMOVE_LOCK_TRACKING_BLOCK *block = only_block(core_shadow_of(lock_of(&free_driver), &size));
    assert_ptr_equal(block->Tag, 0x10);
    assert_non_null(strstr(block->File, "driver.c"));
    assert_int_equal(block->Line, free_driver.acquire_line);
}

static void the_parameters_of_initialisation_arrive(void **state)
{
    (void)state;
    plug_in(&checked_driver, PERSONALITY_CHECKED);
    const EXTENDED_REMOVE_LOCK *lock = (const EXTENDED_REMOVE_LOCK *)lock_of(&checked_driver);
    assert_memory_equal(&lock->Dbg.Signature, "COLR", 4);
    assert_int_equal(lock->Dbg.AllocateTag, 0x76697244);
    assert_int_equal(lock->Dbg.MaxLockedTicks, TICKS_PER_MINUTE);
    assert_int_equal(lock->Dbg.HighWatermark, 3);
    assert_int_equal(lock->Dbg.LowMemoryCount, 0);
    assert_null(lock->Dbg.Blocks);
    assert_true(IsListEmpty(&lock->Dbg.LockList));
}

/* ------------------------------------------------------------------------------------------------ a driver at work -- */

static const struct driver *running;
static bool removed;

static void send_requests(void *argument)
{
    for (uintptr_t request = 1; request <= 2; request++) {
        PVOID irp = (char *)argument + request;
        if (running->start_request(extension, irp) == STATUS_SUCCESS) {
            CHECK(!removed);
            running->end_request(extension, irp);
        }
    }
}

static void remove_it(void *argument)
{
    running->remove_device(extension, argument);
    removed = true;
    CHECK(running->start_request(extension, argument) == STATUS_DELETE_PENDING);
}

static void begin_driver(void)
{
    extension = scheduler_allocate(running->extension_size, "device extension");
    removed = false;
    running->add_device(extension);
    scheduler_spawn("io", send_requests, (void *)0x100);
    scheduler_spawn("write", send_requests, (void *)0x200);
    scheduler_spawn("pnp", remove_it, (void *)0x300);
}

static void judge_driver(enum scheduler_outcome outcome)
{
    if (outcome == SCHEDULER_STOPPED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
    assert_int_equal(heard.count, 0);
    assert_int_equal(view(lock_of(running)).count, 0);
    assert_true(view(lock_of(running)).removed);
}

static void both_builds_survive_random_schedules(void **state)
{
    static const struct world worlds[] = {
        {.options = {.personality = PERSONALITY_FREE}, .begin = begin_driver, .judge = judge_driver},
        {.options = {.personality = PERSONALITY_VERIFIER}, .begin = begin_driver, .judge = judge_driver},
        {.options = {.personality = PERSONALITY_CHECKED}, .begin = begin_driver, .judge = judge_driver},
    };
    (void)state;
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        running = worlds[index].options.personality == PERSONALITY_CHECKED ? &checked_driver : &free_driver;
        many_schedules(&worlds[index], "random", 5, 5000);
        many_schedules(&worlds[index], "pct", 6, 5000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_tell_the_builds_apart),
        cmocka_unit_test(an_assertion_exists_in_the_checked_build_only),
        cmocka_unit_test(a_checked_driver_passes_file_and_line),
        cmocka_unit_test(a_free_driver_passes_file_and_line_as_well),
        cmocka_unit_test(the_parameters_of_initialisation_arrive),
        cmocka_unit_test(both_builds_survive_random_schedules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
