/*
 * checkpoint.h - the file from which an interrupted `remlock verify` goes on.
 *
 * A few lines of text that say what it belongs to, then a part for each worker, then a checksum. It is written beside its name
 * and renamed, so a kill at any moment leaves the old one or the new one.
 */
#ifndef CLI_CHECKPOINT_H
#define CLI_CHECKPOINT_H

#include <remlock/harness.h>

/* What a checkpoint belongs to. */
struct checkpoint_identity {
    char invocation[8192]; /* the options that decide what is explored, as a command line */
    char build[64];        /* stands for the code of remlock and of the subject, and for what a file that was named held */
};

/* Fills identity->build. `scenario` may be NULL: then the options alone say what is explored. */
void checkpoint_identify(struct checkpoint_identity *identity, const struct subject *subject, const struct scenario *scenario);

/* `files` are descriptors of the workers' parts. False with a message. */
bool checkpoint_write(const char *path, const struct checkpoint_identity *identity, const int *files, uint32_t count,
                      char *message, size_t size);

/* Copies the parts into the files. False with a message when the file cannot be read, is damaged or belongs to something else.
 */
bool checkpoint_read(const char *path, const struct checkpoint_identity *identity, const int *files, uint32_t count,
                     char *message, size_t size);

#endif
