/* irp.c - the memory of requests, and what the kernel knows of each. */
#include "io.h"

#include <string.h>

static struct {
    struct irp_record records[IRP_LIMIT];
    uint32_t count;
} requests;

void io_reset_requests(void)
{
    requests.count = 0;
}

/* The number stands in a field that drivers have no business with; whoever overwrites it costs us a search. */
struct irp_record *io_record(const IRP *irp)
{
    if (!scheduler_accessible(irp, OBJECT_PROBE)) {
        return NULL;
    }
    if (irp->AllocationProcessorNumber < requests.count && requests.records[irp->AllocationProcessorNumber].irp == irp) {
        return &requests.records[irp->AllocationProcessorNumber];
    }
    for (uint32_t index = 0; index < requests.count; index++) {
        if (requests.records[index].irp == irp && requests.records[index].live) {
            return &requests.records[index];
        }
    }
    return NULL;
}

uint32_t io_record_count(void)
{
    return requests.count;
}

struct irp_record *io_record_at(uint32_t index)
{
    return index < requests.count ? &requests.records[index] : NULL;
}

static void initialise(PIRP irp, USHORT size, CCHAR stack_size)
{
    USHORT number = irp->AllocationProcessorNumber;
    memset(irp, 0, size);
    irp->Type = IO_TYPE_IRP;
    irp->Size = size;
    irp->AllocationProcessorNumber = number;
    irp->StackCount = stack_size;
    irp->CurrentLocation = stack_size + 1;
    irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(irp + 1) + stack_size;
    InitializeListHead(&irp->ThreadListEntry);
}

static struct irp_record *new_record(PIRP irp, enum irp_origin origin)
{
    struct irp_record *record = &requests.records[requests.count];
    memset(record, 0, sizeof *record);
    record->irp = irp;
    record->origin = (uint8_t)origin;
    record->live = true;
    record->task = (uint8_t)scheduler_running();
    irp->AllocationProcessorNumber = (USHORT)requests.count++;
    return record;
}

struct irp_record *io_request_left(void)
{
    for (uint32_t index = 0; index < requests.count; index++) {
        struct irp_record *record = &requests.records[index];
        if (record->live && record->in_flight && (record->origin == IRP_OF_MACHINE || record->origin == IRP_OF_POWER)) {
            return record;
        }
    }
    return NULL;
}

bool io_request_under_way(void)
{
    for (uint32_t index = 0; index < requests.count; index++) {
        const struct irp_record *record = &requests.records[index];
        if (record->live && (record->origin == IRP_OF_MACHINE || record->origin == IRP_OF_POWER)) {
            return true;
        }
    }
    return false;
}

/* However many requests a driver makes, those of a removal can still be sent. */
PIRP io_allocate(CCHAR stack_size, enum irp_origin origin)
{
    size_t size = IoSizeOfIrp(stack_size);
    uint32_t limit = origin == IRP_OF_MACHINE ? IRP_LIMIT : IRP_LIMIT - IRPS_OF_MACHINE_ALONE;
    PIRP irp = requests.count >= limit ? NULL : scheduler_allocate(size, "IRP");
    if (irp == NULL) {
        return NULL;
    }
    new_record(irp, origin)->size = (uint16_t)size;
    initialise(irp, (USHORT)size, stack_size);
    return irp;
}

void io_free(PIRP irp)
{
    struct irp_record *record = io_record(irp);
    if (record != NULL) {
        record->live = false;
    }
    scheduler_free(irp, "IRP");
}

PIRP io_make_request(PDEVICE_OBJECT device, UCHAR major, UCHAR minor, struct irp_record **record)
{
    PDEVICE_OBJECT top = io_top_of_stack(device);
    PIRP irp = io_allocate(top->StackSize, IRP_OF_MACHINE);
    if (irp == NULL) {
        return NULL;
    }
    *record = io_record(irp);
    (*record)->device = top;
    (*record)->major = major;
    (*record)->minor = minor;
    io_reference_device(top);
    PIO_STACK_LOCATION location = IoGetNextIrpStackLocation(irp);
    location->MajorFunction = major;
    location->MinorFunction = minor;
    if (major == IRP_MJ_PNP || major == IRP_MJ_POWER || major == IRP_MJ_SYSTEM_CONTROL) {
        irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    }
    return irp;
}

/* ---------------------------------------------------------------------------------------------------- for drivers -- */

PIRP IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    static const struct scheduler_call call = {"IoAllocateIrp", CALL_IO_ALLOCATE_IRP, EFFECT_ANY};
    UNREFERENCED_PARAMETER(ChargeQuota);
    kernel_require_irql(DISPATCH_LEVEL, "IoAllocateIrp");
    scheduler_call(&call, NULL);
    bool fails = kernel.options.allocation_failures && scheduler_choose(CHOICE_ALLOCATION, 2) == 1;
    PIRP irp = fails ? NULL : io_allocate(StackSize, IRP_OF_DRIVER);
    if (irp == NULL) {
        scheduler_note(NULL, "the allocation fails");
    }
    kernel_event((struct core_event){.kind = EVENT_ALLOCATE_IRP, .irp = irp});
    return irp;
}

VOID IoFreeIrp(PIRP Irp)
{
    static const struct scheduler_call call = {"IoFreeIrp", CALL_IO_FREE_IRP, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "IoFreeIrp");
    scheduler_call(&call, Irp);
    const char *previous = scheduler_enter_routine("IoFreeIrp");
    scheduler_access(Irp, OBJECT_PROBE, true);
    const struct irp_record *record = io_record(Irp);
    if (record == NULL || (record->origin != IRP_OF_DRIVER && record->origin != IRP_OF_DRIVER_SYNC)) {
        kernel_violation("irp-not-owned", Irp, "IoFreeIrp is called for a request that IoAllocateIrp did not make");
        scheduler_leave_routine(previous);
        return;
    }
    if (record->in_flight) {
        kernel_violation("irp-in-flight", Irp, "IoFreeIrp is called for a request that a lower driver still has");
    }
    io_free(Irp);
    scheduler_leave_routine(previous);
}

VOID IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    scheduler_access(Irp, PacketSize, true);
    struct irp_record *record = io_record(Irp);
    if (record == NULL && requests.count < IRP_LIMIT - IRPS_OF_MACHINE_ALONE) {
        new_record(Irp, IRP_IN_DRIVERS_MEMORY)->size = PacketSize;
    }
    initialise(Irp, PacketSize, StackSize);
}

VOID IoReuseIrp(PIRP Irp, NTSTATUS Status)
{
    scheduler_access(Irp, OBJECT_PROBE, true);
    struct irp_record *record = io_record(Irp);
    if (record != NULL && record->in_flight) {
        kernel_violation("irp-in-flight", Irp, "IoReuseIrp is called for a request that a lower driver still has");
    }
    initialise(Irp, Irp->Size, Irp->StackCount);
    Irp->IoStatus.Status = Status;
    if (record != NULL) {
        memset(record->marked, 0, sizeof record->marked);
        memset(record->returned, 0, sizeof record->returned);
        record->done = false;
    }
}
