/*
 * build.h - `remlock build`: an ordinary driver's, or an ordinary program's, C files become a loadable subject.
 *
 * The steps, each in a file of its own: inputs.c finds the sources, toolchain.c knows the compiler and its flags, headers.c
 * makes includes work that are spelled as on Windows, compile.c compiles, codes.c finds device control codes, about.c reads the
 * head comment, link.c links, routines.c says what the kernel of remlock lacks. program.c has
 * what is different for C programs.
 */
#ifndef CLI_BUILD_H
#define CLI_BUILD_H

#include "../command.h"
#include "process.h"

/* A use of a routine that no header declares. */
struct undeclared {
    char *routine;
    char *place; /* FILE:LINE */
};

/* A routine that the driver needs and that is nowhere. */
struct missing {
    char *routine;
    const char *header; /* in which Microsoft declares it, or NULL */
    char *place;        /* FILE:LINE of a use, or NULL */
};

struct driver_build {
    struct common_options common;
    struct words inputs;      /* as given */
    struct words sources;     /* C files */
    struct words folders;     /* -I */
    struct words definitions; /* -D, without the -D */
    struct words prefix_maps; /* OLD=NEW */
    const char *out;
    const char *project; /* a .vcxproj file that was read, or NULL */
    const char *compiler;
    const char *dependencies; /* a file for make to read, or NULL */
    bool checked;             /* DBG=1 */
    bool program;             /* an ordinary C program, not a driver */
    const char *standard;     /* --std */
    const char *optimisation; /* -O; NULL: none */
    bool verbose;

    const char *work;       /* a folder that is ours */
    const char *headers;    /* the kernel's */
    const char *forwarders; /* headers of ours that lead to those whose names are spelled otherwise */
    bool clang;             /* which of the two the compiler is */
    struct words flags;     /* with which everything is compiled */
    struct words objects;
    struct words atomics; /* functions of a program that run undisturbed by their names */
    const char *about;
    struct words driver_files; /* the sources, and every header that was found */
    uint32_t *codes;
    uint32_t code_count;
    struct undeclared *undeclared;
    uint32_t undeclared_count;
    struct missing *missing;
    uint32_t missing_count;
};

/* "remlock build: note: ..." unless it is to be quiet. */
void build_note(const struct driver_build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Each step returns EXIT_CLEAN, or, after it has said why, EXIT_FINDING (the driver) or EXIT_USAGE (the command line). */
int build_find_sources(struct driver_build *build);
int build_choose_compiler(struct driver_build *build);
int build_forward_headers(struct driver_build *build);
int build_compile(struct driver_build *build);
int build_find_codes(struct driver_build *build);
int build_link(struct driver_build *build);
int build_write_dependencies(struct driver_build *build);
int build_tell_kind(struct driver_build *build);
int build_check_program(const struct driver_build *build, const char *image);
int build_check_routines(struct driver_build *build, const char *image);
int build_read_about(struct driver_build *build);

/* The folder of headers for drivers, beside the program or where it was built, or NULL. */
const char *build_headers_folder(void);

/* The command that compiles `source` to `object`; `instrumented` is how drivers are. */
struct words build_compile_command(const struct driver_build *build, const char *source, const char *object, bool instrumented);

/* Calls in a program's object get the names that threads/ has for them. */
bool build_rename_calls(const struct driver_build *build, const char *object);

/* Functions of a program's object that are to run undisturbed make room for others that see to it, which are compiled here. */
bool build_wrap_atomics(struct driver_build *build, const char *object);
bool build_compile_atomics(struct driver_build *build);

/* The header in which Microsoft declares a routine, or NULL. */
const char *known_routine_header(const char *routine);

#endif
