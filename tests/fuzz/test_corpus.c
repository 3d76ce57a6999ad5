/*
 * test_corpus.c - corpora: what is kept of one covers exactly the same, nothing of it can be spared, and neither order nor
 * names matter; inputs that crash or hang are named; formats of older versions decode to what they always were; seeds are
 * sound.
 */
#include "samples.h"

#include <toy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char message[1024];
static struct fuzz_input input, again;

/* --------------------------------------------------------------------------------------------------------- merging -- */

static void write_input(const char *folder, const char *name, const uint8_t *bytes, size_t size)
{
    assert_true(fuzz_corpus_write(folder, name, bytes, size, message, sizeof message));
}

/* Names that have nothing to do with what is in the files, and some files twice. */
static char *make_corpus(uint64_t seed, uint32_t count)
{
    static uint8_t bytes[FUZZ_INPUT_LIMIT];
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    struct generator generator = {.state = seed};
    char *folder = make_folder(), name[32];
    for (uint32_t index = 0; index < count; index++) {
        fuzz_generate(&input, &options, &generator);
        sample_near_deviations(&generator, &input, generator_below(&generator, 12));
        size_t size = fuzz_encode(&input, bytes, sizeof bytes);
        snprintf(name, sizeof name, "%08x", (unsigned)generator_next(&generator));
        write_input(folder, name, bytes, size);
        if (index % 10 == 0) {
            snprintf(name, sizeof name, "%08x-again", (unsigned)generator_next(&generator));
            write_input(folder, name, bytes, size);
        }
    }
    return folder;
}

static void measure(struct fuzz_corpus *corpus, const char *folder, const struct subject *subject)
{
    struct fuzz_measurement how = {0};
    memset(corpus, 0, sizeof *corpus);
    if (!fuzz_corpus_add(corpus, folder, subject, message, sizeof message) ||
        !fuzz_corpus_measure(corpus, &how, message, sizeof message)) {
        fail_msg("%s", message);
    }
}

/* What inputs touch, counted here: the kept ones but `except`, or all. */
static uint32_t touched(const struct fuzz_corpus *corpus, bool kept, uint32_t except)
{
    static bool seen[SCHEDULER_FEEDBACK_SIZE];
    uint32_t count = 0;
    memset(seen, 0, sizeof seen);
    for (uint32_t index = 0; index < corpus->count; index++) {
        const struct fuzz_specimen *specimen = &corpus->specimens[index];
        for (uint32_t at = 0; index != except && (specimen->kept || !kept) && at < specimen->count; at++) {
            count += !seen[specimen->counters[at]];
            seen[specimen->counters[at]] = true;
        }
    }
    return count;
}

static uint32_t count_kept(const struct fuzz_corpus *corpus)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < corpus->count; index++) {
        count += corpus->specimens[index].kept;
    }
    return count;
}

static void covers_the_same_and_nothing_can_be_spared(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct fuzz_corpus corpus;
        char *folder = make_corpus(seed, 150);
        measure(&corpus, folder, NULL);
        uint32_t all = touched(&corpus, false, UINT32_MAX);
        assert_in_range(all, 50, SCHEDULER_FEEDBACK_SIZE);
        assert_int_equal(fuzz_corpus_choose(&corpus), all);
        assert_int_equal(touched(&corpus, true, UINT32_MAX), all);
        assert_int_equal(fuzz_corpus_coverage(&corpus, true), all);
        assert_int_equal(fuzz_corpus_coverage(&corpus, false), all);
        assert_in_range(count_kept(&corpus), 2, corpus.count / 2);
        for (uint32_t index = 0; index < corpus.count; index++) {
            if (corpus.specimens[index].kept) {
                assert_true(touched(&corpus, true, index) < all);
            }
        }
        fuzz_corpus_free(&corpus);
        remove_folder(folder);
    }
}

static void turn_around(struct fuzz_corpus *corpus)
{
    for (uint32_t index = 0; index < corpus->count / 2; index++) {
        struct fuzz_specimen specimen = corpus->specimens[index];
        corpus->specimens[index] = corpus->specimens[corpus->count - 1 - index];
        corpus->specimens[corpus->count - 1 - index] = specimen;
    }
}

/* A digest of what is kept, whatever its order. */
static uint64_t digest(const struct fuzz_corpus *corpus)
{
    uint64_t sum = 0;
    for (uint32_t index = 0; index < corpus->count; index++) {
        const struct fuzz_specimen *specimen = &corpus->specimens[index];
        sum += specimen->kept ? fuzz_seed_of(specimen->bytes, specimen->size) : 0;
    }
    return sum;
}

