/*
 * fields.c - names for places in memory, by the types that debug information knows.
 *
 * Of most kernel objects the type is known by their kind. A device extension has the type that its driver gave it, which nobody
 * tells; but a driver asks for exactly sizeof of it, so it is the structure of that size, if only one is. Where several are,
 * those win that the driver declares itself, then those whose name says that they are extensions; if several still are, no
 * field is named.
 */
#define _GNU_SOURCE /* strcasestr() */
#include "fields.h"

#include "symbols.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { KNOWN_LIMIT = 64, DEPTH_LIMIT = 8, NAME_SIZE = 96 };

/* The structures behind the kinds of allocations. Without a name: whatever structure of the driver has the size. */
static const struct {
    const char *kind, *structure;
} kinds[] = {
    {"device extension", NULL},
    {"device object", "_DEVICE_OBJECT"},
    {"driver object", "_DRIVER_OBJECT"},
    {"file object", "_FILE_OBJECT"},
    {"IRP", "_IRP"},
    {"verifier's shadow lock", "_IO_REMOVE_LOCK"},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* ---------------------------------------------------------------------------------------------------------- types -- */

static bool has_size(Dwarf_Die *die, uint64_t size)
{
    Dwarf_Word bytes;
    return dwarf_aggregate_size(die, &bytes) == 0 && bytes == size;
}

static bool is_extension(const char *name)
{
    return name && (strcasestr(name, "extension") || strcasestr(name, "devext") || strcasestr(name, "context"));
}

/* What a walk over all structures of an object looks for, and found. */
struct search {
    const char *name; /* NULL: any */
    uint64_t size;
    Dwarf_Die found;
    char found_name[NAME_SIZE];
    uint32_t count; /* different ones among the best */
    uint32_t rank;  /* of the best */
};

/* Headers of the kit declare hundreds of structures; what a driver declares itself is more likely what it asked memory for. */
static bool is_drivers_own(Dwarf_Die *die)
{
    const char *file = dwarf_decl_file(die);
    return file && strstr(file, "/wdm/") == NULL;
}

/* A type that stands in several units is one: they have the same name. */
static void consider(struct search *search, Dwarf_Die *die, const char *name)
{
    uint32_t rank = 1 + is_extension(name) + 2 * is_drivers_own(die);
    if (rank < search->rank || (rank == search->rank && strcmp(name, search->found_name) == 0)) {
        return;
    }
    search->count = rank > search->rank ? 1 : search->count + 1;
    search->rank = rank;
    search->found = *die;
    snprintf(search->found_name, NAME_SIZE, "%s", name);
}

/* A structure without a tag is called what its typedef says. */
static void visit_die(struct search *search, Dwarf_Die *die)
{
    int tag = dwarf_tag(die);
    const char *name = dwarf_diename(die);
    if ((tag != DW_TAG_structure_type && tag != DW_TAG_typedef) || !name) {
        return;
    }
    Dwarf_Die type = *die;
    if (tag == DW_TAG_typedef &&
        (dwarf_peel_type(die, &type) != 0 || dwarf_tag(&type) != DW_TAG_structure_type || dwarf_diename(&type) != NULL)) {
        return;
    }
    bool wanted = !search->name || strcmp(name, search->name) == 0;
    if (wanted && (search->size == 0 || has_size(&type, search->size))) {
        consider(search, &type, name);
    }
}

static void search_module(struct search *search, Dwfl_Module *module)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = NULL;
    while ((unit = dwfl_module_nextcu(module, unit, &bias)) != NULL) {
        Dwarf_Die die;
        for (int more = dwarf_child(unit, &die); more == 0; more = dwarf_siblingof(&die, &die)) {
            visit_die(search, &die);
        }
    }
}

/* Answers are kept: an explanation asks for the same few hundred times. */
struct known {
    Dwfl_Module *module;
    const char *name;
    uint64_t size;
    bool is_there;
    Dwarf_Die type;
};

static const struct known *look_up(Dwfl_Module *module, const char *name, uint64_t size)
{
    static struct known known[KNOWN_LIMIT];
    static uint32_t count;
    for (uint32_t index = 0; index < count; index++) {
        if (known[index].module == module && known[index].name == name && known[index].size == size) {
            return &known[index];
        }
    }
    struct search search = {.name = name, .size = size};
    search_module(&search, module);
    struct known *entry = &known[count < KNOWN_LIMIT ? count++ : KNOWN_LIMIT - 1];
    *entry = (struct known){.module = module, .name = name, .size = size, .is_there = search.count == 1, .type = search.found};
    return entry;
}

