/* late_object.c - a shared object that is loaded after the first question about an address. */
#include <stdint.h>

uintptr_t late_function(void);

__attribute__((noinline)) static uintptr_t return_address(void)
{
    return (uintptr_t)__builtin_return_address(0);
}

uintptr_t late_function(void)
{
    uintptr_t address = return_address(); /* LATE */
    __asm__ volatile("" ::: "memory");
    return address;
}
