/* symbols.h - what files that ask libdw share. */
#ifndef REPORTS_SYMBOLS_H
#define REPORTS_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

/* The loaded object that holds the address, or NULL. */
Dwfl_Module *symbols_module(uintptr_t address);

/* Whether an address lies in this program itself, not in an object that it has loaded. */
bool symbols_is_program(uintptr_t address);

#endif
