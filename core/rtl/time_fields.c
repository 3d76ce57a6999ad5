/* time_fields.c - system time, which counts 100 ns since 1601, as dates and as seconds. */
#include "rtl.h"

enum {
    DAYS_IN_400_YEARS = 146097,
    MILLISECONDS_A_DAY = 86400000,
};

#define UNITS_PER_MILLISECOND 10000
#define UNITS_PER_SECOND 10000000
#define SECONDS_1601_TO_1970 11644473600
#define SECONDS_1601_TO_1980 11960006400

static const USHORT days_before[2][13] = {{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
                                          {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};

static bool is_leap_year(LONGLONG year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* 1601 begins a cycle of 400 years. */
static LONGLONG days_before_year(LONGLONG year)
{
    LONGLONG years = year - 1601;
    return years * 365 + years / 4 - years / 100 + years / 400;
}

VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    touch(Time, sizeof *Time, false, SITE);
    touch(TimeFields, sizeof *TimeFields, true, SITE);
    LONGLONG milliseconds = Time->QuadPart / UNITS_PER_MILLISECOND;
    LONGLONG days = milliseconds / MILLISECONDS_A_DAY;
    LONGLONG rest = milliseconds % MILLISECONDS_A_DAY;
    LONGLONG year = 1601 + days * 400 / DAYS_IN_400_YEARS;
    while (days_before_year(year) > days) {
        year--;
    }
    while (days_before_year(year + 1) <= days) {
        year++;
    }
    LONGLONG day = days - days_before_year(year);
    const USHORT *before = days_before[is_leap_year(year)];
    CSHORT month = 1;
    while (before[month] <= day) {
        month++;
    }
    *TimeFields = (TIME_FIELDS){.Year = (CSHORT)year,
                                .Month = month,
                                .Day = (CSHORT)(day - before[month - 1] + 1),
                                .Hour = (CSHORT)(rest / 3600000),
                                .Minute = (CSHORT)(rest / 60000 % 60),
                                .Second = (CSHORT)(rest / 1000 % 60),
                                .Milliseconds = (CSHORT)(rest % 1000),
                                .Weekday = (CSHORT)((days + 1) % 7)}; /* 1 January 1601 was a Monday */
}

BOOLEAN RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    touch(TimeFields, sizeof *TimeFields, false, SITE);
    const TIME_FIELDS fields = *TimeFields;
    if (fields.Year < 1601 || fields.Month < 1 || fields.Month > 12) {
        return FALSE;
    }
    const USHORT *before = days_before[is_leap_year(fields.Year)];
    if (fields.Day < 1 || fields.Day > before[fields.Month] - before[fields.Month - 1] || fields.Hour < 0 || fields.Hour > 23 ||
        fields.Minute < 0 || fields.Minute > 59 || fields.Second < 0 || fields.Second > 59 || fields.Milliseconds < 0 ||
        fields.Milliseconds > 999) {
        return FALSE;
    }
    LONGLONG days = days_before_year(fields.Year) + before[fields.Month - 1] + fields.Day - 1;
    LONGLONG seconds = ((days * 24 + fields.Hour) * 60 + fields.Minute) * 60 + fields.Second;
    touch(Time, sizeof *Time, true, SITE);
    Time->QuadPart = (seconds * 1000 + fields.Milliseconds) * UNITS_PER_MILLISECOND;
    return TRUE;
}

static BOOLEAN seconds_since(PLARGE_INTEGER time, LONGLONG start, PULONG result, uintptr_t site)
{
    touch(time, sizeof *time, false, site);
    LONGLONG seconds = time->QuadPart / UNITS_PER_SECOND - start;
    if (seconds < 0 || seconds > MAXULONG) {
        return FALSE;
    }
    touch(result, sizeof *result, true, site);
    *result = (ULONG)seconds;
    return TRUE;
}

BOOLEAN RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return seconds_since(Time, SECONDS_1601_TO_1970, ElapsedSeconds, SITE);
}

BOOLEAN RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return seconds_since(Time, SECONDS_1601_TO_1980, ElapsedSeconds, SITE);
}

VOID RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    touch(Time, sizeof *Time, true, SITE);
    Time->QuadPart = (ElapsedSeconds + SECONDS_1601_TO_1970) * UNITS_PER_SECOND;
}

VOID RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    touch(Time, sizeof *Time, true, SITE);
    Time->QuadPart = (ElapsedSeconds + SECONDS_1601_TO_1980) * UNITS_PER_SECOND;
}
