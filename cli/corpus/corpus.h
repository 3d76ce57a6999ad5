/* corpus.h - what the actions of `remlock corpus` share. */
#ifndef CLI_CORPUS_H
#define CLI_CORPUS_H

#include "command.h"

#include <remlock/fuzz.h>

extern const struct command corpus_actions[];

int command_corpus(int argument_count, char **arguments);
int corpus_merge(int argument_count, char **arguments);
int corpus_show(int argument_count, char **arguments);
int corpus_migrate(int argument_count, char **arguments);
int corpus_pack(int argument_count, char **arguments);
int corpus_unpack(int argument_count, char **arguments);
int corpus_exchange(int argument_count, char **arguments);

/* The files and folders on a command line, and what most actions want to know. */
enum { CORPUS_PATHS = 1024 };
struct corpus_paths {
    struct common_options common;
    const char *paths[CORPUS_PATHS];
    uint32_t count;
    const char *out;          /* or NULL */
    const char *subject_name; /* or NULL */
};

/* Handles ARGP_KEY_INIT, arguments, 'o' and 'S'; ARGP_ERR_UNKNOWN for others. */
error_t corpus_parse_paths(int key, char *argument, struct argp_state *state, struct corpus_paths *paths);

/* Opens the subject that was named, if one was; false with a message said. */
bool corpus_subject(const struct corpus_paths *paths, const struct subject **subject);

/* Reads all of it; false with a message said. */
bool corpus_read(const struct corpus_paths *paths, struct fuzz_corpus *corpus);

/* The name of an input by its content, 16 hexadecimal digits and a zero; and whether a name looks like that. */
void corpus_content_name(const uint8_t *bytes, size_t size, char *name);
bool corpus_is_content_name(const char *name);

/* "1.2 kB". */
const char *corpus_bytes(uint64_t bytes, char *text, size_t size);

#endif
