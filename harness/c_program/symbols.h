/*
 * symbols.h - the names of a loaded program's functions and variables, static ones too.
 *
 * The loader knows only what is exported; so the file's own table of symbols is read, once.
 */
#ifndef HARNESS_C_PROGRAM_SYMBOLS_H
#define HARNESS_C_PROGRAM_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbols;

/* Of the ELF file at `path`, loaded at `base`. Never NULL for want of symbols, only for want of memory. */
struct symbols *symbols_read(const char *path, const void *base);

/* The function or variable that an address lies in, and how far into it; NULL: none. */
const char *symbols_find(const struct symbols *symbols, const void *address, size_t *offset);

#endif
