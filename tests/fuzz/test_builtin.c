/* test_builtin.c - the builtin engine: finds, repeats itself, keeps its corpus whole, stops when told. */
#include "samples.h"

#include <toy.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char message[512];

/* What the callbacks saw. */
struct seen {
    uint32_t findings;
    uint64_t executions[64];
    uint64_t schedules; /* a digest */
    volatile sig_atomic_t stop;
    uint32_t reports;
    const struct subject *subject;
};

static void on_finding(const struct fuzz_finding *finding, void *context)
{
    struct seen *seen = context;
    struct replay_result result;
    seen->executions[seen->findings++ % 64] = finding->executions;
    seen->schedules =
        seen->schedules * 31 + fuzz_seed_of((const uint8_t *)finding->replay->schedule.deviations,
                                            finding->replay->schedule.count * sizeof finding->replay->schedule.deviations[0]);
    assert_non_null(finding->verdict->finding);
    assert_int_equal(finding->replay->expectation, REPLAY_EXPECTS_FINDING);
    replay_run(finding->replay, HARNESS_PLAIN, &result);
    assert_int_equal(result.outcome, REPLAY_AS_EXPECTED);
}

static void on_progress(const struct fuzz_progress *progress, void *context)
{
    struct seen *seen = context;
    assert_true(progress->executions > 0);
    seen->reports++;
    seen->stop = 1;
}

static struct fuzz_progress run(struct fuzz_campaign *campaign, struct seen *seen)
{
    struct fuzz_progress progress;
    memset(seen, 0, sizeof *seen);
    campaign->context = seen;
    campaign->on_finding = on_finding;
    assert_true(fuzz_builtin(campaign, &progress, message, sizeof message));
    return progress;
}

static void every_mutant_is_found(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        struct seen seen;
        struct fuzz_campaign campaign = {.options = fuzz_options_standard(subject), .seed = 1, .execution_limit = 2000000};
        campaign.stop_at_first = true;
        if (subject->correct || subject->weak_memory) {
            continue;
        }
        struct fuzz_progress progress = run(&campaign, &seen);
        if (progress.findings == 0) {
            fail_msg("%s was not found", subject->name);
        }
        assert_int_equal(seen.findings, 1);
    }
}

static void nothing_is_found_in_the_correct_lock(void **state)
{
    struct seen seen;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .seed = 2, .execution_limit = 300000};
    (void)state;
    struct fuzz_progress progress = run(&campaign, &seen);
    assert_int_equal(progress.findings, 0);
    assert_int_equal(progress.executions, 300000);
    assert_true(progress.inputs > 50 && progress.coverage > 50);
}

static void runs_with_the_same_seed_are_the_same(void **state)
{
    struct seen one, two;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_mutant()), .seed = 3, .execution_limit = 50000};
    (void)state;
    struct fuzz_progress first = run(&campaign, &one);
    struct fuzz_progress second = run(&campaign, &two);
    assert_int_equal(first.executions, second.executions);
    assert_int_equal(first.coverage, second.coverage);
    assert_int_equal(first.inputs, second.inputs);
    assert_int_equal(one.findings, two.findings);
    assert_memory_equal(one.executions, two.executions, sizeof one.executions);
    assert_int_equal(one.schedules, two.schedules);
    campaign.seed = 4;
    run(&campaign, &two);
    assert_int_not_equal(one.schedules, two.schedules);
}

static void findings_are_told_once_each(void **state)
{
    struct seen seen;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_mutant()), .seed = 5, .execution_limit = 30000};
    char *folder = make_folder();
    (void)state;
    campaign.options.replay_folder = folder;
    struct fuzz_progress progress = run(&campaign, &seen);
    assert_in_range(progress.findings, 1, 64);
    assert_int_equal(seen.findings, progress.findings);
    assert_int_equal(count_files(folder), progress.findings);
    remove_folder(folder);
}

static void feedback_can_be_turned_off(void **state)
{
    struct seen seen;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_mutant()), .seed = 6, .execution_limit = 30000};
    (void)state;
    campaign.options.feedback = false;
    struct fuzz_progress progress = run(&campaign, &seen);
    assert_int_equal(progress.inputs, 0);
    assert_int_equal(progress.coverage, 0);
    assert_true(progress.findings > 0);
}

/* ---------------------------------------------------------------------------------------------------------- folders -- */

/* Every file is an input whose name says what is in it: nothing half-written, nothing temporary. */
static void assert_folder_is_whole(const char *folder)
{
    struct dirent *entry;
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    while ((entry = readdir(stream)) != NULL) {
        static uint8_t bytes[1 << 16];
        char path[4096], name[32];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        snprintf(name, sizeof name, "%016" PRIx64, fuzz_seed_of(bytes, size));
        assert_string_equal(entry->d_name, name);
        assert_ptr_equal(fuzz_subject_of(bytes, size), sample_subject());
    }
    closedir(stream);
}

