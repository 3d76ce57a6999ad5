/* program_text.h - a program given on the command line: as text, or as @FILE. */
#ifndef CLI_PROGRAM_TEXT_H
#define CLI_PROGRAM_TEXT_H

#include <remlock/harness.h>

/*
 * Reads "io: acquire A; release A | pnp: remove B" (tasks separated by '|' or line ends), or, from @FILE, such lines or a
 * whole replay file, whose configuration then holds as well. False with a message.
 */
bool program_text_read(const char *text, const struct subject *subject, struct scenario *scenario, char *message, size_t size);

#endif
