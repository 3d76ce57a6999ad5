/* spin.c - see spin.h. */
#include "spin.h"

void spin_on_volatile(void *argument)
{
    struct flag *flag = argument;
    while (!flag->marked) {
    }
}

void spin_on_atomic(void *argument)
{
    struct flag *flag = argument;
    while (atomic_load(&flag->raised) == 0) {
    }
}

void spin_on_exchange(void *argument)
{
    struct flag *flag = argument;
    int expected = 1;
    while (!atomic_compare_exchange_weak(&flag->raised, &expected, 0)) {
        expected = 1;
    }
}

void spin_on_plain(void *argument)
{
    struct flag *flag = argument;
    while (flag->plain == 0) {
        __asm__("" : : : "memory");
    }
}

void raise_flag(void *argument)
{
    struct flag *flag = argument;
    flag->marked = 1;
    atomic_store(&flag->raised, 1);
}
