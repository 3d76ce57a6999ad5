/* words.h - the words of a command that is to be started. */
#ifndef CLI_CAMPAIGN_WORDS_H
#define CLI_CAMPAIGN_WORDS_H

#include <stdint.h>

enum { WORDS_LIMIT = 96 };

/* All zero is empty. */
struct command_words {
    char *words[WORDS_LIMIT]; /* ended by NULL */
    uint32_t count;
};

void command_add(struct command_words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

void command_free(struct command_words *words);

#endif
