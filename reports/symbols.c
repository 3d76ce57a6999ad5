/*
 * symbols.c - code addresses to functions and lines, by libdwfl on this very process.
 *
 * Nothing is opened before the first question. Answers are kept, because an explanation asks for the same few hundred
 * addresses again and again and strings of inlined functions must outlive the question.
 */
#define _GNU_SOURCE /* dl_iterate_phdr() */
#include "symbols.h"

#include <remlock/reports.h>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_SIZE = 1024 }; /* a power of two */

struct answer {
    uintptr_t address;
    uint32_t count;
    struct report_frame frames[REPORT_FRAME_LIMIT];
};

static struct answer cache[CACHE_SIZE];

static Dwfl *session(void)
{
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
    };
    static Dwfl *opened;
    if (!opened) {
        opened = dwfl_begin(&callbacks);
    }
    return opened;
}

static bool holds(const struct dl_phdr_info *object, uintptr_t address)
{
    for (uint32_t index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type == PT_LOAD && address - object->dlpi_addr - segment->p_vaddr < segment->p_memsz) {
            return true;
        }
    }
    return false;
}

/* Makes a module of the loaded object that holds the address. */
static int report_owner(struct dl_phdr_info *object, size_t size, void *address)
{
    (void)size;
    if (!holds(object, *(const uintptr_t *)address)) {
        return 0;
    }
    const char *path = object->dlpi_name[0] != '\0' ? object->dlpi_name : "/proc/self/exe";
    dwfl_report_elf(session(), path, path, -1, object->dlpi_addr, true);
    return 1;
}

/*
 * The dynamic linker is asked, not /proc/self/maps: there libdw's own mappings of the files it reads look like objects, and
 * hide what is loaded in their place later.
 */
Dwfl_Module *symbols_module(uintptr_t address)
{
    Dwfl *dwfl = session();
    Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, address) : NULL;
    if (module || !dwfl) {
        return module;
    }
    dwfl_report_begin_add(dwfl);
    dl_iterate_phdr(report_owner, &address);
    return dwfl_report_end(dwfl, NULL, NULL) == 0 ? dwfl_addrmodule(dwfl, address) : NULL;
}

static int find_program(struct dl_phdr_info *object, size_t size, void *address)
{
    (void)size;
    uintptr_t *asked = address;
    bool held = holds(object, *asked);
    *asked = held;
    return 1; /* the program comes first */
}

bool symbols_is_program(uintptr_t address)
{
    dl_iterate_phdr(find_program, &address);
    return address != 0;
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void set_place(struct report_frame *frame, const char *file, int line)
{
    frame->file = file ? file : "";
    frame->name = last_component(frame->file);
    frame->line = line > 0 ? (uint32_t)line : 0;
}

/* libdw finds the unit of an address by .debug_aranges, which clang does not write: then every unit is asked. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);
    if (unit) {
        return unit;
    }
    while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL) {
        if (dwarf_haspc(unit, address - *bias) > 0) {
            return unit;
        }
    }
    return NULL;
}

static void set_place_of_address(struct report_frame *frame, Dwarf_Die *unit, Dwarf_Addr address)
{
    int line = 0;
    Dwarf_Line *source = unit ? dwarf_getsrc_die(unit, address) : NULL;
    const char *file = source ? dwarf_linesrc(source, NULL, NULL) : NULL;
    if (file) {
        dwarf_lineno(source, &line);
    }
    set_place(frame, file, line);
}

/* Where the inlined function `scope` was called, which is the place in the function around it. */
static void set_place_of_call(struct report_frame *frame, Dwarf_Die *unit, Dwarf_Die *scope)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number = 0, line = 0;
    Dwarf_Files *files;
    size_t count;
    const char *file = NULL;
    if (dwarf_formudata(dwarf_attr(scope, DW_AT_call_file, &attribute), &number) == 0 &&
        dwarf_getsrcfiles(unit, &files, &count) == 0) {
        file = dwarf_filesrc(files, number, NULL, NULL);
    }
    (void)dwarf_formudata(dwarf_attr(scope, DW_AT_call_line, &attribute), &line);
    set_place(frame, file, (int)line);
}

