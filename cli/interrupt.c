/* interrupt.c - the signal handler: it sets a flag and nothing else. */
#include "interrupt.h"

#include <unistd.h>

volatile sig_atomic_t interrupt_requested;

static void handle(int number)
{
    if (interrupt_requested) {
        _exit(128 + number);
    }
    interrupt_requested = number;
}

void interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
