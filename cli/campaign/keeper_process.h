/* keeper_process.h - the keeper's own side: what the process between us and a command does. */
#ifndef CLI_KEEPER_PROCESS_H
#define CLI_KEEPER_PROCESS_H

#include "keeper.h"

/* Its ends of the pipes. */
struct keeper_ends {
    int lifeline, output, errors, report;
};

/* In a fresh child: runs the job, reports, and ends. */
_Noreturn void keeper_be(const struct keeper_job *job, struct keeper_ends ends);

#endif
