/*
 * code.h - what the machine code of the code under test tells about it.
 *
 * The calls that ThreadSanitizer's instrumentation makes for an atomic operation return the value before it, whether or not
 * anybody wants to have it. Whether the caller looks at it is told by the instructions behind the call alone.
 */
#ifndef REMLOCK_CODE_H
#define REMLOCK_CODE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether the result of the call that returns to `site` may be used: false only when on every way on from there the register
 * with the result is overwritten before it is read. What cannot be told (a return, a jump to an address that is computed, code
 * that cannot be read, a processor that is not x86-64) counts as used. For scheduler_on_result_used().
 */
bool code_result_used(uintptr_t site);

#endif
