/* test_files.c - files are complete or not there, whatever happens to the process that writes them. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { KILLS = 40, OPERATIONS = 150 };

static char folder[] = "/tmp/remlock-replay-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/file.replay", folder);
    return 0;
}

static int remove_folder(void **state)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    (void)state;
    for (int index = 0; index < count; index++) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", folder, entries[index]->d_name);
        unlink(name);
        free(entries[index]);
    }
    free(count >= 0 ? entries : NULL);
    return rmdir(folder);
}

/* A replay of a few kilobytes, so that writing it takes a moment. */
static void make_long(struct replay *replay, uint64_t seed)
{
    struct generator generator = {.state = seed};
    const struct subject *subject = subject_at(0);
    *replay = (struct replay){.scenario = {.subject = subject, .configuration = configuration_standard(subject)}};
    assert_true(program_add_task(&replay->scenario.program, "io"));
    for (unsigned count = 0; count < OPERATIONS; count++) {
        struct program_operation operation = {.code = (uint8_t)generator_below(&generator, subject->operation_count)};
        const struct operation *kind = &subject->operations[operation.code];
        for (uint32_t index = 0; index < kind->argument_count; index++) {
            operation.arguments[index] = generator_argument(&generator, &kind->arguments[index]);
        }
        assert_true(program_append(&replay->scenario.program, 0, operation));
    }
}

static void what_is_saved_is_loaded(void **state)
{
    struct replay saved, loaded = {0};
    struct replay_error error;
    struct stat status;
    (void)state;
    make_long(&saved, 1);
    for (unsigned count = 0; count < 2; count++) {
        assert_true(replay_save(&saved, NULL, path, &error));
        assert_true(replay_load(&loaded, path, &error));
        assert_true(replay_equal(&saved, &loaded));
    }
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0666 & ~mask);
    replay_free(&loaded);
}

static void trouble_is_named(void **state)
{
    struct replay replay;
    struct replay loaded = {0};
    struct replay_error error;
    char elsewhere[128];
    (void)state;
    make_long(&replay, 1);
    snprintf(elsewhere, sizeof elsewhere, "%s/nowhere/file.replay", folder);
    assert_false(replay_save(&replay, NULL, elsewhere, &error));
    assert_non_null(strstr(error.message, "nowhere/file.replay: cannot create the file: "));
    assert_false(replay_load(&loaded, elsewhere, &error));
    assert_non_null(strstr(error.message, "nowhere/file.replay: cannot open the replay: "));
    assert_int_equal(error.line, 0);
    assert_false(replay_load(&loaded, folder, &error));
    assert_non_null(strstr(error.message, ": cannot read the replay: "));
    snprintf(elsewhere, sizeof elsewhere, "%s/", folder);
    assert_false(replay_save(&replay, NULL, elsewhere, &error));
    assert_false(replay_replace_file("", "", 0, &error));
}

static void a_file_without_end_is_refused(void **state)
{
    struct replay loaded = {0};
    struct replay_error error;
    (void)state;
    assert_false(replay_load(&loaded, "/dev/zero", &error));
    assert_non_null(strstr(error.message, "/dev/zero:1:1: the file is too large, expected at most 4194304 bytes"));
}

/* Saves two replays in turn until it is killed. */
static void save_forever(const struct replay *one, const struct replay *other)
{
    struct replay_error error;
    while (replay_save(one, NULL, path, &error) && replay_save(other, NULL, path, &error)) {
    }
    _exit(EXIT_FAILURE);
}

static void kill_a_writer(const struct replay *one, const struct replay *other, unsigned number)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        save_forever(one, other);
    }
    nanosleep(&(struct timespec){.tv_nsec = 1000000 + 137000 * (long)number}, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

/* Also the files that a killed writer left under another name are complete. */
static void check_all_files(const struct replay *one, const struct replay *other)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    assert_true(count > 2);
    for (int index = 0; index < count; index++) {
        char name[512];
        struct stat status;
        struct replay loaded = {0};
        struct replay_error error;
        snprintf(name, sizeof name, "%s/%s", folder, entries[index]->d_name);
        assert_int_equal(stat(name, &status), 0);
        if (S_ISREG(status.st_mode)) {
            if (!replay_load(&loaded, name, &error)) {
                fail_msg("%s", error.message);
            }
            assert_true(replay_equal(&loaded, one) || replay_equal(&loaded, other));
            replay_free(&loaded);
        }
        free(entries[index]);
    }
    free(entries);
}

static void a_killed_writer_leaves_no_half_file(void **state)
{
    struct replay one, other;
    struct replay_error error;
    (void)state;
    make_long(&one, 1);
    make_long(&other, 2);
    assert_true(replay_save(&one, NULL, path, &error));
    for (unsigned count = 0; count < KILLS; count++) {
        kill_a_writer(&one, &other, count);
        check_all_files(&one, &other);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(trouble_is_named),
        cmocka_unit_test(a_file_without_end_is_refused),
        cmocka_unit_test(a_killed_writer_leaves_no_half_file),
    };
    return cmocka_run_group_tests_name("replay.files", tests, make_folder, remove_folder);
}
