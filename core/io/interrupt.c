/*
 * interrupt.c - interrupt objects. The device of this model strikes when the machine says so; the service routine runs in the
 * task that says it, at the interrupt's IRQL and under its spin lock, as KeSynchronizeExecution does.
 */
#include "io.h"

#include <string.h>

enum { INTERRUPT_LIMIT = 16, DEVICE_IRQL = 5 };

static const struct scheduler_call connect_call = {"IoConnectInterrupt", CALL_IO_CONNECT_INTERRUPT, EFFECT_ANY};
static const struct scheduler_call disconnect_call = {"IoDisconnectInterrupt", CALL_IO_DISCONNECT_INTERRUPT, EFFECT_ANY};
static const struct scheduler_call interrupt_call = {"interrupt", CALL_IO_INTERRUPT, EFFECT_ANY};

struct _KINTERRUPT {
    PKSERVICE_ROUTINE ServiceRoutine;
    PVOID ServiceContext;
    KSPIN_LOCK OwnLock;
    PKSPIN_LOCK Lock; /* the driver's, or the own one */
    KIRQL SynchronizeIrql;
};

static struct {
    PKINTERRUPT connected[INTERRUPT_LIMIT]; /* NULL: disconnected */
    uint32_t count;
} interrupts;

void io_reset_interrupts(void)
{
    interrupts.count = 0;
}

uint32_t io_interrupt_count(void)
{
    return interrupts.count;
}

/* ------------------------------------------------------------------------------------------------------- connecting -- */

struct connection {
    PKINTERRUPT *object;
    PKSERVICE_ROUTINE routine;
    PVOID context;
    PKSPIN_LOCK lock;
    KIRQL irql;
};

static NTSTATUS connect(const struct connection *connection, uintptr_t site)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoConnectInterrupt");
    scheduler_access(connection->object, sizeof *connection->object, true);
    *connection->object = NULL;
    PKINTERRUPT interrupt = interrupts.count == INTERRUPT_LIMIT
                                ? NULL
                                : kernel_allocate(&connect_call, sizeof *interrupt, "interrupt object", site);
    if (interrupt == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    interrupt->ServiceRoutine = connection->routine;
    interrupt->ServiceContext = connection->context;
    interrupt->OwnLock = 0;
    interrupt->Lock = connection->lock == NULL ? &interrupt->OwnLock : connection->lock;
    interrupt->SynchronizeIrql = connection->irql > DISPATCH_LEVEL ? connection->irql : DEVICE_IRQL;
    interrupts.connected[interrupts.count++] = interrupt;
    *connection->object = interrupt;
    scheduler_release_order(interrupt->Lock);
    return STATUS_SUCCESS;
}

NTSTATUS IoConnectInterrupt(PKINTERRUPT *InterruptObject, PKSERVICE_ROUTINE ServiceRoutine, PVOID ServiceContext,
                            PKSPIN_LOCK SpinLock, ULONG Vector, KIRQL Irql, KIRQL SynchronizeIrql,
                            KINTERRUPT_MODE InterruptMode, BOOLEAN ShareVector, KAFFINITY ProcessorEnableMask,
                            BOOLEAN FloatingSave)
{
    UNREFERENCED_PARAMETER(Vector);
    UNREFERENCED_PARAMETER(Irql);
    UNREFERENCED_PARAMETER(InterruptMode);
    UNREFERENCED_PARAMETER(ShareVector);
    UNREFERENCED_PARAMETER(ProcessorEnableMask);
    UNREFERENCED_PARAMETER(FloatingSave);
    const struct connection connection = {InterruptObject, ServiceRoutine, ServiceContext, SpinLock, SynchronizeIrql};
    return connect(&connection, (uintptr_t)__builtin_return_address(0));
}

/* The line-based fields stand where the fully specified ones do; messages fall back to the line. */
NTSTATUS IoConnectInterruptEx(PIO_CONNECT_INTERRUPT_PARAMETERS Parameters)
{
    struct connection connection = {NULL, NULL, NULL, NULL, 0};
    scheduler_access(Parameters, sizeof *Parameters, true);
    switch (Parameters->Version) {
    case CONNECT_FULLY_SPECIFIED:
    case CONNECT_FULLY_SPECIFIED_GROUP:
    case CONNECT_LINE_BASED:
        connection.object = Parameters->LineBased.InterruptObject;
        connection.routine = Parameters->LineBased.ServiceRoutine;
        connection.context = Parameters->LineBased.ServiceContext;
        connection.lock = Parameters->LineBased.SpinLock;
        connection.irql = Parameters->LineBased.SynchronizeIrql;
        break;
    case CONNECT_MESSAGE_BASED:
        if (Parameters->MessageBased.FallBackServiceRoutine == NULL) {
            return STATUS_NOT_FOUND;
        }
        connection.object = Parameters->MessageBased.ConnectionContext.InterruptObject;
        connection.routine = Parameters->MessageBased.FallBackServiceRoutine;
        connection.context = Parameters->MessageBased.ServiceContext;
        connection.lock = Parameters->MessageBased.SpinLock;
        connection.irql = Parameters->MessageBased.SynchronizeIrql;
        Parameters->Version = CONNECT_LINE_BASED;
        break;
    default:
        return STATUS_NOT_SUPPORTED;
    }
    return connect(&connection, (uintptr_t)__builtin_return_address(0));
}

