/*
 * file_system.c - threads give their file a block if it has none: a mutex for each file, one for each block (after Flanagan and
 * Godefroid, "Dynamic partial-order reduction for model checking software"). There files and blocks are many; here there are as
 * many threads as files, and one block less. Who finds no block free takes the last one, owned or not. FIXED takes none.
 */
#include "team.h"

#include <assert.h>
#include <stdbool.h>

#ifndef N
#define N 2
#endif

enum { BLOCKS = N - 1 };

static pthread_mutex_t file_mutexes[N], block_mutexes[BLOCKS];
static int block_of_file[N]; /* from 1 on, 0 for none */
static bool busy[BLOCKS];

static bool take_block(int block)
{
    pthread_mutex_lock(&block_mutexes[block]);
    bool mine = !busy[block];
#ifndef FIXED
    if (block == BLOCKS - 1) {
        assert(mine);
    }
#endif
    busy[block] = true;
    pthread_mutex_unlock(&block_mutexes[block]);
    return mine;
}

static void *extend_file(void *number)
{
    int file = (int)(intptr_t)number;
    pthread_mutex_lock(&file_mutexes[file]);
    for (int tried = 0, block = file % BLOCKS; tried < BLOCKS && block_of_file[file] == 0;
         tried++, block = (block + 1) % BLOCKS) {
        if (take_block(block)) {
            block_of_file[file] = block + 1;
        }
    }
    pthread_mutex_unlock(&file_mutexes[file]);
    return NULL;
}

int main(void)
{
    for (int file = 0; file < N; file++) {
        pthread_mutex_init(&file_mutexes[file], NULL);
    }
    for (int block = 0; block < BLOCKS; block++) {
        pthread_mutex_init(&block_mutexes[block], NULL);
    }
    for (int file = 0; file < N; file++) {
        start(extend_file, file);
    }
    join_all();
    return 0;
}
