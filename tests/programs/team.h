/* team.h - the threads of a test program: started one after the other, and joined together. */
#ifndef PROGRAMS_TEAM_H
#define PROGRAMS_TEAM_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { TEAM_LIMIT = 128 };

static pthread_t team[TEAM_LIMIT];
static int team_size;

/* The body's argument is the number. */
static inline void start(void *(*body)(void *), int number)
{
    if (pthread_create(&team[team_size++], NULL, body, (void *)(intptr_t)number) != 0) {
        abort();
    }
}

static inline void join_all(void)
{
    for (int member = 0; member < team_size; member++) {
        pthread_join(team[member], NULL);
    }
}

#endif
