/*
 * phase.c - two threads pass N phases by turns. Whose turn it is, is told by the number of the phase; who comes too early waits
 * for the other one, but keeps the turn that the other one needs. FIXED hands over by two semaphores.
 */
#include "team.h"

#include <semaphore.h>

#ifndef N
#define N 2
#endif

static sem_t turns[2];
static int phase;

static void *pass(void *number)
{
    int self = (int)(intptr_t)number;
    for (int round = 0; round < N; round++) {
#ifdef FIXED
        sem_wait(&turns[self]);
        phase++;
        sem_post(&turns[1 - self]);
#else
        sem_wait(&turns[0]);
        phase++;
        if (phase % 2 != self) {
            sem_wait(&turns[1]);
        } else {
            sem_post(&turns[1]);
        }
        sem_post(&turns[0]);
#endif
    }
    return NULL;
}

int main(void)
{
    sem_init(&turns[0], 0, 1);
    sem_init(&turns[1], 0, 0);
    start(pass, 0);
    start(pass, 1);
    join_all();
    return 0;
}
