/*
 * circular_buffer.c - a sender puts N letters into a ring of SIZE places, a receiver takes them and checks their order. The
 * sender looks for a free place outside the critical section that fills it, and there are two senders. FIXED looks inside.
 */
#include "team.h"

#include <assert.h>
#include <stdbool.h>

enum { SIZE = 2, SENDERS = 2, LETTERS = 2 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char ring[SIZE];
static int sent, received;

static bool is_full(void)
{
    return sent - received == SIZE;
}

static void *send(void *unused)
{
    for (int letter = 0; letter < LETTERS; letter++) {
        pthread_mutex_lock(&mutex);
        bool full = is_full();
#ifndef FIXED
        pthread_mutex_unlock(&mutex);
        pthread_mutex_lock(&mutex);
#endif
        if (!full) {
            ring[sent % SIZE] = (char)('a' + sent);
            sent++;
        }
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *receive(void *unused)
{
    for (int letter = 0; letter < LETTERS; letter++) {
        pthread_mutex_lock(&mutex);
        if (received < sent) {
            assert(ring[received % SIZE] == 'a' + received);
            received++;
        }
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

int main(void)
{
    for (int sender = 0; sender < SENDERS; sender++) {
        start(send, sender);
    }
    start(receive, 0);
    join_all();
    return 0;
}
