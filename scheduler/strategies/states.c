/*
 * states.c - every reachable state, depth first: an execution that comes to a state seen before is given up there.
 *
 * Holzmann, "The SPIN model checker" (2003), for the search and for hash compaction: of a state only a hash is kept, here 128
 * bits of XXH3. Two different states with the same hash would make the search leave out what follows one of them; among n
 * states that has the probability n^2 / 2^129, which is 10^-25 for ten million. See scheduler/states.h for what a state is.
 *
 * The table is open addressing over a power of two, at most two thirds full. At TABLE_LIMIT entries it grows no more: states
 * beyond are explored as often as they are met, which costs time and misses nothing.
 */
#include "../states.h"
#include "strategies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 1 << 16, TABLE_START = 1 << 12, TABLE_LIMIT = 1 << 27 };

struct decision {
    uint16_t chosen;
    uint16_t alternatives;
};

struct states {
    struct strategy strategy;
    uint32_t position; /* of the current execution on the stack */
    bool given_up;
    struct state_hash *table; /* all zero: free */
    uint64_t table_size;
    /* What is saved, with the table: */
    struct progress {
        uint32_t depth; /* choices on the stack */
        bool truncated;
        uint64_t executions, abandoned, states;
    } progress;
    struct decision stack[DEPTH_LIMIT];
};

static struct states states;

/* ------------------------------------------------------------------------------------------------------- the table -- */

/* Its entry, or the free one where it belongs. */
static struct state_hash *look_up(struct state_hash *table, uint64_t size, struct state_hash hash)
{
    uint64_t index = hash.low & (size - 1);
    while ((table[index].low | table[index].high) != 0 && (table[index].low != hash.low || table[index].high != hash.high)) {
        index = (index + 1) & (size - 1);
    }
    return &table[index];
}

/* False when there is no more memory for it. */
static bool resize(uint64_t size)
{
    struct state_hash *table = calloc(size, sizeof *table);
    if (table == NULL) {
        return false;
    }
    for (uint64_t index = 0; index < states.table_size; index++) {
        struct state_hash hash = states.table[index];
        if ((hash.low | hash.high) != 0) {
            *look_up(table, size, hash) = hash;
        }
    }
    free(states.table);
    states.table = table;
    states.table_size = size;
    return true;
}

static bool has_room(void)
{
    if (states.progress.states * 3 < states.table_size * 2) {
        return true;
    }
    return states.table_size < TABLE_LIMIT && resize(states.table_size * 2);
}

/* Whether the state is a new one; enters it. */
static bool enter(struct state_hash hash)
{
    struct state_hash *entry = look_up(states.table, states.table_size, hash);
    if ((entry->low | entry->high) != 0) {
        return false;
    }
    if (has_room()) {
        *look_up(states.table, states.table_size, hash) = hash;
        states.progress.states++;
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------------ the search -- */

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy, (void)task_count;
    states.position = 0;
    states.given_up = false;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    if (states.position == DEPTH_LIMIT) {
        states.progress.truncated = true;
        return 0;
    }
    if (states.position == states.progress.depth) {
        struct state_hash hash = states_hash(choice);
        hash.low |= (hash.low | hash.high) == 0; /* that one means a free entry */
        if (!enter(hash)) {
            states.given_up = true;
            return STRATEGY_ABANDON;
        }
        states.stack[states.progress.depth++] = (struct decision){.chosen = 0, .alternatives = (uint16_t)choice->alternatives};
    }
    return states.stack[states.position++].chosen;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    states.progress.abandoned += states.given_up;
    states.progress.executions += !states.given_up;
    while (states.progress.depth > 0) {
        struct decision *last = &states.stack[states.progress.depth - 1];
        if (last->chosen + 1 < last->alternatives) {
            last->chosen++;
            return true;
        }
        states.progress.depth--;
    }
    return false;
}

struct strategy *states_open(const struct strategy_options *options)
{
    (void)options;
    states.strategy = (struct strategy){
        .name = "states", .looks_ahead = true, .tells_states = true, .begin = begin, .choose = choose, .end = end};
    states.progress = (struct progress){0};
    if (states.table_size > TABLE_START || states.table == NULL) {
        free(states.table);
        states.table = NULL;
        states.table_size = 0;
        if (!resize(TABLE_START)) {
            return NULL;
        }
    } else {
        memset(states.table, 0, states.table_size * sizeof states.table[0]);
    }
    return &states.strategy;
}

/* As for exhaustive search: a state that was seen before counts as explored at once. */
static double explored(void)
{
    double share = 1, done = 0;
    for (uint32_t index = 0; index < states.progress.depth; index++) {
        share /= states.stack[index].alternatives;
        done += share * states.stack[index].chosen;
    }
    bool begun = states.progress.executions + states.progress.abandoned > 0;
    return begun && states.progress.depth == 0 ? 1 : done;
}

struct strategy_coverage states_coverage(const struct strategy *strategy)
{
    (void)strategy;
    return (struct strategy_coverage){.executions = states.progress.executions,
                                      .abandoned = states.progress.abandoned,
                                      .states = states.progress.states,
                                      .explored = explored(),
                                      .truncated = states.progress.truncated};
}

/* --------------------------------------------------------------------------------------------------- save and load -- */

bool states_save(const struct strategy *strategy, int file)
{
    (void)strategy;
    return strategy_write(file, &states.progress, sizeof states.progress) &&
           strategy_write(file, states.stack, states.progress.depth * sizeof states.stack[0]) &&
           strategy_write(file, &states.table_size, sizeof states.table_size) &&
           strategy_write(file, states.table, states.table_size * sizeof states.table[0]);
}

bool states_load(struct strategy *strategy, int file)
{
    struct progress progress;
    uint64_t size;
    (void)strategy;
    if (!strategy_read(file, &progress, sizeof progress) || progress.depth > DEPTH_LIMIT ||
        !strategy_read(file, states.stack, progress.depth * sizeof states.stack[0]) ||
        !strategy_read(file, &size, sizeof size) || size < TABLE_START || size > TABLE_LIMIT || (size & (size - 1)) != 0 ||
        progress.states >= size || !resize(size) || !strategy_read(file, states.table, size * sizeof states.table[0])) {
        return false;
    }
    states.progress = progress;
    return true;
}
