/* process.h - the end of the program, by whatever way. */
#ifndef THREADS_PROCESS_H
#define THREADS_PROCESS_H

/* Ends the program with this status, without handlers. */
_Noreturn void process_end(int status);

#endif
