/* times.c - see times.h. */
#include "times.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* Years have four digits: whatever a database holds, what is written is a moment. */
const char *report_time(double seconds, char text[REPORT_TIME_SIZE])
{
    const double last = 253402300799.0;
    time_t moment = (time_t)(seconds > 0 ? (seconds < last ? seconds : last) : 0);
    struct tm broken;
    gmtime_r(&moment, &broken);
    strftime(text, REPORT_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &broken);
    return text;
}

const char *report_now(char text[REPORT_TIME_SIZE])
{
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    char *end;
    errno = 0;
    long long seconds = fixed ? strtoll(fixed, &end, 10) : 0;
    bool valid = fixed && fixed[0] && !*end && errno == 0;
    return report_time(valid ? (double)seconds : (double)time(NULL), text);
}
