/*
 * pack.c - `remlock corpus pack`: a zip or tar.gz that depends on names and contents of the files alone.
 */
#include "corpus.h"

#include <archive.h>
#include <archive_entry.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The first moment that a zip can hold. */
static const time_t STANDARD_TIME = 315532800;

struct packing {
    struct corpus_paths paths;
    struct fuzz_corpus corpus;
    struct archive *archive;
    uint8_t *bytes; /* the archive so far */
    size_t size, room;
    time_t time; /* of all files in it */
};

static const struct argp_option option_list[] = {
    {"out", 'o', "FILE", 0, "The archive: .zip (what OSS-Fuzz takes as TARGET_seed_corpus.zip) or .tar.gz", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct packing *packing = state->input;
    if (key == ARGP_KEY_END) {
        if (packing->paths.count != 1) {
            argp_error(state, packing->paths.count == 0 ? "a folder with inputs is missing" : "one folder at a time");
        }
        if (!packing->paths.out) {
            argp_error(state, "where to? --out FILE.zip or FILE.tar.gz");
        }
    }
    return corpus_parse_paths(key, argument, state, &packing->paths);
}

static const struct argp pack_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "DIR",
    .doc = "Packs the inputs in DIR, and in folders below it, into one file. The same inputs give the same bytes: sorted, "
           "without owners, and with the time of SOURCE_DATE_EPOCH, or of 1980-01-01. Hidden files and README files stay out."
           "\vExamples:\n"
           "  remlock corpus pack corpus/lock -o remlock-fuzz-lock_seed_corpus.zip\n"
           "  remlock corpus pack night/corpus -o corpus.tar.gz\n"
           "\nExit codes: 0 done, 2 usage.",
    .children = common_children,
};

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), ending_length = strlen(ending);
    return length > ending_length && strcmp(text + length - ending_length, ending) == 0;
}

static la_ssize_t take_bytes(struct archive *archive, void *context, const void *bytes, size_t size)
{
    struct packing *packing = context;
    if (packing->size + size > packing->room) {
        size_t room = 2 * packing->room + size;
        uint8_t *larger = realloc(packing->bytes, room);
        if (!larger) {
            archive_set_error(archive, ENOMEM, "out of memory");
            return -1;
        }
        packing->bytes = larger;
        packing->room = room;
    }
    memcpy(packing->bytes + packing->size, bytes, size);
    packing->size += size;
    return (la_ssize_t)size;
}

static bool open_archive(struct packing *packing)
{
    struct archive *archive = packing->archive = archive_write_new();
    if (!archive) {
        return false;
    }
    if (ends_with(packing->paths.out, ".zip")) {
        /* A zip holds local times. */
        setenv("TZ", "UTC", 1);
        tzset();
        archive_write_set_format_zip(archive);
    } else {
        archive_write_set_format_ustar(archive);
        archive_write_add_filter_gzip(archive);
        archive_write_set_filter_option(archive, "gzip", "timestamp", NULL);
    }
    archive_write_set_bytes_in_last_block(archive, 1);
    return archive_write_open(archive, packing, NULL, take_bytes, NULL) == ARCHIVE_OK;
}

static bool add(struct packing *packing, const struct fuzz_specimen *specimen)
{
    struct archive_entry *entry = archive_entry_new();
    const char *name = specimen->path + strlen(packing->paths.paths[0]);
    archive_entry_set_pathname(entry, name + strspn(name, "/"));
    archive_entry_set_size(entry, (la_int64_t)specimen->size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, packing->time, 0);
    bool added = archive_write_header(packing->archive, entry) == ARCHIVE_OK &&
                 archive_write_data(packing->archive, specimen->bytes, specimen->size) == (la_ssize_t)specimen->size;
    archive_entry_free(entry);
    return added;
}

static bool pack(struct packing *packing)
{
    bool packed = open_archive(packing);
    for (uint32_t index = 0; packed && index < packing->corpus.count; index++) {
        packed = add(packing, &packing->corpus.specimens[index]);
    }
    packed = packed && archive_write_close(packing->archive) == ARCHIVE_OK;
    if (!packed) {
        complain("%s: cannot be packed: %s", packing->paths.out,
                 packing->archive ? archive_error_string(packing->archive) : "out of memory");
    }
    archive_write_free(packing->archive);
    return packed;
}

static bool find_time(struct packing *packing)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char *end = NULL;
    packing->time = STANDARD_TIME;
    if (!epoch) {
        return true;
    }
    long long seconds = strtoll(epoch, &end, 10);
    if (end == epoch || *end) {
        complain("SOURCE_DATE_EPOCH is '%s', not a number of seconds", epoch);
        return false;
    }
    packing->time = seconds < STANDARD_TIME ? STANDARD_TIME : (time_t)seconds;
    return true;
}

static int tell(const struct packing *packing)
{
    char bytes[32];
    if (packing->paths.common.json) {
        cJSON *json = json_begin("corpus pack");
        cJSON_AddStringToObject(json, "file", packing->paths.out);
        cJSON_AddNumberToObject(json, "inputs", packing->corpus.count);
        cJSON_AddNumberToObject(json, "bytes", (double)packing->size);
        json_print(stdout, json);
    } else {
        printf("%s: %u inputs, %s\n", packing->paths.out, packing->corpus.count,
               corpus_bytes(packing->size, bytes, sizeof(bytes)));
    }
    return EXIT_CLEAN;
}

static int run(struct packing *packing)
{
    struct replay_error error;
    const char *out = packing->paths.out;
    if (!ends_with(out, ".zip") && !ends_with(out, ".tar.gz") && !ends_with(out, ".tgz")) {
        complain("'%s' ends neither in .zip nor in .tar.gz", out);
        return EXIT_USAGE;
    }
    if (!find_time(packing) || !corpus_read(&packing->paths, &packing->corpus)) {
        return EXIT_USAGE;
    }
    if (packing->corpus.count == 0) {
        complain("there is no input in '%s'", packing->paths.paths[0]);
        return EXIT_USAGE;
    }
    if (!pack(packing)) {
        return EXIT_USAGE;
    }
    if (!replay_replace_file(out, packing->bytes, packing->size, &error)) {
        complain("%s", error.message);
        return EXIT_USAGE;
    }
    return tell(packing);
}

int corpus_pack(int argument_count, char **arguments)
{
    static struct packing packing;
    argp_parse(&pack_argp, argument_count, arguments, 0, NULL, &packing);
    int code = run(&packing);
    fuzz_corpus_free(&packing.corpus);
    free(packing.bytes);
    return code;
}
