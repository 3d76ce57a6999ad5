/* accesses.h - one access at a time, of every kind that instrumented code can make, for tests of the race detector. */
#ifndef PROGRAMS_ACCESSES_H
#define PROGRAMS_ACCESSES_H

enum access_kind {
    DO_READ,
    DO_WRITE,
    DO_VOLATILE_READ,
    DO_VOLATILE_WRITE,
    DO_LOAD,
    DO_STORE,
    DO_ADD,
    DO_FAILING_EXCHANGE, /* compare-exchange that does not store; the order is that of the failure */
    DO_FENCE,
    DO_COPY_FROM, /* memcpy of `size` bytes to the task's own stack */
    DO_CLEAR,     /* memset of `size` bytes */
    ACCESS_KINDS
};

/* `order` is one of the __ATOMIC_ constants. Sizes: 1, 2, 4, 8; any for copies and clears. */
void do_access(enum access_kind kind, void *address, unsigned size, int order);

#endif
