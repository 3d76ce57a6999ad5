/* routines.c - what a driver calls and nobody has: all of it at once, with the header in which Microsoft declares it. */
#include "build.h"
#include "flags.h"

#include <remlock/routines.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * Of libc's routines those that Windows' kernel has as well and that do the same in both. Others are not: wide characters have
 * another size here, and formats other letters.
 */
static const char *const shared_routines[] = {
    "abs",     "bsearch",  "isalnum", "isalpha", "isdigit", "islower", "isprint",       "isspace",
    "isupper", "isxdigit", "labs",    "memchr",  "memcmp",  "qsort",   "strcat",        "strchr",
    "strcmp",  "strcpy",   "strcspn", "strlen",  "strncat", "strncmp", "strncpy",       "strpbrk",
    "strrchr", "strspn",   "strstr",  "strnlen", "tolower", "toupper", "__ctype_b_loc", NULL,
};

static bool is_there(const char *name)
{
    for (const struct kernel_routine *routine = kernel_routines; routine->name != NULL; routine++) {
        if (strcmp(routine->name, name) == 0) {
            return true;
        }
    }
    for (uint32_t index = 0; shared_routines[index] != NULL; index++) {
        if (strcmp(shared_routines[index], name) == 0) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------------ places -- */

/* The line on which a text has the word outside comments and literals, or 0; `inside`: within braces, where calls are. */
static uint32_t line_of_word(const char *text, const char *word, bool inside)
{
    size_t length = strlen(word);
    uint32_t line = 1;
    int32_t depth = 0;
    while (*text != 0) {
        if (string_word_length(text) == length && strncmp(text, word, length) == 0 && (depth > 0 || !inside)) {
            return line;
        }
        depth += (*text == '{') - (*text == '}');
        const char *next = string_skip_token(text);
        for (; text < next; text++) {
            line += *text == '\n';
        }
    }
    return 0;
}

static char *find_word(const struct driver_build *build, const char *word, bool inside)
{
    for (uint32_t index = 0; index < build->driver_files.count; index++) {
        size_t size;
        const char *file = build->driver_files.items[index], *text = string_read(file, &size);
        bool ours = strncmp(file, build->headers, strlen(build->headers)) == 0;
        uint32_t line = text == NULL || ours ? 0 : line_of_word(text, word, inside);
        if (line > 0) {
            return string_format("%s:%u", file, line);
        }
    }
    return NULL;
}

/* FILE:LINE where the driver calls a routine, or at least mentions it, or NULL. */
static char *find_use(const struct driver_build *build, const char *word)
{
    char *call = find_word(build, word, true);
    return call == NULL ? find_word(build, word, false) : call;
}

/* ----------------------------------------------------------------------------------------------------------- missing -- */

/* Some routines are called by macros: IoCallDriver by its name is IofCallDriver by its symbol. */
static char *source_name(const char *symbol)
{
    size_t length = strcspn(symbol, "f");
    bool fast = length > 0 && length < 4 && symbol[length] == 'f' && isupper((unsigned char)symbol[length + 1]);
    return fast ? string_format("%.*s%s", (int)length, symbol, symbol + length + 1) : NULL;
}

static char *place_of(const struct driver_build *build, const char *name)
{
    for (uint32_t index = 0; index < build->undeclared_count; index++) {
        if (strcmp(build->undeclared[index].routine, name) == 0) {
            return build->undeclared[index].place;
        }
    }
    char *place = find_use(build, name), *other = source_name(name);
    return place == NULL && other != NULL ? find_use(build, other) : place;
}

static void add_missing(struct driver_build *build, char *name)
{
    struct missing *list = realloc(build->missing, (build->missing_count + 1) * sizeof *list);
    if (list == NULL) {
        return;
    }
    build->missing = list;
    list[build->missing_count++] = (struct missing){name, known_routine_header(name), place_of(build, name)};
}

/* nm -P: "NAME U". A symbol that is weak may be missing. */
static void read_undefined(struct driver_build *build, const char *output)
{
    while (*output != 0) {
        size_t length = strcspn(output, "\n"), name = strcspn(output, " \n");
        if (name < length && output[name + 1] == 'U') {
            char *symbol = string_copy(output, strcspn(output, " @\n"));
            if (!is_there(symbol)) {
                add_missing(build, strncmp(symbol, "crt_", 4) == 0 ? symbol + 4 : symbol); /* see wdm/crt.h */
            }
        }
        output += length;
        output += *output == '\n';
    }
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct missing *)one)->routine, ((const struct missing *)other)->routine);
}

static void tell_missing(const struct driver_build *build)
{
    complain("the driver calls %u routine%s that remlock does not have:", build->missing_count,
             build->missing_count == 1 ? "" : "s");
    for (uint32_t index = 0; index < build->missing_count; index++) {
        const struct missing *missing = &build->missing[index];
        fprintf(stderr, "  %-40s %-14s %s\n", missing->routine, missing->header ? missing->header : "(unknown)",
                missing->place ? missing->place : "");
    }
    build_note(build, "a routine of the driver's own that is listed here is in a file that was not given; docs/your-driver.md "
                      "tells what to do about the kernel's");
}

/* A routine that is there but not declared would be called as if it returned an int. */
static bool tell_undeclared(const struct driver_build *build)
{
    bool told = false;
    for (uint32_t index = 0; index < build->undeclared_count; index++) {
        const struct undeclared *use = &build->undeclared[index];
        const char *header = known_routine_header(use->routine);
        if (is_there(use->routine)) {
            fprintf(stderr, "%s: error: %s is called without a declaration%s%s\n", use->place, use->routine,
                    header ? "; include " : "", header ? header : "");
            told = true;
        }
    }
    return told;
}

static bool has_entry(const char *image, struct process_result *undefined)
{
    struct words command = {0};
    words_add(&command, BUILD_NM);
    words_split(&command, "-D -P");
    words_add(&command, image);
    *undefined = process_run(&command, false);
    return strncmp(undefined->output, "DriverEntry ", 12) == 0 || strstr(undefined->output, "\nDriverEntry ") != NULL;
}

int build_check_routines(struct driver_build *build, const char *image)
{
    struct process_result symbols;
    bool entry = has_entry(image, &symbols);
    if (symbols.status != 0) {
        complain("%s does not work; it is part of binutils: %s", BUILD_NM, symbols.output);
        return EXIT_USAGE;
    }
    read_undefined(build, symbols.output);
    bool undeclared = tell_undeclared(build);
    if (build->missing_count > 0) {
        qsort(build->missing, build->missing_count, sizeof *build->missing, by_name);
        tell_missing(build);
        return EXIT_FINDING;
    }
    if (!entry) {
        complain("there is no DriverEntry in %s; it must not be static", build->sources.items[0]);
        return EXIT_FINDING;
    }
    return undeclared ? EXIT_FINDING : EXIT_CLEAN;
}
