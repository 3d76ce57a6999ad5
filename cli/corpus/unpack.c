/*
 * unpack.c - `remlock corpus unpack`.
 *
 * An archive may come from anywhere. It is read twice: first everything in it is checked, then it is written, so that of a bad
 * one nothing is written at all.
 */
#include "corpus.h"
#include "files.h"

#include <archive.h>
#include <archive_entry.h>
#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 64 * 1024, INPUT_LIMIT = 1 << 20, COUNT_LIMIT = 1000000 };

static const uint64_t TOTAL_LIMIT = 1ull << 30;

struct unpacking {
    struct corpus_paths paths;
    bool write; /* the second time */
    uint32_t count;
    uint64_t bytes;
    uint8_t input[INPUT_LIMIT];
    char message[PATH_MAX + 512];
};

static const struct argp_option option_list[] = {
    {"out", 'o', "DIR", 0, "The folder to write into; a file that is there already stays as it is", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct unpacking *unpacking = state->input;
    if (key == ARGP_KEY_END) {
        if (unpacking->paths.count != 1) {
            argp_error(state, unpacking->paths.count == 0 ? "an archive is missing" : "one archive at a time");
        }
        if (!unpacking->paths.out) {
            argp_error(state, "where to? --out DIR");
        }
    }
    return corpus_parse_paths(key, argument, state, &unpacking->paths);
}

static const struct argp unpack_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Takes the inputs out of a zip or tar.gz. Everything is checked before anything is written: names stay below DIR, "
           "sizes are within bounds (1 MiB for an input, 1 GiB for all), only ordinary files count, and a file that is named "
           "by its content has that content."
           "\vExamples:\n"
           "  remlock corpus unpack corpus.tar.gz --out corpus\n"
           "\nExit codes: 0 done, 2 usage, 4 the archive is damaged or not acceptable.",
    .children = common_children,
};

/* ---------------------------------------------------------------------------------------------------------- checking -- */

static bool refuse(struct unpacking *unpacking, const char *name, const char *why)
{
    snprintf(unpacking->message, sizeof(unpacking->message), "%s: '%s' %s; nothing was written", unpacking->paths.paths[0],
             name ? name : "?", why);
    return false;
}

/* Relative, and without a part that leads anywhere else or hides the file. */
static bool is_acceptable_name(const char *name)
{
    if (!name || !*name || strlen(name) >= PATH_MAX / 2 || name[strlen(name) - 1] == '/') {
        return false;
    }
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        if (*part == '.' || *part == '/') {
            return false;
        }
    }
    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == '\\') {
            return false;
        }
    }
    return *name != '/';
}

/* The size that the archive tells may be wrong, or missing. */
static bool read_input(struct unpacking *unpacking, struct archive *archive, const char *name, size_t *size)
{
    *size = 0;
    for (;;) {
        la_ssize_t got = archive_read_data(archive, unpacking->input + *size, INPUT_LIMIT - *size);
        if (got < 0) {
            return refuse(unpacking, name, archive_error_string(archive) ? archive_error_string(archive) : "is damaged");
        }
        if (got == 0) {
            return true;
        }
        *size += (size_t)got;
        if (*size == INPUT_LIMIT) {
            return refuse(unpacking, name, "is larger than 1 MiB");
        }
    }
}

static bool check(struct unpacking *unpacking, struct archive_entry *entry, const char *name)
{
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) || archive_entry_symlink(entry)) {
        return refuse(unpacking, name, "is no ordinary file");
    }
    if (!is_acceptable_name(name)) {
        return refuse(unpacking, name, "is no name for a file below the folder");
    }
    if (archive_entry_is_encrypted(entry)) {
        return refuse(unpacking, name, "is encrypted");
    }
    if (++unpacking->count > COUNT_LIMIT) {
        return refuse(unpacking, name, "is one file too many");
    }
    return true;
}

