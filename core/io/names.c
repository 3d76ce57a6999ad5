/* names.c - device names and symbolic links. */
#include "io.h"

#include <string.h>

enum { LINK_LIMIT = 32, NAME_LIMIT = 96 };

struct name {
    WCHAR text[NAME_LIMIT];
    uint32_t length; /* characters */
};

struct link {
    struct name name;
    struct name target;
    bool live;
};

static struct {
    struct link links[LINK_LIMIT];
    uint32_t count;
} names;

void io_reset_names(void)
{
    names.count = 0;
}

static struct name name_of(PCUNICODE_STRING string)
{
    struct name name = {.length = string->Length / sizeof(WCHAR)};
    name.length = name.length < NAME_LIMIT ? name.length : NAME_LIMIT;
    if (name.length != 0) {
        scheduler_access(string->Buffer, name.length * sizeof(WCHAR), false);
        memcpy(name.text, string->Buffer, name.length * sizeof(WCHAR));
    }
    return name;
}

static WCHAR upper(WCHAR letter)
{
    return letter >= 'a' && letter <= 'z' ? (WCHAR)(letter - 'a' + 'A') : letter;
}

static bool equal(const struct name *one, const WCHAR *text, uint32_t length)
{
    if (one->length != length) {
        return false;
    }
    for (uint32_t index = 0; index < length; index++) {
        if (upper(one->text[index]) != upper(text[index])) {
            return false;
        }
    }
    return true;
}

static struct link *find_link(const struct name *name)
{
    for (uint32_t index = 0; index < names.count; index++) {
        if (names.links[index].live && equal(&names.links[index].name, name->text, name->length)) {
            return &names.links[index];
        }
    }
    return NULL;
}

static struct link *free_link(void)
{
    for (uint32_t index = 0; index < names.count; index++) {
        if (!names.links[index].live) {
            return &names.links[index];
        }
    }
    return names.count == LINK_LIMIT ? NULL : &names.links[names.count++];
}

static uint32_t length_of(const WCHAR *text)
{
    uint32_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    return length;
}

PDEVICE_OBJECT io_find_device(PCUNICODE_STRING string)
{
    struct name name = name_of(string);
    const struct link *link = find_link(&name);
    const struct name *wanted = link == NULL ? &name : &link->target;
    for (uint32_t index = 0; index < io_device_count(); index++) {
        const struct device_record *record = io_device_at(index);
        if (!record->deleted && record->name[0] != 0 && equal(wanted, record->name, length_of(record->name))) {
            return record->device;
        }
    }
    return NULL;
}

NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoCreateSymbolicLink");
    struct name name = name_of(SymbolicLinkName);
    if (find_link(&name) != NULL) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    struct link *link = free_link();
    if (link == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *link = (struct link){.name = name, .target = name_of(DeviceName), .live = true};
    return STATUS_SUCCESS;
}

NTSTATUS IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    return IoCreateSymbolicLink(SymbolicLinkName, DeviceName);
}

NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    kernel_require_irql(PASSIVE_LEVEL, "IoDeleteSymbolicLink");
    struct name name = name_of(SymbolicLinkName);
    struct link *link = find_link(&name);
    if (link == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    link->live = false;
    return STATUS_SUCCESS;
}

/* A link that outlives its driver leads into memory that is gone. */
bool io_link_left(void)
{
    for (uint32_t index = 0; index < names.count; index++) {
        if (names.links[index].live) {
            return true;
        }
    }
    return false;
}
