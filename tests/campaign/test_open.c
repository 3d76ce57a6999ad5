/* test_open.c - opening: one writer, any readers, older and newer tables, and files that are something else. */
#include "support.h"

#include "schema.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[FOLDER_SIZE], file[FOLDER_SIZE + 32];

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    snprintf(file, sizeof(file), "%s/" CAMPAIGN_DATABASE, folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    chmod(folder, 0755);
    folder_remove(folder);
    return 0;
}

static void write_one(enum campaign_mode mode)
{
    struct campaign *campaign = open_campaign(folder, mode);
    begin_session(campaign, "here", 1000);
    struct campaign_finding finding = seen("lock", "deadlock", "-", 1);
    enter_finding(campaign, &finding, 0, NULL);
    campaign_close(campaign);
}

static void run_sql(const char *sql)
{
    sqlite3 *database;
    assert_int_equal(sqlite3_open(file, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

/* ------------------------------------------------------------------------------------------------------------ modes -- */

static void test_modes(void **state)
{
    (void)state;
    refuse_campaign("/nonexistent/night", CAMPAIGN_CREATE, "cannot be reached");
    refuse_campaign(folder, CAMPAIGN_RESUME, "there is no campaign in this folder");
    refuse_campaign(folder, CAMPAIGN_READ, "there is no campaign in this folder");
    write_one(CAMPAIGN_CREATE);
    refuse_campaign(folder, CAMPAIGN_CREATE, "--resume");
    write_one(CAMPAIGN_RESUME);
    char *text = contents_of(folder);
    assert_non_null(strstr(text, "finding lock|deadlock"));
    free(text);
    campaign_close(NULL);
}

/* Who only reads changes nothing, and cannot by mistake. */
static void test_reading_changes_nothing(void **state)
{
    (void)state;
    int64_t id;
    bool is_new;
    write_one(CAMPAIGN_CREATE);
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_READ);
    struct campaign_session session = {.host = "here"};
    struct campaign_subject subject = {.name = "lock"};
    struct campaign_finding finding = seen("lock", "deadlock", "-", 1);
    finding.id = 1;
    assert_false(campaign_session_begin(campaign, &session));
    assert_non_null(strstr(campaign_error(campaign), "cannot be written"));
    assert_false(campaign_subject_enter(campaign, &subject));
    assert_false(campaign_finding_enter(campaign, &finding, 0, &id, &is_new));
    assert_false(campaign_finding_update(campaign, &finding));
    assert_false(campaign_slices_abandon(campaign));
    campaign_close(campaign);
}

static void test_one_file_when_closed(void **state)
{
    (void)state;
    char log[FOLDER_SIZE + 64];
    write_one(CAMPAIGN_CREATE);
    snprintf(log, sizeof(log), "%s-wal", file);
    assert_int_not_equal(access(log, F_OK), 0);
    snprintf(log, sizeof(log), "%s.new", file);
    assert_int_not_equal(access(log, F_OK), 0);
}

static void test_one_writer(void **state)
{
    (void)state;
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_CREATE);
    refuse_campaign(folder, CAMPAIGN_RESUME, "another campaign is running in this folder");
    refuse_campaign(folder, CAMPAIGN_CREATE, "another campaign is running in this folder");
    struct campaign *reader = open_campaign(folder, CAMPAIGN_READ);
    begin_session(campaign, "here", 1000);
    assert_true(campaign_elapsed(reader) == 0);
    campaign_close(reader);
    campaign_close(campaign);
    campaign_close(open_campaign(folder, CAMPAIGN_RESUME));
}

/* A process that a campaign started, and that outlives it, does not keep the next one out. */
static void test_lock_is_not_inherited(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_CREATE);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[1]);
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    campaign_close(campaign);
    for (int turn = 0; turn < 1000; turn++) {
        char message[MESSAGE_SIZE];
        campaign = campaign_open(folder, CAMPAIGN_RESUME, message, sizeof(message));
        if (campaign) {
            break;
        }
        usleep(10000); /* between fork and exec the child still has it */
    }
    assert_non_null(campaign);
    assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
    campaign_close(campaign);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* ---------------------------------------------------------------------------------------------------------- folders -- */

static void look_without_rights(void)
{
    char message[MESSAGE_SIZE] = "";
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        _exit(77);
    }
    struct campaign *campaign = campaign_open(folder, CAMPAIGN_READ, message, sizeof(message));
    if (!campaign) {
        fprintf(stderr, "%s\n", message);
        _exit(1);
    }
    bool whole = campaign_elapsed(campaign) == 0 && strstr(contents(campaign), "finding lock|deadlock");
    campaign_close(campaign);
    bool refused = !campaign_open(folder, CAMPAIGN_RESUME, message, sizeof(message)) && strstr(message, "Permission denied");
    fprintf(stderr, "%s\n", message);
    _exit(whole && refused ? 0 : 2);
}

