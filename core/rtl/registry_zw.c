/* registry_zw.c - the registry by handle: ZwOpenKey and its relatives. */
#include "registry.h"

static const struct scheduler_call open_call = {"ZwOpenKey", CALL_ZW_OPEN_KEY, EFFECT_ANY};
static const struct scheduler_call change_call = {"ZwSetValueKey", CALL_ZW_CHANGE_KEY, EFFECT_ANY};
static const struct scheduler_call query_call = {"ZwQueryValueKey", CALL_ZW_QUERY_KEY, EFFECT_ANY};

/* ------------------------------------------------------------------------------------------------- open and close -- */

static NTSTATUS open(PHANDLE handle, const OBJECT_ATTRIBUTES *attributes, enum registry_make make, PULONG disposition,
                     uintptr_t site)
{
    scheduler_call_at(&open_call, NULL, site);
    touch(attributes, sizeof *attributes, false, site);
    uint16_t from = NO_KEY;
    if (attributes->RootDirectory != NULL) {
        NTSTATUS status = registry_behind(attributes->RootDirectory, &from);
        if (!NT_SUCCESS(status)) {
            return status;
        }
    }
    struct text path = attributes->ObjectName == NULL ? wide_text(NULL, 0) : text_of_unicode(attributes->ObjectName, site);
    bool absolute = path.length != 0 && text_get(path, 0) == '\\';
    if (absolute != (from == NO_KEY)) {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    uint16_t key;
    bool created;
    NTSTATUS status = registry_find(from, path, make, &key, &created);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (disposition != NULL) {
        touch(disposition, sizeof *disposition, true, site);
        *disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    }
    return registry_open(key, handle, site);
}

NTSTATUS ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes, ULONG TitleIndex,
                     PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(TitleIndex);
    UNREFERENCED_PARAMETER(Class);
    UNREFERENCED_PARAMETER(CreateOptions);
    kernel_require_irql(PASSIVE_LEVEL, "ZwCreateKey");
    return open(KeyHandle, ObjectAttributes, MAKE_LAST, Disposition, SITE);
}

NTSTATUS ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    kernel_require_irql(PASSIVE_LEVEL, "ZwOpenKey");
    return open(KeyHandle, ObjectAttributes, MAKE_NOTHING, NULL, SITE);
}

NTSTATUS ZwOpenKeyEx(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes, ULONG OpenOptions)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(OpenOptions);
    kernel_require_irql(PASSIVE_LEVEL, "ZwOpenKeyEx");
    return open(KeyHandle, ObjectAttributes, MAKE_NOTHING, NULL, SITE);
}

/* The key behind a handle, after the point and the check that all of these routines begin with. */
static NTSTATUS enter(const char *routine, const struct scheduler_call *call, HANDLE handle, uint16_t *key, uintptr_t site)
{
    kernel_require_irql(PASSIVE_LEVEL, routine);
    scheduler_call_at(call, NULL, site);
    return registry_behind(handle, key);
}

