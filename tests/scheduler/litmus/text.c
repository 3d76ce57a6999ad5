/* text.c - litmus programs and outcomes as text; see litmus.h. */
#include "litmus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    uint8_t order;
} order_words[] = {{".rlx", __ATOMIC_RELAXED}, {".acq", __ATOMIC_ACQUIRE}, {".rel", __ATOMIC_RELEASE},
                   {".ar", __ATOMIC_ACQ_REL},  {".sc", __ATOMIC_SEQ_CST},  {".vol", __ATOMIC_RELAXED}};

static void refuse(const char *text, const char *at)
{
    fprintf(stderr, "litmus: cannot read \"%s\" at \"%s\"\n", text, at);
    abort();
}

static const char *parse_kind(const char *text, const char *at, struct litmus_access *access)
{
    if (strncmp(at, "fence", 5) == 0) {
        access->kind = LITMUS_FENCE;
        return at + 5;
    }
    if (*at < 'x' || *at > 'z') {
        refuse(text, at);
    }
    access->location = (uint8_t)(*at++ - 'x');
    access->kind = LITMUS_LOAD;
    if (*at == '=' || *at == '<') {
        access->kind = *at == '=' ? LITMUS_STORE : LITMUS_EXCHANGE;
        access->value = (uint8_t)(at[1] - '0');
        return at + 2;
    }
    if (*at == ':') {
        access->kind = LITMUS_COMPARE_EXCHANGE;
        access->expected = (uint8_t)(at[1] - '0');
        access->value = (uint8_t)(at[2] - '0');
        return at + 3;
    }
    return at;
}

static const char *parse_order(const char *text, const char *at, struct litmus_access *access)
{
    if (*at != '.') {
        return at;
    }
    for (size_t index = 0; index < sizeof order_words / sizeof order_words[0]; index++) {
        size_t length = strlen(order_words[index].word);
        if (strncmp(at, order_words[index].word, length) == 0) {
            access->order = order_words[index].order;
            access->is_volatile = strcmp(order_words[index].word, ".vol") == 0;
            return at + length;
        }
    }
    refuse(text, at);
    return at;
}

struct litmus litmus_parse(const char *text)
{
    struct litmus litmus;
    memset(&litmus, 0, sizeof litmus);
    litmus.task_count = 1;
    for (const char *at = text; *at != '\0';) {
        if (*at == ' ') {
            at++;
            continue;
        }
        if (*at == '|') {
            litmus.task_count++;
            at++;
            continue;
        }
        uint32_t task = litmus.task_count - 1;
        struct litmus_access *access = &litmus.tasks[task].accesses[litmus.tasks[task].count++];
        at = parse_order(text, parse_kind(text, at, access), access);
        if (access->kind != LITMUS_STORE && access->kind != LITMUS_FENCE) {
            access->read = (uint8_t)litmus.read_count++;
        }
    }
    return litmus;
}

static int print_access(const struct litmus_access *access, char *text, size_t size)
{
    const char *order = access->is_volatile ? ".vol" : "";
    for (size_t index = 1; index < 5; index++) {
        order = order_words[index].order == access->order ? order_words[index].word : order;
    }
    char name = (char)('x' + access->location);
    switch (access->kind) {
    case LITMUS_STORE:
        return snprintf(text, size, "%c=%u%s ", name, access->value, order);
    case LITMUS_LOAD:
        return snprintf(text, size, "%c%s ", name, order);
    case LITMUS_EXCHANGE:
        return snprintf(text, size, "%c<%u%s ", name, access->value, order);
    case LITMUS_COMPARE_EXCHANGE:
        return snprintf(text, size, "%c:%u%u%s ", name, access->expected, access->value, order);
    default:
        return snprintf(text, size, "fence%s ", order);
    }
}

void litmus_print(const struct litmus *litmus, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t task = 0; task < litmus->task_count; task++) {
        length += (size_t)snprintf(text + length, size - length, "%s", task == 0 ? "" : "| ");
        for (uint32_t index = 0; index < litmus->tasks[task].count; index++) {
            length += (size_t)print_access(&litmus->tasks[task].accesses[index], text + length, size - length);
        }
    }
}

/* ------------------------------------------------------------------------------------------------------- outcomes -- */

litmus_outcome outcome_with(litmus_outcome outcome, uint32_t index, uint32_t value)
{
    uint32_t shift = 4 * index;
    return (outcome & ~((litmus_outcome)15 << shift)) | (litmus_outcome)value << shift;
}

static uint32_t value_in(litmus_outcome outcome, uint32_t index)
{
    return outcome >> 4 * index & 15;
}

void outcome_print(const struct litmus *litmus, litmus_outcome outcome, char *text, size_t size)
{
    size_t length = 0;
    for (uint32_t index = 0; index < litmus->read_count; index++) {
        length += (size_t)snprintf(text + length, size - length, "%u", value_in(outcome, index));
    }
    for (uint32_t index = 0; index < LITMUS_LOCATIONS; index++) {
        length += (size_t)snprintf(text + length, size - length, " %c%u", 'x' + (int)index,
                                   value_in(outcome, litmus->read_count + index));
    }
}

bool outcome_matches(const struct litmus *litmus, litmus_outcome outcome, const char *wanted)
{
    uint32_t read = 0;
    for (const char *at = wanted; *at != '\0'; at++) {
        if (*at >= 'x' && *at <= 'z') {
            uint32_t location = (uint32_t)(*at++ - 'x');
            if (value_in(outcome, litmus->read_count + location) != (uint32_t)(*at - '0')) {
                return false;
            }
        } else if (*at != ' ') {
            if (*at != '.' && value_in(outcome, read) != (uint32_t)(*at - '0')) {
                return false;
            }
            read++;
        }
    }
    return true;
}

void outcomes_add(struct litmus_outcomes *outcomes, litmus_outcome outcome)
{
    uint32_t low = 0, high = outcomes->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (outcomes->outcomes[middle] < outcome) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < outcomes->count && outcomes->outcomes[low] == outcome) {
        return;
    }
    if (outcomes->count == LITMUS_OUTCOMES) {
        fprintf(stderr, "litmus: more than %d outcomes\n", LITMUS_OUTCOMES);
        abort();
    }
    memmove(&outcomes->outcomes[low + 1], &outcomes->outcomes[low], (outcomes->count - low) * sizeof outcome);
    outcomes->outcomes[low] = outcome;
    outcomes->count++;
}

bool outcomes_equal(const struct litmus_outcomes *one, const struct litmus_outcomes *other)
{
    return one->count == other->count && memcmp(one->outcomes, other->outcomes, one->count * sizeof one->outcomes[0]) == 0;
}

bool outcomes_match(const struct litmus *litmus, const struct litmus_outcomes *outcomes, const char *wanted)
{
    for (uint32_t index = 0; index < outcomes->count; index++) {
        if (outcome_matches(litmus, outcomes->outcomes[index], wanted)) {
            return true;
        }
    }
    return false;
}
