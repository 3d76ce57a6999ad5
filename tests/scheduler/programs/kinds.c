/* kinds.c - see kinds.h. */
#include "kinds.h"

#include "environment.h"

enum { POINTS = 3 };

static void make_noise(struct kinds *kinds)
{
    for (int count = 0; count < POINTS; count++) {
        atomic_load(&kinds->noise);
    }
}

static void judge(int came_second)
{
    if (came_second) {
        program_failed();
    }
}

void kinds_recorder(void *argument)
{
    struct kinds *kinds = argument;
    environment_remember(kinds, atomic_fetch_add(&kinds->ticket, 1));
}

void kinds_judge(void *argument)
{
    struct kinds *kinds = argument;
    make_noise(kinds);
    judge(environment_recall(kinds));
}

void kinds_on_stack(void *argument)
{
    struct kinds *kinds = argument;
    volatile int box = atomic_fetch_add(&kinds->ticket, 1);
    make_noise(kinds);
    judge(box);
}

void kinds_in_register(void *argument)
{
    struct kinds *kinds = argument;
    int second = atomic_fetch_add(&kinds->ticket, 1);
    make_noise(kinds);
    judge(second);
}

void kinds_other(void *argument)
{
    struct kinds *kinds = argument;
    atomic_fetch_add(&kinds->ticket, 1);
}

void kinds_noise(void *argument)
{
    make_noise(argument);
}
