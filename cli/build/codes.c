/*
 * codes.c - the device control codes that a driver knows, found in its source.
 *
 * Programs need them: a driver does little for a code that it does not know. They are read from the source, not learnt from
 * comparisons at run time, so that the list belongs to the subject, depends on no schedule, costs executions nothing, and holds
 * codes that a driver keeps in tables or compares in calls. Taken is
 *
 * - every macro that the driver's own text uses and whose expansion leads to CTL_CODE, whatever stands between,
 * - every case label, and every number compared with == or !=, that looks like a code: with a device type, and no NTSTATUS.
 *
 * What they are worth is asked of the compiler, which knows enumerations, sizes and casts as well.
 */
#include "build.h"
#include "flags.h"
#include "macros.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    CODE_LIMIT = 512,
    ATTEMPT_LIMIT = 16,     /* compilations of the expressions found, each without those that were wrong before */
    EXPRESSION_LIMIT = 300, /* characters of a label; longer ones are no codes */
    LOWEST_CODE = 0x10000,  /* a code has a device type */
};

/* What is taken from one source: texts of expressions, macros first. */
struct expressions {
    struct words texts;
    uint32_t macro_count;
};

struct collection {
    struct driver_build *build;
    struct words used;    /* names that the driver's files use, in the order of the alphabet */
    struct words settled; /* expressions that need not be looked at again */
};

static void add_code(struct driver_build *build, uint32_t code)
{
    for (uint32_t index = 0; index < build->code_count; index++) {
        if (build->codes[index] == code) {
            return;
        }
    }
    if (build->codes == NULL) {
        build->codes = malloc(CODE_LIMIT * sizeof *build->codes);
    }
    if (build->codes != NULL && build->code_count < CODE_LIMIT) {
        build->codes[build->code_count++] = code;
    }
}

static void add_if_plausible(struct driver_build *build, uint64_t value)
{
    if (value >= LOWEST_CODE && value <= INT32_MAX) {
        add_code(build, (uint32_t)value);
    }
}

/* ------------------------------------------------------------------------------------------------------- used names -- */

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static bool is_kernel_header(const struct driver_build *build, const char *file)
{
    return strncmp(file, build->headers, strlen(build->headers)) == 0;
}

/* Behind a directive that defines something: what a header offers is not what the driver uses. */
static const char *skip_definition(const char *at)
{
    const char *word = at + 1 + strspn(at + 1, " \t");
    if (strncmp(word, "define", 6) != 0) {
        return at + 1;
    }
    for (at += strcspn(at, "\n"); *at != 0 && (at[-1] == '\\' || (at[-1] == '\r' && at[-2] == '\\'));) {
        at++;
        at += strcspn(at, "\n");
    }
    return at;
}

static void read_used_names(struct words *used, const char *text)
{
    while (*text != 0) {
        size_t length = string_word_length(text);
        if (length > 0) {
            words_add(used, string_copy(text, length));
        }
        text = *text == '#' ? skip_definition(text) : string_skip_token(text);
    }
}

static void collect_used_names(struct collection *collection)
{
    const struct words *files = &collection->build->driver_files;
    for (uint32_t index = 0; index < files->count; index++) {
        size_t size;
        const char *text =
            is_kernel_header(collection->build, files->items[index]) ? NULL : string_read(files->items[index], &size);
        if (text != NULL) {
            read_used_names(&collection->used, text);
        }
    }
    if (collection->used.count > 0) {
        qsort(collection->used.items, collection->used.count, sizeof *collection->used.items, by_text);
    }
}

static bool is_used(const struct collection *collection, char *name)
{
    return collection->used.count > 0 &&
           bsearch(&name, collection->used.items, collection->used.count, sizeof *collection->used.items, by_text) != NULL;
}

/* ------------------------------------------------------------------------------------------------------ expressions -- */

static void take_macros(struct collection *collection, struct expressions *expressions, const char *preprocessed)
{
    struct macros macros = macros_read(preprocessed);
    for (uint32_t index = 0; index < macros.count; index++) {
        const struct macro *macro = &macros.list[index];
        if (!macro->has_parameters && !words_have(&collection->settled, macro->name) && is_used(collection, macro->name) &&
            macros_lead_to(&macros, macro, "CTL_CODE")) {
            words_add(&collection->settled, macro->name);
            words_add(&expressions->texts, macro->name);
        }
    }
    expressions->macro_count = expressions->texts.count;
    macros_free(&macros);
}

