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
    static const struct scheduler_call call = {"KeQueryTickCount", CALL_KE_QUERY_TICK_COUNT};
    scheduler_call(&call, NULL);
    CurrentCount->QuadPart = (LONGLONG)core_ticks();
    scheduler_call_value(core_ticks(), core_ticks());
}

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    static const struct scheduler_call call = {"KeQuerySystemTime", CALL_KE_QUERY_TICK_COUNT};
    scheduler_call(&call, NULL);
    CurrentTime->QuadPart = (LONGLONG)scheduler_now();
    scheduler_call_value(scheduler_now(), scheduler_now());
}

void core_advance_minutes(uint32_t minutes)
{
    scheduler_advance((uint64_t)minutes * TICKS_PER_MINUTE * UNITS_PER_TICK);
}
