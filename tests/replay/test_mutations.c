/* test_mutations.c - the reader over files that were damaged in all the ways files get damaged, the same ones every time. */
#include "check.h"
#include "corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MUTATIONS = 20000, SIZE_LIMIT = 16384, EDITS_LIMIT = 4 };

static struct corpus corpus;

/* The file that is being damaged. */
struct input {
    uint8_t bytes[SIZE_LIMIT];
    size_t size;
};

typedef void edit(struct generator *generator, struct input *input);

static size_t below(struct generator *generator, size_t limit)
{
    return limit == 0 ? 0 : generator_below(generator, (uint32_t)limit);
}

static void replace(struct input *input, size_t at, size_t removed, const uint8_t *bytes, size_t inserted)
{
    if (input->size - removed + inserted > SIZE_LIMIT) {
        return;
    }
    memmove(input->bytes + at + inserted, input->bytes + at + removed, input->size - at - removed);
    if (inserted > 0) {
        memmove(input->bytes + at, bytes, inserted);
    }
    input->size = input->size - removed + inserted;
}

static void flip_bit(struct generator *generator, struct input *input)
{
    if (input->size > 0) {
        input->bytes[below(generator, input->size)] ^= (uint8_t)(1u << below(generator, 8));
    }
}

static void set_byte(struct generator *generator, struct input *input)
{
    static const char telling[] = "#:;@->=\n\r\t 0AZaz\0\x7f\xff";
    if (input->size > 0) {
        input->bytes[below(generator, input->size)] = (uint8_t)telling[below(generator, sizeof telling)];
    }
}

static void truncate_end(struct generator *generator, struct input *input)
{
    input->size = below(generator, input->size + 1);
}

static void remove_piece(struct generator *generator, struct input *input)
{
    size_t at = below(generator, input->size);
    replace(input, at, below(generator, input->size - at + 1), NULL, 0);
}

static void splice(struct generator *generator, struct input *input)
{
    const struct corpus_file *other = &corpus.files[below(generator, corpus.count)];
    size_t from = below(generator, other->size);
    size_t count = below(generator, other->size - from + 1);
    size_t at = below(generator, input->size + 1);
    replace(input, at, below(generator, input->size - at + 1), other->bytes + from, count > 512 ? 512 : count);
}

/* The bounds of the line that holds a random byte, with its end. */
static size_t random_line(struct generator *generator, const struct input *input, size_t *start)
{
    size_t at = below(generator, input->size), end = at;
    while (at > 0 && input->bytes[at - 1] != '\n') {
        at--;
    }
    while (end < input->size && input->bytes[end] != '\n') {
        end++;
    }
    *start = at;
    return (end < input->size ? end + 1 : end) - at;
}

static void duplicate_line(struct generator *generator, struct input *input)
{
    uint8_t line[SIZE_LIMIT];
    size_t start, length = random_line(generator, input, &start);
    memcpy(line, input->bytes + start, length);
    replace(input, start, 0, line, length);
}

static void move_line(struct generator *generator, struct input *input)
{
    uint8_t line[SIZE_LIMIT];
    size_t start, length = random_line(generator, input, &start), target;
    memcpy(line, input->bytes + start, length);
    replace(input, start, length, NULL, 0);
    random_line(generator, input, &target);
    replace(input, target, 0, line, length);
}

static void change_digit(struct generator *generator, struct input *input)
{
    for (size_t tries = 0; tries < 64 && input->size > 0; tries++) {
        uint8_t *byte = &input->bytes[below(generator, input->size)];
        if (*byte >= '0' && *byte <= '9') {
            *byte = (uint8_t)('0' + below(generator, 10));
            return;
        }
    }
}

static edit *const edits[] = {flip_bit, set_byte, truncate_end, remove_piece, splice, duplicate_line, move_line, change_digit};

static void damage(struct generator *generator, struct input *input)
{
    const struct corpus_file *file = &corpus.files[below(generator, corpus.count)];
    input->size = file->size < SIZE_LIMIT ? file->size : SIZE_LIMIT;
    memcpy(input->bytes, file->bytes, input->size);
    for (size_t count = 1 + below(generator, EDITS_LIMIT); count > 0; count--) {
        edits[below(generator, sizeof edits / sizeof edits[0])](generator, input);
    }
}

static void damaged_files_are_refused_or_round_trip(void **state)
{
    static struct input input;
    struct generator generator = {.state = 1};
    unsigned accepted = 0;
    (void)state;
    for (unsigned count = 0; count < MUTATIONS; count++) {
        damage(&generator, &input);
        LLVMFuzzerTestOneInput(input.bytes, input.size);
        accepted += fuzz_parser_accepted;
    }
    print_message("%u of %d damaged files were accepted\n", accepted, MUTATIONS);
    assert_in_range(accepted, MUTATIONS / 50, MUTATIONS - MUTATIONS / 50);
}

/* What a fuzzer would have to learn first: a copy of every file that ends at every one of its bytes. */
static void every_beginning_is_refused_or_round_trips(void **state)
{
    (void)state;
    for (size_t index = 0; index < corpus.count; index++) {
        const struct corpus_file *file = &corpus.files[index];
        for (size_t size = 0; size <= file->size && size <= 2048; size++) {
            uint8_t *copy = malloc(size + 1); /* so that AddressSanitizer sees a byte read behind the end */
            assert_non_null(copy);
            memcpy(copy, file->bytes, size);
            LLVMFuzzerTestOneInput(copy, size);
            free(copy);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_files_are_refused_or_round_trip),
        cmocka_unit_test(every_beginning_is_refused_or_round_trips),
    };
    if (!corpus_add(&corpus, REPLAY_CORPUS)) {
        return EXIT_FAILURE;
    }
    int failed = cmocka_run_group_tests_name("replay.mutations", tests, NULL, NULL);
    corpus_free(&corpus);
    return failed;
}
