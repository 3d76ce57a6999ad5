/*
 * feedback.c - interleaving coverage.
 *
 * Two kinds of facts about an execution are worth a fuzzer's attention: whose write a read saw (as in reads-from coverage), and
 * which operations met at a context switch. Both are pairs of code sites, hashed into one table of counters. A counter is set,
 * never counted up: an execution that repeats a pair is not a new one. Facts within one task are left out; those the code's own
 * edges tell already. So are switches from a task that has ended: there is no operation on that side.
 */
#include "steps.h"

#include <string.h>

enum { WRITER_SLOTS = 1024, TOUCHED_LIMIT = 255 };

/* The last write to an object; objects share a slot now and then, which costs nothing but a false pair. */
struct writer {
    const void *object;
    uint32_t site;
    uint8_t task;
};

uint8_t scheduler_feedback[SCHEDULER_FEEDBACK_SIZE] __attribute__((aligned(64)));

static struct writer writers[WRITER_SLOTS];
static uint16_t used_writers[WRITER_SLOTS];
static uint32_t used_writer_count;
static uint16_t touched[TOUCHED_LIMIT];
static uint32_t touched_count;
static uintptr_t image_base;
static size_t image_size;

void feedback_reset(void)
{
    for (uint32_t index = 0; index < touched_count; index++) {
        scheduler_feedback[touched[index]] = 0;
    }
    for (uint32_t index = 0; index < used_writer_count; index++) {
        writers[used_writers[index]].object = NULL;
    }
    touched_count = 0;
    used_writer_count = 0;
}

void scheduler_watch_image(const void *base, size_t size)
{
    if (image_base == (uintptr_t)base && image_size == size) {
        return;
    }
    image_base = (uintptr_t)base;
    image_size = size;
    steps_forget_results();
}

void feedback_image(uintptr_t *base, uintptr_t *size)
{
    *base = image_base;
    *size = image_size;
}

/* Relative to the image or to this function, so that the addresses at which they were loaded do not matter; 0 is nowhere. */
static uint32_t image_site(uintptr_t site)
{
    if (site == 0) {
        return 0;
    }
    if (site - image_base < image_size) {
        return (uint32_t)(site - image_base) | 1u << 31;
    }
    return (uint32_t)(site - (uintptr_t)feedback_reset);
}

static uint32_t mix(uint32_t one, uint32_t other)
{
    uint64_t product = ((uint64_t)one << 32 | other) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(product >> 40) % SCHEDULER_FEEDBACK_SIZE;
}

static void touch(uint32_t index)
{
    if (scheduler_feedback[index] != 0 || touched_count == TOUCHED_LIMIT) {
        return;
    }
    scheduler_feedback[index] = 1;
    touched[touched_count++] = (uint16_t)index;
}

static struct writer *slot_of(const void *object)
{
    uint32_t index = (uint32_t)(object_number(object) >> 2) % WRITER_SLOTS;
    struct writer *writer = &writers[index];
    if (writer->object == NULL) {
        used_writers[used_writer_count++] = (uint16_t)index;
    }
    return writer;
}

void feedback_switch(const struct task *from, const struct task *to)
{
    touch(mix(image_site(from->site), image_site(to->site) ^ 0x5bd1e995u));
}

void feedback_read(const void *object, uintptr_t site)
{
    uint32_t index = (uint32_t)(object_number(object) >> 2) % WRITER_SLOTS;
    const struct writer *writer = &writers[index];
    if (writer->object == object && writer->task != state.running) {
        touch(mix(writer->site, image_site(site)));
    }
}

void feedback_write(const void *object, uintptr_t site)
{
    struct writer *writer = slot_of(object);
    writer->object = object;
    writer->site = image_site(site);
    writer->task = state.running;
}

uint32_t scheduler_feedback_touched(const uint16_t **indices)
{
    *indices = touched;
    return touched_count;
}
