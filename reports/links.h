/* links.h - in a recorded execution: which event made another one possible, or is what it saw. */
#ifndef REPORTS_LINKS_H
#define REPORTS_LINKS_H

#include <remlock/reports.h>

/* Of one event; each is the number of another event of the trace, counted from 1, or 0: none, or not known. */
struct event_links {
    uint32_t woken_by;     /* ended its wait, or started its task */
    uint32_t signalled_by; /* of a wait that had nothing to wait for: who had made it so before */
    uint32_t reads_from;   /* the store whose value it read */
    uint32_t preempted_at; /* the first thing that somebody else did after the processor was taken from its task */
};

/* One entry for each event of the trace; the caller frees it. NULL when memory is short. */
struct event_links *links_make(void);

#endif
