/* samples.c - inputs for tests, and what must hold for all of them. */
#include "samples.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct subject *sample_subject(void)
{
    return subject_find("lock");
}

const struct subject *sample_mutant(void)
{
    return subject_find("lock:p02");
}

size_t sample_bytes(struct generator *generator, uint8_t *bytes, size_t limit)
{
    size_t size = generator_below(generator, (uint32_t)limit + 1);
    for (size_t index = 0; index < size; index++) {
        bytes[index] = (uint8_t)generator_next(generator);
    }
    return size;
}

void sample_near_deviations(struct generator *generator, struct fuzz_input *input, uint32_t count)
{
    uint32_t tasks = input->scenario.program.task_count;
    while (count-- > 0 && tasks > 1) {
        struct deviation *deviation = &input->deviations[input->deviation_count++];
        uint32_t task = generator_below(generator, tasks);
        *deviation =
            (struct deviation){.kind = CHOICE_TASK, .task = (uint8_t)task, .point = 1 + generator_below(generator, 60)};
        deviation->chosen = (uint8_t)((task + 1 + generator_below(generator, tasks - 1)) % tasks);
    }
}

void sample_any_deviations(struct generator *generator, struct fuzz_input *input, uint32_t count)
{
    while (count-- > 0) {
        uint64_t random = generator_next(generator);
        struct deviation *deviation = &input->deviations[input->deviation_count++];
        *deviation = (struct deviation){.kind = (uint8_t)(random % CHOICE_KINDS)};
        deviation->task = (uint8_t)(random >> 8);
        deviation->chosen = (uint8_t)(random >> 16);
        deviation->point = (uint32_t)(random >> 32) >> generator_below(generator, 32);
    }
}

void assert_valid(const struct fuzz_input *input)
{
    static struct fuzz_input clamped;
    fuzz_copy(&clamped, input);
    scenario_clamp(&clamped.scenario);
    assert_true(fuzz_equal(input, &clamped));
}

size_t assert_round_trip(const struct fuzz_input *input)
{
    static uint8_t bytes[FUZZ_INPUT_LIMIT], again[FUZZ_INPUT_LIMIT];
    static struct fuzz_input decoded;
    size_t size = fuzz_encode(input, bytes, sizeof bytes);
    assert_true(size > 0);
    fuzz_decode(bytes, size, input->scenario.subject, &decoded);
    assert_true(fuzz_equal(input, &decoded));
    assert_int_equal(fuzz_encode(&decoded, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    return size;
}

char *make_folder(void)
{
    const char *temporary = getenv("TMPDIR");
    char *path;
    assert_true(asprintf(&path, "%s/remlock-test-XXXXXX", temporary == NULL ? "/tmp" : temporary) > 0);
    assert_non_null(mkdtemp(path));
    return path;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

void remove_folder(char *folder)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

uint32_t count_files(const char *folder)
{
    uint32_t count = 0;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(stream);
    return count;
}
