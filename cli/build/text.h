/* text.h - strings and lists of them for one build; all are freed together. */
#ifndef CLI_BUILD_TEXT_H
#define CLI_BUILD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list of strings, ended by NULL once there is one, as a command line is. */
struct words {
    char **items;
    uint32_t count;
};

/* A string as printf makes it. Like all memory of this header it lives until string_free_all(); without memory the program
 * ends.
 */
char *string_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *string_copy(const char *start, size_t length);

void words_add(struct words *words, const char *word);
void words_add_all(struct words *words, const struct words *others);
bool words_have(const struct words *words, const char *word);
void words_add_once(struct words *words, const char *word);

/* All of them as one string. */
char *words_join(const struct words *words);

/* Adds the words of a text that blanks separate. */
void words_split(struct words *words, const char *text);

/* A whole file, 0-terminated, or NULL with errno set. */
char *string_read(const char *path, size_t *size);

/* Writes a whole file. False with errno set. */
bool string_write(const char *path, const char *text);

/* "a/b/c.h": "a/b"; without a folder: ".". */
char *string_folder_of(const char *path);

/* "a/b/c.h": "c.h". */
const char *string_name_of(const char *path);

bool string_ends_with(const char *text, const char *end); /* whatever the case */

/* Reading C: how long the name is that begins here (0: none does), and what follows the token, comment or blank that does. */
size_t string_word_length(const char *at);
const char *string_skip_token(const char *at);

void string_free_all(void);

#endif
