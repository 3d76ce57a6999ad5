/*
 * migrate.c - `remlock corpus migrate`.
 *
 * Inputs whose first byte is F1 know their subject by a number alone; with F2 they name it in full, which is what a corpus
 * wants that is kept for years. Text has one version so far, and says so in its first line.
 */
#include "corpus.h"

#include <cjson/cJSON.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_CHECK = 0x200 };

struct migrate {
    struct corpus_paths paths;
    bool check;
    uint32_t changed, refused;
    cJSON *changes, *refusals;
};

static const struct argp_option option_list[] = {
    {"check", KEY_CHECK, NULL, 0, "Change nothing; exit code 1 says that something would change", 1},
    {"subject", 'S', "SUBJECT", 0, "What all inputs are for; without it, what they say themselves", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct migrate *migrate = state->input;
    switch (key) {
    case KEY_CHECK:
        migrate->check = true;
        return 0;
    case ARGP_KEY_END:
        if (migrate->paths.count == 0) {
            argp_error(state, "a folder with inputs is missing");
        }
        return 0;
    default:
        return corpus_parse_paths(key, argument, state, &migrate->paths);
    }
}

static const struct argp migrate_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "DIR...",
    .doc = "Brings the inputs in a folder up to the present format: program, settings and schedule stay what they are, and an "
           "input names its subject in full. Replay files of the present version stay as they are; what is of a version that "
           "is not known is named and left alone."
           "\vExamples:\n"
           "  remlock corpus migrate corpus/lock\n"
           "  remlock corpus migrate --check corpus\n"
           "\nExit codes: 0 done, 1 something would change (--check), 2 usage, 4 a file is of no known version.",
    .children = common_children,
};

static void refuse(struct migrate *migrate, const struct fuzz_specimen *specimen, const char *why)
{
    migrate->refused++;
    complain("%s: %s", specimen->path, why);
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "file", specimen->path);
    cJSON_AddStringToObject(entry, "message", why);
    cJSON_AddItemToArray(migrate->refusals, entry);
}

/* A name that says what was in the file has to change with it. The new file is there before the old one goes. */
static bool write_new(const struct fuzz_specimen *specimen, const uint8_t *bytes, size_t size)
{
    char path[PATH_MAX], copy[PATH_MAX], name[17];
    struct replay_error error;
    snprintf(path, sizeof(path), "%s", specimen->path);
    snprintf(copy, sizeof(copy), "%s", specimen->path);
    bool renamed = corpus_is_content_name(basename(copy));
    if (renamed) {
        char folder[PATH_MAX];
        snprintf(folder, sizeof(folder), "%s", specimen->path);
        corpus_content_name(bytes, size, name);
        if (snprintf(path, sizeof(path), "%s/%s", dirname(folder), name) >= (int)sizeof(path)) {
            complain("%s: its new path is too long", specimen->path);
            return false;
        }
    }
    if (!replay_replace_file(path, bytes, size, &error)) {
        complain("%s", error.message);
        return false;
    }
    return !renamed || strcmp(path, specimen->path) == 0 || unlink(specimen->path) == 0;
}

/* False when a file could not be written. */
static bool migrate_one(struct migrate *migrate, const struct fuzz_specimen *specimen)
{
    static struct fuzz_input input, again;
    static uint8_t bytes[FUZZ_INPUT_LIMIT];
    if (specimen->outcome == FUZZ_FOREIGN) {
        refuse(migrate, specimen, specimen->remark);
        return true;
    }
    if (fuzz_is_text(specimen->bytes, specimen->size)) {
        return true;
    }
    fuzz_decode(specimen->bytes, specimen->size, specimen->subject, &input);
    size_t size = fuzz_encode_named(&input, bytes, sizeof(bytes));
    fuzz_decode(bytes, size, specimen->subject, &again);
    if (size == 0 || !fuzz_equal(&input, &again)) {
        refuse(migrate, specimen, "does not fit into the present format");
        return true;
    }
    if (size == specimen->size && memcmp(bytes, specimen->bytes, size) == 0) {
        return true;
    }
    migrate->changed++;
    cJSON_AddItemToArray(migrate->changes, cJSON_CreateString(specimen->path));
    return migrate->check || write_new(specimen, bytes, size);
}

static int conclude(const struct migrate *migrate, uint32_t count)
{
    if (migrate->paths.common.json) {
        cJSON *json = json_begin("corpus migrate");
        cJSON_AddNumberToObject(json, "inputs", count);
        cJSON_AddItemToObject(json, "changed", migrate->changes);
        cJSON_AddItemToObject(json, "refused", migrate->refusals);
        json_print(stdout, json);
    } else {
        cJSON_Delete(migrate->changes);
        cJSON_Delete(migrate->refusals);
        printf("%u of %u inputs %s\n", migrate->changed, count, migrate->check ? "would change" : "changed");
    }
    if (migrate->refused > 0) {
        return EXIT_MALFORMED;
    }
    return migrate->check && migrate->changed > 0 ? EXIT_FINDING : EXIT_CLEAN;
}

int corpus_migrate(int argument_count, char **arguments)
{
    static struct migrate migrate;
    struct fuzz_corpus corpus = {0};
    argp_parse(&migrate_argp, argument_count, arguments, 0, NULL, &migrate);
    migrate.changes = cJSON_CreateArray();
    migrate.refusals = cJSON_CreateArray();
    bool done = corpus_read(&migrate.paths, &corpus);
    for (uint32_t index = 0; done && index < corpus.count; index++) {
        done = migrate_one(&migrate, &corpus.specimens[index]);
    }
    int code = done ? conclude(&migrate, corpus.count) : EXIT_USAGE;
    fuzz_corpus_free(&corpus);
    return code;
}