/* A folder that was unpacked from an archive, say, and belongs to somebody else. */
static void test_unwritable_folder(void **state)
{
    (void)state;
    int status;
    write_one(CAMPAIGN_CREATE);
    assert_int_equal(chmod(file, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    pid_t child = fork();
    if (child == 0) {
        look_without_rights();
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_odd_names(void **state)
{
    (void)state;
    char odd[FOLDER_SIZE];
    folder_below(folder, "50% of #1? \"yes\" it's", odd);
    struct campaign *campaign = open_campaign(odd, CAMPAIGN_CREATE);
    begin_session(campaign, "here", 1000);
    campaign_close(campaign);
    free(contents_of(odd));
}

/* --------------------------------------------------------------------------------------------------------- versions -- */

static void test_newer_version(void **state)
{
    (void)state;
    write_one(CAMPAIGN_CREATE);
    run_sql("PRAGMA user_version = 1000");
    refuse_campaign(folder, CAMPAIGN_RESUME, "written by a newer remlock (its tables have version 1000");
    refuse_campaign(folder, CAMPAIGN_READ, "written by a newer remlock");
}

static int64_t version_of_file(void)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(file, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return version;
}

/* Version 0 had no tables at all: the oldest that can be. */
static void test_older_version(void **state)
{
    (void)state;
    run_sql("PRAGMA application_id = 0x524d4c4b; CREATE TABLE of_old (x); DROP TABLE of_old");
    char *text = contents_of(folder);
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(version_of_file(), 0);
    write_one(CAMPAIGN_RESUME);
    assert_int_equal(version_of_file(), schema_version);
    text = contents_of(folder);
    assert_non_null(strstr(text, "finding lock|deadlock"));
    free(text);
}

/* Steps of a future that is not there yet. */
static void test_steps(void **state)
{
    (void)state;
    int64_t number = 0;
    const char *const steps[] = {schema_steps[0], "ALTER TABLE subject ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'",
                                 "UPDATE subject SET colour = 'red' WHERE name = 'lock'"};
    const char *const broken[] = {steps[0], steps[1], steps[2], "UPDATE subject SET colour = 'grey'; CREATE nonsense"};
    write_one(CAMPAIGN_CREATE);
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_RESUME);
    enter_subject(campaign, "other", "");
    assert_true(schema_migrate(campaign, steps, 3));
    assert_true(database_number(campaign, "PRAGMA user_version", &number));
    assert_int_equal(number, 3);
    assert_true(database_number(campaign, "SELECT count(*) FROM subject WHERE colour = 'red'", &number));
    assert_int_equal(number, 1);
    assert_true(schema_migrate(campaign, steps, 3));
    /* One that does not come to its end has not begun either. */
    assert_false(schema_migrate(campaign, broken, 4));
    assert_non_null(strstr(campaign_error(campaign), "syntax error"));
    assert_true(database_number(campaign, "SELECT count(*) FROM subject WHERE colour = 'grey'", &number));
    assert_int_equal(number, 0);
    assert_true(database_number(campaign, "PRAGMA user_version", &number));
    assert_int_equal(number, 3);
    campaign_close(campaign);
}

/* ------------------------------------------------------------------------------------------------- something else -- */

static void test_foreign_files(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'x', sizeof(text));
    write_file(file, text, sizeof(text));
    refuse_campaign(folder, CAMPAIGN_RESUME, "not a database");
    refuse_campaign(folder, CAMPAIGN_READ, "not a database");
    write_file(file, "", 0);
    refuse_campaign(folder, CAMPAIGN_RESUME, "not the database of a campaign");
    refuse_campaign(folder, CAMPAIGN_READ, "not the database of a campaign");
    run_sql("CREATE TABLE recipe (name)");
    refuse_campaign(folder, CAMPAIGN_RESUME, "not the database of a campaign");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0777), 0);
    refuse_campaign(folder, CAMPAIGN_READ, "Is a directory");
    rmdir(file);
}

static bool ignore_finding(const struct campaign_finding *finding, void *context)
{
    *(size_t *)context += strlen(finding->found) + strlen(finding->message);
    return true;
}

static bool ignore_slice(const struct campaign_slice *slice, void *context)
{
    *(size_t *)context += strlen(slice->engine);
    return true;
}

/* Damaged anywhere, it is refused or read, and never a crash. */
static void test_damage(void **state)
{
    (void)state;
    static char bytes[200000], damaged[200000];
    char message[MESSAGE_SIZE];
    uint32_t refused = 0;
    size_t read = 0;
    write_one(CAMPAIGN_CREATE);
    FILE *stream = fopen(file, "r");
    size_t size = fread(bytes, 1, sizeof(bytes), stream);
    fclose(stream);
    assert_true(size > 4096 && size < sizeof(bytes));
    for (uint32_t turn = 0; turn < 300; turn++) {
        memcpy(damaged, bytes, size);
        for (uint32_t index = 0; index < 40; index++) {
            damaged[(turn * 7919 + index * 104729 + index * turn) % size] = (char)(turn * 31 + index);
        }
        write_file(file, damaged, turn % 3 ? size : size * (turn % 10) / 10);
        struct campaign *campaign = campaign_open(folder, turn % 2 ? CAMPAIGN_READ : CAMPAIGN_RESUME, message, sizeof(message));
        if (campaign) {
            campaign_each_finding(campaign, ignore_finding, &read);
            campaign_each_slice(campaign, ignore_slice, &read);
            campaign_close(campaign);
        } else {
            assert_non_null(strstr(message, file));
            refused++;
        }
    }
    assert_true(refused > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_modes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_file_when_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_writer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lock_is_not_inherited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unwritable_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odd_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_newer_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_older_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_steps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
