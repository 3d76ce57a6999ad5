/*
 * clock_that_jumps.c - to be preloaded: the time of day jumps by hours, forth and back, every fifth of a second. Clocks that
 * only go forward are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

typedef int clock_function(clockid_t, struct timespec *);

static clock_function *own(void)
{
    static clock_function *function;
    if (!function) {
        *(void **)&function = dlsym(RTLD_NEXT, "clock_gettime");
    }
    return function;
}

static time_t jump(void)
{
    struct timespec now = {0};
    own()(CLOCK_MONOTONIC, &now);
    long fifth = now.tv_nsec / 200000000;
    return (fifth - 2) * 3 * 3600;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = own()(clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        now->tv_sec += jump();
    }
    return result;
}

time_t time(time_t *where)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) {
        *where = now.tv_sec;
    }
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    *now = (struct timeval){.tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000};
    return 0;
}