/* A plain number is known without the compiler; anything else is looked at once. */
static void take_expression(struct collection *collection, struct expressions *expressions, char *text)
{
    char *end;
    const char *digits = text + strspn(text, " \t\n(");
    uint64_t value = strtoull(digits, &end, 0);
    text += strspn(text, " \t\n");
    if (end != digits && end[strspn(end, "uUlL \t\n)")] == 0) {
        add_if_plausible(collection->build, value);
        return;
    }
    if (strpbrk(text, "#\"{};") == NULL && !words_have(&collection->settled, text)) {
        words_add(&collection->settled, text);
        words_add(&expressions->texts, text);
    }
}

/* From behind "case" to its colon, or NULL. */
static char *label_at(const char *at)
{
    const char *start = at;
    int32_t depth = 0;
    for (; *at != 0 && at - start < EXPRESSION_LIMIT; at = string_skip_token(at)) {
        depth += *at == '(' || *at == '?';
        depth -= *at == ')';
        if (*at == ':' && depth-- <= 0) {
            return string_copy(start, (size_t)(at - start));
        }
    }
    return NULL;
}

/* A number behind "==" or "!=", with the casts and brackets of an expanded macro; names are no numbers. */
static char *operand_at(const char *at)
{
    size_t length = strspn(at, " 0123456789abcdefABCDEFxXuUlL()<|+");
    return length < EXPRESSION_LIMIT && strpbrk(string_copy(at, length), "123456789")
               ? string_copy(at, strcspn(at, "&?;,{}=\n"))
               : NULL;
}

static char *balanced(char *text)
{
    int32_t depth = 0;
    for (char *at = text; *at != 0; at++) {
        depth += *at == '(';
        depth -= *at == ')';
        if (depth < 0 || (depth == 0 && *at == '|' && at[1] == '|')) {
            *at = 0;
            return text;
        }
    }
    return text;
}

static void take_comparisons(struct collection *collection, struct expressions *expressions, const char *line)
{
    while (*line != 0) {
        char *text = NULL;
        if (string_word_length(line) == 4 && strncmp(line, "case", 4) == 0) {
            text = label_at(line + 4);
        } else if ((*line == '=' || *line == '!') && line[1] == '=') {
            text = operand_at(line += 2);
            text = text == NULL ? NULL : balanced(text);
        }
        if (text != NULL) {
            take_expression(collection, expressions, text);
        }
        line = string_skip_token(line);
    }
}

/* Text that comes from the driver's own files; lines "# NUMBER "FILE"" tell. */
static char *own_text(const struct driver_build *build, const char *preprocessed)
{
    struct words lines = {0};
    bool own = false;
    while (*preprocessed != 0) {
        size_t length = strcspn(preprocessed, "\n"), whole = length + (preprocessed[length] == '\n');
        if (strncmp(preprocessed, "# ", 2) == 0) {
            const char *file = string_copy(preprocessed, length);
            file = strchr(file, '"');
            own = file != NULL && !is_kernel_header(build, file + 1) && strncmp(file, "\"/usr/", 6) != 0 && file[1] != '<';
        } else if (own && *preprocessed != '#') {
            words_add(&lines, string_copy(preprocessed, whole));
        }
        preprocessed += whole;
    }
    return words_join(&lines);
}

static struct expressions find_expressions(struct collection *collection, const char *source)
{
    const struct driver_build *build = collection->build;
    struct expressions expressions = {0};
    char *path = string_format("%s/preprocessed.c", build->work);
    size_t size;
    struct words command = build_compile_command(build, source, path, false);
    words_split(&command, "-E -dD");
    if (process_run(&command, build->verbose).status == 0) {
        const char *preprocessed = string_read(path, &size);
        if (preprocessed != NULL) {
            take_macros(collection, &expressions, preprocessed);
            take_comparisons(collection, &expressions, own_text(build, preprocessed));
        }
    }
    return expressions;
}

