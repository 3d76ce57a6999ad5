/* time.c - clocks on the scheduler's virtual time, whose unit here is 100 ns. */
#include "kernel.h"

ULONG KeQueryTimeIncrement(VOID)
{
    return UNITS_PER_TICK;
}

ULONGLONG core_ticks(void)
{
    return scheduler_now() / UNITS_PER_TICK;
}

VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    static const struct scheduler_call call = {"KeQueryTickCount", CALL_KE_QUERY_TICK_COUNT, EFFECT_ANY};
    scheduler_call(&call, NULL);
    CurrentCount->QuadPart = (LONGLONG)core_ticks();
    scheduler_call_value(core_ticks(), core_ticks());
}

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    static const struct scheduler_call call = {"KeQuerySystemTime", CALL_KE_QUERY_TICK_COUNT, EFFECT_ANY};
    scheduler_call(&call, NULL);
    CurrentTime->QuadPart = (LONGLONG)scheduler_now();
    scheduler_call_value(scheduler_now(), scheduler_now());
}

VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    KeQuerySystemTime(CurrentTime);
}

static ULONGLONG since_boot(uintptr_t site)
{
    static const struct scheduler_call call = {"KeQueryInterruptTime", CALL_KE_QUERY_TICK_COUNT, EFFECT_ANY};
    scheduler_call_at(&call, NULL, site);
    scheduler_call_value(scheduler_now(), scheduler_now());
    return scheduler_now();
}

#define SITE ((uintptr_t)__builtin_return_address(0))

ULONGLONG KeQueryInterruptTime(VOID)
{
    return since_boot(SITE);
}

ULONGLONG KeQueryUnbiasedInterruptTime(VOID)
{
    return since_boot(SITE);
}

ULONGLONG KeQueryInterruptTimePrecise(ULONG64 *QpcTimeStamp)
{
    *QpcTimeStamp = since_boot(SITE);
    return *QpcTimeStamp;
}

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    enum { UNITS_PER_SECOND = 10000000 };
    if (PerformanceFrequency != NULL) {
        PerformanceFrequency->QuadPart = UNITS_PER_SECOND;
    }
    return (LARGE_INTEGER){.QuadPart = (LONGLONG)since_boot(SITE)};
}

/* Whoever waits busily lets time pass; others may run meanwhile. */
VOID KeStallExecutionProcessor(ULONG MicroSeconds)
{
    enum { UNITS_PER_MICROSECOND = 10 };
    static const struct scheduler_call call = {"KeStallExecutionProcessor", CALL_KE_STALL, EFFECT_ANY};
    scheduler_call(&call, NULL);
    scheduler_advance((uint64_t)MicroSeconds * UNITS_PER_MICROSECOND);
}

/* Local time is that of Greenwich. */
VOID ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    *LocalTime = *SystemTime;
}

VOID ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    *SystemTime = *LocalTime;
}

void core_advance_minutes(uint32_t minutes)
{
    scheduler_advance((uint64_t)minutes * TICKS_PER_MINUTE * UNITS_PER_TICK);
}
