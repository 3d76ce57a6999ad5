/*
 * race_script.h - executions written down access by access, for tests of the race detector.
 *
 * A script is a list of accesses by tasks A, B, ... in the order in which they happen: "A:w0 A:s8r B:l8a B:r0". After the colon
 * stand what is done, the offset in a block of 64 bytes or the number of an object, and for atomic operations the order:
 *
 *     r w     plain read, write          l s     atomic load, store             -       relaxed
 *     v V     volatile read, write       x       atomic addition                a r b   acquire, release, both
 *     R       memcpy from there          c       compare-exchange that fails    s       seq_cst
 *     W       memset                     f       fence
 *     k       call of the environment    F       frees the block                n       spawns the task of this number
 *
 * Accesses have 4 bytes; "/1" behind them says otherwise.
 */
#ifndef TESTS_RACE_SCRIPT_H
#define TESTS_RACE_SCRIPT_H

#include "programs/accesses.h"

#include <remlock/scheduler.h>

enum { SCRIPT_LIMIT = 128, SCRIPT_TASKS = 5, SCRIPT_BLOCK = 64 };

enum script_extra { DO_CALL = ACCESS_KINDS, DO_FREE, DO_SPAWN };

struct script_step {
    uint8_t task;
    uint8_t kind; /* enum access_kind, enum script_extra */
    uint8_t where;
    uint8_t size;
    int order;
};

struct script {
    struct script_step steps[SCRIPT_LIMIT];
    uint32_t count;
};

/* Where the block is. */
enum script_memory { SCRIPT_IN_ARENA, SCRIPT_IN_GLOBAL, SCRIPT_ON_STACK };

struct script script_parse(const char *text);

/* Runs it; returns the index of the step at which a data race was reported, or -1 when none was. */
int script_run(const struct script *script, enum scheduler_races policy, enum script_memory memory, bool record);

#endif
