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

static void catch_one(int number)
{
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void interrupt_catch(void)
{
    catch_one(SIGINT);
    catch_one(SIGTERM);
}

void interrupt_catch_hangup(void)
{
    catch_one(SIGHUP);
}
