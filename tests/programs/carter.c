/*
 * carter.c - two kinds of visitors count themselves under a mutex of their kind within a room of their own, and then look into
 * the other's room: each holds its own door and waits for the other's. FIXED takes both doors in one order.
 */
#include "team.h"

static pthread_mutex_t counting[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_mutex_t doors[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static int visits[2];

static void *visit(void *number)
{
    int kind = (int)(intptr_t)number;
#ifdef FIXED
    int first = 0;
#else
    int first = kind;
#endif
    pthread_mutex_lock(&doors[first]);
    pthread_mutex_lock(&counting[kind]);
    visits[kind]++;
    pthread_mutex_unlock(&counting[kind]);
    pthread_mutex_lock(&doors[1 - first]);
    pthread_mutex_unlock(&doors[1 - first]);
    pthread_mutex_unlock(&doors[first]);
    return NULL;
}

int main(void)
{
    start(visit, 0);
    start(visit, 1);
    join_all();
    return 0;
}