NTSTATUS ZwDeleteKey(HANDLE KeyHandle)
{
    uint16_t key;
    NTSTATUS status = enter("ZwDeleteKey", &change_call, KeyHandle, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return registry_delete_key(key) ? STATUS_SUCCESS : STATUS_CANNOT_DELETE;
}

NTSTATUS ZwFlushKey(HANDLE KeyHandle)
{
    uint16_t key;
    return enter("ZwFlushKey", &change_call, KeyHandle, &key, SITE);
}

/* --------------------------------------------------------------------------------------------------------- values -- */

static struct text value_name(PUNICODE_STRING name, uintptr_t site)
{
    return name == NULL ? wide_text(NULL, 0) : text_of_unicode(name, site);
}

NTSTATUS ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex, ULONG Type, PVOID Data, ULONG DataSize)
{
    UNREFERENCED_PARAMETER(TitleIndex);
    uint16_t key;
    NTSTATUS status = enter("ZwSetValueKey", &change_call, KeyHandle, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    touch(Data, DataSize, false, SITE);
    return registry_set(key, value_name(ValueName, SITE), Type, Data, DataSize);
}

NTSTATUS ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName)
{
    uint16_t key;
    NTSTATUS status = enter("ZwDeleteValueKey", &change_call, KeyHandle, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct registry_value *value = registry_value(key, value_name(ValueName, SITE));
    if (value == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    value->key = NO_KEY;
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- answers -- */

/* An answer of a fixed part, in which NameLength and the like stand, and of parts that follow it. */
struct answer {
    UCHAR *buffer;
    ULONG length;
    PULONG result;
    ULONG fixed; /* bytes before the first part of variable length */
    ULONG needed;
    uintptr_t site;
};

static bool fits(const struct answer *answer, ULONG offset, ULONG size)
{
    return offset <= answer->length && size <= answer->length - offset;
}

/* Microsoft's rule: too small for the fixed part, STATUS_BUFFER_TOO_SMALL; for the rest, as much as fits and an overflow. */
static NTSTATUS begin_answer(const struct answer *answer)
{
    touch(answer->result, sizeof *answer->result, true, answer->site);
    *answer->result = answer->needed;
    if (answer->length < answer->fixed) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    touch(answer->buffer, answer->needed < answer->length ? answer->needed : answer->length, true, answer->site);
    return answer->needed <= answer->length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

static void put(const struct answer *answer, ULONG offset, const void *data, size_t size)
{
    ULONG room = offset < answer->length ? answer->length - offset : 0;
    __builtin_memcpy(answer->buffer + offset, data, size < room ? size : room);
}

static void put_number(const struct answer *answer, ULONG offset, ULONG value)
{
    if (fits(answer, offset, sizeof value)) {
        put(answer, offset, &value, sizeof value);
    }
}

static ULONG name_size(struct text name)
{
    return (ULONG)(name.length * sizeof(WCHAR));
}

static NTSTATUS answer_full(struct answer *answer, const struct registry_value *value)
{
    typedef KEY_VALUE_FULL_INFORMATION full;
    ULONG offset = (ULONG)ALIGN_UP_BY(offsetof(full, Name) + name_size(value->name), 8);
    answer->fixed = offsetof(full, Name);
    answer->needed = offset + value->size;
    NTSTATUS status = begin_answer(answer);
    if (status != STATUS_BUFFER_TOO_SMALL) {
        put_number(answer, offsetof(full, TitleIndex), 0);
        put_number(answer, offsetof(full, Type), value->type);
        put_number(answer, offsetof(full, DataOffset), offset);
        put_number(answer, offsetof(full, DataLength), value->size);
        put_number(answer, offsetof(full, NameLength), name_size(value->name));
        put(answer, offsetof(full, Name), value->name.buffer, name_size(value->name));
        put(answer, offset, value->data, value->size);
    }
    return status;
}

static NTSTATUS answer_basic(struct answer *answer, const struct registry_value *value)
{
    typedef KEY_VALUE_BASIC_INFORMATION basic;
    answer->fixed = offsetof(basic, Name);
    answer->needed = answer->fixed + name_size(value->name);
    NTSTATUS status = begin_answer(answer);
    if (status != STATUS_BUFFER_TOO_SMALL) {
        put_number(answer, offsetof(basic, TitleIndex), 0);
        put_number(answer, offsetof(basic, Type), value->type);
        put_number(answer, offsetof(basic, NameLength), name_size(value->name));
        put(answer, offsetof(basic, Name), value->name.buffer, name_size(value->name));
    }
    return status;
}

static NTSTATUS answer_partial(struct answer *answer, const struct registry_value *value)
{
    typedef KEY_VALUE_PARTIAL_INFORMATION partial;
    answer->fixed = offsetof(partial, Data);
    answer->needed = answer->fixed + value->size;
    NTSTATUS status = begin_answer(answer);
    if (status != STATUS_BUFFER_TOO_SMALL) {
        put_number(answer, offsetof(partial, TitleIndex), 0);
        put_number(answer, offsetof(partial, Type), value->type);
        put_number(answer, offsetof(partial, DataLength), value->size);
        put(answer, offsetof(partial, Data), value->data, value->size);
    }
    return status;
}

static NTSTATUS answer_value(struct answer *answer, const struct registry_value *value, KEY_VALUE_INFORMATION_CLASS class)
{
    switch (class) {
    case KeyValueBasicInformation:
        return answer_basic(answer, value);
    case KeyValueFullInformation:
        return answer_full(answer, value);
    case KeyValuePartialInformation:
        return answer_partial(answer, value);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                         PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    uint16_t key;
    NTSTATUS status = enter("ZwQueryValueKey", &query_call, KeyHandle, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    const struct registry_value *value = registry_value(key, value_name(ValueName, SITE));
    struct answer answer = {.buffer = KeyValueInformation, .length = Length, .result = ResultLength, .site = SITE};
    return value == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : answer_value(&answer, value, KeyValueInformationClass);
}

NTSTATUS ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index, KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                             PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    uint16_t key;
    NTSTATUS status = enter("ZwEnumerateValueKey", &query_call, KeyHandle, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    const struct registry_value *value = registry_value_at(key, Index);
    struct answer answer = {.buffer = KeyValueInformation, .length = Length, .result = ResultLength, .site = SITE};
    return value == NULL ? STATUS_NO_MORE_ENTRIES : answer_value(&answer, value, KeyValueInformationClass);
}

/* ------------------------------------------------------------------------------------------------ answers about keys -- */

static NTSTATUS answer_name(struct answer *answer, struct text name, ULONG length_at, ULONG name_at)
{
    answer->fixed = name_at;
    answer->needed = name_at + name_size(name);
    NTSTATUS status = begin_answer(answer);
    if (status != STATUS_BUFFER_TOO_SMALL) {
        __builtin_memset(answer->buffer, 0, name_at);
        put_number(answer, length_at, name_size(name));
        put(answer, name_at, name.buffer, name_size(name));
    }
    return status;
}

static NTSTATUS answer_counts(struct answer *answer, uint16_t key)
{
    KEY_FULL_INFORMATION full = {.ClassOffset = offsetof(KEY_FULL_INFORMATION, Class)};
    for (uint16_t subkey; (subkey = registry_subkey(key, full.SubKeys)) != NO_KEY; full.SubKeys++) {
        ULONG size = name_size(registry_name(subkey));
        full.MaxNameLen = size > full.MaxNameLen ? size : full.MaxNameLen;
    }
    for (const struct registry_value *value; (value = registry_value_at(key, full.Values)) != NULL; full.Values++) {
        ULONG size = name_size(value->name);
        full.MaxValueNameLen = size > full.MaxValueNameLen ? size : full.MaxValueNameLen;
        full.MaxValueDataLen = value->size > full.MaxValueDataLen ? value->size : full.MaxValueDataLen;
    }
    answer->fixed = offsetof(KEY_FULL_INFORMATION, Class);
    answer->needed = answer->fixed;
    NTSTATUS status = begin_answer(answer);
    if (NT_SUCCESS(status)) {
        put(answer, 0, &full, answer->fixed);
    }
    return status;
}

/* "\REGISTRY\MACHINE\...", from the root down. */
static struct text full_name(uint16_t key, WCHAR characters[1024])
{
    size_t start = 1024;
    for (; registry_parent(key) != NO_KEY; key = registry_parent(key)) {
        struct text name = registry_name(key);
        if (name.length + 1 > start) {
            break;
        }
        start -= name.length;
        text_transfer(wide_text(characters + start, name.length), name);
        characters[--start] = '\\';
    }
    return wide_text(characters + start, 1024 - start);
}

static NTSTATUS answer_key(struct answer *answer, uint16_t key, KEY_INFORMATION_CLASS class)
{
    WCHAR characters[1024];
    switch (class) {
    case KeyBasicInformation:
        return answer_name(answer, registry_name(key), offsetof(KEY_BASIC_INFORMATION, NameLength),
                           offsetof(KEY_BASIC_INFORMATION, Name));
    case KeyNodeInformation:
        return answer_name(answer, registry_name(key), offsetof(KEY_NODE_INFORMATION, NameLength),
                           offsetof(KEY_NODE_INFORMATION, Name));
    case KeyFullInformation:
        return answer_counts(answer, key);
    case KeyNameInformation:
        return answer_name(answer, full_name(key, characters), offsetof(KEY_NAME_INFORMATION, NameLength),
                           offsetof(KEY_NAME_INFORMATION, Name));
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS ZwQueryKey(HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation, ULONG Length,
                    PULONG ResultLength)
{
    uint16_t key;
    NTSTATUS status = enter("ZwQueryKey", &query_call, KeyHandle, &key, SITE);
    struct answer answer = {.buffer = KeyInformation, .length = Length, .result = ResultLength, .site = SITE};
    return NT_SUCCESS(status) ? answer_key(&answer, key, KeyInformationClass) : status;
}

NTSTATUS ZwEnumerateKey(HANDLE KeyHandle, ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
                        ULONG Length, PULONG ResultLength)
{
    uint16_t key;
    NTSTATUS status = enter("ZwEnumerateKey", &query_call, KeyHandle, &key, SITE);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    uint16_t subkey = registry_subkey(key, Index);
    struct answer answer = {.buffer = KeyInformation, .length = Length, .result = ResultLength, .site = SITE};
    return subkey == NO_KEY ? STATUS_NO_MORE_ENTRIES : answer_key(&answer, subkey, KeyInformationClass);
}
