/* mutex.h - what others than mutex.c do to a mutex: conditions, and the end of its owner. */
#ifndef THREADS_MUTEX_H
#define THREADS_MUTEX_H

#include "world.h"

#include <pthread.h>

/* Gives up all that the running thread holds of it, in the step that it is in; returns how many times it was locked. */
uint32_t mutex_release_all(pthread_mutex_t *mutex);

/* Locks it so many times again. The result is that of pthread_mutex_lock(). */
int mutex_take_again(pthread_mutex_t *mutex, uint32_t count, uintptr_t site);

/* A violation unless the running thread holds it. */
void mutex_check_owner(pthread_mutex_t *mutex, const void *condition);

/* The owner ends: whether that is foreseen, because the mutex is robust. */
bool mutex_owner_ends(const void *mutex);

#endif