static bool check_content(struct unpacking *unpacking, const char *name, size_t size)
{
    char content[17];
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    unpacking->bytes += size;
    if (unpacking->bytes > TOTAL_LIMIT) {
        return refuse(unpacking, name, "makes it more than 1 GiB");
    }
    corpus_content_name(unpacking->input, size, content);
    if (corpus_is_content_name(base) && strcmp(base, content) != 0) {
        return refuse(unpacking, name, "does not hold what its name says");
    }
    return true;
}

/* ----------------------------------------------------------------------------------------------------------- writing -- */

static bool write_input(struct unpacking *unpacking, const char *name, size_t size)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    int length = slash ? (int)(slash - name) : 0;
    if (snprintf(folder, sizeof(folder), "%s%s%.*s", unpacking->paths.out, length ? "/" : "", length, name) >= PATH_MAX) {
        return refuse(unpacking, name, "has too long a path");
    }
    return (length == 0 || folder_prepare(folder, unpacking->message, sizeof(unpacking->message))) &&
           fuzz_corpus_write(folder, base, unpacking->input, size, unpacking->message, sizeof(unpacking->message));
}

static bool take_entry(struct unpacking *unpacking, struct archive *archive, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    size_t size;
    if (archive_entry_filetype(entry) == AE_IFDIR) {
        return true; /* those that are needed are made */
    }
    return check(unpacking, entry, name) && read_input(unpacking, archive, name, &size) &&
           check_content(unpacking, name, size) && (!unpacking->write || write_input(unpacking, name, size));
}

static bool go_through(struct unpacking *unpacking, struct archive *archive)
{
    struct archive_entry *entry;
    for (;;) {
        int status = archive_read_next_header(archive, &entry);
        if (status == ARCHIVE_EOF) {
            return true;
        }
        if (status != ARCHIVE_OK) {
            snprintf(unpacking->message, sizeof(unpacking->message), "%s: %s; nothing was written", unpacking->paths.paths[0],
                     archive_error_string(archive) ? archive_error_string(archive) : "is damaged");
            return false;
        }
        if (!take_entry(unpacking, archive, entry)) {
            return false;
        }
    }
}

/* No other formats than those that pack writes: each is code that strangers' bytes go through. */
static bool read_archive(struct unpacking *unpacking, bool write)
{
    struct archive *archive = archive_read_new();
    if (!archive) {
        snprintf(unpacking->message, sizeof(unpacking->message), "out of memory");
        return false;
    }
    archive_read_support_filter_gzip(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip(archive);
    unpacking->write = write;
    unpacking->count = 0;
    unpacking->bytes = 0;
    bool opened = archive_read_open_filename(archive, unpacking->paths.paths[0], BLOCK) == ARCHIVE_OK;
    if (!opened) {
        snprintf(unpacking->message, sizeof(unpacking->message), "%s: cannot be read: %s", unpacking->paths.paths[0],
                 archive_error_string(archive));
    }
    bool done = opened && go_through(unpacking, archive);
    archive_read_free(archive);
    return done;
}

static int tell(const struct unpacking *unpacking)
{
    char bytes[32];
    if (unpacking->paths.common.json) {
        cJSON *json = json_begin("corpus unpack");
        cJSON_AddStringToObject(json, "folder", unpacking->paths.out);
        cJSON_AddNumberToObject(json, "inputs", unpacking->count);
        cJSON_AddNumberToObject(json, "bytes", (double)unpacking->bytes);
        json_print(stdout, json);
    } else {
        printf("%s: %u inputs, %s\n", unpacking->paths.out, unpacking->count,
               corpus_bytes(unpacking->bytes, bytes, sizeof(bytes)));
    }
    return EXIT_CLEAN;
}

int corpus_unpack(int argument_count, char **arguments)
{
    static struct unpacking unpacking;
    argp_parse(&unpack_argp, argument_count, arguments, 0, NULL, &unpacking);
    if (!read_archive(&unpacking, false)) {
        complain("%s", unpacking.message);
        return EXIT_MALFORMED;
    }
    if (!folder_prepare(unpacking.paths.out, unpacking.message, sizeof(unpacking.message)) || !read_archive(&unpacking, true)) {
        complain("%s", unpacking.message);
        return EXIT_USAGE;
    }
    return tell(&unpacking);
}
