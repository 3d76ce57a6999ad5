/* words.c - names of operations as a driver developer knows them, and values as numbers or names. */
#include "words.h"

#include "fields.h"

#include <remlock/replay.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_NUMBER = 1 << 20 }; /* beyond it, a number is likely a pointer or a pattern, and written in base 16 */

static bool is_write(const struct scheduler_event *event)
{
    switch (event->operation) {
    case OPERATION_ATOMIC_LOAD:
    case OPERATION_VOLATILE_READ:
    case OPERATION_PLAIN_READ:
        return false;
    default:
        return true;
    }
}

/* The name of an operation that comes in several widths: 32 bits have none in their name. */
static const char *sized(const char *name, uint32_t size, char *text, size_t text_size)
{
    if (size == 4) {
        return name;
    }
    snprintf(text, text_size, "%s%u", name, size * 8);
    return text;
}

static uint64_t low_bits(uint64_t value, uint32_t size)
{
    return size >= 8 ? value : value & ((UINT64_C(1) << size * 8) - 1);
}

/* Additions have three names: by one up, by one down, and by anything else. */
static const char *addition(const struct scheduler_event *event)
{
    uint64_t difference = low_bits(event->after - event->before, event->size);
    if (event->has_value && difference == 1) {
        return "InterlockedIncrement";
    }
    if (event->has_value && difference == low_bits(UINT64_MAX, event->size)) {
        return "InterlockedDecrement";
    }
    return "InterlockedExchangeAdd";
}

static const char *interlocked(const struct scheduler_event *event)
{
    switch (event->operation) {
    case OPERATION_ATOMIC_EXCHANGE:
        return "InterlockedExchange";
    case OPERATION_ATOMIC_ADD:
    case OPERATION_ATOMIC_SUB:
        return addition(event);
    case OPERATION_ATOMIC_AND:
        return "InterlockedAnd";
    case OPERATION_ATOMIC_OR:
        return "InterlockedOr";
    case OPERATION_ATOMIC_XOR:
        return "InterlockedXor";
    case OPERATION_ATOMIC_COMPARE_EXCHANGE:
        return "InterlockedCompareExchange";
    default:
        return NULL;
    }
}

static const char *plain_word(uint8_t operation)
{
    switch (operation) {
    case OPERATION_START:
        return "starts";
    case OPERATION_END:
        return "ends";
    case OPERATION_ATOMIC_LOAD:
    case OPERATION_VOLATILE_READ:
    case OPERATION_PLAIN_READ:
        return "read";
    case OPERATION_ATOMIC_STORE:
    case OPERATION_VOLATILE_WRITE:
    case OPERATION_PLAIN_WRITE:
        return "write";
    case OPERATION_FLUSH:
        return "store reaches memory:";
    case OPERATION_FENCE:
        return "MemoryBarrier";
    default:
        return scheduler_operation_name((enum scheduler_operation)operation);
    }
}

/* Before it is done nobody knows by how much it adds; the inline function that does it has the right name. */
static const char *called_as(const struct scheduler_event *event)
{
    struct report_frame frame;
    bool found = report_locate(event->stack[0], &frame, 1) > 0;
    return found && strncmp(frame.function, "Interlocked", strlen("Interlocked")) == 0 ? frame.function : NULL;
}

const char *words_operation(const struct scheduler_event *event, char *text, size_t size)
{
    if (event->call) {
        return event->call->name;
    }
    const char *name = interlocked(event);
    const char *called = name && !event->has_value ? called_as(event) : NULL;
    if (called) {
        snprintf(text, size, "%s", called);
        return text;
    }
    return name ? sized(name, event->size, text, size) : plain_word(event->operation);
}

/* "FDO extension+0x14" without what follows the last '+', when that is a number; returns it, or NULL. */
static char *offset_in(char *text)
{
    char *plus = strrchr(text, '+');
    if (!plus || plus[1] < '0' || plus[1] > '9') {
        return NULL;
    }
    return plus[strspn(plus, "+x0123456789abcdef")] == 0 ? plus : NULL;
}

