/* propose.h - what a replay file that is not as expected would have to say to be so. */
#ifndef CLI_REGRESS_PROPOSE_H
#define CLI_REGRESS_PROPOSE_H

#include "list.h"

enum { PROPOSAL_MESSAGE_SIZE = 1024 };

struct regress_proposal {
    char *old_text, *new_text; /* NULL: there is nothing to propose */
    char message[256];         /* what changes, or why nothing can be proposed */
};

/*
 * When the file expects a finding that the code still has, under another schedule of the same program: that schedule,
 * minimised. Else, where file and code have parted, the schedule that the code follows now, with what comes of it; where they
 * have not, the `expect` line changes and nothing else. In a process of its own, and for `time_limit` seconds at most. What is
 * proposed has been read and run again, and is as expected.
 */
void regress_propose(const char *path, const struct subject *subject, double time_limit, struct regress_proposal *proposal);

void regress_proposal_free(struct regress_proposal *proposal);

#endif
