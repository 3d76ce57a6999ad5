/* test_interrupt.c - interrupts, what is synchronised with them, and the MDLs of buffers. */
#include "native_driver.h"

#include "io/io.h"

static struct {
    bool stays_connected;
} ways;

static struct {
    uint32_t struck, synchronised, inside;
} counts;

static PKINTERRUPT interrupt;

static void stand_alone(uint32_t *count)
{
    KIRQL irql = KeGetCurrentIrql();
    LARGE_INTEGER now;
    CHECK(irql > DISPATCH_LEVEL);
    CHECK(counts.inside++ == 0);
    KeQueryTickCount(&now); /* others may run meanwhile */
    CHECK(--counts.inside == 0);
    ++*count;
}

static BOOLEAN service(PKINTERRUPT Interrupt, PVOID ServiceContext)
{
    CHECK(Interrupt == interrupt && ServiceContext == &counts);
    stand_alone(&counts.struck);
    return TRUE;
}

static BOOLEAN synchronised(PVOID SynchronizeContext)
{
    UNREFERENCED_PARAMETER(SynchronizeContext);
    stand_alone(&counts.synchronised);
    return FALSE;
}

static VOID unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static NTSTATUS entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = unload;
    return IoConnectInterrupt(&interrupt, service, &counts, NULL, 1, 5, 5, LevelSensitive, FALSE, 1, FALSE);
}

static void strike(void)
{
    io_interrupt(0);
}

static void synchronise_and_disconnect(void)
{
    CHECK(!KeSynchronizeExecution(interrupt, synchronised, NULL));
    if (!ways.stays_connected) {
        IoDisconnectInterrupt(interrupt);
        CHECK(!io_interrupt(0));
    }
}

static void begin(void)
{
    static const struct native_driver driver = {.entry = entry, .tasks = {strike, synchronise_and_disconnect}};
    memset(&counts, 0, sizeof counts);
    begin_native_driver(&driver);
}

static bool saw_strike, saw_none;

static void judge(enum scheduler_outcome outcome)
{
    judge_clean(outcome);
    assert_int_equal(counts.synchronised, 1);
    saw_strike |= counts.struck == 1;
    saw_none |= counts.struck == 0;
}

static void judge_nothing(enum scheduler_outcome outcome)
{
    (void)outcome;
}

static void the_service_routine_runs_alone_and_never_after_disconnecting(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge};
    memset(&ways, 0, sizeof ways);
    every_schedule(&world, 2);
    assert_true(saw_strike && saw_none);
}

static void an_interrupt_that_stays_connected_is_a_violation(void **state)
{
    (void)state;
    const struct world world = {.begin = begin, .judge = judge_nothing};
    ways = (typeof(ways)){.stays_connected = true};
    default_schedule(&world);
    assert_true(heard_violation("interrupt-connected"));
}

/* -------------------------------------------------------------------------------------------------------------- MDLs -- */

static void describe_a_buffer(void *argument)
{
    bool unlocks = *(bool *)argument;
    char *buffer = ExAllocatePoolWithTag(NonPagedPool, 6000, 0x74736554);
    PMDL mdl = IoAllocateMdl(buffer + 10, 5000, FALSE, FALSE, NULL);
    CHECK(MmGetMdlVirtualAddress(mdl) == buffer + 10 && MmGetMdlByteCount(mdl) == 5000);
    MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    CHECK(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) == buffer + 10);
    PMDL part = IoAllocateMdl(buffer + 10, 5000, FALSE, FALSE, NULL);
    IoBuildPartialMdl(mdl, part, buffer + 100, 0);
    CHECK(MmGetMdlVirtualAddress(part) == buffer + 100 && MmGetMdlByteCount(part) == 4910);
    IoFreeMdl(part);
    if (unlocks) {
        MmUnlockPages(mdl);
    }
    IoFreeMdl(mdl);
    ExFreePoolWithTag(buffer, 0x74736554);
}

static void pages_are_unlocked_before_an_mdl_is_freed(void **state)
{
    (void)state;
    for (int unlocks = 1; unlocks >= 0; unlocks--) {
        bool argument = unlocks != 0;
        start_personality(PERSONALITY_FREE);
        run_alone(describe_a_buffer, &argument);
        assert_int_equal(heard_violation("locked-pages"), !argument);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_routine_runs_alone_and_never_after_disconnecting),
        cmocka_unit_test(an_interrupt_that_stays_connected_is_a_violation),
        cmocka_unit_test(pages_are_unlocked_before_an_mdl_is_freed),
    };
    return cmocka_run_group_tests_name("interrupts and MDLs", tests, NULL, NULL);
}
