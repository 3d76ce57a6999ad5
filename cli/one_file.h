/* one_file.h - the command line of the subcommands that take one replay file: explain, minimize, convert. */
#ifndef CLI_ONE_FILE_H
#define CLI_ONE_FILE_H

#include "command.h"

struct one_file_options {
    struct common_options common;
    const struct subject *subject; /* NULL: the file says it */
    const char *path;
    const char *out; /* or NULL */
};

/* Children for the parser of such a command: input 0 is its struct one_file_options. */
extern const struct argp_child one_file_children[];

#endif
