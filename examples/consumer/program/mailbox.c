/* mailbox.c - see mailbox.h. */
#include "mailbox.h"

#ifdef MAILBOX_OLD_BUG /* as it was in version 1.0: with two readers the wrong one can be woken; tests/program/ */
#define wake pthread_cond_signal
#else
#define wake pthread_cond_broadcast
#endif

void mailbox_put(struct mailbox *mailbox, int letter)
{
    pthread_mutex_lock(&mailbox->mutex);
    while (mailbox->full) {
        pthread_cond_wait(&mailbox->changed, &mailbox->mutex);
    }
    mailbox->letter = letter;
    mailbox->full = true;
    wake(&mailbox->changed);
    pthread_mutex_unlock(&mailbox->mutex);
}

int mailbox_get(struct mailbox *mailbox)
{
    int letter;

    pthread_mutex_lock(&mailbox->mutex);
    while (!mailbox->full) {
        pthread_cond_wait(&mailbox->changed, &mailbox->mutex);
    }
    letter = mailbox->letter;
    mailbox->full = false;
    wake(&mailbox->changed);
    pthread_mutex_unlock(&mailbox->mutex);
    return letter;
}
