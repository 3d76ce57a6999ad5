/* interlocked.c - see interlocked.h; INTERLOCKED and SINGLE_ACCESSES are the names of this compilation's functions. */
#include "interlocked.h"

#define NUMBER(routine, call)                                                                                                  \
    do {                                                                                                                       \
        memory = start;                                                                                                        \
        ULONG returned = (ULONG)(call);                                                                                        \
        *results++ = (struct interlocked_result){routine, returned, (ULONG)memory};                                            \
    } while (0)

#define POINTER(routine, call)                                                                                                 \
    do {                                                                                                                       \
        pointer = (PVOID)(ULONG_PTR)(ULONG)start;                                                                              \
        ULONG64 returned = (ULONG64)(call);                                                                                    \
        *results++ = (struct interlocked_result){routine, returned, (ULONG64)pointer};                                         \
    } while (0)

#define WIDE(routine, call)                                                                                                    \
    do {                                                                                                                       \
        wide = start;                                                                                                          \
        ULONG64 returned = (ULONG64)(call);                                                                                    \
        *results++ = (struct interlocked_result){routine, returned, (ULONG64)wide};                                            \
    } while (0)

#define NARROW(routine, call)                                                                                                  \
    do {                                                                                                                       \
        narrow = (SHORT)start;                                                                                                 \
        ULONG64 returned = (USHORT)(call);                                                                                     \
        *results++ = (struct interlocked_result){routine, returned, (USHORT)narrow};                                           \
    } while (0)

/* Not on the stack, so that no compiler can know that nobody else sees them. */
static LONG volatile memory;
static PVOID volatile pointer;
static LONG64 volatile wide;
static SHORT volatile narrow;

static struct interlocked_result *wide_routines(LONG start, LONG value, LONG other, struct interlocked_result *results)
{
    WIDE("InterlockedIncrement64", InterlockedIncrement64(&wide));
    WIDE("InterlockedDecrement64", InterlockedDecrement64(&wide));
    WIDE("InterlockedExchange64", InterlockedExchange64(&wide, value));
    WIDE("InterlockedExchangeAdd64", InterlockedExchangeAdd64(&wide, value));
    WIDE("InterlockedCompareExchange64", InterlockedCompareExchange64(&wide, value, other));
    WIDE("InterlockedAnd64", InterlockedAnd64(&wide, value));
    WIDE("InterlockedOr64", InterlockedOr64(&wide, value));
    WIDE("InterlockedXor64", InterlockedXor64(&wide, value));
    WIDE("InterlockedAdd64", InterlockedAdd64(&wide, value));
    return results;
}

static struct interlocked_result *narrow_routines(SHORT start, SHORT value, SHORT other, struct interlocked_result *results)
{
    NARROW("InterlockedIncrement16", InterlockedIncrement16(&narrow));
    NARROW("InterlockedDecrement16", InterlockedDecrement16(&narrow));
    NARROW("InterlockedExchange16", InterlockedExchange16(&narrow, value));
    NARROW("InterlockedExchangeAdd16", InterlockedExchangeAdd16(&narrow, value));
    NARROW("InterlockedCompareExchange16", InterlockedCompareExchange16(&narrow, value, other));
    NARROW("InterlockedAnd16", InterlockedAnd16(&narrow, value));
    NARROW("InterlockedOr16", InterlockedOr16(&narrow, value));
    NARROW("InterlockedXor16", InterlockedXor16(&narrow, value));
    return results;
}

void INTERLOCKED(LONG start, LONG value, LONG other, struct interlocked_result *results)
{
    NUMBER("InterlockedIncrement", InterlockedIncrement(&memory));
    NUMBER("InterlockedDecrement", InterlockedDecrement(&memory));
    NUMBER("InterlockedExchange", InterlockedExchange(&memory, value));
    NUMBER("InterlockedExchangeAdd", InterlockedExchangeAdd(&memory, value));
    NUMBER("InterlockedCompareExchange", InterlockedCompareExchange(&memory, value, other));
    NUMBER("InterlockedAnd", InterlockedAnd(&memory, value));
    NUMBER("InterlockedOr", InterlockedOr(&memory, value));
    NUMBER("InterlockedXor", InterlockedXor(&memory, value));
    POINTER("InterlockedExchangePointer", InterlockedExchangePointer(&pointer, (PVOID)(ULONG_PTR)(ULONG)value));
    POINTER("InterlockedCompareExchangePointer",
            InterlockedCompareExchangePointer(&pointer, (PVOID)(ULONG_PTR)(ULONG)value, (PVOID)(ULONG_PTR)(ULONG)other));
    NUMBER("InterlockedAdd", InterlockedAdd(&memory, value));
    NUMBER("InterlockedBitTestAndSet", InterlockedBitTestAndSet(&memory, value & 31));
    NUMBER("InterlockedBitTestAndReset", InterlockedBitTestAndReset(&memory, value & 31));
    NUMBER("InterlockedBitTestAndComplement", InterlockedBitTestAndComplement(&memory, value & 31));
    results = wide_routines(start, value, other, results);
    results = narrow_routines((SHORT)start, (SHORT)value, (SHORT)other, results);
}

ULONG SINGLE_ACCESSES(BOOLEAN volatile *flag, LONG volatile *number)
{
    WriteBooleanNoFence(flag, TRUE);
    WriteNoFence(number, -5);
    KeMemoryBarrier();
    return (ULONG)ReadBooleanNoFence(flag) + (ULONG)ReadNoFence(number);
}
