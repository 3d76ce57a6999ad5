/* registry_rtl.c - the registry by path: RtlQueryRegistryValues and its relatives. */
#include "registry.h"

static const struct scheduler_call query_call = {"RtlQueryRegistryValues", CALL_ZW_QUERY_KEY, EFFECT_ANY};
static const struct scheduler_call change_call = {"RtlWriteRegistryValue", CALL_ZW_CHANGE_KEY, EFFECT_ANY};

static const char *const bases[] = {
    [RTL_REGISTRY_ABSOLUTE] = NULL,
    [RTL_REGISTRY_SERVICES] = "\\Registry\\Machine\\System\\CurrentControlSet\\Services",
    [RTL_REGISTRY_CONTROL] = "\\Registry\\Machine\\System\\CurrentControlSet\\Control",
    [RTL_REGISTRY_WINDOWS_NT] = "\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
    [RTL_REGISTRY_DEVICEMAP] = "\\Registry\\Machine\\Hardware\\DeviceMap",
    [RTL_REGISTRY_USER] = "\\Registry\\User\\.Default",
};

static NTSTATUS find_key(ULONG relative_to, PCWSTR path, enum registry_make make, uint16_t *key, uintptr_t site)
{
    if ((relative_to & RTL_REGISTRY_HANDLE) != 0) {
        return registry_behind((HANDLE)(uintptr_t)path, key);
    }
    relative_to &= ~(ULONG)RTL_REGISTRY_OPTIONAL;
    if (relative_to >= RTL_NUMBER_OF(bases)) {
        return STATUS_INVALID_PARAMETER;
    }
    bool created;
    uint16_t from = bases[relative_to] == NULL ? NO_KEY : registry_path(bases[relative_to]);
    return registry_find(from, path == NULL ? wide_text(NULL, 0) : text_of_wide(path, site), make, key, &created);
}

static struct text name_of(PCWSTR name, uintptr_t site)
{
    return name == NULL ? wide_text(NULL, 0) : text_of_wide(name, site);
}

NTSTATUS RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName, ULONG ValueType, PVOID ValueData,
                               ULONG ValueLength)
{
    uint16_t key;
    kernel_require_irql(PASSIVE_LEVEL, "RtlWriteRegistryValue");
    scheduler_call(&change_call, NULL);
    NTSTATUS status = find_key(RelativeTo, Path, MAKE_ALL, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    touch(ValueData, ValueLength, false, SITE);
    return registry_set(key, name_of(ValueName, SITE), ValueType, ValueData, ValueLength);
}

NTSTATUS RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName)
{
    uint16_t key;
    kernel_require_irql(PASSIVE_LEVEL, "RtlDeleteRegistryValue");
    scheduler_call(&change_call, NULL);
    NTSTATUS status = find_key(RelativeTo, Path, MAKE_NOTHING, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct registry_value *value = registry_value(key, name_of(ValueName, SITE));
    if (value == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    value->key = NO_KEY;
    return STATUS_SUCCESS;
}

NTSTATUS RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    uint16_t key;
    kernel_require_irql(PASSIVE_LEVEL, "RtlCheckRegistryKey");
    scheduler_call(&query_call, NULL);
    return find_key(RelativeTo, Path, MAKE_NOTHING, &key, SITE);
}

NTSTATUS RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    uint16_t key;
    kernel_require_irql(PASSIVE_LEVEL, "RtlCreateRegistryKey");
    scheduler_call(&change_call, NULL);
    return find_key(RelativeTo, Path, MAKE_ALL, &key, SITE);
}

/* ---------------------------------------------------------------------------------------------------- query tables -- */

struct query {
    uint16_t top; /* the key that the caller named */
    uint16_t key; /* it, or the subkey of the last entry that named one; NO_KEY: there is none */
    PVOID context;
    uintptr_t site;
};

/* What a value looks like to a query: from the registry, or the default of its entry. */
struct found {
    PWSTR name;
    ULONG type;
    const void *data;
    ULONG size;
};

