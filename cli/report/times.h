/* times.h - moments as reports write them. */
#ifndef CLI_REPORT_TIMES_H
#define CLI_REPORT_TIMES_H

enum { REPORT_TIME_SIZE = 32 };

/* "2026-01-31T23:59:59Z", of seconds since 1970. */
const char *report_time(double seconds, char text[REPORT_TIME_SIZE]);

/* The present, or that of SOURCE_DATE_EPOCH. */
const char *report_now(char text[REPORT_TIME_SIZE]);

#endif
