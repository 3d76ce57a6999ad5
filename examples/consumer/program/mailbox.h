/* mailbox.h - one letter at a time, from any thread to any other. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct mailbox {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool full;
    int letter;
};

#define MAILBOX_INITIALIZER                                                                                                    \
    {                                                                                                                          \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0                                                          \
    }

void mailbox_put(struct mailbox *mailbox, int letter); /* waits until there is room */
int mailbox_get(struct mailbox *mailbox);              /* waits until there is a letter */