static bool is_string(ULONG type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

/* Into the UNICODE_STRING of the entry, whose buffer is allocated when it has none. */
static NTSTATUS store_string(PUNICODE_STRING string, const struct found *found, uintptr_t site)
{
    ULONG size = found->size;
    bool ends =
        found->type != REG_MULTI_SZ && size >= sizeof(WCHAR) && ((const WCHAR *)found->data)[size / sizeof(WCHAR) - 1] == 0;
    touch(string, sizeof *string, true, site);
    if (size > UNICODE_STRING_MAX_BYTES) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (string->Buffer == NULL) {
        string->Buffer = ExAllocatePoolWithTag(PagedPool, size, STRING_TAG);
        string->MaximumLength = (USHORT)size;
    }
    if (string->Buffer == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (string->MaximumLength < size) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    touch(string->Buffer, size, true, site);
    __builtin_memcpy(string->Buffer, found->data, size);
    string->Length = (USHORT)(size - (ends ? sizeof(WCHAR) : 0));
    return STATUS_SUCCESS;
}

/* Up to four bytes at once; more behind a size and a type, or, where the caller gave a negative size, without them. */
static NTSTATUS store_direct(PVOID place, const struct found *found, uintptr_t site)
{
    if (is_string(found->type)) {
        return store_string(place, found, site);
    }
    if (found->size <= sizeof(ULONG)) {
        touch(place, found->size, true, site);
        __builtin_memcpy(place, found->data, found->size);
        return STATUS_SUCCESS;
    }
    touch(place, sizeof(LONG), false, site);
    LONG given = *(PLONG)place;
    ULONG head = given < 0 ? 0 : 2 * sizeof(ULONG);
    ULONG room = given < 0 ? 0 - (ULONG)given : (ULONG)given;
    if (room < head + found->size) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    touch(place, head + found->size, true, site);
    if (head != 0) {
        ((PULONG)place)[0] = found->size;
        ((PULONG)place)[1] = found->type;
    }
    __builtin_memcpy((PUCHAR)place + head, found->data, found->size);
    return STATUS_SUCCESS;
}

/* Calls the driver's routine, once for each string of a REG_MULTI_SZ. */
static NTSTATUS call_routine(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry, const struct found *found)
{
    PVOID data = (PVOID)(uintptr_t)found->data;
    bool split = found->type == REG_MULTI_SZ && (entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND) == 0;
    if (!split) {
        return entry->QueryRoutine(found->name, found->type, data, found->size, query->context, entry->EntryContext);
    }
    PWSTR text = data;
    PWSTR end = text + found->size / sizeof(WCHAR);
    while (text < end && *text != 0) {
        ULONG length = 0;
        while (text + length < end && text[length] != 0) {
            length++;
        }
        ULONG size = (length + 1) * (ULONG)sizeof(WCHAR);
        NTSTATUS status = entry->QueryRoutine(found->name, REG_SZ, text, size, query->context, entry->EntryContext);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        text += length + 1;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS deliver(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry, const struct found *found)
{
    if ((entry->Flags & RTL_QUERY_REGISTRY_DIRECT) == 0) {
        return call_routine(query, entry, found);
    }
    ULONG expected = entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    if ((entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) != 0 && found->type != expected) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    if ((entry->Flags & RTL_QUERY_REGISTRY_NOSTRING) != 0 && is_string(found->type)) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    return store_direct(entry->EntryContext, found, query->site);
}

/* The value is not there: its default, or an error when it has to be there. */
static NTSTATUS deliver_default(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    ULONG type = entry->DefaultType & 0x00FFFFFF;
    if ((entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (type == REG_NONE) {
        return STATUS_SUCCESS;
    }
    ULONG size = entry->DefaultLength;
    if (size == 0 && is_string(type)) {
        size = (ULONG)((text_of_wide(entry->DefaultData, query->site).length + 1) * sizeof(WCHAR));
    }
    touch(entry->DefaultData, size, false, query->site);
    return deliver(query, entry, &(struct found){.name = entry->Name, .type = type, .data = entry->DefaultData, .size = size});
}

static NTSTATUS deliver_value(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry, struct registry_value *value)
{
    struct found found = {.name = value->name.buffer, .type = value->type, .data = value->data, .size = value->size};
    NTSTATUS status = deliver(query, entry, &found);
    if (NT_SUCCESS(status) && (entry->Flags & RTL_QUERY_REGISTRY_DELETE) != 0) {
        value->key = NO_KEY;
    }
    return status;
}

static NTSTATUS deliver_all(const struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    bool deletes = (entry->Flags & RTL_QUERY_REGISTRY_DELETE) != 0;
    struct registry_value *value;
    ULONG index = 0;
    while (query->key != NO_KEY && (value = registry_value_at(query->key, index)) != NULL) {
        NTSTATUS status = deliver_value(query, entry, value);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        index += !deletes;
    }
    return index == 0 && (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0 ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;
}

static NTSTATUS enter_subkey(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    bool created;
    NTSTATUS status = query->top == NO_KEY
                          ? STATUS_OBJECT_NAME_NOT_FOUND
                          : registry_find(query->top, name_of(entry->Name, query->site), MAKE_NOTHING, &query->key, &created);
    if (!NT_SUCCESS(status)) {
        query->key = NO_KEY;
        return (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0 ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;
    }
    return entry->QueryRoutine != NULL ? deliver_all(query, entry) : STATUS_SUCCESS;
}

static NTSTATUS answer(struct query *query, const RTL_QUERY_REGISTRY_TABLE *entry)
{
    if ((entry->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) != 0) {
        query->key = query->top;
    }
    if ((entry->Flags & RTL_QUERY_REGISTRY_SUBKEY) != 0) {
        return entry->Name == NULL ? STATUS_INVALID_PARAMETER : enter_subkey(query, entry);
    }
    if ((entry->Flags & RTL_QUERY_REGISTRY_NOVALUE) != 0) {
        return entry->QueryRoutine(NULL, REG_NONE, NULL, 0, query->context, entry->EntryContext);
    }
    if (entry->Name == NULL) {
        return entry->QueryRoutine == NULL ? STATUS_INVALID_PARAMETER : deliver_all(query, entry);
    }
    struct registry_value *value = query->key == NO_KEY ? NULL : registry_value(query->key, name_of(entry->Name, query->site));
    return value == NULL ? deliver_default(query, entry) : deliver_value(query, entry, value);
}

/* Which entries belong to the table: the first without routine and name, that is no other request, ends it. */
static bool is_last(const RTL_QUERY_REGISTRY_TABLE *entry)
{
    ULONG requests = RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_DIRECT;
    return entry->QueryRoutine == NULL && (entry->Name == NULL || (entry->Flags & requests) == 0);
}

NTSTATUS RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                PVOID Environment)
{
    UNREFERENCED_PARAMETER(Environment);
    struct query query = {.context = Context, .site = SITE};
    kernel_require_irql(PASSIVE_LEVEL, "RtlQueryRegistryValues");
    scheduler_call(&query_call, NULL);
    NTSTATUS status = find_key(RelativeTo, Path, MAKE_NOTHING, &query.top, query.site);
    if (!NT_SUCCESS(status)) {
        /* Where the key may be missing, every value has its default. */
        if ((RelativeTo & RTL_REGISTRY_OPTIONAL) == 0) {
            return status;
        }
        query.top = NO_KEY;
    }
    query.key = query.top;
    for (const RTL_QUERY_REGISTRY_TABLE *entry = QueryTable;; entry++) {
        touch(entry, sizeof *entry, false, query.site);
        if (is_last(entry)) {
            return STATUS_SUCCESS;
        }
        status = answer(&query, entry);
        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
}
