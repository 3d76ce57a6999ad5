/* macros.c - the macros of a preprocessed file. */
#include "macros.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 12 };

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct macro *)one)->name, ((const struct macro *)other)->name);
}

static void add(struct macros *macros, const char *definition, size_t length)
{
    uint32_t count = macros->count;
    if ((count & (count - 1)) == 0) {
        struct macro *list = realloc(macros->list, 2 * (count + 1) * sizeof *list);
        if (list == NULL) {
            return;
        }
        macros->list = list;
    }
    size_t name = string_word_length(definition);
    const char *body = definition + name;
    if (name == 0) {
        return;
    }
    macros->list[macros->count++] =
        (struct macro){string_copy(definition, name), string_copy(body, length - name), *body == '('};
}

struct macros macros_read(const char *preprocessed)
{
    static const char define[] = "#define ";
    struct macros macros = {0};
    while (*preprocessed != 0) {
        size_t length = strcspn(preprocessed, "\n");
        if (strncmp(preprocessed, define, sizeof define - 1) == 0) {
            add(&macros, preprocessed + sizeof define - 1, length - (sizeof define - 1));
        }
        preprocessed += length + (preprocessed[length] == '\n');
    }
    if (macros.count > 0) {
        qsort(macros.list, macros.count, sizeof *macros.list, by_name);
    }
    return macros;
}

void macros_free(struct macros *macros)
{
    free(macros->list);
}

static const struct macro *find(const struct macros *macros, char *name)
{
    const struct macro wanted = {.name = name};
    return macros->count == 0 ? NULL : bsearch(&wanted, macros->list, macros->count, sizeof wanted, by_name);
}

static bool leads_to(const struct macros *macros, const struct macro *macro, const char *name, uint32_t depth)
{
    const char *at = macro->body;
    for (size_t length; *at != 0; at = string_skip_token(at)) {
        if ((length = string_word_length(at)) == 0) {
            continue;
        }
        char *word = string_copy(at, length);
        if (strcmp(word, name) == 0) {
            return true;
        }
        const struct macro *inner = depth == 0 ? NULL : find(macros, word);
        if (inner != NULL && leads_to(macros, inner, name, depth - 1)) {
            return true;
        }
    }
    return false;
}

bool macros_lead_to(const struct macros *macros, const struct macro *macro, const char *name)
{
    return leads_to(macros, macro, name, DEPTH_LIMIT);
}
