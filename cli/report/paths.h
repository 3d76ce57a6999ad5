/*
 * paths.h - source files as a report names them: relative to the source root, wherever they lay when they were compiled.
 */
#ifndef CLI_REPORT_PATHS_H
#define CLI_REPORT_PATHS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct cJSON;

/* The folder that files are named relative to. */
struct report_root {
    char path[PATH_MAX]; /* without links, and without a slash at its end, except for "/" itself */
};

/* `path`, or NULL: the top of the git work tree around the current folder, else the current folder. False with a message. */
bool report_root_open(struct report_root *root, const char *path, char *message, size_t size);

/*
 * Where a file that debug information names lies below the root: "drivers/filter.c". A file that is not there may have been
 * compiled elsewhere: then the longest end of its path that the root has is taken, of a file of remlock itself (`is_ours`) only
 * one with a folder in it. False when there is none.
 */
bool report_root_find(const struct report_root *root, const char *path, bool is_ours, char *relative, size_t size);

/* Any file, relative to the root: "../build/a.replay" when it lies outside. */
void report_root_relate(const struct report_root *root, const char *path, char *relative, size_t size);

/* Any file, as it is typed in the current folder: an absolute path below it becomes a relative one. */
void report_file_typed(const char *path, char *text, size_t size);

/* The subject of a replay, so that it is called the same wherever the root lies: only absolute paths below it change. */
void report_root_subject(const struct report_root *root, const char *subject, char *text, size_t size);

/*
 * Replaces each "path" in `json` and below by the relative one, or takes it away; then "path" in an object is a key of what
 * report_sources_read() makes, and "line" a line that somebody wants to see.
 */
void report_sources_name(const struct report_root *root, struct cJSON *json);

/* The lines of all files that "path" in `json` and below names. */
struct cJSON *report_sources_read(const struct report_root *root, const struct cJSON *json);

#endif
