/*
 * account.c - a bank account: one thread pays in, one draws, an auditor checks the sum once both say that they are done. The
 * one that draws reads the balance under the mutex, but writes it back in a second critical section. FIXED draws in one.
 */
#include "team.h"

#include <assert.h>
#include <stdbool.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int balance = 100;
static bool paid_in, drawn;

static void *pay_in(void *unused)
{
    pthread_mutex_lock(&mutex);
    balance += 30;
    paid_in = true;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *draw(void *unused)
{
    pthread_mutex_lock(&mutex);
    int left = balance - 20;
#ifndef FIXED
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&mutex);
#endif
    balance = left;
    drawn = true;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *audit(void *unused)
{
    pthread_mutex_lock(&mutex);
    if (paid_in && drawn) {
        assert(balance == 110);
    }
    pthread_mutex_unlock(&mutex);
    return unused;
}

int main(void)
{
    start(pay_in, 0);
    start(draw, 0);
    start(audit, 0);
    join_all();
    pthread_mutex_destroy(&mutex);
    return 0;
}