static void drop_what_is_not_kept(struct fuzz_corpus *corpus)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < corpus->count; index++) {
        struct fuzz_specimen *specimen = &corpus->specimens[index];
        if (specimen->kept) {
            corpus->specimens[count++] = *specimen;
        } else {
            free(specimen->path);
            free(specimen->bytes);
            free(specimen->counters);
        }
    }
    corpus->count = count;
}

static void depends_on_the_set_alone(void **state)
{
    struct fuzz_corpus corpus;
    char *folder = make_corpus(7, 200);
    (void)state;
    measure(&corpus, folder, NULL);
    uint32_t covered = fuzz_corpus_choose(&corpus);
    uint64_t kept = digest(&corpus);
    turn_around(&corpus);
    assert_int_equal(fuzz_corpus_choose(&corpus), covered);
    assert_int_equal(digest(&corpus), kept);
    drop_what_is_not_kept(&corpus);
    assert_int_equal(fuzz_corpus_choose(&corpus), covered);
    assert_int_equal(count_kept(&corpus), corpus.count);
    assert_int_equal(digest(&corpus), kept);
    fuzz_corpus_free(&corpus);
    remove_folder(folder);
}

/* --------------------------------------------------------------------------------------------------- bad inputs -- */

static void crash(const struct operation_call *call)
{
    (void)call;
    raise(SIGKILL); /* no sanitizer has anything to say about it */
}

static void leave(const struct operation_call *call)
{
    (void)call;
    _exit(7);
}

static void hang(const struct operation_call *call)
{
    (void)call;
    for (;;) {
        pause();
    }
}

static void add_operation(const char *folder, const char *name, const struct subject *subject, uint32_t code)
{
    uint8_t bytes[256];
    fuzz_decode(NULL, 0, subject, &input);
    assert_true(program_add_task(&input.scenario.program, "io"));
    assert_true(program_append(&input.scenario.program, 0, (struct program_operation){.code = (uint8_t)code}));
    write_input(folder, name, bytes, fuzz_encode_named(&input, bytes, sizeof bytes));
}

/* Each is named, and those behind it still get their turn. */
static void names_what_crashes_or_hangs(void **state)
{
    static struct operation operations[TOY_OPERATIONS];
    struct subject subject = *toy_subject();
    struct fuzz_corpus corpus = {0};
    struct fuzz_measurement how = {.patience = 0.5};
    char *folder = make_folder();
    (void)state;
    memcpy(operations, subject.operations, sizeof operations);
    operations[TOY_FIRST_SPARE].run = crash;
    operations[TOY_FIRST_SPARE + 1].run = leave;
    operations[TOY_FIRST_SPARE + 2].run = hang;
    subject.operations = operations;
    add_operation(folder, "1-crash", &subject, TOY_FIRST_SPARE);
    add_operation(folder, "2-good", &subject, TOY_QUEUE);
    add_operation(folder, "3-hang", &subject, TOY_FIRST_SPARE + 2);
    add_operation(folder, "4-leave", &subject, TOY_FIRST_SPARE + 1);
    add_operation(folder, "5-good", &subject, TOY_FIRST_SPARE + 3);
    write_input(folder, "README.md", (const uint8_t *)"x", 1);
    assert_true(fuzz_corpus_add(&corpus, folder, &subject, message, sizeof message));
    assert_int_equal(corpus.count, 5);
    assert_true(fuzz_corpus_measure(&corpus, &how, message, sizeof message));
    static const enum fuzz_outcome expected[] = {FUZZ_CRASHED, FUZZ_CLEAN, FUZZ_HUNG, FUZZ_CRASHED, FUZZ_CLEAN};
    for (uint32_t index = 0; index < corpus.count; index++) {
        assert_int_equal(corpus.specimens[index].outcome, expected[index]);
    }
    assert_non_null(strstr(corpus.specimens[0].remark, "Killed"));
    assert_non_null(strstr(corpus.specimens[3].remark, "status 7"));
    fuzz_corpus_choose(&corpus);
    assert_false(corpus.specimens[0].kept || corpus.specimens[2].kept || corpus.specimens[3].kept);
    fuzz_corpus_free(&corpus);
    remove_folder(folder);
}

