/* family.c - see family.h. */
#include "family.h"

static uint64_t mix(uint64_t one, uint64_t other)
{
    uint64_t number = (one ^ (other + 0x9E3779B97F4A7C15u)) * 0xBF58476D1CE4E5B9u;
    number = (number ^ (number >> 29)) * 0x94D049BB133111EBu;
    return number ^ (number >> 32);
}

void family_open(struct family *family)
{
    for (uint32_t index = 0; index < family->used; index++) {
        family->slots[family->used_slots[index]].key = 0;
    }
    family->used = 0;
    family->learnt = 0;
    family_begin(family);
}

void family_begin(struct family *family)
{
    for (uint32_t task = 0; task < family->known; task++) {
        family->children[task] = 0;
    }
    family->children[SCHEDULER_NO_TASK] = 0;
    family->known = 0;
}

/* A parent has a lower number than its children. */
bool family_meet(struct family *family)
{
    if (family->known == state.task_count) {
        return false;
    }
    uint32_t task = family->known++;
    uint8_t parent = state.tasks[task].parent;
    uint64_t above = parent == SCHEDULER_NO_TASK ? 1 : family->identities[parent];
    family->identities[task] = mix(above, ++family->children[parent]);
    return true;
}

/* The slot of a key, or the free one where it belongs: the table is never more than half full. */
static const struct family_slot *find(const struct family *family, uint64_t key)
{
    uint32_t index = (uint32_t)key % FAMILY_SLOTS;
    while (family->slots[index].key != 0 && family->slots[index].key != key) {
        index = (index + 1) % FAMILY_SLOTS;
    }
    return &family->slots[index];
}

static uint64_t key_of(const struct family *family, uint32_t task, uint64_t what)
{
    return mix(family->identities[task], what) | 1;
}

double family_expected(const struct family *family, uint32_t task, uint64_t what)
{
    const struct family_slot *slot = find(family, key_of(family, task, what));
    return slot->key == 0 ? 0 : slot->sum / family->learnt;
}

static void add(struct family *family, uint64_t key, double count)
{
    uint32_t index = (uint32_t)(find(family, key) - family->slots);
    struct family_slot *slot = &family->slots[index];
    if (slot->key == 0) {
        if (family->used == FAMILY_SLOTS / 2) {
            return;
        }
        family->used_slots[family->used++] = (uint16_t)index;
        *slot = (struct family_slot){.key = key, .sum = 0};
    }
    slot->sum += count;
}

void family_count(struct family *family, uint32_t task, uint64_t what, double count)
{
    for (; task != SCHEDULER_NO_TASK; task = state.tasks[task].parent) {
        add(family, key_of(family, task, what), count);
    }
}

void family_learnt(struct family *family)
{
    family->learnt++;
}
