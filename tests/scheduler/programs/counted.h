/*
 * counted.h - small programs whose traces others have counted, and how many there are.
 *
 * Each is written here from what it is known to do; the names are those under which the tools of stateless model checking
 * (GenMC, Nidhugg) tell their counts. Every task's argument is a `struct counted_task`.
 */
#ifndef PROGRAMS_COUNTED_H
#define PROGRAMS_COUNTED_H

#include "environment.h"

#include <stdatomic.h>

enum { COUNTED_TASKS = 16, COUNTED_SLOTS = 128 };

struct counted_node {
    _Atomic(struct counted_node *) next;
    struct event linked, granted;
};

struct counted {
    unsigned size;
    atomic_int x, y, z;
    atomic_int slots[COUNTED_SLOTS];
    struct event turns[COUNTED_TASKS + 1];
    _Atomic(struct counted_node *) tail;
    struct counted_node nodes[COUNTED_TASKS];
};

struct counted_task {
    struct counted *shared;
    int number; /* from 0 */
};

/* Each task of a program, by number. */
void readers_task(void *task);  /* 0 writes, the others read the same variable */
void lastzero_task(void *task); /* 0 looks for the last zero in an array, the others each make an element from the one before */
void ainc_task(void *task);     /* counts up, and uses the result */
void inc_task(void *task);      /* reads, and writes one more */
void coa_task(void *task);      /* 0, 1: write x, read y or z, read x; the others write y, then z */
void casrot_task(void *task);   /* turns a number into the next one, if it is there */
void casw_task(void *task);     /* compare-exchange, then a store */
void fib_task(void *task);      /* 0, 1: add two variables crosswise, five times; 2: looks whether they became too large */
void indexer_task(void *task);  /* puts four entries into a hash table with open addressing */
void ticket_lock_task(void *task); /* with a wait in place of the spin loop; likewise: */
void mcs_lock_task(void *task);
void count_task(void *task); /* counts up, and does not use the result */

#endif
