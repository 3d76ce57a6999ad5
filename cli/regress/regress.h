/* regress.h - `remlock regress`: what was asked of it, and its three modes. */
#ifndef CLI_REGRESS_H
#define CLI_REGRESS_H

#include "command.h"
#include "list.h"
#include "report.h"

struct regress_options {
    struct common_options common;
    const struct subject *subject; /* NULL: the files say it */
    uint64_t repeat;
    uint32_t jobs;
    double time_limit;
    const char *junit; /* or NULL */
    /* --update */
    bool update, yes;
    /* --add */
    const char *add; /* the file, or NULL */
    const char *to;  /* the folder of the corpus */
    const char *name, *why;
    bool minimise, force;
};

/* Shows what would change in the files that are not as expected, and changes what is agreed to. Returns the exit status. */
int regress_update(const struct regress_options *options, const struct regress_list *list,
                   const struct regress_summary *summary);

/* Files a replay in the corpus. Returns the exit status. */
int regress_add(const struct regress_options *options);

#endif
