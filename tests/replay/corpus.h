/* corpus.h - the files of a folder, in the order of their names. */
#ifndef TESTS_REPLAY_CORPUS_H
#define TESTS_REPLAY_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct corpus_file {
    char *path;
    const char *name; /* the last part of the path */
    uint8_t *bytes;
    size_t size;
};

struct corpus {
    struct corpus_file *files;
    size_t count;
};

/* Adds a file, or all files of a folder. Says on stderr what went wrong and returns false when something did. */
bool corpus_add(struct corpus *corpus, const char *path);
void corpus_free(struct corpus *corpus);

/* "good-*" must be accepted, "bad-*" must be refused, for others there is no telling. */
bool corpus_expects_acceptance(const struct corpus_file *file);
bool corpus_expects_refusal(const struct corpus_file *file);

#endif
