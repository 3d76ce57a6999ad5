/* checkpoint.c - see checkpoint.h. */
#include "checkpoint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char FIRST_LINE[] = "remlock checkpoint 1\n";

/* -------------------------------------------------------------------------------------------------------- identity -- */

static uint64_t hash_file(const char *path, uint64_t seed)
{
    static char buffer[1 << 16];
    FILE *file = fopen(path, "rb");
    if (!file) {
        return seed;
    }
    for (size_t length; (length = fread(buffer, 1, sizeof(buffer), file)) > 0;) {
        seed = XXH3_64bits_withSeed(buffer, length, seed);
    }
    fclose(file);
    return seed;
}

static uint64_t hash_scenario(const struct scenario *scenario, uint64_t seed)
{
    const struct program *program = &scenario->program;
    char text[256];
    seed = XXH3_64bits_withSeed(&scenario->configuration, sizeof(scenario->configuration), seed);
    for (uint32_t task = 0; task < program->task_count; task++) {
        seed = XXH3_64bits_withSeed(&program->tasks[task].count, sizeof(program->tasks[task].count), seed);
    }
    for (uint32_t index = 0; index < program->operation_count; index++) {
        operation_format(scenario->subject, &program->operations[index], text, sizeof(text));
        seed = XXH3_64bits_withSeed(text, strlen(text), seed);
    }
    return seed;
}

void checkpoint_identify(struct checkpoint_identity *identity, const struct subject *subject, const struct scenario *scenario)
{
    char path[PATH_MAX];
    uint64_t hash = hash_file("/proc/self/exe", 0);
    const char *colon = strchr(subject->name, ':');
    if (subject_is_path(subject->name)) {
        hash = hash_file(subject->name, hash);
    } else if (colon) {
        snprintf(path, sizeof(path), "%s/%s.so", subject_folder(), colon + 1);
        hash = hash_file(path, hash);
    }
    hash = scenario ? hash_scenario(scenario, hash) : hash;
    snprintf(identity->build, sizeof(identity->build), "%016" PRIx64, hash);
}

/* --------------------------------------------------------------------------------------------------------- writing -- */

/* A file that is being made: everything that goes into it is hashed. */
struct output {
    FILE *file;
    uint64_t hash;
};

static void put(struct output *output, const void *bytes, size_t size)
{
    output->hash = XXH3_64bits_withSeed(bytes, size, output->hash);
    fwrite(bytes, 1, size, output->file);
}

static void put_part(struct output *output, int file)
{
    static char buffer[1 << 16];
    struct stat about;
    uint64_t left = fstat(file, &about) == 0 ? (uint64_t)about.st_size : 0;
    put(output, &left, sizeof(left));
    for (off_t offset = 0; left > 0;) {
        ssize_t length = pread(file, buffer, left < sizeof(buffer) ? left : sizeof(buffer), offset);
        if (length <= 0) {
            return; /* the checksum will not be written either: see below */
        }
        put(output, buffer, (size_t)length);
        offset += length;
        left -= (uint64_t)length;
    }
}

static bool all_there(const int *files, uint32_t count)
{
    struct stat about;
    for (uint32_t index = 0; index < count; index++) {
        if (fstat(files[index], &about) != 0 || about.st_size == 0) {
            return false;
        }
    }
    return true;
}

bool checkpoint_write(const char *path, const struct checkpoint_identity *identity, const int *files, uint32_t count,
                      char *message, size_t size)
{
    char beside[PATH_MAX];
    snprintf(beside, sizeof(beside), "%s.new", path);
    if (!all_there(files, count)) {
        snprintf(message, size, "%s: not written: out of memory for the state of the search", path);
        return false;
    }
    struct output output = {.file = fopen(beside, "wb")};
    if (!output.file) {
        snprintf(message, size, "cannot write %s: %s", beside, strerror(errno));
        return false;
    }
    put(&output, FIRST_LINE, strlen(FIRST_LINE));
    put(&output, identity->invocation, strlen(identity->invocation) + 1);
    put(&output, identity->build, strlen(identity->build) + 1);
    put(&output, &count, sizeof(count));
    for (uint32_t index = 0; index < count; index++) {
        put_part(&output, files[index]);
    }
    fwrite(&output.hash, sizeof(output.hash), 1, output.file);
    bool written = fflush(output.file) == 0 && !ferror(output.file) && fsync(fileno(output.file)) == 0;
    written &= fclose(output.file) == 0;
    if (!written || rename(beside, path) != 0) {
        snprintf(message, size, "cannot write %s: %s", path, strerror(errno));
        unlink(beside);
        return false;
    }
    return true;
}

