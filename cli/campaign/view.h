/*
 * view.h - what a campaign shows: a block of lines on a terminal, a plain line now and then elsewhere, or JSON lines.
 */
#ifndef CLI_CAMPAIGN_VIEW_H
#define CLI_CAMPAIGN_VIEW_H

#include "run.h"

bool view_open(struct campaign_run *run);
void view_close(struct campaign_run *run);

/* The campaign begins: what it runs, and the command that does the same. */
void view_start(struct campaign_run *run, const char *invocation);

/* A slice has ended. */
void view_slice(struct campaign_run *run, const struct slot *slot);

/* A finding is announced; `remark` is "" or something about its minimised replay. */
void view_finding(struct campaign_run *run, const struct campaign_finding *finding, const char *remark);

/* Something is wrong. The second one says what has the same key only once in a session. */
void view_trouble(struct campaign_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
void view_trouble_once(struct campaign_run *run, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How it stands; shown when it is time for that. */
void view_progress(struct campaign_run *run);

/* It is over. */
void view_end(struct campaign_run *run, int code);

#endif
