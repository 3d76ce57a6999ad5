/* weak_locations.c - see weak_locations.h: a hash table by the first granule of 8 bytes that a location lies in. */
#include "weak_locations.h"

enum { LOCATION_LIMIT = 1024, BUCKETS = 512, GRANULE = 8, WIDEST = 16, LARGE = 256 };

struct weak_location weak_locations[LOCATION_LIMIT];
static uint16_t count;
static uint16_t buckets[BUCKETS]; /* 0: empty, else a location plus 1 */

static uint16_t *bucket_of(uintptr_t granule)
{
    return &buckets[(granule * 0x9E3779B97F4A7C15u) >> 55];
}

void weak_locations_reset(void)
{
    for (uint16_t number = 0; number < count; number++) {
        *bucket_of(weak_locations[number].address / GRANULE) = 0;
    }
    count = 0;
}

static bool overlaps(const struct weak_location *location, uintptr_t address, size_t size)
{
    return !location->gone && location->address < address + size && address < location->address + location->size;
}

static void visit_bucket(uintptr_t granule, uintptr_t address, size_t size, void (*visit)(struct weak_location *location))
{
    for (uint16_t link = *bucket_of(granule); link != 0; link = weak_locations[link - 1].link) {
        struct weak_location *location = &weak_locations[link - 1];
        if (location->address / GRANULE == granule && overlaps(location, address, size)) {
            visit(location);
        }
    }
}

void weak_locations_overlapping(const void *address, size_t size, void (*visit)(struct weak_location *location))
{
    uintptr_t start = (uintptr_t)address;
    if (count == 0) {
        return;
    }
    if (size > LARGE) {
        for (uint16_t number = 0; number < count; number++) {
            if (overlaps(&weak_locations[number], start, size)) {
                visit(&weak_locations[number]);
            }
        }
        return;
    }
    for (uintptr_t granule = (start - WIDEST + 1) / GRANULE; granule <= (start + size - 1) / GRANULE; granule++) {
        visit_bucket(granule, start, size, visit);
    }
}

static void retire(struct weak_location *location)
{
    location->gone = true;
}

static uint16_t make(uintptr_t address, size_t size)
{
    if (count == LOCATION_LIMIT) {
        return NO_LOCATION;
    }
    uint16_t initial = weak_graph_add(SCHEDULER_NO_TASK);
    if (initial == NO_EVENT) {
        return NO_LOCATION;
    }
    struct weak_location *location = &weak_locations[count];
    uint16_t *bucket = bucket_of(address / GRANULE);
    *location = (struct weak_location){.address = address, .size = (uint32_t)size, .newest = initial, .link = *bucket};
    __builtin_memset(&location->written, 0xFF, sizeof location->written);
    *bucket = ++count;
    struct weak_event *event = &weak_events[initial];
    event->stores = true;
    event->location = count - 1;
    event->value = weak_value_at((const void *)address, size);
    __builtin_memset(&event->message, 0, sizeof event->message);
    __builtin_memset(&event->head, 0, sizeof event->head);
    __builtin_memset(&event->seen, 0xFF, sizeof event->seen);
    return count - 1;
}

uint16_t weak_location_of(const void *address, size_t size)
{
    uintptr_t start = (uintptr_t)address;
    uint16_t link = *bucket_of(start / GRANULE);
    for (; link != 0; link = weak_locations[link - 1].link) {
        struct weak_location *location = &weak_locations[link - 1];
        if (!location->gone && location->address == start && location->size == size) {
            break;
        }
    }
    if (link != 0 && weak_events[weak_locations[link - 1].newest].value == weak_value_at(address, size)) {
        return link - 1;
    }
    weak_locations_overlapping(address, size, retire);
    return make(start, size);
}
