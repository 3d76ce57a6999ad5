/* footprints.c - see footprints.h. */
#include "footprints.h"

#include "memory.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

enum { REMEMBERED = 1024 }; /* pairs of footprints below this number have their answer in a table */

/* A set of numbered byte strings. */
struct table {
    uint8_t *bytes; /* all strings, one after the other */
    size_t used, size;
    struct {
        size_t start;
        uint32_t length;
        uint64_t hash;
    } * entries;
    uint32_t count, limit;
    uint32_t *slots; /* number + 1, or 0 */
    uint32_t slot_count;
};

static struct table footprints, choices;
static uint64_t *masks;
static uint32_t mask_limit;
static uint8_t answers[REMEMBERED][REMEMBERED]; /* 0 not asked yet, 1 independent, 2 dependent */
static bool commuting;

static void rehash(struct table *table)
{
    table->slot_count = table->slot_count == 0 ? 256 : table->slot_count * 2;
    table->slots = memory_grow(table->slots, table->slot_count, sizeof table->slots[0]);
    memset(table->slots, 0, table->slot_count * sizeof table->slots[0]);
    for (uint32_t number = 0; number < table->count; number++) {
        uint32_t slot = (uint32_t)table->entries[number].hash & (table->slot_count - 1);
        while (table->slots[slot] != 0) {
            slot = (slot + 1) & (table->slot_count - 1);
        }
        table->slots[slot] = number + 1;
    }
}

static uint32_t number_of(struct table *table, const void *bytes, size_t length)
{
    if (table->count * 2 >= table->slot_count) {
        rehash(table);
    }
    uint64_t hash = XXH3_64bits(bytes, length);
    uint32_t slot = (uint32_t)hash & (table->slot_count - 1);
    for (; table->slots[slot] != 0; slot = (slot + 1) & (table->slot_count - 1)) {
        uint32_t number = table->slots[slot] - 1;
        if (table->entries[number].hash == hash && table->entries[number].length == length &&
            (length == 0 || memcmp(table->bytes + table->entries[number].start, bytes, length) == 0)) {
            return number;
        }
    }
    MEMORY_RESERVE(table->entries, table->limit, table->count + 1);
    MEMORY_RESERVE(table->bytes, table->size, table->used + length + 1);
    if (length != 0) {
        memcpy(table->bytes + table->used, bytes, length);
    }
    table->entries[table->count].start = table->used;
    table->entries[table->count].length = (uint32_t)length;
    table->entries[table->count].hash = hash;
    table->used += length;
    table->slots[slot] = table->count + 1;
    return table->count++;
}

static void forget(struct table *table)
{
    table->count = 0;
    table->used = 0;
    if (table->slot_count != 0) {
        memset(table->slots, 0, table->slot_count * sizeof table->slots[0]);
    }
    number_of(table, "", 0);
}

void footprints_reset(bool commute)
{
    forget(&footprints);
    forget(&choices);
    memset(answers, 0, sizeof answers);
    commuting = commute;
    MEMORY_RESERVE(masks, mask_limit, 1);
    masks[0] = 0;
}

/* A bit for each 64 bytes that an access reaches. */
static uint64_t mask_of(const struct step_access *access)
{
    uint64_t mask = 0;
    if (access->effect == EFFECT_ANY) {
        return UINT64_MAX;
    }
    uintptr_t last = (access->address + access->size - 1) >> 6;
    uintptr_t first = access->address >> 6;
    if (last - first >= 63) {
        return UINT64_MAX;
    }
    for (uintptr_t block = first; block <= last; block++) {
        mask |= (uint64_t)1 << (block * 0x9E3779B97F4A7C15u >> 58);
    }
    return mask;
}

uint32_t footprint_known(const struct step_access *accesses, uint32_t count)
{
    uint32_t before = footprints.count;
    uint32_t number = number_of(&footprints, accesses, count * sizeof accesses[0]);
    if (number != before) {
        return number;
    }
    MEMORY_RESERVE(masks, mask_limit, number + 1);
    masks[number] = 0;
    for (uint32_t index = 0; index < count; index++) {
        masks[number] |= mask_of(&accesses[index]);
    }
    return number;
}

/* Only what decides about dependence makes a footprint. */
uint32_t footprint_of(const struct step_access *accesses, uint32_t count)
{
    enum { MOST = 64 };
    struct step_access bare[MOST];
    memset(bare, 0, (count < MOST ? count : MOST) * sizeof bare[0]);
    if (count > MOST) {
        /* So many things at once: better dependent on everything. */
        bare[0] = (struct step_access){.size = UINT32_MAX, .effect = EFFECT_ANY};
        return footprint_known(bare, 1);
    }
    for (uint32_t index = 0; index < count; index++) {
        const struct step_access *access = &accesses[index];
        bare[index].address = access->address;
        bare[index].size = access->size;
        bare[index].effect = access->effect;
        /* Under weak memory it matters which of them was there when somebody looked. */
        bare[index].increment =
            commuting && state.options.memory == MEMORY_SC && access->increment && steps_result_unused(access->site);
    }
    return footprint_known(bare, count);
}

const struct step_access *footprint_accesses(uint32_t footprint, uint32_t *count)
{
    *count = footprints.entries[footprint].length / (uint32_t)sizeof(struct step_access);
    return (const struct step_access *)(const void *)(footprints.bytes + footprints.entries[footprint].start);
}

uint64_t footprint_mask(uint32_t footprint)
{
    return masks[footprint];
}

static bool conflict(const struct step_access *one, const struct step_access *other)
{
    if (one->effect == EFFECT_ANY || other->effect == EFFECT_ANY) {
        return true;
    }
    if (one->effect == EFFECT_READ && other->effect == EFFECT_READ) {
        return false;
    }
    if (one->increment && other->increment && one->address == other->address && one->size == other->size) {
        return false;
    }
    return one->address < other->address + other->size && other->address < one->address + one->size;
}

static bool compare(uint32_t one, uint32_t other)
{
    uint32_t one_count, other_count;
    const struct step_access *ones = footprint_accesses(one, &one_count);
    const struct step_access *others = footprint_accesses(other, &other_count);
    for (uint32_t first = 0; first < one_count; first++) {
        for (uint32_t second = 0; second < other_count; second++) {
            if (conflict(&ones[first], &others[second])) {
                return true;
            }
        }
    }
    return false;
}

bool footprints_dependent(uint32_t one, uint32_t other)
{
    if (one >= REMEMBERED || other >= REMEMBERED) {
        return (masks[one] & masks[other]) != 0 && compare(one, other);
    }
    uint8_t *answer = &answers[one][other];
    if (*answer == 0) {
        *answer = compare(one, other) ? 2 : 1;
        answers[other][one] = *answer;
    }
    return *answer == 2;
}

uint32_t choices_of(const struct step_choice *made, uint32_t count)
{
    return count == 0 ? 0 : number_of(&choices, made, count * sizeof made[0]);
}

const struct step_choice *choices_at(uint32_t number, uint32_t *count)
{
    *count = choices.entries[number].length / (uint32_t)sizeof(struct step_choice);
    return (const struct step_choice *)(const void *)(choices.bytes + choices.entries[number].start);
}