static void the_corpus_is_kept(void **state)
{
    struct seen seen;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .seed = 7, .execution_limit = 20000};
    char *folder = make_folder();
    (void)state;
    campaign.corpus_folder = folder;
    struct fuzz_progress first = run(&campaign, &seen);
    uint32_t files = count_files(folder);
    assert_in_range(files, first.inputs / 2, first.inputs);
    assert_folder_is_whole(folder);
    campaign.execution_limit = files; /* just enough to read them all */
    struct fuzz_progress second = run(&campaign, &seen);
    assert_int_equal(second.coverage, first.coverage);
    assert_int_equal(count_files(folder), files);
    remove_folder(folder);
}

static void a_missing_folder_is_an_error(void **state)
{
    struct fuzz_progress progress;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .execution_limit = 1000};
    (void)state;
    campaign.corpus_folder = "/nowhere/at/all";
    assert_false(fuzz_builtin(&campaign, &progress, message, sizeof message));
    assert_non_null(strstr(message, "/nowhere/at/all"));
}

/* Killed at any moment, it leaves whole files only. */
static void a_kill_leaves_whole_files(void **state)
{
    (void)state;
    for (uint32_t round = 1; round <= 8; round++) {
        char *folder = make_folder();
        pid_t process = fork();
        if (process == 0) {
            struct fuzz_progress progress;
            struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .seed = round};
            campaign.corpus_folder = folder;
            fuzz_builtin(&campaign, &progress, message, sizeof message);
            _exit(1);
        }
        nanosleep(&(struct timespec){.tv_nsec = round * 20000000}, NULL);
        kill(process, SIGKILL);
        int status;
        waitpid(process, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_folder_is_whole(folder);
        remove_folder(folder);
    }
}

/* ------------------------------------------------------------------------------------------------- what others find -- */

enum { RARE = 0x5EED1234 }; /* nobody comes to it by chance */

static void find_rare(const struct operation_call *call)
{
    if (call->arguments[0] == RARE) {
        harness_report("leak", call, "the code that another process has put into the corpus");
    }
}

static struct subject rare_subject(void)
{
    static struct operation operations[TOY_OPERATIONS];
    struct subject subject = *toy_subject();
    memcpy(operations, subject.operations, sizeof operations);
    operations[TOY_IOCTL].run = find_rare;
    operations[TOY_QUEUE].run = operations[TOY_FIRST_SPARE].run; /* where the toy has its own bug */
    subject.operations = operations;
    return subject;
}

static const char *shared_folder;

static void add_rare(const struct fuzz_progress *progress, void *context)
{
    static struct fuzz_input input;
    uint8_t bytes[256];
    struct seen *seen = context;
    const struct subject *subject = seen->subject;
    (void)progress;
    fuzz_decode(NULL, 0, subject, &input);
    program_add_task(&input.scenario.program, "io");
    program_append(&input.scenario.program, 0, (struct program_operation){.code = TOY_IOCTL, .arguments = {RARE}});
    assert_true(fuzz_corpus_write(shared_folder, "from-another", bytes, fuzz_encode(&input, bytes, sizeof bytes), message,
                                  sizeof message));
}

static void note_finding(const struct fuzz_finding *finding, void *context)
{
    struct seen *seen = context;
    (void)finding;
    seen->findings++;
}

/* With a time limit the engine looks into the folder again; without one it depends on nothing but what was there. */
static void what_others_find_is_tried(void **state)
{
    struct subject subject = rare_subject();
    struct seen seen = {.subject = &subject};
    struct fuzz_progress progress;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(&subject), .seed = 1, .seconds = 100};
    char *folder = make_folder();
    (void)state;
    shared_folder = campaign.corpus_folder = folder;
    campaign.stop_at_first = true;
    campaign.on_progress = add_rare;
    campaign.on_finding = note_finding;
    campaign.context = &seen;
    assert_true(fuzz_builtin(&campaign, &progress, message, sizeof message));
    assert_int_equal(seen.findings, 1);
    assert_true(progress.seconds < 100);
    remove_folder(folder);
}

/* ---------------------------------------------------------------------------------------------------------- the end -- */

static void the_stop_flag_ends_it(void **state)
{
    struct seen seen;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .seed = 8, .seconds = 100};
    (void)state;
    campaign.stop = &seen.stop;
    campaign.on_progress = on_progress;
    struct fuzz_progress progress = run(&campaign, &seen);
    assert_int_equal(seen.reports, 1);
    assert_true(progress.seconds < 50);
}

static void the_time_limit_ends_it(void **state)
{
    struct seen seen;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .seed = 9, .seconds = 0.2};
    (void)state;
    struct fuzz_progress progress = run(&campaign, &seen);
    assert_true(progress.seconds >= 0.2 && progress.seconds < 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mutant_is_found),
        cmocka_unit_test(nothing_is_found_in_the_correct_lock),
        cmocka_unit_test(runs_with_the_same_seed_are_the_same),
        cmocka_unit_test(findings_are_told_once_each),
        cmocka_unit_test(feedback_can_be_turned_off),
        cmocka_unit_test(the_corpus_is_kept),
        cmocka_unit_test(a_missing_folder_is_an_error),
        cmocka_unit_test(a_kill_leaves_whole_files),
        cmocka_unit_test(what_others_find_is_tried),
        cmocka_unit_test(the_stop_flag_ends_it),
        cmocka_unit_test(the_time_limit_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
