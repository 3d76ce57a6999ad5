/* dataflow.c - see dataflow.h. Everything is numbered in the order in which it is met, so addresses have no influence. */
#include "dataflow.h"

#include <string.h>

void dataflow_open(struct dataflow *flow)
{
    memset(flow->site_slots, 0, sizeof flow->site_slots);
    memset(flow->object_slots, 0, sizeof flow->object_slots);
    memset(flow->pair_slots, 0, sizeof flow->pair_slots);
    flow->site_count = 1; /* DATAFLOW_INITIAL */
    flow->object_count = 0;
    flow->pair_count = 0;
    flow->unseen = 0;
    flow->execution = 0;
}

void dataflow_begin(struct dataflow *flow)
{
    flow->execution++;
    flow->followed = 0;
    flow->new_pairs = 0;
    flow->signature = 0;
    flow->happened_count = 0;
}

/* --------------------------------------------------------------------------------------------------------- tables -- */

static uint64_t scatter(uint64_t number)
{
    number *= 0x9E3779B97F4A7C15u;
    return number ^ (number >> 32);
}

/* Slots hold numbers from 1. Returns the slot that holds `key`, or the free one where it belongs. */
static uint16_t *site_slot(const struct dataflow *flow, uintptr_t site)
{
    uint32_t index = (uint32_t)scatter(site) % (4 * DATAFLOW_SITES);
    while (flow->site_slots[index] != 0 && flow->sites[flow->site_slots[index]] != site) {
        index = (index + 1) % (4 * DATAFLOW_SITES);
    }
    return (uint16_t *)&flow->site_slots[index];
}

static uint16_t *object_slot(const struct dataflow *flow, uintptr_t address)
{
    uint32_t index = (uint32_t)scatter(address) % (4 * DATAFLOW_OBJECTS);
    while (flow->object_slots[index] != 0 && flow->objects[flow->object_slots[index] - 1].address != address) {
        index = (index + 1) % (4 * DATAFLOW_OBJECTS);
    }
    return (uint16_t *)&flow->object_slots[index];
}

static uint16_t *pair_slot(const struct dataflow *flow, uint16_t write, uint16_t read)
{
    uint32_t index = (uint32_t)scatter((uint32_t)write << 16 | read) % (4 * DATAFLOW_PAIRS);
    for (; flow->pair_slots[index] != 0; index = (index + 1) % (4 * DATAFLOW_PAIRS)) {
        const struct dataflow_pair *pair = &flow->pairs[flow->pair_slots[index] - 1];
        if (pair->write == write && pair->read == read) {
            break;
        }
    }
    return (uint16_t *)&flow->pair_slots[index];
}

static uint16_t site_number(struct dataflow *flow, uintptr_t site)
{
    uint16_t *slot = site_slot(flow, site);
    if (*slot == 0 && flow->site_count < DATAFLOW_SITES) {
        *slot = (uint16_t)flow->site_count++;
        flow->sites[*slot] = site;
    }
    return *slot == 0 ? DATAFLOW_NOWHERE : *slot;
}

static struct dataflow_object *object_at(struct dataflow *flow, uintptr_t address)
{
    uint16_t *slot = object_slot(flow, address);
    if (*slot != 0) {
        return &flow->objects[*slot - 1];
    }
    if (flow->object_count == DATAFLOW_OBJECTS) {
        return NULL;
    }
    struct dataflow_object *object = &flow->objects[flow->object_count++];
    *slot = (uint16_t)flow->object_count;
    object->address = address;
    object->execution = 0;
    object->read_count = object->write_count = 0;
    return object;
}

static void add_pair(struct dataflow *flow, uint16_t write, uint16_t read)
{
    uint16_t *slot = pair_slot(flow, write, read);
    if (*slot != 0 || flow->pair_count == DATAFLOW_PAIRS) {
        return;
    }
    flow->happened_in[flow->pair_count] = 0;
    flow->pairs[flow->pair_count++] = (struct dataflow_pair){.write = write, .read = read};
    *slot = (uint16_t)flow->pair_count;
    flow->unseen++;
}

