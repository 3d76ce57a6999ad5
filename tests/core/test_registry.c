/* test_registry.c - the registry: what is written is found, by handle and by path, until the execution ends. */
#include "support.h"

#define PARAMETERS u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Driver\\Parameters"

static UNICODE_STRING unicode(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static NTSTATUS open_key(HANDLE root, const WCHAR *path, PHANDLE handle)
{
    UNICODE_STRING name = unicode(path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root, NULL);
    return ZwOpenKey(handle, KEY_READ, &attributes);
}

static NTSTATUS create_key(HANDLE root, const WCHAR *path, PHANDLE handle, PULONG disposition)
{
    UNICODE_STRING name = unicode(path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root, NULL);
    return ZwCreateKey(handle, KEY_ALL_ACCESS, &attributes, 0, NULL, REG_OPTION_VOLATILE, disposition);
}

static void keys_are_made_and_found(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    HANDLE service, key, again;
    ULONG disposition;
    assert_int_equal(open_key(NULL, PARAMETERS, &key), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_key(NULL, u"\\registry\\MACHINE\\System\\CurrentControlSet\\Services\\driver", &service),
                     STATUS_SUCCESS);
    assert_int_equal(create_key(service, u"a\\b", &key, &disposition), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(create_key(service, u"Parameters", &key, &disposition), STATUS_SUCCESS);
    assert_int_equal(disposition, REG_CREATED_NEW_KEY);
    assert_int_equal(create_key(NULL, PARAMETERS, &again, &disposition), STATUS_SUCCESS);
    assert_int_equal(disposition, REG_OPENED_EXISTING_KEY);
    assert_int_equal(open_key(NULL, u"relative", &again), STATUS_OBJECT_PATH_SYNTAX_BAD);
    assert_int_equal(ZwDeleteKey(service), STATUS_CANNOT_DELETE);
    assert_int_equal(ZwDeleteKey(key), STATUS_SUCCESS);
    assert_int_equal(ZwFlushKey(key), STATUS_KEY_DELETED);
    assert_int_equal(open_key(NULL, PARAMETERS, &again), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwClose(key), STATUS_SUCCESS);
    assert_int_equal(ZwFlushKey(key), STATUS_INVALID_HANDLE);
    start_personality(PERSONALITY_FREE);
    assert_int_equal(open_key(NULL, PARAMETERS, &key), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void values_come_back(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    HANDLE service, key;
    UNICODE_STRING name = unicode(u"Limit");
    ULONG value = 7;
    ULONG size;
    union {
        KEY_VALUE_PARTIAL_INFORMATION partial;
        KEY_VALUE_FULL_INFORMATION full;
        KEY_FULL_INFORMATION counts;
        UCHAR bytes[128];
    } answer;
    assert_int_equal(open_key(NULL, u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Driver", &service),
                     STATUS_SUCCESS);
    assert_int_equal(create_key(service, u"Parameters", &key, NULL), STATUS_SUCCESS);
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &answer, sizeof answer, &size),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ZwSetValueKey(key, &name, 0, REG_DWORD, &value, sizeof value), STATUS_SUCCESS);
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, NULL, 0, &size), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(size, offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data) + sizeof value);
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &answer, size - 1, &size), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, &answer, sizeof answer, &size), STATUS_SUCCESS);
    assert_int_equal(answer.partial.Type, REG_DWORD);
    assert_memory_equal(answer.partial.Data, &value, sizeof value);
    assert_int_equal(ZwEnumerateValueKey(key, 0, KeyValueFullInformation, &answer, sizeof answer, &size), STATUS_SUCCESS);
    assert_int_equal(answer.full.NameLength, 10);
    assert_memory_equal(answer.full.Name, u"Limit", 10);
    assert_memory_equal(answer.bytes + answer.full.DataOffset, &value, sizeof value);
    assert_int_equal(ZwEnumerateValueKey(key, 1, KeyValueFullInformation, &answer, sizeof answer, &size),
                     STATUS_NO_MORE_ENTRIES);
    assert_int_equal(ZwQueryKey(key, KeyFullInformation, &answer, sizeof answer, &size), STATUS_SUCCESS);
    assert_int_equal(answer.counts.Values, 1);
    assert_int_equal(answer.counts.MaxValueNameLen, 10);
    assert_int_equal(ZwEnumerateKey(service, 0, KeyBasicInformation, &answer, sizeof answer, &size), STATUS_SUCCESS);
    assert_int_equal(ZwEnumerateKey(service, 1, KeyBasicInformation, &answer, sizeof answer, &size), STATUS_NO_MORE_ENTRIES);
    assert_int_equal(ZwDeleteValueKey(key, &name), STATUS_SUCCESS);
    assert_int_equal(ZwDeleteValueKey(key, &name), STATUS_OBJECT_NAME_NOT_FOUND);
}

/* ------------------------------------------------------------------------------------------------------- by path -- */

static uint32_t calls;
static ULONG lengths;

static NTSTATUS hear(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context, PVOID entry)
{
    (void)name;
    (void)data;
    assert_ptr_equal(context, &calls);
    assert_ptr_equal(entry, &lengths);
    assert_int_equal(type, REG_SZ);
    calls++;
    lengths += length;
    return STATUS_SUCCESS;
}

static void query_tables_are_answered(void **state)
{
    (void)state;
    start_personality(PERSONALITY_FREE);
    static const WCHAR list[] = u"one\0three\0";
    ULONG number = 5, fallback = 9, read = 0, missing = 0;
    UNICODE_STRING text = {0, 0, NULL};
    PWSTR path = (PWSTR)(uintptr_t)u"Driver\\Parameters";
    const ULONG type = REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, path), STATUS_OBJECT_NAME_NOT_FOUND);
    RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, u"Number", REG_DWORD, &number, sizeof number);
    RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, u"Text", REG_SZ, (PVOID)(uintptr_t)u"hello", 12);
    RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, path, u"List", REG_MULTI_SZ, (PVOID)(uintptr_t)list, sizeof list);
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, path), STATUS_SUCCESS);
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {NULL, RTL_QUERY_REGISTRY_SUBKEY, (PWSTR)(uintptr_t)u"Parameters", NULL, REG_NONE, NULL, 0},
        {NULL, RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK, (PWSTR)(uintptr_t)u"Number", &read, type, NULL, 0},
        {NULL, RTL_QUERY_REGISTRY_DIRECT, (PWSTR)(uintptr_t)u"None", &missing, REG_DWORD, &fallback, sizeof fallback},
        {NULL, RTL_QUERY_REGISTRY_DIRECT, (PWSTR)(uintptr_t)u"Text", &text, REG_NONE, NULL, 0},
        {hear, 0, (PWSTR)(uintptr_t)u"List", &lengths, REG_NONE, NULL, 0},
        {NULL, 0, NULL, NULL, REG_NONE, NULL, 0},
    };
    calls = lengths = 0;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, u"Driver", table, &calls, NULL), STATUS_SUCCESS);
    assert_int_equal(read, 5);
    assert_int_equal(missing, 9);
    assert_int_equal(text.Length, 10);
    assert_memory_equal(text.Buffer, u"hello", 10);
    assert_int_equal(calls, 2);
    assert_int_equal(lengths, 8 + 12);
    table[2].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, u"Driver", table, &calls, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    table[1].DefaultType = REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, u"Driver", table, &calls, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, path, u"Number"), STATUS_SUCCESS);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, path, u"Number"), STATUS_OBJECT_NAME_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_made_and_found),
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(query_tables_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
