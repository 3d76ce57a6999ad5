/* words.c - see words.h. */
#include "words.h"

#include "command.h"

#include <stdarg.h>
#include <stdlib.h>

void command_add(struct command_words *words, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = words->count < WORDS_LIMIT - 1 ? vasprintf(&words->words[words->count], format, arguments) : -1;
    va_end(arguments);
    if (length < 0) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    words->words[++words->count] = NULL;
}

void command_free(struct command_words *words)
{
    for (uint32_t index = 0; index < words->count; index++) {
        free(words->words[index]);
    }
    *words = (struct command_words){0};
}