/* Adds the site to a list of sites; false when it was in there, or when there is no room. */
static bool add_site(uint16_t *sites, uint8_t *count, uint16_t site)
{
    for (uint32_t index = 0; index < *count; index++) {
        if (sites[index] == site) {
            return false;
        }
    }
    if (*count == DATAFLOW_PER_OBJECT) {
        return false;
    }
    sites[(*count)++] = site;
    return true;
}

static void meet_read(struct dataflow *flow, struct dataflow_object *object, uint16_t site)
{
    if (add_site(object->reads, &object->read_count, site)) {
        add_pair(flow, DATAFLOW_INITIAL, site);
        for (uint32_t index = 0; index < object->write_count; index++) {
            add_pair(flow, object->writes[index], site);
        }
    }
}

static void meet_write(struct dataflow *flow, struct dataflow_object *object, uint16_t site)
{
    if (add_site(object->writes, &object->write_count, site)) {
        for (uint32_t index = 0; index < object->read_count; index++) {
            add_pair(flow, site, object->reads[index]);
        }
    }
}

/* --------------------------------------------------------------------------------------------------------- events -- */

static bool only_writes(uint8_t operation)
{
    return operation == OPERATION_ATOMIC_STORE || operation == OPERATION_VOLATILE_WRITE || operation == OPERATION_PLAIN_WRITE;
}

uint16_t dataflow_last_write(const struct dataflow *flow, const struct dataflow_object *object)
{
    return object->execution == flow->execution ? object->last : DATAFLOW_INITIAL;
}

bool dataflow_is_read_at(const struct dataflow_object *object, uint16_t site)
{
    for (uint32_t index = 0; index < object->read_count; index++) {
        if (object->reads[index] == site) {
            return true;
        }
    }
    return false;
}

static void note_pair(struct dataflow *flow, uint16_t write, uint16_t read, void (*happened)(void *, uint16_t), void *context)
{
    uint16_t slot = *pair_slot(flow, write, read);
    if (slot == 0) {
        return;
    }
    uint16_t number = (uint16_t)(slot - 1);
    if (flow->happened_in[number] != flow->execution) {
        struct dataflow_pair *pair = &flow->pairs[number];
        flow->happened_in[number] = flow->execution;
        flow->happened[flow->happened_count++] = number;
        flow->signature += scatter(number + 1u) | 1;
        flow->new_pairs += pair->seen == 0;
        flow->unseen -= pair->seen == 0;
        pair->seen++;
    }
    if (happened != NULL) {
        happened(context, number);
    }
}

void dataflow_follow(struct dataflow *flow, void (*happened)(void *context, uint16_t pair), void *context)
{
    struct steps_log log = steps_log();
    for (; flow->followed < log.count; flow->followed++) {
        const struct step *step = &log.steps[flow->followed];
        for (uint32_t index = 0; index < step->access_count; index++) {
            const struct step_access *access = &log.accesses[step->access + index];
            if (steps_is_made_up(access->address)) {
                continue;
            }
            struct dataflow_object *object = object_at(flow, access->address);
            uint16_t site = site_number(flow, access->site);
            if (object == NULL || site == DATAFLOW_NOWHERE) {
                continue;
            }
            bool writes = access->effect == EFFECT_UPDATE;
            if (!writes || !only_writes(step->operation)) {
                meet_read(flow, object, site);
                note_pair(flow, dataflow_last_write(flow, object), site, happened, context);
            }
            if (writes) {
                meet_write(flow, object, site);
                object->execution = flow->execution;
                object->last = site;
            }
        }
    }
}

struct dataflow_event dataflow_pending(const struct dataflow *flow, uint8_t number)
{
    const struct task *task = &state.tasks[number];
    const struct pending *pending = &task->pending;
    struct dataflow_event event = {.site = DATAFLOW_NOWHERE};
    uint16_t site = *site_slot(flow, task->site);
    uint16_t object = pending->object == NULL ? 0 : *object_slot(flow, (uintptr_t)pending->object);
    if (site == 0 || object == 0 || pending->effect == EFFECT_NONE) {
        return event;
    }
    event.site = site;
    event.object = &flow->objects[object - 1];
    event.writes = pending->effect != EFFECT_READ;
    event.reads = !event.writes || !only_writes(pending->operation);
    return event;
}