/* What lies at that address: a field, or the largest object that begins there. */
static void name_object(const void *object, bool whole, char *text, size_t size)
{
    char field[96];
    text[0] = 0;
    if (!object) {
        return;
    }
    harness_describe(object, text, size);
    char *offset = offset_in(text);
    bool begins = offset && offset[strspn(offset, "+x0")] == 0;
    if (offset && !(begins && whole) && fields_name(object, whole, field, sizeof(field))) {
        snprintf(offset, size - (size_t)(offset - text), "%s", field);
    } else if (begins) {
        *offset = 0;
    }
}

void words_object(const void *object, char *text, size_t size)
{
    name_object(object, false, text, size);
}

static bool is_extension(const struct scheduler_allocation *allocation)
{
    return strcmp(allocation->kind, "device extension") == 0;
}

static bool is_the_only_extension(const struct scheduler_allocation *extension)
{
    for (uint32_t index = 0; index < scheduler_allocation_count(); index++) {
        const struct scheduler_allocation *other = scheduler_allocation_at(index);
        if (other && other->address != extension->address && is_extension(other)) {
            return false;
        }
    }
    return true;
}

void words_brief(const void *object, bool whole, char *text, size_t size)
{
    name_object(object, whole, text, size);
    const struct scheduler_allocation *allocation = object ? scheduler_allocation_of(object) : NULL;
    const char *field = strchr(text, '.');
    if (field && allocation && is_extension(allocation) && is_the_only_extension(allocation)) {
        memmove(text, field + 1, strlen(field));
    }
}

/* Whether the text up to `end` ends with what harness_describe() calls the allocation at `address`. */
static bool ends_with_name(const char *text, const char *end, const void *address)
{
    char name[128];
    harness_describe(address, name, sizeof(name));
    char *offset = offset_in(name);
    if (offset) {
        *offset = 0;
    }
    size_t length = strlen(name);
    return length && (size_t)(end - text) >= length && memcmp(end - length, name, length) == 0;
}

/* The field at "+0x10" behind the name of an allocation; false when there is no such allocation, or its type is not known. */
static bool field_behind(const char *text, const char *plus, char *field, size_t size)
{
    uintptr_t offset = (uintptr_t)strtoull(plus + 1, NULL, 0);
    for (uint32_t index = scheduler_allocation_count(); index > 0; index--) {
        const struct scheduler_allocation *allocation = scheduler_allocation_at(index - 1);
        if (allocation && offset < allocation->size && ends_with_name(text, plus, allocation->address)) {
            return fields_name((const char *)allocation->address + offset, true, field, size);
        }
    }
    return false;
}

void words_with_fields(const char *text, char *named, size_t size)
{
    size_t length = 0;
    for (const char *at = text; *at && length + 1 < size;) {
        char field[96];
        if (strncmp(at, "+0x", 3) == 0 && field_behind(text, at, field, sizeof(field))) {
            int written = snprintf(named + length, size - length, "%s", field);
            length += (size_t)written < size - length ? (size_t)written : size - length - 1;
            at += 3 + strspn(at + 3, "0123456789abcdef");
            continue;
        }
        named[length++] = *at++;
    }
    named[length] = 0;
}

void words_object_of(const struct scheduler_event *event, char *text, size_t size)
{
    name_object(event->object, event->call != NULL, text, size);
}

static int64_t sign_extended(uint64_t value, uint32_t size)
{
    switch (size) {
    case 1:
        return (uint8_t)value; /* bytes are flags */
    case 2:
        return (int16_t)value;
    case 4:
        return (int32_t)value;
    default:
        return (int64_t)value;
    }
}

static void write_value(uint64_t value, uint32_t size, char *text, size_t text_size)
{
    int64_t number = sign_extended(value, size);
    if (number > -SMALL_NUMBER && number < SMALL_NUMBER) {
        snprintf(text, text_size, "%" PRId64, number);
        return;
    }
    words_object((const void *)(uintptr_t)value, text, text_size);
    if (!text[0]) {
        snprintf(text, text_size, "0x%" PRIx64, low_bits(value, size ? size : 8));
    }
}

