/*
 * weak_graph.h - memory=c11: the execution graph so far, and whether it may grow by one event.
 *
 * Lahav, Vafeiadis, Kang, Hur and Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017. Events are added in an
 * order that agrees with program order and reads-from, so nothing comes out of thin air; RC11's consistency is closed under
 * prefixes, so every consistent execution can be built so. Coherence and atomicity are a matter of vector clocks and are seen
 * to by weak_histories.c; what is left is that psc, the partial order of seq_cst events, has no cycle.
 */
#ifndef SCHEDULER_WEAK_GRAPH_H
#define SCHEDULER_WEAK_GRAPH_H

#include "weak_models.h"

enum {
    WEAK_TASKS = 64,
    WEAK_EVENTS = 2048,
    NO_EVENT = 0xFFFF,
    NO_LOCATION = 0xFFFF,
    NEVER_SEEN = 0xFFFF,
};

/* Of each task, how many of its events. */
struct weak_clock {
    uint16_t at[WEAK_TASKS];
};

struct weak_event {
    uint8_t task; /* SCHEDULER_NO_TASK: the initial value */
    bool loads, stores, seq_cst, fence;
    uint16_t index; /* in its task, from 1 */
    uint16_t location;
    uint16_t source;           /* what it read from */
    uint16_t next, previous;   /* in the modification order of its location */
    uint16_t rank;             /* there */
    uint16_t later, earlier;   /* in its task */
    uint32_t recorded;         /* of a store: events_current() when it was done; 0: before the trace, or nobody records */
    struct weak_clock before;  /* what happens before it, and itself */
    struct weak_clock message; /* of a store: what those learn who acquire it */
    struct weak_clock head;    /* of a store: what its task's release stores to the location have released */
    struct weak_clock seen;    /* of a store: the first event of each task that wrote or read it */
    atomic_value value;
};

extern struct weak_event weak_events[WEAK_EVENTS];

static inline void weak_join(struct weak_clock *clock, const struct weak_clock *other)
{
    for (uint32_t task = 0; task < WEAK_TASKS; task++) {
        clock->at[task] = clock->at[task] > other->at[task] ? clock->at[task] : other->at[task];
    }
}

void weak_graph_reset(void);

/* Adds an event, the last of its task; NO_EVENT when there is no room. What it touches is filled in by the caller. */
uint16_t weak_graph_add(uint8_t task);

/* A seq_cst event has come to stay. */
void weak_graph_count(uint16_t event);
bool weak_graph_has_seq_cst(void);

/* Whether psc has no cycle through the event added last. */
bool weak_graph_consistent(uint16_t event);

#endif
