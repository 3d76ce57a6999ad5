/* subjects.h - the subjects of a campaign: which ones, and what there is to know of each. */
#ifndef CLI_CAMPAIGN_SUBJECTS_H
#define CLI_CAMPAIGN_SUBJECTS_H

#include "options.h"

#include <remlock/campaign.h>

#include <limits.h>

struct cJSON;

struct known_subject {
    struct campaign_subject row; /* as it stands in the database */
    bool weak_memory;            /* its bug cannot show under memory=sc */
    bool fixed_program;
    struct cJSON *settings;                   /* as `remlock drivers SUBJECT --json` tells them */
    uint32_t best_coverage[CAMPAIGN_ENGINES]; /* that any slice of that engine has reached */
    char corpus[PATH_MAX];                    /* folder of its inputs */
    uint32_t running;                         /* slices of it */
    uint32_t settled;                         /* findings of it in this session */
    bool seems_large, is_merging;             /* its corpus is to be cut down, and is being cut down */
    bool lacks_engine[CAMPAIGN_ENGINES];      /* cannot be run by this one here */
};

struct known_subjects {
    struct known_subject *list;
    uint32_t count;
    uint32_t canary; /* its number, or `count` */
};

/*
 * Finds them and asks a process for each what it is: nothing of theirs is loaded here. The canary is put at the end. False when
 * there is none, or one cannot be used; that has been said.
 */
bool known_subjects_find(struct known_subjects *subjects, const struct campaign_options *options);
void known_subjects_free(struct known_subjects *subjects);

/* The number of the subject of that name; `count` when there is none. */
uint32_t known_subjects_number(const struct known_subjects *subjects, const char *name);

/* A name as a file name: what might trouble a file system or a shell is replaced, and what would hide it left out. */
void subject_file_name(const char *name, char *text, size_t size);

#endif
