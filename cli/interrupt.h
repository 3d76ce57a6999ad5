/* interrupt.h - Ctrl-C: the first asks to end, the second ends at once. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>

/* The signal that asked to end, or 0. */
extern volatile sig_atomic_t interrupt_requested;

/* From now on SIGINT and SIGTERM set it instead of ending the process; a second one ends it. */
void interrupt_catch(void);

/* The same for SIGHUP: for what has something to finish when its terminal goes away. */
void interrupt_catch_hangup(void);

#endif
