/* about.h - reads "name.c - summary", which ends with its paragraph, then more of them. */
#ifndef HARNESS_ABOUT_H
#define HARNESS_ABOUT_H

#include <stddef.h>

enum { ABOUT_SUMMARY_SIZE = 240, ABOUT_STORY_SIZE = 4096 };

/* Splits it. What is too long ends with a whole sentence, or with dots. */
void about_read(const char *about, char *summary, size_t summary_size, char *story, size_t story_size);

#endif
