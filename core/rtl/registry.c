/*
 * registry.c - the registry of one execution: keys and values in tables, their names and data in one store.
 *
 * What Windows always has is there: the branches of the machine that drivers know, and the service key of every driver.
 * Everything else a driver finds only if something has written it.
 */
#include "registry.h"

#include "../kernel/object.h"

#include <string.h>

enum { NAME_LIMIT = 255 };

struct key {
    struct text name;
    uint16_t parent;
    bool live;
};

static struct {
    struct key keys[REGISTRY_KEY_LIMIT];
    struct registry_value values[REGISTRY_VALUE_LIMIT];
    _Alignas(16) uint8_t store[REGISTRY_STORE];
    uint32_t used;
    uint16_t key_count, value_count;
    uint16_t services; /* the key whose subkeys are there by nature */
} registry;

void registry_reset(void)
{
    registry.key_count = 0;
    registry.value_count = 0;
    registry.used = 0;
}

static void *store(const void *data, size_t size)
{
    size_t room = (size + 15) & ~(size_t)15;
    if (room > REGISTRY_STORE - registry.used) {
        return NULL;
    }
    void *place = registry.store + registry.used;
    registry.used += (uint32_t)room;
    if (size != 0) {
        memcpy(place, data, size);
    }
    return place;
}

static bool store_name(struct text name, struct text *stored)
{
    WCHAR characters[NAME_LIMIT + 1];
    if (name.length > NAME_LIMIT) {
        return false;
    }
    text_transfer(wide_text(characters, name.length), name);
    characters[name.length] = 0; /* query routines of drivers see it */
    void *place = store(characters, (name.length + 1) * sizeof(WCHAR));
    *stored = wide_text(place, name.length);
    return place != NULL;
}

/* ---------------------------------------------------------------------------------------------------------- keys -- */

static uint16_t add_key(uint16_t parent, struct text name)
{
    struct key key = {.parent = parent, .live = true};
    if (registry.key_count == REGISTRY_KEY_LIMIT || !store_name(name, &key.name)) {
        return NO_KEY;
    }
    registry.keys[registry.key_count] = key;
    return registry.key_count++;
}

static void begin(void)
{
    if (registry.key_count != 0) {
        return;
    }
    registry.services = NO_KEY;
    add_key(NO_KEY, narrow_text("", 0));
    registry_path("\\Registry\\Machine\\System\\CurrentControlSet\\Control");
    registry_path("\\Registry\\Machine\\System\\CurrentControlSet\\Enum");
    registry_path("\\Registry\\Machine\\System\\CurrentControlSet\\Hardware Profiles\\Current");
    registry_path("\\Registry\\Machine\\Hardware\\DeviceMap");
    registry_path("\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion");
    registry_path("\\Registry\\User\\.Default");
    registry.services = registry_path("\\Registry\\Machine\\System\\CurrentControlSet\\Services");
}

static uint16_t child_of(uint16_t parent, struct text name)
{
    for (uint16_t index = 0; index < registry.key_count; index++) {
        const struct key *key = &registry.keys[index];
        if (key->live && key->parent == parent && text_compare(key->name, name, true) == 0) {
            return index;
        }
    }
    return parent == registry.services ? add_key(parent, name) : NO_KEY;
}

static struct text next_part(struct text *path)
{
    size_t start = 0;
    while (start < path->length && text_get(*path, start) == '\\') {
        start++;
    }
    size_t end = start;
    while (end < path->length && text_get(*path, end) != '\\') {
        end++;
    }
    struct text part = *path;
    part.buffer = (char *)path->buffer + start * path->width;
    part.length = end - start;
    path->buffer = (char *)path->buffer + end * path->width;
    path->length -= end;
    return part;
}

NTSTATUS registry_find(uint16_t from, struct text path, enum registry_make make, uint16_t *key, bool *created)
{
    begin();
    *created = false;
    *key = from == NO_KEY ? 0 : from;
    for (struct text part = next_part(&path); part.length != 0; part = next_part(&path)) {
        uint16_t parent = *key;
        *key = child_of(parent, part);
        if (*key != NO_KEY) {
            continue;
        }
        struct text rest = path;
        bool is_last = next_part(&rest).length == 0;
        if (make == MAKE_NOTHING || (make == MAKE_LAST && !is_last)) {
            return STATUS_OBJECT_NAME_NOT_FOUND;
        }
        *key = add_key(parent, part);
        *created = true;
        if (*key == NO_KEY) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    return STATUS_SUCCESS;
}

uint16_t registry_path(const char *path)
{
    uint16_t key;
    bool created;
    NTSTATUS status = registry_find(NO_KEY, narrow_text(path, strlen(path)), MAKE_ALL, &key, &created);
    return NT_SUCCESS(status) ? key : NO_KEY;
}

uint16_t registry_parent(uint16_t key)
{
    return registry.keys[key].parent;
}

struct text registry_name(uint16_t key)
{
    return registry.keys[key].name;
}

bool registry_is_live(uint16_t key)
{
    return registry.keys[key].live;
}

uint16_t registry_subkey(uint16_t key, ULONG index)
{
    for (uint16_t other = 0; other < registry.key_count; other++) {
        if (registry.keys[other].live && registry.keys[other].parent == key && index-- == 0) {
            return other;
        }
    }
    return NO_KEY;
}

bool registry_delete_key(uint16_t key)
{
    if (registry_subkey(key, 0) != NO_KEY) {
        return false;
    }
    registry.keys[key].live = false;
    for (uint16_t index = 0; index < registry.value_count; index++) {
        if (registry.values[index].key == key) {
            registry.values[index].key = NO_KEY;
        }
    }
    return true;
}

/* -------------------------------------------------------------------------------------------------------- values -- */

struct registry_value *registry_value(uint16_t key, struct text name)
{
    for (uint16_t index = 0; index < registry.value_count; index++) {
        struct registry_value *value = &registry.values[index];
        if (value->key == key && text_compare(value->name, name, true) == 0) {
            return value;
        }
    }
    return NULL;
}

struct registry_value *registry_value_at(uint16_t key, ULONG index)
{
    for (uint16_t other = 0; other < registry.value_count; other++) {
        if (registry.values[other].key == key && index-- == 0) {
            return &registry.values[other];
        }
    }
    return NULL;
}

NTSTATUS registry_set(uint16_t key, struct text name, ULONG type, const void *data, uint32_t size)
{
    struct registry_value *value = registry_value(key, name);
    if (value != NULL && size != 0 && value->size >= size) {
        memmove(value->data, data, size);
        value->size = size;
        value->type = type;
        return STATUS_SUCCESS;
    }
    uint8_t *stored = store(data, size);
    if (stored == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (value == NULL) {
        if (registry.value_count == REGISTRY_VALUE_LIMIT) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        value = &registry.values[registry.value_count];
        if (!store_name(name, &value->name)) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        registry.value_count++;
        value->key = key;
    }
    value->type = type;
    value->size = size;
    value->data = stored;
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- handles -- */

NTSTATUS registry_open(uint16_t key, PHANDLE handle, uintptr_t site)
{
    touch(handle, sizeof *handle, true, site);
    *handle = object_open_handle(&registry.keys[key], OBJECT_OTHER, NULL);
    return *handle == NULL ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS registry_behind(HANDLE handle, uint16_t *key)
{
    enum object_kind kind;
    const struct key *object = object_behind(handle, &kind);
    if (object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (kind != OBJECT_OTHER || object < registry.keys || object >= registry.keys + registry.key_count) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *key = (uint16_t)(object - registry.keys);
    return object->live ? STATUS_SUCCESS : STATUS_KEY_DELETED;
}
