/* utf8.h - bytes of unknown origin, for documents that must be UTF-8. */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stdbool.h>

bool utf8_is_valid(const char *text);

/* A copy in which U+FFFD stands for each byte that belongs to no character; to be freed by the caller. NULL without memory. */
char *utf8_mend(const char *text);

#endif
