/*
 * dataflow.h - which operations read what which others wrote, over all executions of a program: for the reads-from strategy.
 *
 * An operation is known by its place in the code. A pair is a write and a read of one object; it is seen when in some execution
 * the read got that write's value. Pairs that have not been seen are kept as well: they are what could still happen. The write
 * of number 0 is the object's first value, which nobody wrote.
 */
#ifndef SCHEDULER_DATAFLOW_H
#define SCHEDULER_DATAFLOW_H

#include "../steps.h"

enum {
    DATAFLOW_SITES = 1024,
    DATAFLOW_OBJECTS = 1024,
    DATAFLOW_PAIRS = 4096,
    DATAFLOW_PER_OBJECT = 24, /* sites that read it, or write it */
    DATAFLOW_INITIAL = 0,     /* the site of first values */
    DATAFLOW_NOWHERE = UINT16_MAX,
};

struct dataflow_pair {
    uint16_t write, read; /* sites */
    uint32_t seen;        /* executions */
    uint32_t tried;       /* executions that were asked for it */
};

struct dataflow_object {
    uintptr_t address;
    uint32_t execution; /* to which `last` belongs */
    uint16_t last;      /* site that wrote it last */
    uint8_t read_count, write_count;
    uint16_t reads[DATAFLOW_PER_OBJECT], writes[DATAFLOW_PER_OBJECT];
};

struct dataflow {
    uint32_t execution; /* counted from 1 */
    uint32_t followed;  /* steps of the log */
    uint32_t new_pairs; /* seen for the first time in this execution */
    uint64_t signature; /* of the set of pairs of this execution */
    uint32_t site_count, object_count, pair_count;
    uint32_t unseen;         /* pairs */
    uint32_t happened_count; /* pairs of this execution */
    uint16_t happened[DATAFLOW_PAIRS];
    uint32_t happened_in[DATAFLOW_PAIRS];
    uintptr_t sites[DATAFLOW_SITES];
    struct dataflow_object objects[DATAFLOW_OBJECTS];
    struct dataflow_pair pairs[DATAFLOW_PAIRS];
    uint16_t site_slots[4 * DATAFLOW_SITES], object_slots[4 * DATAFLOW_OBJECTS], pair_slots[4 * DATAFLOW_PAIRS];
};

/* What an operation does to its object. */
struct dataflow_event {
    uint16_t site; /* DATAFLOW_NOWHERE: not known yet */
    bool reads, writes;
    const struct dataflow_object *object; /* NULL: not known yet, or there is none */
};

void dataflow_open(struct dataflow *flow);
void dataflow_begin(struct dataflow *flow);

/* Goes through the steps that were logged since the last call. `happened` is told of each pair. */
void dataflow_follow(struct dataflow *flow, void (*happened)(void *context, uint16_t pair), void *context);

/* What the task stands before. */
struct dataflow_event dataflow_pending(const struct dataflow *flow, uint8_t task);

/* The site that wrote the object last in this execution. */
uint16_t dataflow_last_write(const struct dataflow *flow, const struct dataflow_object *object);
bool dataflow_is_read_at(const struct dataflow_object *object, uint16_t site);

#endif
