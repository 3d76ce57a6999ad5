/* version.h - which remlock this is, and how it was built. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#include <stdio.h>

/* One line for the records of a run: "570e24e, gcc 12.2.0, Release -O2 -g, whole program". The same in every process. */
const char *version_build(void);

/* What `remlock --version` prints: "remlock 0.1.0", and lines that say how it was built and what it reads. */
void version_print(FILE *stream);

#endif
