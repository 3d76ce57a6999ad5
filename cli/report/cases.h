/* cases.h - what a report is made of: replay files, raw fuzz inputs, and the findings of a campaign. */
#ifndef CLI_REPORT_CASES_H
#define CLI_REPORT_CASES_H

#include "run.h"

#include <remlock/campaign.h>

#include <limits.h>
#include <stddef.h>

/* One replay. All strings are its own. */
struct report_case {
    char *file; /* what it is called, and what commands name */
    char *path; /* what is run: the file, or a copy of what the campaign's database holds */
    bool is_copy;
    char *text; /* the whole replay; NULL: a raw fuzz input, or it cannot be read */
    char subject[CAMPAIGN_NAME_SIZE];
    char identifier[64]; /* of the finding that it is expected to show, or "" */
    char routine[128];
    struct campaign_finding *known; /* what the campaign says, without the texts; NULL: it is of none */
    struct report_run run;
};

struct report_cases {
    struct report_case *items;
    uint32_t count, capacity;
    struct campaign *campaign; /* the one that was given, open for reading, or NULL */
    char folder[PATH_MAX];     /* of the copies, or "" */
};

/* Takes a file, a folder with all below it, or the folder of a campaign. False with a message. */
bool report_cases_take(struct report_cases *cases, const char *input, char *message, size_t size);

/* Frees everything and takes the copies away. */
void report_cases_free(struct report_cases *cases);

#endif
