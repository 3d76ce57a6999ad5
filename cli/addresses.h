/* addresses.h - runs where equal runs of the program must see equal addresses. */
#ifndef CLI_ADDRESSES_H
#define CLI_ADDRESSES_H

/*
 * Starts the program anew with its addresses where they are in every process that does so, unless they are there already or the
 * system does not let it; then it returns. `arguments` are those of the command, behind the program's name.
 */
void addresses_settle(const char *command, int argument_count, char **arguments);

#endif
