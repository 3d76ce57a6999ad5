/* replay_gdb.h - `remlock replay --gdb`. */
#ifndef CLI_REPLAY_GDB_H
#define CLI_REPLAY_GDB_H

#include <remlock/harness.h>

enum { GDB_COMMAND_LIMIT = 256 };

struct gdb_options {
    bool wanted;
    bool batch; /* no prompt: gdb ends after the commands */
    const char *commands[GDB_COMMAND_LIMIT];
    uint32_t count;
};

/* Starts gdb on this program as it replays the file; returns the exit code of this program when gdb has ended. */
int replay_in_gdb(const char *path, const struct subject *subject, const struct gdb_options *options);

#endif
