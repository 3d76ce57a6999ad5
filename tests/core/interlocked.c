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

/* Not on the stack, so that no compiler can know that nobody else sees them. */
static LONG volatile memory;
static PVOID volatile pointer;

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
}

ULONG SINGLE_ACCESSES(BOOLEAN volatile *flag, LONG volatile *number)
{
    WriteBooleanNoFence(flag, TRUE);
    WriteNoFence(number, -5);
    KeMemoryBarrier();
    return (ULONG)ReadBooleanNoFence(flag) + (ULONG)ReadNoFence(number);
}
