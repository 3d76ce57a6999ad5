/* text_difference.h - two texts side by side, as `diff -u` shows them. */
#ifndef CLI_TEXT_DIFFERENCE_H
#define CLI_TEXT_DIFFERENCE_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Prints the lines that differ, with three lines around them; `old_name` and `new_name` stand above. `colour`: removed ones
 * red, new ones green. Nothing when the texts are equal.
 */
void text_difference(FILE *stream, const char *old_name, const char *old_text, const char *new_name, const char *new_text,
                     bool colour);

#endif
