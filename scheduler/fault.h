/* fault.h - a crash of the code under test is a violation like any other. */
#ifndef SCHEDULER_FAULT_H
#define SCHEDULER_FAULT_H

/* Takes over SIGSEGV, SIGBUS, SIGFPE and SIGILL; outside tasks they do what they did before. Idempotent and cheap. */
void fault_watch(void);

#endif
