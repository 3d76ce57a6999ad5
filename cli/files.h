/* files.h - files and folders that commands are given. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <remlock/replay.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the folder and those above it, and makes sure that files can be created in it. False with a message. */
bool folder_prepare(const char *path, char *message, size_t size);

/* The same for a folder that another option than --out names. */
bool folder_prepare_for(const char *option, const char *path, char *message, size_t size);

/* The whole file ("-": the standard input), to be freed by the caller; at most REPLAY_FILE_LIMIT bytes. NULL with a message. */
uint8_t *file_read(const char *path, size_t *size, char *message, size_t message_size);

/*
 * The subject a raw fuzz input is for: the given one, or what the bytes themselves say. NULL with a message.
 */
const struct subject *input_subject(const char *path, const uint8_t *bytes, size_t size, const struct subject *given,
                                    char *message, size_t message_size);

/* What a file holds: a replay text or a raw fuzz input, told apart by its first bytes. */
struct case_file {
    struct replay replay;
    bool raw;
};

/*
 * Loads a case to run it. A raw input is run as a fuzz target would, with as many schedules as AFL++'s: its replay is the first
 * one that showed a finding, which it then expects, or the one that the input proposes. Empty `file` before; release
 * file->replay. False with a message when the file cannot be read or is malformed.
 */
bool case_load(struct case_file *file, const char *path, const struct subject *subject, char *message, size_t size);

/*
 * Runs the replay once more, recording, and writes it with comments that say what happens at each deviation. The heading
 * stands below the first line. False with a message.
 */
bool case_save(const struct replay *replay, const char *heading, const char *path, char *message, size_t size);

/* The same as text, to be freed by the caller, or NULL without memory. */
char *case_text(const struct replay *replay, const char *heading, size_t *size);

/* What the replay expects: "clean", "IDENTIFIER ROUTINE", or "" when that is nothing. */
enum { CASE_EXPECTATION_SIZE = REPLAY_IDENTIFIER_SIZE + REPLAY_ROUTINE_SIZE };
void case_expectation(const struct replay *replay, char *text, size_t size);

#endif
