/* test_mutation.c - changed, crossed and trimmed inputs stay inputs. */
#include "samples.h"

#include <toy.h>

#include <string.h>

enum { CAPACITY = 4096, ROOMY = 64 /* bytes in which the settings fit at least */ };

static struct fuzz_input input, other;
static struct fuzz_trim trim;

static void assert_within(const struct fuzz_input *changed, const struct fuzz_options *options)
{
    static struct fuzz_input fitted;
    assert_valid(changed);
    fuzz_copy(&fitted, changed);
    fuzz_fit(&fitted, options);
    assert_true(fuzz_equal(changed, &fitted));
}

static void run(const struct fuzz_input *changed, const struct fuzz_options *options)
{
    static struct verdict verdict;
    fuzz_run(changed, 1, options, &verdict);
}

/* Long chains of changes, so that they meet what earlier ones left. */
static void mutants_are_valid(const struct fuzz_options *options)
{
    struct generator generator = {.state = 1};
    for (uint32_t chain = 0; chain < 200; chain++) {
        fuzz_generate(&input, options, &generator);
        for (uint32_t length = 0; length < 100; length++) {
            fuzz_mutate(&input, options, &generator);
            assert_within(&input, options);
            assert_round_trip(&input);
        }
        run(&input, options);
    }
}

static void mutants_are_valid_without_misuse(void **state)
{
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    mutants_are_valid(&options);
}

static void mutants_are_valid_with_fixed_settings_and_misuse(void **state)
{
    char message[256];
    struct fuzz_options options = fuzz_options_standard(sample_mutant());
    (void)state;
    options.misuse = true;
    assert_true(fuzz_options_set(&options, "config", "points=all,allocation-failures=yes", message, sizeof message));
    mutants_are_valid(&options);
    assert_int_equal(input.scenario.configuration.values[SETTING_POINTS], POINTS_ALL);
}

/* Of a subject with devices, faults and tasks of its own, schedules come to hold all of them, and arguments what it suggests.
 */
static void mutants_use_what_the_subject_has(void **state)
{
    struct fuzz_options options = fuzz_options_standard(toy_subject());
    struct generator generator = {.state = 5};
    uint32_t kinds[CHOICE_KINDS] = {0}, started = 0, codes = 0, suggested = 0;
    (void)state;
    mutants_are_valid(&options);
    for (uint32_t round = 0; round < 5000; round++) {
        fuzz_generate(&input, &options, &generator);
        for (uint32_t index = 0; index < input.deviation_count; index++) {
            kinds[input.deviations[index].kind]++;
            started += input.deviations[index].task != SCHEDULER_NO_TASK &&
                       input.deviations[index].task >= input.scenario.program.task_count;
        }
        for (uint32_t index = 0; index < input.scenario.program.operation_count; index++) {
            const struct program_operation *operation = &input.scenario.program.operations[index];
            uint32_t code = operation->arguments[0];
            codes += operation->code == TOY_IOCTL;
            suggested += operation->code == TOY_IOCTL && (code == toy_codes[0] || code == toy_codes[1] || code == toy_codes[2]);
        }
    }
    assert_true(kinds[CHOICE_TASK] > 100);
    assert_true(kinds[CHOICE_DEVICE] > 100);
    assert_true(kinds[CHOICE_FAULT] > 30);
    assert_int_equal(kinds[CHOICE_ALLOCATION], 0);
    assert_true(started > 100);
    assert_true(suggested > codes * 8 / 10 && suggested < codes);
}

/* Where loads may read old values schedules say so; where stores wait in buffers, they choose the tasks that write them. */
static void mutants_use_the_memory_model(void **state)
{
    (void)state;
    for (uint32_t memory = MEMORY_SC; memory <= MEMORY_C11; memory++) {
        char message[256], setting[32];
        struct fuzz_options options = fuzz_options_standard(sample_subject());
        struct generator generator = {.state = 6};
        uint32_t old = 0, buffers = 0;
        snprintf(setting, sizeof setting, "memory=%s", memory == MEMORY_SC ? "sc" : memory == MEMORY_TSO ? "tso" : "c11");
        assert_true(fuzz_options_set(&options, "config", setting, message, sizeof message));
        for (uint32_t round = 0; round < 5000; round++) {
            fuzz_generate(&input, &options, &generator);
            for (uint32_t index = 0; index < input.deviation_count; index++) {
                const struct deviation *deviation = &input.deviations[index];
                old += deviation->kind == CHOICE_MEMORY;
                buffers += deviation->kind == CHOICE_TASK && deviation->chosen >= input.scenario.program.task_count;
            }
        }
        assert_int_equal(old > 100, memory == MEMORY_C11);
        assert_int_equal(buffers > 100, memory == MEMORY_TSO);
        run(&input, &options);
    }
}

