/*
 * clock.c - sleeping, and what time it is.
 *
 * Time is virtual, in nanoseconds from the start of the execution, and moves when somebody's wait ends by its deadline. Each
 * look at a clock takes a microsecond, so that whoever polls one comes to an end.
 */
#include "routines.h"

#include <errno.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { LOOK = 1000 };

#define START_OF_DAYS UINT64_C(1700000000) /* seconds on the wall's clock when an execution begins */
#define START_OF_RUN UINT64_C(1000)        /* seconds on the monotonic clock */

static const char the_clock[1];
static const struct scheduler_call look_call = {"look at the clock", 80, EFFECT_UPDATE};
static const struct scheduler_call sleep_call = {"sleep", 81, EFFECT_NONE};

static uint64_t start_of(int clock)
{
    return clock == CLOCK_REALTIME ? START_OF_DAYS : clock == CLOCK_MONOTONIC ? START_OF_RUN : 0;
}

bool clock_valid(const struct timespec *time)
{
    scheduler_access_at(time, sizeof *time, false, 0);
    return time->tv_nsec >= 0 && time->tv_nsec < NANOSECONDS;
}

static uint64_t nanoseconds(const struct timespec *time, uint64_t start)
{
    if (time->tv_sec < 0 || (uint64_t)time->tv_sec < start) {
        return 0;
    }
    uint64_t seconds = (uint64_t)time->tv_sec - start;
    const uint64_t most = (SCHEDULER_NEVER - 2) / NANOSECONDS - 1;
    return (seconds > most ? most : seconds) * NANOSECONDS + (uint64_t)time->tv_nsec;
}

uint64_t clock_deadline(int clock, const struct timespec *time)
{
    return nanoseconds(time, start_of(clock));
}

static void pause_for(uint64_t duration, uintptr_t site)
{
    uint64_t now = scheduler_now();
    uint64_t end = duration > SCHEDULER_NEVER - 2 - now ? SCHEDULER_NEVER - 2 : now + duration;
    scheduler_wait_at(&sleep_call, &thread_self()->ticket, NULL, NULL, end, site);
}

static uint64_t look(uintptr_t site)
{
    scheduler_call_at(&look_call, the_clock, site);
    scheduler_advance(LOOK);
    return scheduler_now();
}

/* ------------------------------------------------------------------------------------------------------- sleeping -- */

unsigned program_sleep(unsigned seconds)
{
    ENTER("sleep");
    pause_for((uint64_t)seconds * NANOSECONDS, SITE);
    return 0;
}

int program_usleep(useconds_t duration)
{
    ENTER("usleep");
    pause_for((uint64_t)duration * 1000, SITE);
    return 0;
}

int program_nanosleep(const struct timespec *duration, struct timespec *rest)
{
    ENTER("nanosleep");
    (void)rest;
    if (!clock_valid(duration)) {
        thread_self()->error = EINVAL;
        return -1;
    }
    pause_for(nanoseconds(duration, 0), SITE);
    return 0;
}

int program_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)
{
    ENTER("clock_nanosleep");
    (void)rest;
    if (!clock_valid(time)) {
        return EINVAL;
    }
    uint64_t now = scheduler_now(), until = clock_deadline(clock, time);
    pause_for(!(flags & TIMER_ABSTIME) ? nanoseconds(time, 0) : until > now ? until - now : 0, SITE);
    return 0;
}

int program_thrd_sleep(const struct timespec *duration, struct timespec *rest)
{
    ENTER("thrd_sleep");
    (void)rest;
    if (!clock_valid(duration)) {
        return -2;
    }
    pause_for(nanoseconds(duration, 0), SITE);
    return 0;
}

/* ---------------------------------------------------------------------------------------------------------- clocks -- */

int program_clock_gettime(clockid_t clock, struct timespec *time)
{
    ENTER("clock_gettime");
    uint64_t now = look(SITE);
    scheduler_plain_access_at(time, sizeof *time, true, SITE);
    time->tv_sec = (time_t)(start_of(clock) + now / NANOSECONDS);
    time->tv_nsec = (long)(now % NANOSECONDS);
    return 0;
}

int program_clock_getres(clockid_t clock, struct timespec *time)
{
    (void)clock;
    if (time != NULL) {
        time->tv_sec = 0;
        time->tv_nsec = 1;
    }
    return 0;
}

int program_timespec_get(struct timespec *time, int base)
{
    return program_clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

int program_gettimeofday(struct timeval *time, void *zone)
{
    ENTER("gettimeofday");
    (void)zone;
    uint64_t now = look(SITE);
    scheduler_plain_access_at(time, sizeof *time, true, SITE);
    time->tv_sec = (time_t)(START_OF_DAYS + now / NANOSECONDS);
    time->tv_usec = (suseconds_t)(now % NANOSECONDS / 1000);
    return 0;
}

time_t program_time(time_t *time)
{
    ENTER("time");
    time_t now = (time_t)(START_OF_DAYS + look(SITE) / NANOSECONDS);
    if (time != NULL) {
        scheduler_plain_access_at(time, sizeof *time, true, SITE);
        *time = now;
    }
    return now;
}

clock_t program_clock(void)
{
    ENTER("clock");
    return (clock_t)(look(SITE) / (NANOSECONDS / CLOCKS_PER_SEC));
}