void words_values(const struct scheduler_event *event, const char *arrow, char *text, size_t size)
{
    char before[96], after[96];
    text[0] = 0;
    if (!event->has_value) {
        return;
    }
    write_value(event->before, event->size, before, sizeof(before));
    write_value(event->after, event->size, after, sizeof(after));
    bool changes = event->before != event->after;
    if (event->call && !event->object && changes) {
        return; /* a result, and of nothing that has a name */
    }
    if (is_write(event) && (changes || !event->call)) {
        snprintf(text, size, "%s %s %s", before, arrow, after);
    } else {
        snprintf(text, size, "= %s", after);
    }
}

void words_memory(const struct scheduler_event *event, char *text, size_t size)
{
    char value[96];
    text[0] = 0;
    write_value(event->memory_value, event->size, value, sizeof(value));
    switch (event->memory) {
    case MEMORY_NOTE_BUFFERED:
        snprintf(text, size, "stays in the store buffer");
        return;
    case MEMORY_NOTE_FORWARDED:
        snprintf(text, size, "from its own store buffer");
        return;
    case MEMORY_NOTE_HIDDEN:
        snprintf(text, size, "an older value: the store of %s by %s is not yet visible to it", value,
                 words_task(event->memory_task));
        return;
    case MEMORY_NOTE_DRAINED:
        snprintf(text, size, "after its store buffer, %" PRIu64 " store%s, was written to memory", event->memory_value,
                 event->memory_value == 1 ? "" : "s");
        return;
    case MEMORY_NOTE_OVERTAKEN:
        snprintf(text, size, "as if before the store of %s by %s", value, words_task(event->memory_task));
        return;
    default:
        return;
    }
}

void words_event(const struct scheduler_event *event, const char *arrow, char *text, size_t size)
{
    char name[64], object[128], values[224], memory[192];
    const char *operation = words_operation(event, name, sizeof(name));
    words_brief(event->object, event->call != NULL, object, sizeof(object));
    words_values(event, arrow, values, sizeof(values));
    const char *separator = !values[0] ? "" : values[0] == '=' || !object[0] ? " " : ": ";
    words_memory(event, memory, sizeof(memory));
    snprintf(text, size, "%s%s%s%s%s%s%s", operation, object[0] ? " " : "", object, separator, values, memory[0] ? ", " : "",
             memory);
}

const char *words_task(uint32_t task)
{
    static char texts[SCHEDULER_TASK_LIMIT][PROGRAM_NAME_SIZE + 8];
    const struct scenario *scenario = harness_scenario();
    if (task >= scheduler_task_count() || !scenario) {
        return "nobody";
    }
    replay_task_text(&scenario->program, task, texts[task], sizeof(texts[task]));
    return texts[task];
}

const char *words_routine(const struct verdict *verdict)
{
    return strcmp(verdict->routine, "-") == 0 ? "" : verdict->routine;
}

bool words_is_ours(const struct report_frame *frame)
{
    static const char *const folders[] = {"/harness/",    "/scheduler/", "/core/kernel/", "/core/io/", "/core/pnp/",
                                          "/core/power/", "/core/bus/",  "/core/rtl/",    "/threads/"};
    for (size_t index = 0; frame->is_program && index < sizeof(folders) / sizeof(folders[0]); index++) {
        if (strstr(frame->file, folders[index])) {
            return true;
        }
    }
    return false;
}

void words_place(const struct scheduler_event *event, char *text, size_t size)
{
    words_site(event->stack[0], text, size);
}

void words_site(uintptr_t site, char *text, size_t size)
{
    struct report_frame place;
    text[0] = 0;
    if (report_place(site, &place) && !words_is_ours(&place)) {
        snprintf(text, size, "%s:%u", place.name, place.line);
    }
}