static void children_are_valid(void **state)
{
    struct generator generator = {.state = 2};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    for (uint32_t chain = 0; chain < 2000; chain++) {
        fuzz_generate(&input, &options, &generator);
        for (uint32_t length = 0; length < 20; length++) {
            fuzz_generate(&other, &options, &generator);
            fuzz_cross(&input, &other, &options, &generator);
            assert_within(&input, &options);
        }
        run(&input, &options);
    }
}

/* Inputs without tasks exist: they must not be a special case for anybody. */
static void nothing_can_be_changed_too(void **state)
{
    struct generator generator = {.state = 3};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    fuzz_decode(NULL, 0, sample_subject(), &input);
    assert_int_equal(input.scenario.program.task_count, 0);
    run(&input, &options);
    assert_false(fuzz_trim_begin(&trim, &input) == 0 || fuzz_trim_next(&trim));
    fuzz_copy(&other, &input);
    fuzz_cross(&other, &input, &options, &generator);
    assert_within(&other, &options);
    fuzz_mutate(&input, &options, &generator);
    assert_within(&input, &options);
}

/* Any bytes in, any capacity: never too long, never empty, the same for the same seed. */
static void hooks_keep_their_promises(void **state)
{
    static uint8_t one[CAPACITY], two[CAPACITY], result[CAPACITY], again[CAPACITY];
    struct generator generator = {.state = 4};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        size_t one_size = sample_bytes(&generator, one, 200);
        size_t two_size = sample_bytes(&generator, two, 200);
        size_t capacity = 1 + generator_below(&generator, generator_chance(&generator, 2) ? 12 : CAPACITY);
        memset(result, 0xEE, sizeof result);
        size_t size = round % 2 == 0 ? fuzz_mutate_bytes(one, one_size, result, capacity, &options, round)
                                     : fuzz_cross_bytes(one, one_size, two, two_size, result, capacity, &options, round);
        assert_in_range(size, 1, capacity);
        assert_true(capacity == CAPACITY || result[capacity] == 0xEE);
        fuzz_decode(result, size, sample_subject(), &input);
        assert_valid(&input);
        if (capacity >= ROOMY) {
            assert_within(&input, &options);
        }
        size_t same = round % 2 == 0 ? fuzz_mutate_bytes(one, one_size, again, capacity, &options, round)
                                     : fuzz_cross_bytes(one, one_size, two, two_size, again, capacity, &options, round);
        assert_int_equal(size, same);
        assert_memory_equal(result, again, size);
    }
}

/* libFuzzer's hook changes its argument in place. */
/* What is recalled is what reading would give; a buffer too small for the result and other bytes included. */
static void what_was_written_last_is_recalled(void **state)
{
    static struct fuzz_input recalled, loaded;
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    uint8_t bytes[CAPACITY] = {0};
    uint8_t child[CAPACITY];
    size_t size = 1;
    (void)state;
    for (uint64_t round = 0; round < 5000; round++) {
        size_t capacity = round % 7 == 0 ? 1 + round % 64 : sizeof child;
        size_t child_size = round % 3 == 0 ? fuzz_cross_bytes(bytes, size, bytes, size, child, capacity, &options, round)
                                           : fuzz_mutate_bytes(bytes, size, child, capacity, &options, round);
        fuzz_load(child, child_size, options.subject, &loaded);
        fuzz_fit(&loaded, &options);
        if (fuzz_recall(child, child_size, &options, &recalled)) {
            assert_true(fuzz_equal(&recalled, &loaded));
        } else {
            assert_true(child_size > 1024 || child_size == capacity);
        }
        child[child_size / 2] ^= 1;
        assert_false(fuzz_recall(child, child_size, &options, &recalled));
        child[child_size / 2] ^= 1;
        assert_false(fuzz_recall(child, child_size - 1, &options, &recalled));
        memcpy(bytes, child, child_size);
        size = child_size;
    }
}

static void bytes_can_be_changed_in_place(void **state)
{
    uint8_t place[CAPACITY], apart[CAPACITY];
    struct generator generator = {.state = 5};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    for (uint32_t round = 0; round < 2000; round++) {
        fuzz_generate(&input, &options, &generator);
        size_t size = fuzz_encode(&input, place, sizeof place);
        size_t apart_size = fuzz_mutate_bytes(place, size, apart, sizeof apart, &options, round);
        size_t place_size = fuzz_mutate_bytes(place, size, place, sizeof place, &options, round);
        assert_int_equal(apart_size, place_size);
        assert_memory_equal(apart, place, place_size);
    }
}

