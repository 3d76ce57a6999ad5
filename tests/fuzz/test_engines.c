/*
 * test_engines.c - the engines behind one function. The external ones are there only in builds that make them (TEST_LIBFUZZER,
 * TEST_AFL); the others must say what is missing.
 */
#include "samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char message[4096];

struct seen {
    uint32_t findings;
    char identifier[64];
    bool replayed;
    volatile sig_atomic_t stop;
};

static void on_finding(const struct fuzz_finding *finding, void *context)
{
    struct seen *seen = context;
    struct replay_result result;
    seen->findings++;
    strncpy(seen->identifier, finding->verdict->finding->identifier, sizeof seen->identifier - 1);
    replay_run(finding->replay, HARNESS_PLAIN, &result);
    seen->replayed = result.outcome == REPLAY_AS_EXPECTED && finding->path != NULL && access(finding->path, R_OK) == 0;
}

static void on_progress(const struct fuzz_progress *progress, void *context)
{
    struct seen *seen = context;
    (void)progress;
    seen->stop = 1;
}

/* Finds the mutant, tells it once, writes its replay where it was asked to. */
static void finds_the_mutant(enum fuzz_engine engine)
{
    struct seen seen = {0};
    struct fuzz_progress progress;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_mutant()), .seed = 1, .seconds = 60};
    char *folder = make_folder();
    campaign.options.replay_folder = folder;
    campaign.stop_at_first = true;
    campaign.on_finding = on_finding;
    campaign.context = &seen;
    bool ran = fuzz_engine_run(engine, &campaign, &progress, message, sizeof message);
    if (!ran) {
        fail_msg("%s: %s", fuzz_engine_name(engine), message);
    }
    assert_in_range(seen.findings, 1, 64);
    assert_true(seen.replayed);
    assert_int_equal(count_files(folder), seen.findings);
    assert_true(progress.seconds < 60);
    remove_folder(folder);
}

/* Runs on when nothing is found, keeps its corpus in whole files, and ends when told. */
static void ends_when_told(enum fuzz_engine engine)
{
    struct seen seen = {0};
    struct fuzz_progress progress;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .seed = 1, .seconds = 200};
    char *folder = make_folder();
    campaign.corpus_folder = folder;
    campaign.stop_at_first = true;
    campaign.on_progress = on_progress;
    campaign.on_finding = on_finding;
    campaign.stop = &seen.stop;
    campaign.context = &seen;
    bool ran = fuzz_engine_run(engine, &campaign, &progress, message, sizeof message);
    if (!ran) {
        fail_msg("%s: %s", fuzz_engine_name(engine), message);
    }
    assert_int_equal(seen.findings, 0);
    assert_true(progress.seconds < 100);
    assert_true(engine == FUZZ_ENGINE_AFL || count_files(folder) > 0); /* AFL++ may still have been calibrating */
    remove_folder(folder);
}

static void is_missing(enum fuzz_engine engine)
{
    struct fuzz_progress progress;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(sample_subject()), .seconds = 1};
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "", 1);
    assert_false(fuzz_engine_available(engine, sample_subject(), message, sizeof message));
    assert_true(strstr(message, "preset") != NULL || strstr(message, "install") != NULL);
    assert_false(fuzz_engine_run(engine, &campaign, &progress, message, sizeof message));
    setenv("PATH", path, 1);
    free(path);
}

static void engine_works(enum fuzz_engine engine, bool built)
{
    if (!built) {
        is_missing(engine);
        return;
    }
    assert_true(fuzz_engine_available(engine, sample_subject(), message, sizeof message));
    finds_the_mutant(engine);
    ends_when_told(engine);
}

static void builtin_works(void **state)
{
    (void)state;
    engine_works(FUZZ_ENGINE_BUILTIN, true);
}

#ifdef TEST_LIBFUZZER
enum { LIBFUZZER_BUILT = true };
#else
enum { LIBFUZZER_BUILT = false };
#endif
#ifdef TEST_AFL
enum { AFL_BUILT = true };
#else
enum { AFL_BUILT = false };
#endif

static void libfuzzer_works(void **state)
{
    (void)state;
    engine_works(FUZZ_ENGINE_LIBFUZZER, LIBFUZZER_BUILT);
}

static void afl_works(void **state)
{
    (void)state;
    engine_works(FUZZ_ENGINE_AFL, AFL_BUILT);
}

static void engines_have_names(void **state)
{
    (void)state;
    for (int engine = 0; engine < FUZZ_ENGINES; engine++) {
        assert_int_equal(fuzz_engine_find(fuzz_engine_name((enum fuzz_engine)engine)), engine);
    }
    assert_int_equal(fuzz_engine_find("guesswork"), -1);
}

static void instances_of_afl_have_names(void **state)
{
    static const char *const good[] = {"main", "main-some-host", "second_1", "7"};
    static const char *const bad[] = {"", "corpus", "../main", "a b", "host.domain", "123456789012345678901234567890123"};
    (void)state;
    for (size_t index = 0; index < sizeof good / sizeof good[0]; index++) {
        assert_true(fuzz_afl_instance_valid(good[index]));
    }
    for (size_t index = 0; index < sizeof bad / sizeof bad[0]; index++) {
        assert_false(fuzz_afl_instance_valid(bad[index]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_have_names), cmocka_unit_test(instances_of_afl_have_names),
        cmocka_unit_test(builtin_works),      cmocka_unit_test(libfuzzer_works),
        cmocka_unit_test(afl_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