static bool is_function(Dwarf_Die *scope)
{
    int tag = dwarf_tag(scope);
    return tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram;
}

/* `address` is the unit's own, without the bias of the module. */
static uint32_t locate_by_scopes(Dwarf_Die *unit, Dwarf_Addr address, struct report_frame *frames)
{
    Dwarf_Die *scopes = NULL, *chain = NULL;
    int count = unit ? dwarf_getscopes(unit, address, &scopes) : 0;
    if (count <= 0) {
        return 0;
    }
    /* The chain of dies around the innermost one: dwarf_getscopes alone continues with the callee's definition. */
    int length = dwarf_getscopes_die(&scopes[0], &chain);
    uint32_t found = 0;
    Dwarf_Die *inner = NULL;
    for (int index = 0; index < length && found < REPORT_FRAME_LIMIT; index++) {
        if (!is_function(&chain[index])) {
            continue;
        }
        struct report_frame *frame = &frames[found++];
        const char *name = dwarf_diename(&chain[index]);
        frame->function = name ? name : "?";
        if (inner) {
            set_place_of_call(frame, unit, inner);
        } else {
            set_place_of_address(frame, unit, address);
        }
        inner = &chain[index];
        if (dwarf_tag(inner) == DW_TAG_subprogram) {
            break;
        }
    }
    free(chain);
    free(scopes);
    return found;
}

static uint32_t locate(uintptr_t address, struct report_frame *frames)
{
    Dwfl_Module *module = symbols_module(address);
    if (!module) {
        return 0;
    }
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(module, address, &bias);
    uint32_t found = locate_by_scopes(unit, address - bias, frames);
    if (found) {
        return found;
    }
    const char *symbol = dwfl_module_addrname(module, address);
    if (!symbol) {
        return 0;
    }
    frames[0].function = symbol;
    set_place_of_address(&frames[0], unit, address - bias);
    return 1;
}

static const struct answer *ask(uintptr_t address)
{
    struct answer *answer = &cache[(address >> 1) % CACHE_SIZE];
    if (answer->address != address) {
        memset(answer, 0, sizeof(*answer));
        answer->address = address;
        answer->count = locate(address - 1, answer->frames);
        for (uint32_t index = 0; index < answer->count; index++) {
            answer->frames[index].is_program = symbols_is_program(address);
        }
    }
    return answer;
}

uint32_t report_locate(uintptr_t address, struct report_frame *frames, uint32_t limit)
{
    if (!address) {
        return 0;
    }
    const struct answer *answer = ask(address);
    uint32_t count = answer->count < limit ? answer->count : limit;
    memcpy(frames, answer->frames, count * sizeof(*frames));
    return count;
}

static bool is_header(const char *name)
{
    size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, ".h") == 0;
}

/* Small functions of headers are inlined everywhere: who used them says more. */
static const struct report_frame *telling_frame(const struct report_frame *frames, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        if (frames[index].line && !is_header(frames[index].name)) {
            return &frames[index];
        }
    }
    return count && frames[0].line ? &frames[0] : NULL;
}

bool report_place(uintptr_t address, struct report_frame *place)
{
    struct report_frame frames[REPORT_FRAME_LIMIT];
    const struct report_frame *frame = telling_frame(frames, report_locate(address, frames, REPORT_FRAME_LIMIT));
    if (frame) {
        *place = *frame;
    }
    return frame != NULL;
}

void report_place_text(uintptr_t address, char *text, size_t size)
{
    struct report_frame place;
    text[0] = 0;
    if (report_place(address, &place)) {
        snprintf(text, size, "%s:%u", place.name, place.line);
    }
}
