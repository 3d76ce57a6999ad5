/* report.h - what `remlock regress` says. */
#ifndef CLI_REGRESS_REPORT_H
#define CLI_REGRESS_REPORT_H

#include "list.h"

#include <stdbool.h>
#include <stdint.h>

/* What a run came to. */
struct regress_summary {
    uint64_t done; /* executions */
    double seconds;
    bool interrupted, quiet;
};

void regress_print_text(const struct regress_list *list, const struct regress_summary *summary);
struct cJSON *regress_json(const struct regress_list *list, const struct regress_summary *summary);

/* As JUnit XML, beside its name and renamed. False with a message said. */
bool regress_save_junit(const struct regress_list *list, const char *path);

#endif
