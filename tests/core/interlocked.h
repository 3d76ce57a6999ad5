/* interlocked.h - every Interlocked routine once, compiled twice: with and without instrumentation. */
#ifndef TESTS_CORE_INTERLOCKED_H
#define TESTS_CORE_INTERLOCKED_H

#include <wdm.h>

enum { INTERLOCKED_CASES = 31 };

/* What a routine returned and what it left in memory. */
struct interlocked_result {
    const char *name;
    ULONG64 returned, left;
};

typedef void interlocked_function(LONG start, LONG value, LONG other, struct interlocked_result results[INTERLOCKED_CASES]);

interlocked_function interlocked_instrumented;
interlocked_function interlocked_plain;

/* The single accesses and the barrier. */
typedef ULONG single_access_function(BOOLEAN volatile *flag, LONG volatile *number);

single_access_function single_accesses_instrumented;
single_access_function single_accesses_plain;

#endif
