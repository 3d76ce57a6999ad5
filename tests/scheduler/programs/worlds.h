/* worlds.h - how an execution of each program begins: its memory and its tasks. */
#ifndef PROGRAMS_WORLDS_H
#define PROGRAMS_WORLDS_H

struct world {
    const char *name;
    void (*begin)(unsigned size); /* between scheduler_reset() and scheduler_run() */
    unsigned size;
};

/* `size` acquirers and a remover. */
void begin_rundown(unsigned size);
void begin_hasty_rundown(unsigned size);

/* A request and a stop; the size does not matter. */
void begin_bluetooth(unsigned size);

/* A task that creates `size` setters and a checker; the same with `size` writers and a reader. */
void begin_reorder(unsigned size);
void begin_twostage(unsigned size);

/* A pusher, `size` poppers and a counter. */
void begin_mixture(unsigned size);

#endif