static bool is_free(const void *argument)
{
    const KSPIN_LOCK *lock = argument;
    return *lock == 0;
}

/* Waits until no service routine runs. */
static void disconnect(PKINTERRUPT interrupt, uintptr_t site)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoDisconnectInterrupt");
    scheduler_access_at(interrupt, sizeof *interrupt, true, site);
    scheduler_access_at(interrupt->Lock, sizeof *interrupt->Lock, true, site);
    scheduler_wait_at(&disconnect_call, interrupt->Lock, is_free, interrupt->Lock, SCHEDULER_NEVER, site);
    for (uint32_t index = 0; index < interrupts.count; index++) {
        if (interrupts.connected[index] == interrupt) {
            interrupts.connected[index] = NULL;
        }
    }
    scheduler_free(interrupt, "interrupt object");
}

VOID IoDisconnectInterrupt(PKINTERRUPT InterruptObject)
{
    disconnect(InterruptObject, (uintptr_t)__builtin_return_address(0));
}

VOID IoDisconnectInterruptEx(PIO_DISCONNECT_INTERRUPT_PARAMETERS Parameters)
{
    scheduler_access(Parameters, sizeof *Parameters, false);
    disconnect(Parameters->ConnectionContext.InterruptObject, (uintptr_t)__builtin_return_address(0));
}

/* ----------------------------------------------------------------------------------------------------- at device IRQL -- */

KIRQL KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt)
{
    KIRQL irql;
    scheduler_access(Interrupt, sizeof *Interrupt, false);
    kernel_require_irql(Interrupt->SynchronizeIrql, "KeAcquireInterruptSpinLock");
    KeRaiseIrql(Interrupt->SynchronizeIrql, &irql);
    KeAcquireSpinLockAtDpcLevel(Interrupt->Lock);
    return irql;
}

VOID KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    scheduler_access(Interrupt, sizeof *Interrupt, false);
    KeReleaseSpinLockFromDpcLevel(Interrupt->Lock);
    KeLowerIrql(OldIrql);
}

BOOLEAN KeSynchronizeExecution(PKINTERRUPT Interrupt, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine, PVOID SynchronizeContext)
{
    struct driver_call call;
    KIRQL irql = KeAcquireInterruptSpinLock(Interrupt);
    kernel_enter_driver(&call, ROUTINE_INTERRUPT, NULL, NULL);
    BOOLEAN result = SynchronizeRoutine(SynchronizeContext);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    KeReleaseInterruptSpinLock(Interrupt, irql);
    return result;
}

/* While its lock was waited for, the interrupt may have been disconnected: nothing of it is touched before that is known. */
bool io_interrupt(uint32_t index)
{
    struct driver_call call;
    KIRQL irql;
    PKINTERRUPT interrupt = index < interrupts.count ? interrupts.connected[index] : NULL;
    if (interrupt == NULL) {
        return false;
    }
    PKSPIN_LOCK lock = interrupt->Lock;
    scheduler_wait(&interrupt_call, lock, is_free, lock, SCHEDULER_NEVER);
    if (interrupts.connected[index] != interrupt) {
        return false;
    }
    scheduler_access(lock, sizeof *lock, true);
    KeRaiseIrql(interrupt->SynchronizeIrql, &irql);
    *lock = 1;
    scheduler_changed(lock);
    kernel_enter_driver(&call, ROUTINE_INTERRUPT, NULL, NULL);
    interrupt->ServiceRoutine(interrupt, interrupt->ServiceContext);
    kernel_leave_driver(&call, STATUS_SUCCESS);
    KeReleaseInterruptSpinLock(interrupt, irql);
    return true;
}

void io_judge_interrupts(void)
{
    for (uint32_t index = 0; index < interrupts.count; index++) {
        if (interrupts.connected[index] != NULL) {
            kernel_violation("interrupt-connected", interrupts.connected[index],
                             "the driver is unloaded, and its interrupt is still connected");
        }
    }
}

/* --------------------------------------------------------------------------------------------------------------- DMA -- */

struct _DMA_ADAPTER *IoGetDmaAdapter(PDEVICE_OBJECT PhysicalDeviceObject, struct _DEVICE_DESCRIPTION *DeviceDescription,
                                     PULONG NumberOfMapRegisters)
{
    UNREFERENCED_PARAMETER(PhysicalDeviceObject);
    UNREFERENCED_PARAMETER(DeviceDescription);
    kernel_require_irql(PASSIVE_LEVEL, "IoGetDmaAdapter");
    scheduler_access(NumberOfMapRegisters, sizeof *NumberOfMapRegisters, true);
    *NumberOfMapRegisters = 0;
    return NULL;
}