/* ----------------------------------------------------------------------------------------------------------- values -- */

#define PROBE "remlock-codes"

/* An array of the expressions behind the source, one on each line. What is not constant there counts as 0. */
static char *probe_text(const char *source, const struct words *texts)
{
    struct words parts = {0};
    char *resolved = realpath(source, NULL);
    words_add(&parts, string_format("#include \"%s\"\n", resolved == NULL ? source : resolved));
    words_add(&parts, "static const unsigned remlock_codes[] __attribute__((used, section(\"" PROBE "\"))) = {\n");
    words_add(&parts, "#line 1 \"" PROBE "\"\n");
    for (uint32_t index = 0; index < texts->count; index++) {
        char *text = string_format("%s", texts->items[index]);
        for (char *at = text; (at = strchr(at, '\n')) != NULL;) {
            *at = ' ';
        }
        words_add(&parts, string_format("(unsigned)__builtin_choose_expr(__builtin_constant_p(%s), (%s), 0),\n", text, text));
    }
    words_add(&parts, "};\n");
    free(resolved);
    return words_join(&parts);
}

/* "remlock-codes:LINE:": expressions that do not compile outside their function count as 0. */
static bool drop_wrong(struct words *texts, const char *output)
{
    bool dropped = false;
    while ((output = strstr(output, PROBE ":")) != NULL) {
        output += sizeof PROBE;
        unsigned long line = strtoul(output, NULL, 10);
        if (line >= 1 && line <= texts->count && strcmp(texts->items[line - 1], "0") != 0) {
            strcpy(texts->items[line - 1], "0");
            dropped = true;
        }
    }
    return dropped;
}

static bool compile_probe(const struct driver_build *build, const char *source, struct words *texts, const char *object)
{
    char *probe = string_format("%s/probe.c", build->work);
    struct words command = build_compile_command(build, probe, object, false);
    words_add(&command, "-w");
    /* An expression that cannot even be parsed hides those behind it. */
    for (uint32_t attempt = 0; attempt <= ATTEMPT_LIMIT; attempt++) {
        if (!string_write(probe, probe_text(source, texts))) {
            return false;
        }
        struct process_result result = process_run(&command, build->verbose);
        if (result.status == 0) {
            return true;
        }
        if (!drop_wrong(texts, result.output)) {
            return false;
        }
    }
    return false;
}

static void take_values(struct driver_build *build, const struct expressions *expressions, const char *object)
{
    char *values = string_format("%s/codes", build->work);
    struct words command = {0};
    size_t size;
    words_add(&command, BUILD_OBJCOPY);
    words_split(&command, "-O binary --only-section=" PROBE " --set-section-flags");
    words_add(&command, PROBE "=alloc");
    words_add(&command, object);
    words_add(&command, values);
    const char *bytes = process_run(&command, build->verbose).status == 0 ? string_read(values, &size) : NULL;
    for (uint32_t index = 0; bytes != NULL && index < expressions->texts.count && (index + 1) * sizeof(uint32_t) <= size;
         index++) {
        uint32_t value;
        memcpy(&value, bytes + index * sizeof value, sizeof value);
        if (index < expressions->macro_count && value != 0) {
            add_code(build, value);
        } else {
            add_if_plausible(build, value);
        }
    }
}

static int by_value(const void *one, const void *other)
{
    uint32_t left = *(const uint32_t *)one, right = *(const uint32_t *)other;
    return (left > right) - (left < right);
}

int build_find_codes(struct driver_build *build)
{
    struct collection collection = {.build = build};
    char *object = string_format("%s/probe.o", build->work);
    collect_used_names(&collection);
    for (uint32_t index = 0; index < build->sources.count; index++) {
        const char *source = build->sources.items[index];
        struct expressions expressions = find_expressions(&collection, source);
        if (expressions.texts.count > 0 && compile_probe(build, source, &expressions.texts, object)) {
            take_values(build, &expressions, object);
        }
    }
    if (build->code_count > 1) {
        qsort(build->codes, build->code_count, sizeof *build->codes, by_value);
    }
    return EXIT_CLEAN;
}