/* --------------------------------------------------------------------------------------------------------- fields -- */

/* The name of a field that grows: ".RemoveLock", ".Common", ".IoCount". */
struct path {
    char *text;
    size_t size, length;
};

static void append(struct path *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(struct path *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path->text + path->length, path->size - path->length, format, arguments);
    va_end(arguments);
    path->length += length < 0 || (size_t)length >= path->size - path->length ? path->size - path->length - 1 : (size_t)length;
}

/* The type behind names and qualifiers; false when there is none. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;
    return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) && dwarf_peel_type(type, type) == 0;
}

static bool is_member_at(Dwarf_Die *member, uint64_t *offset, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;
    Dwarf_Word start = 0, size = 0;
    if (dwarf_tag(member) != DW_TAG_member || !type_of(member, type) || dwarf_aggregate_size(type, &size) != 0) {
        return false;
    }
    if (dwarf_attr(member, DW_AT_data_member_location, &attribute)) {
        dwarf_formudata(&attribute, &start);
    }
    if (*offset < start || *offset - start >= size) {
        return false;
    }
    *offset -= start;
    return true;
}

/* One step inwards: into the member, or the element, that holds the offset. */
static bool step_into(Dwarf_Die *type, uint64_t *offset, struct path *path)
{
    int tag = dwarf_tag(type);
    Dwarf_Die die, inner;
    Dwarf_Word size;
    if (tag == DW_TAG_array_type) {
        if (!type_of(type, &inner) || dwarf_aggregate_size(&inner, &size) != 0 || size == 0) {
            return false;
        }
        append(path, "[%u]", (unsigned)(*offset / size));
        *offset %= size;
        *type = inner;
        return true;
    }
    if (tag != DW_TAG_structure_type && tag != DW_TAG_union_type) {
        return false;
    }
    for (int more = dwarf_child(type, &die); more == 0; more = dwarf_siblingof(&die, &die)) {
        if (is_member_at(&die, offset, &inner)) {
            const char *name = dwarf_diename(&die);
            bool is_told = name && strcmp(name, "Common") != 0; /* the part of a remove lock that all of them have */
            append(path, "%s%s", is_told ? "." : "", is_told ? name : "");
            *type = inner;
            return true;
        }
    }
    return false;
}

static void write_path(const Dwarf_Die *type, uint64_t offset, bool whole, char *text, size_t size)
{
    struct path path = {.text = text, .size = size};
    Dwarf_Die current = *type;
    text[0] = 0;
    bool inside = !whole || offset != 0;
    for (uint32_t depth = 0; inside && depth < DEPTH_LIMIT && step_into(&current, &offset, &path); depth++) {
        inside = !whole || offset != 0;
    }
    if (offset != 0) {
        append(&path, "+%u", (unsigned)offset);
    }
}

/* --------------------------------------------------------------------------------------------------------- asking -- */

/* The driver's code: whatever of the trace does not lie in this program. */
static Dwfl_Module *driver_module(void)
{
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = 0; index < trace.count; index++) {
        const uintptr_t *stack = trace.events[index].stack;
        for (uint32_t level = 0; level < SCHEDULER_STACK_DEPTH && stack[level]; level++) {
            if (!symbols_is_program(stack[level])) {
                return symbols_module(stack[level]);
            }
        }
    }
    return NULL;
}

bool fields_name(const void *address, bool whole, char *text, size_t size)
{
    const struct scheduler_allocation *allocation = scheduler_allocation_of(address);
    text[0] = 0;
    for (uint32_t index = 0; allocation && index < KINDS; index++) {
        if (strcmp(kinds[index].kind, allocation->kind) != 0) {
            continue;
        }
        const char *name = kinds[index].structure;
        Dwfl_Module *module = name ? symbols_module((uintptr_t)&fields_name) : driver_module();
        const struct known *known = module ? look_up(module, name, name ? 0 : allocation->size) : NULL;
        if (known && known->is_there) {
            write_path(&known->type, (uint64_t)((const char *)address - (const char *)allocation->address), whole, text, size);
        }
        return text[0] != 0;
    }
    return false;
}
