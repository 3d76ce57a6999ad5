/* macros.h - the macros of a preprocessed file, as the compiler lists them with -dD. */
#ifndef CLI_BUILD_MACROS_H
#define CLI_BUILD_MACROS_H

#include "text.h"

struct macro {
    char *name;
    char *body;
    bool has_parameters;
};

struct macros {
    struct macro *list; /* by name */
    uint32_t count;
};

/* Reads all definitions. */
struct macros macros_read(const char *preprocessed);
void macros_free(struct macros *macros);

/* Whether the body of a macro leads to a use of another one, at whatever depth. */
bool macros_lead_to(const struct macros *macros, const struct macro *macro, const char *name);

#endif
