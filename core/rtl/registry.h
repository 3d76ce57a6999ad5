/* registry.h - the registry's keys and values, for the files that offer them to drivers. */
#ifndef CORE_RTL_REGISTRY_H
#define CORE_RTL_REGISTRY_H

#include "rtl.h"

enum { REGISTRY_KEY_LIMIT = 256, REGISTRY_VALUE_LIMIT = 256, REGISTRY_STORE = 64 * 1024 };
enum { NO_KEY = UINT16_MAX };

enum {
    CALL_ZW_OPEN_KEY = CALL_RTL,
    CALL_ZW_CHANGE_KEY,
    CALL_ZW_QUERY_KEY,
    CALL_ZW_FILE,
    CALL_IO_WMI,
    CALL_IO_ERROR_LOG,
};

struct registry_value {
    uint16_t key; /* NO_KEY: deleted */
    ULONG type;
    struct text name;
    uint32_t size;
    uint8_t *data;
};

/* A key or NO_KEY, by its path from the root or from another key; `make` creates its last part, or all that is missing. */
enum registry_make { MAKE_NOTHING, MAKE_LAST, MAKE_ALL };
NTSTATUS registry_find(uint16_t from, struct text path, enum registry_make make, uint16_t *key, bool *created);

/* By path in our own source: "\\Registry\\Machine\\..."; creates all of it. */
uint16_t registry_path(const char *path);

uint16_t registry_parent(uint16_t key);
struct text registry_name(uint16_t key);
bool registry_is_live(uint16_t key);
bool registry_delete_key(uint16_t key); /* false: it has subkeys */

/* The `index`th subkey, in order of creation; NO_KEY behind the last. */
uint16_t registry_subkey(uint16_t key, ULONG index);

struct registry_value *registry_value(uint16_t key, struct text name);
struct registry_value *registry_value_at(uint16_t key, ULONG index);

/* STATUS_INSUFFICIENT_RESOURCES when the store is full. */
NTSTATUS registry_set(uint16_t key, struct text name, ULONG type, const void *data, uint32_t size);

/* A handle for a key, and the key behind one. */
NTSTATUS registry_open(uint16_t key, PHANDLE handle, uintptr_t site);
NTSTATUS registry_behind(HANDLE handle, uint16_t *key);

#endif
