/*
 * indexer.c - threads put four messages each into a hash table with compare and exchange (Flanagan and Godefroid, "Dynamic
 * partial-order reduction for model checking software"). Up to 11 threads no two meet: one trace; from there on eight times as
 * many for each thread.
 */
#include "team.h"

#include <stdatomic.h>

#ifndef N
#define N 12
#endif

enum { SIZE = 128, MESSAGES = 4 };

static atomic_int table[SIZE];

static void *insert_messages(void *number)
{
    int thread = (int)(intptr_t)number;
    for (int message = 1; message <= MESSAGES; message++) {
        int word = message * 11 + thread;
        int place = word * 7 % SIZE;
        int empty = 0;
        while (!atomic_compare_exchange_strong(&table[place], &empty, word)) {
            place = (place + 1) % SIZE;
            empty = 0;
        }
    }
    return NULL;
}

int main(void)
{
    for (int thread = 0; thread < N; thread++) {
        start(insert_messages, thread);
    }
    join_all();
    return 0;
}
