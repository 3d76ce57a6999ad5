/* main.c - what the mailbox is tested with: two writers, two readers, and no letter lost. */
#include "mailbox.h"

#include <assert.h>
#include <stdint.h>

enum { EACH = 2 };

static struct mailbox mailbox = MAILBOX_INITIALIZER;

static void *write_letter(void *letter)
{
    mailbox_put(&mailbox, (int)(intptr_t)letter);
    return NULL;
}

static void *read_letter(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)mailbox_get(&mailbox);
}

int main(void)
{
    pthread_t writers[EACH], readers[EACH];
    int sum = 0;

    for (int i = 0; i < EACH; i++) {
        pthread_create(&writers[i], NULL, write_letter, (void *)(intptr_t)(i + 1));
        pthread_create(&readers[i], NULL, read_letter, NULL);
    }
    for (int i = 0; i < EACH; i++) {
        void *letter;

        pthread_join(writers[i], NULL);
        pthread_join(readers[i], &letter);
        sum += (int)(intptr_t)letter;
    }
    assert(sum == 1 + 2);
    return 0;
}