/* --------------------------------------------------------------------------------------------------------- reading -- */

struct input {
    FILE *file;
    uint64_t hash;
    bool short_of; /* bytes */
};

static bool get(struct input *input, void *bytes, size_t size)
{
    input->short_of |= fread(bytes, 1, size, input->file) != size;
    if (!input->short_of) {
        input->hash = XXH3_64bits_withSeed(bytes, size, input->hash);
    }
    return !input->short_of;
}

static bool get_text(struct input *input, char *text, size_t size)
{
    size_t length = 0;
    for (int byte; length < size && (byte = fgetc(input->file)) != EOF;) {
        text[length++] = (char)byte;
        if (byte == 0) {
            input->hash = XXH3_64bits_withSeed(text, length, input->hash);
            return true;
        }
    }
    input->short_of = true;
    return false;
}

/* In pieces of the size in which they were written. */
static bool get_part(struct input *input, int file)
{
    static char buffer[1 << 16];
    uint64_t left;
    if (!get(input, &left, sizeof(left)) || ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0) {
        return false;
    }
    while (left > 0) {
        size_t length = left < sizeof(buffer) ? (size_t)left : sizeof(buffer);
        if (!get(input, buffer, length) || write(file, buffer, length) != (ssize_t)length) {
            return false;
        }
        left -= length;
    }
    return true;
}

static bool belongs(struct input *input, const char *path, const struct checkpoint_identity *identity, char *message,
                    size_t size)
{
    static struct checkpoint_identity found;
    char line[sizeof(FIRST_LINE)] = {0};
    if (!get(input, line, sizeof(FIRST_LINE) - 1) || strcmp(line, FIRST_LINE) != 0) {
        snprintf(message, size, "%s: is no checkpoint of this version of remlock", path);
        return false;
    }
    if (!get_text(input, found.invocation, sizeof(found.invocation)) || !get_text(input, found.build, sizeof(found.build))) {
        snprintf(message, size, "%s: is damaged", path);
        return false;
    }
    if (strcmp(found.invocation, identity->invocation) != 0) {
        snprintf(message, size, "%s: belongs to '%.2000s'; go on with the same subject and options, or start without --resume",
                 path, found.invocation);
        return false;
    }
    if (strcmp(found.build, identity->build) != 0) {
        snprintf(message, size, "%s: was made by another build of remlock or of the subject; start without --resume", path);
        return false;
    }
    return true;
}

static bool read_parts(struct input *input, const int *files, uint32_t count)
{
    uint32_t parts;
    if (!get(input, &parts, sizeof(parts)) || parts != count) {
        return false;
    }
    for (uint32_t index = 0; index < count; index++) {
        if (!get_part(input, files[index])) {
            return false;
        }
    }
    uint64_t expected = input->hash, found;
    return fread(&found, sizeof(found), 1, input->file) == 1 && found == expected;
}

bool checkpoint_read(const char *path, const struct checkpoint_identity *identity, const int *files, uint32_t count,
                     char *message, size_t size)
{
    struct input input = {.file = fopen(path, "rb")};
    if (!input.file) {
        snprintf(message, size, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    bool fits = belongs(&input, path, identity, message, size);
    if (fits && !read_parts(&input, files, count)) {
        snprintf(message, size, "%s: is damaged", path);
        fits = false;
    }
    fclose(input.file);
    return fits;
}
