/* deadlock.c - two threads take two mutexes in opposite order. FIXED takes them in the same order. */
#include "team.h"

static pthread_mutex_t mutexes[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static int counter;

static void *count(void *number)
{
#ifdef FIXED
    int first = 0;
    (void)number;
#else
    int first = (int)(intptr_t)number;
#endif
    pthread_mutex_lock(&mutexes[first]);
    pthread_mutex_lock(&mutexes[1 - first]);
    counter++;
    pthread_mutex_unlock(&mutexes[1 - first]);
    pthread_mutex_unlock(&mutexes[first]);
    return NULL;
}

int main(void)
{
    start(count, 0);
    start(count, 1);
    join_all();
    return 0;
}
