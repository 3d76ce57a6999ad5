/*
 * verifier.c - what programs written for verification competitions and model checkers call.
 *
 * An assumption that does not hold gives the execution up. A value that could be anything is one of a few, by choice: small
 * ones, and such as loops and comparisons are likely to turn on. So "nothing found" holds for those values only.
 */
#include "routines.h"

#include <stdlib.h>

static const struct scheduler_call atomic_call = {"__VERIFIER_atomic_begin", 100, EFFECT_ANY};

void program___VERIFIER_assume(int condition)
{
    if (condition == 0) {
        scheduler_abandon();
    }
}

void program_assume_abort_if_not(int condition)
{
    program___VERIFIER_assume(condition);
}

static _Noreturn void fail(const char *what)
{
    scheduler_violate(THREADS_ASSERTION, NULL, "%s", what);
    abort();
}

void program___VERIFIER_assert(int condition)
{
    if (condition == 0) {
        fail("a condition given to __VERIFIER_assert() does not hold");
    }
}

_Noreturn void program___VERIFIER_error(void)
{
    fail("__VERIFIER_error() is called");
}

_Noreturn void program_reach_error(void)
{
    fail("reach_error() is called");
}

void program___VERIFIER_atomic_begin(void)
{
    scheduler_call_at(&atomic_call, &threads_world, SITE);
    scheduler_disable_preemption();
}

void program___VERIFIER_atomic_end(void)
{
    scheduler_enable_preemption();
}

/* ---------------------------------------------------------------------------------------------------------- values -- */

static int any(void)
{
    static const int values[] = {0, 1, 2, 3, -1, 5, 10, 100};
    return values[scheduler_choose(CHOICE_DEVICE, sizeof values / sizeof values[0])];
}

#define ANY(name, type)                                                                                                        \
    type program___VERIFIER_nondet_##name(void)                                                                                \
    {                                                                                                                          \
        return (type)any();                                                                                                    \
    }

ANY(int, int)
ANY(uint, unsigned)
ANY(unsigned, unsigned)
ANY(u32, unsigned)
ANY(long, long)
ANY(ulong, unsigned long)
ANY(longlong, long long)
ANY(ulonglong, unsigned long long)
ANY(short, short)
ANY(ushort, unsigned short)
ANY(u16, unsigned short)
ANY(char, char)
ANY(uchar, unsigned char)
ANY(u8, unsigned char)
ANY(size_t, size_t)
ANY(loff_t, long long)
ANY(float, float)
ANY(double, double)

bool program___VERIFIER_nondet_bool(void)
{
    return scheduler_choose(CHOICE_DEVICE, 2) != 0;
}

_Bool program___VERIFIER_nondet__Bool(void)
{
    return scheduler_choose(CHOICE_DEVICE, 2) != 0;
}

void *program___VERIFIER_nondet_pointer(void)
{
    return NULL;
}
