/* addresses.c - see addresses.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "addresses.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <unistd.h>

enum { ASK = -1 };

void addresses_settle(const char *command, int argument_count, char **arguments)
{
    int now = personality((unsigned long)ASK);
    if (now == -1 || now & ADDR_NO_RANDOMIZE || personality((unsigned long)now | ADDR_NO_RANDOMIZE) == -1) {
        return;
    }
    char **again = calloc((size_t)argument_count + 2, sizeof again[0]);
    if (again == NULL) {
        return;
    }
    again[0] = program_invocation_name;
    again[1] = (char *)(uintptr_t)command;
    for (int index = 1; index < argument_count; index++) {
        again[index + 1] = arguments[index];
    }
    execv("/proc/self/exe", again);
    free(again);
}