static bool differ_in_program(const struct fuzz_input *one, const struct fuzz_input *two)
{
    return !program_equal(&one->scenario.program, &two->scenario.program);
}

/* Schedule, program and configuration all change, and nearly every change changes something. */
static void every_part_is_changed(void **state)
{
    enum { ROUNDS = 5000 };
    struct generator generator = {.state = 6};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    uint32_t programs = 0, configurations = 0, schedules = 0;
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fuzz_generate(&input, &options, &generator);
        fuzz_copy(&other, &input);
        fuzz_mutate(&other, &options, &generator);
        if (differ_in_program(&input, &other)) {
            programs++;
        } else if (memcmp(&input.scenario.configuration, &other.scenario.configuration, sizeof input.scenario.configuration) !=
                   0) {
            configurations++;
        } else {
            schedules += !fuzz_equal(&input, &other);
        }
    }
    assert_in_range(programs, ROUNDS / 4, ROUNDS);
    assert_in_range(schedules, ROUNDS / 8, ROUNDS);
    assert_in_range(configurations, 1, ROUNDS);
    assert_in_range(programs + configurations + schedules, ROUNDS * 8 / 10, ROUNDS);
}

static uint32_t parts(const struct fuzz_input *of)
{
    return of->scenario.program.task_count + of->scenario.program.operation_count + of->deviation_count;
}

/* Each candidate is a valid, smaller input. Accepting all of them ends with nothing left to drop. */
static void trimming_takes_parts_away(void **state)
{
    struct generator generator = {.state = 7};
    struct fuzz_options options = fuzz_options_standard(sample_subject());
    (void)state;
    for (uint32_t round = 0; round < 500; round++) {
        bool accept = round % 2 == 0;
        fuzz_generate(&input, &options, &generator);
        sample_near_deviations(&generator, &input, generator_below(&generator, 20));
        uint32_t promised = fuzz_trim_begin(&trim, &input), steps = 0;
        while (fuzz_trim_next(&trim)) {
            assert_true(parts(&trim.candidate) < parts(&trim.current));
            assert_within(&trim.candidate, &options);
            assert_round_trip(&trim.candidate);
            steps++;
            if (accept) {
                fuzz_trim_keep(&trim);
            }
        }
        assert_in_range(steps, 0, promised);
        assert_true(accept || fuzz_equal(&trim.current, &input));
        assert_true(!accept || parts(&trim.current) <= 2);
    }
}

/* Removing a task takes what the schedule says about it along, and nothing else. */
static void schedules_follow_removed_tasks(void **state)
{
    static const struct deviation deviations[] = {
        {.task = SCHEDULER_NO_TASK, .chosen = 2}, {.task = 0, .point = 3, .chosen = 2}, {.task = 2, .point = 4, .chosen = 1},
        {.task = 1, .point = 5, .chosen = 0},     {.task = 0, .point = 6, .chosen = 1},
    };
    (void)state;
    fuzz_decode(NULL, 0, sample_subject(), &input);
    program_add_task(&input.scenario.program, "a");
    program_add_task(&input.scenario.program, "b");
    program_add_task(&input.scenario.program, "c");
    memcpy(input.deviations, deviations, sizeof deviations);
    input.deviation_count = sizeof deviations / sizeof deviations[0];
    fuzz_trim_begin(&trim, &input);
    assert_true(fuzz_trim_next(&trim) && fuzz_trim_next(&trim)); /* the second candidate is without the second task */
    assert_string_equal(trim.candidate.scenario.program.tasks[1].name, "c");
    assert_int_equal(trim.candidate.deviation_count, 2);
    assert_int_equal(trim.candidate.deviations[0].chosen, 1);
    assert_int_equal(trim.candidate.deviations[0].task, SCHEDULER_NO_TASK);
    assert_int_equal(trim.candidate.deviations[1].task, 0);
    assert_int_equal(trim.candidate.deviations[1].chosen, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutants_are_valid_without_misuse),
        cmocka_unit_test(mutants_are_valid_with_fixed_settings_and_misuse),
        cmocka_unit_test(mutants_use_what_the_subject_has),
        cmocka_unit_test(mutants_use_the_memory_model),
        cmocka_unit_test(children_are_valid),
        cmocka_unit_test(nothing_can_be_changed_too),
        cmocka_unit_test(hooks_keep_their_promises),
        cmocka_unit_test(what_was_written_last_is_recalled),
        cmocka_unit_test(bytes_can_be_changed_in_place),
        cmocka_unit_test(every_part_is_changed),
        cmocka_unit_test(trimming_takes_parts_away),
        cmocka_unit_test(schedules_follow_removed_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
