/*
 * plain_main.c - runs a target without a fuzzer: every file named, and every file in the folders named.
 *
 * For compilers that bring none, and for checking inputs of any engine: a finding ends it as it would end the engine.
 */
#include "../target.h"
#include "hooks.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_LIMIT = 4 << 20 };

static uint32_t inputs;
static bool failed;

static void run_file(const char *path)
{
    static uint8_t bytes[FILE_LIMIT];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "remlock: cannot read %s: %s\n", path, strerror(errno));
        failed = true;
        return;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    bool readable = ferror(file) == 0;
    fclose(file);
    if (!readable) {
        fprintf(stderr, "remlock: cannot read %s\n", path);
        failed = true;
        return;
    }
    inputs++;
    target_name_input(path);
    LLVMFuzzerTestOneInput(bytes, size);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_path(const char *path)
{
    struct stat status;
    struct dirent **entries;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        run_file(path);
        return;
    }
    int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0) {
        fprintf(stderr, "remlock: cannot read folder %s: %s\n", path, strerror(errno));
        failed = true;
        return;
    }
    for (int index = 0; index < count; index++) {
        char *name;
        if (asprintf(&name, "%s/%s", path, entries[index]->d_name) >= 0) {
            run_path(name);
            free(name);
        }
        free(entries[index]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    char schedules[16];
    snprintf(schedules, sizeof schedules, "%d",
             FUZZ_SCHEDULES_AFL); /* so that inputs found by AFL++ show what they showed there */
    setenv("REMLOCK_SCHEDULES", schedules, 0);
    LLVMFuzzerInitialize(&argc, &argv);
    if (argc < 2) {
        fprintf(stderr, "usage: %s [--subject=NAME] [--config=SETTINGS] [--misuse] [--schedules=N] FILE|FOLDER...\n", argv[0]);
        return 2;
    }
    for (int index = 1; index < argc; index++) {
        run_path(argv[index]);
    }
    printf("%u inputs, %u schedules each, no finding\n", inputs, target_options()->schedules);
    return failed ? 1 : 0;
}
