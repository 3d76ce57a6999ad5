/*
 * mixture.h - a program with a bit of everything: operations of every width, a stack linked through memory of the arena, plain
 * structures, pointers to functions and to the task's own stack in shared variables, waits and frees. Most of its schedules end
 * well; in some a popper looks at a node that another one has freed.
 */
#ifndef PROGRAMS_MIXTURE_H
#define PROGRAMS_MIXTURE_H

#include "environment.h"

#include <stdatomic.h>

struct node {
    _Atomic(struct node *) next;
    uint64_t payload[4];
};

struct mixture {
    _Atomic(struct node *) top;
    _Atomic(void (*)(struct mixture *)) handler;
    _Atomic(void *) anywhere;
    _Atomic uint8_t bits8;
    _Atomic uint16_t bits16;
    _Atomic uint32_t bits32;
    _Atomic uint64_t bits64;
    volatile uint16_t mark16;
    volatile uint64_t mark64;
    uint32_t plain[4];
    struct event popped;
    struct node nodes[3];
    struct node *loose; /* an allocation of its own */
};

/* Task bodies; the argument is the mixture. */
void mixture_pusher(void *mixture);
void mixture_popper(void *mixture);
void mixture_counter(void *mixture);

#endif
