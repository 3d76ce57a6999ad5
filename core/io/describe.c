/* describe.c - names for what drivers see: "FDO extension+0x18", "IRP3(IRP_MJ_READ).IoStatus". */
#include "io.h"

#include <stdio.h>
#include <string.h>

struct field {
    size_t offset;
    size_t size;
    const char *name;
};

#define FIELD(type, name)                                                                                                      \
    {                                                                                                                          \
        offsetof(type, name), sizeof(((type *)NULL)->name), #name                                                              \
    }

static const struct field irp_fields[] = {
    FIELD(IRP, MdlAddress),      FIELD(IRP, Flags),      FIELD(IRP, AssociatedIrp),   FIELD(IRP, IoStatus),
    FIELD(IRP, PendingReturned), FIELD(IRP, StackCount), FIELD(IRP, CurrentLocation), FIELD(IRP, Cancel),
    FIELD(IRP, CancelIrql),      FIELD(IRP, UserIosb),   FIELD(IRP, UserEvent),       FIELD(IRP, CancelRoutine),
    FIELD(IRP, UserBuffer),      FIELD(IRP, Tail),
};

static const struct field device_fields[] = {
    FIELD(DEVICE_OBJECT, ReferenceCount),  FIELD(DEVICE_OBJECT, DriverObject),
    FIELD(DEVICE_OBJECT, NextDevice),      FIELD(DEVICE_OBJECT, AttachedDevice),
    FIELD(DEVICE_OBJECT, CurrentIrp),      FIELD(DEVICE_OBJECT, Flags),
    FIELD(DEVICE_OBJECT, DeviceExtension), FIELD(DEVICE_OBJECT, StackSize),
    FIELD(DEVICE_OBJECT, DeviceQueue),     FIELD(DEVICE_OBJECT, Dpc),
};

static void add_field(const struct field *fields, size_t count, size_t offset, char *text, size_t size)
{
    size_t length = strlen(text);
    if (offset == 0) {
        return;
    }
    for (size_t index = 0; index < count; index++) {
        if (offset >= fields[index].offset && offset < fields[index].offset + fields[index].size) {
            snprintf(text + length, size - length, ".%s", fields[index].name);
            return;
        }
    }
    snprintf(text + length, size - length, "+0x%zx", offset);
}

static const char *name_of_device(const struct device_record *record)
{
    if (record->model) {
        return record->is_pdo ? "PDO" : "upper filter";
    }
    if (record->is_pdo) {
        return "child PDO";
    }
    return record->was_attached ? "FDO" : "device";
}

static bool describe_device(const void *address, char *text, size_t size)
{
    const struct device_record *record = io_device_of(address);
    if (record == NULL) {
        return false;
    }
    bool in_extension = record->extension != NULL && address >= record->extension && address < record->extension_end;
    if (in_extension) {
        size_t offset = (size_t)((const char *)address - (const char *)record->extension);
        snprintf(text, size, offset == 0 ? "%s extension" : "%s extension+0x%zx", name_of_device(record), offset);
        return true;
    }
    snprintf(text, size, "%s", name_of_device(record));
    add_field(device_fields, sizeof device_fields / sizeof device_fields[0],
              (size_t)((const char *)address - (const char *)record->device), text, size);
    return true;
}

static bool describe_request(const void *address, char *text, size_t size)
{
    for (uint32_t index = 0; index < io_record_count(); index++) {
        const struct irp_record *record = io_record_at(index);
        const char *start = (const char *)record->irp;
        if ((const char *)address < start || (const char *)address >= start + record->size) {
            continue;
        }
        snprintf(text, size, "IRP%u(%s)", index, driver_routine_name(ROUTINE_DISPATCH, record->major, record->minor));
        size_t offset = (size_t)((const char *)address - start);
        if (offset < sizeof(IRP)) {
            add_field(irp_fields, sizeof irp_fields / sizeof irp_fields[0], offset, text, size);
        } else {
            size_t length = strlen(text);
            snprintf(text + length, size - length, " stack location %zu",
                     1 + (offset - sizeof(IRP)) / sizeof(IO_STACK_LOCATION));
        }
        return true;
    }
    return false;
}

void machine_describe(const void *address, char *text, size_t size)
{
    text[0] = '\0';
    if (!describe_device(address, text, size)) {
        describe_request(address, text, size);
    }
}