static void names_findings_and_what_is_no_input(void **state)
{
    static const char text[] = "remlock 1\nsubject lock\nprogram\n  io: aquire A\n", future[] = "remlock 2\nsubject lock\n";
    struct fuzz_corpus corpus;
    char *folder = make_folder();
    (void)state;
    write_input(folder, "a", (const uint8_t *)text, sizeof text - 1);
    write_input(folder, "b", (const uint8_t *)future, sizeof future - 1);
    write_input(folder, "c", (const uint8_t *)"no subject here", 15);
    measure(&corpus, folder, NULL);
    for (uint32_t index = 0; index < 3; index++) {
        assert_int_equal(corpus.specimens[index].outcome, FUZZ_FOREIGN);
    }
    assert_non_null(strstr(corpus.specimens[1].remark, "2"));
    assert_int_equal(fuzz_corpus_choose(&corpus), 0);
    fuzz_corpus_free(&corpus);
    remove_folder(folder);
}

/* --------------------------------------------------------------------------------------------------------- formats -- */

/* Files as the versions wrote them, by hand. They must mean for ever what stands beside them. */
static const struct {
    const char *format;
    uint8_t bytes[48];
    size_t size;
    const char *text;
} versions[] = {
    {"F1", /* the number of "lock"; io; acquire A; release A; pnp: remove; io@3 -> pnp */
     {0xF1, 0x8D, 0x6E, 0xA0, 0x01, 0x00, 0x00, 0x02, 0x00, 0x00, 0xA5, 0x03, 0x00, 0xC1, 0x03},
     15,
     "remlock 1\nsubject lock\nprogram\n  io: acquire A; release A\n  pnp: remove\nschedule\n  io@3 -> pnp\n"},
    {"F2", /* the name; a task with a name of its own; a far deviation */
     {0xF2, 0x04, 'l',  'o',  'c',  'k',  0xBF, 'm',  'e' | 0x80, 0x01, 0x01, 0x00,
      0x02, 0x01, 0x00, 0xA5, 0x03, 0x00, 0x91, 0x00, 0x01,       0x82, 0x01},
     23,
     "remlock 1\nsubject lock\nprogram\n  me: acquire B; release B\n  pnp: remove\nschedule\n  me@130 allocation = 1\n"},
};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

static void old_versions_mean_the_same(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < VERSIONS; index++) {
        struct replay replay = {0};
        struct replay_error error;
        const struct subject *subject = fuzz_subject_of(versions[index].bytes, versions[index].size);
        assert_string_equal(fuzz_format_of(versions[index].bytes, versions[index].size), versions[index].format);
        assert_ptr_equal(subject, sample_subject());
        fuzz_decode(versions[index].bytes, versions[index].size, subject, &input);
        if (!replay_parse(&replay, versions[index].text, strlen(versions[index].text), "table", &error)) {
            fail_msg("%s", error.message);
        }
        assert_true(fuzz_from_replay(&replay, &again));
        assert_true(fuzz_equal(&input, &again));
        replay_free(&replay);
    }
}

static void formats_are_told_apart(void **state)
{
    (void)state;
    assert_string_equal(fuzz_format_of((const uint8_t *)"remlock 1\n", 10), "text");
    assert_string_equal(fuzz_format_of((const uint8_t *)"noise", 5), "unversioned");
    assert_string_equal(fuzz_format_of(NULL, 0), "unversioned");
}

/* ----------------------------------------------------------------------------------------------------------- seeds -- */

/* Text to input to bytes of either format and back loses nothing. */
static void seeds_round_trip(void **state)
{
    static uint8_t bytes[FUZZ_INPUT_LIMIT], second[FUZZ_INPUT_LIMIT];
    struct fuzz_corpus corpus = {0};
    (void)state;
    assert_true(fuzz_corpus_add(&corpus, TEST_SEEDS, NULL, message, sizeof message));
    assert_in_range(corpus.count, 10, 1000);
    for (uint32_t index = 0; index < corpus.count; index++) {
        const struct fuzz_specimen *specimen = &corpus.specimens[index];
        if (specimen->subject == NULL) {
            fail_msg("%s: %s", specimen->path, specimen->remark);
        }
        fuzz_load(specimen->bytes, specimen->size, specimen->subject, &input);
        assert_valid(&input);
        assert_round_trip(&input);
        size_t size = fuzz_encode_named(&input, bytes, sizeof bytes);
        fuzz_decode(bytes, size, specimen->subject, &again);
        assert_true(fuzz_equal(&input, &again));
        assert_int_equal(fuzz_encode_named(&again, second, sizeof second), size);
        assert_memory_equal(bytes, second, size);
    }
    fuzz_corpus_free(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_the_same_and_nothing_can_be_spared),
        cmocka_unit_test(depends_on_the_set_alone),
        cmocka_unit_test(names_what_crashes_or_hangs),
        cmocka_unit_test(names_findings_and_what_is_no_input),
        cmocka_unit_test(old_versions_mean_the_same),
        cmocka_unit_test(formats_are_told_apart),
        cmocka_unit_test(seeds_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
