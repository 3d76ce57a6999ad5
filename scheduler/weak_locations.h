/*
 * weak_locations.h - memory=c11: the locations that atomic and volatile accesses have touched, each with its stores.
 *
 * A location is an address and a size. Whatever else overlaps it, a plain store or an access of another size, makes it a new
 * one, whose only store is what memory holds now: older stores cannot be read any more, which a model may always say.
 */
#ifndef SCHEDULER_WEAK_LOCATIONS_H
#define SCHEDULER_WEAK_LOCATIONS_H

#include "weak_graph.h"

struct weak_location {
    uintptr_t address;
    uint32_t size;
    uint16_t newest;           /* the last store in modification order */
    bool gone;                 /* another one has taken its place */
    uint16_t link;             /* the next location of its bucket */
    struct weak_clock written; /* of each task: its last store here, counted from 0; NO_EVENT: none */
};

extern struct weak_location weak_locations[];

void weak_locations_reset(void);

/* The location of an access, made when there is none; NO_LOCATION when there is no room. */
uint16_t weak_location_of(const void *address, size_t size);

/* Calls for each location that overlaps. */
void weak_locations_overlapping(const void *address, size_t size, void (*visit)(struct weak_location *location));

#endif
