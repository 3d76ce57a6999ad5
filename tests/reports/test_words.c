/* test_words.c - operations and values in the words of the field. */
#include "../../reports/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The verdict of the last execution must be that of a subject that knows no names: addresses here belong to nobody. */
static const struct scheduler_call call = {.name = "KeSetEvent", .number = 1};

struct word_case {
    const char *words;
    struct scheduler_event event;
};

static const struct word_case cases[] = {
    {"InterlockedIncrement 1 -> 2", {.operation = OPERATION_ATOMIC_ADD, .size = 4, .has_value = true, .before = 1, .after = 2}},
    {"InterlockedIncrement64 1 -> 2",
     {.operation = OPERATION_ATOMIC_ADD, .size = 8, .has_value = true, .before = 1, .after = 2}},
    {"InterlockedIncrement16 1 -> 2",
     {.operation = OPERATION_ATOMIC_ADD, .size = 2, .has_value = true, .before = 1, .after = 2}},
    {"InterlockedDecrement 0 -> -1",
     {.operation = OPERATION_ATOMIC_SUB, .size = 4, .has_value = true, .before = 0, .after = 0xFFFFFFFF}},
    {"InterlockedDecrement 2 -> 1", {.operation = OPERATION_ATOMIC_ADD, .size = 4, .has_value = true, .before = 2, .after = 1}},
    {"InterlockedExchangeAdd 2 -> 7",
     {.operation = OPERATION_ATOMIC_ADD, .size = 4, .has_value = true, .before = 2, .after = 7}},
    {"InterlockedExchangeAdd", {.operation = OPERATION_ATOMIC_ADD, .size = 4}},
    {"InterlockedExchange 0 -> 1",
     {.operation = OPERATION_ATOMIC_EXCHANGE, .size = 4, .has_value = true, .before = 0, .after = 1}},
    {"InterlockedCompareExchange 3 -> 3",
     {.operation = OPERATION_ATOMIC_COMPARE_EXCHANGE, .size = 4, .has_value = true, .before = 3, .after = 3}},
    {"InterlockedAnd8 3 -> 1", {.operation = OPERATION_ATOMIC_AND, .size = 1, .has_value = true, .before = 3, .after = 1}},
    {"InterlockedOr64 0 -> 1", {.operation = OPERATION_ATOMIC_OR, .size = 8, .has_value = true, .before = 0, .after = 1}},
    {"InterlockedXor 1 -> 0", {.operation = OPERATION_ATOMIC_XOR, .size = 4, .has_value = true, .before = 1, .after = 0}},
    {"atomic nand 1 -> 0", {.operation = OPERATION_ATOMIC_NAND, .size = 4, .has_value = true, .before = 1, .after = 0}},
    {"read = 1", {.operation = OPERATION_VOLATILE_READ, .size = 1, .has_value = true, .before = 1, .after = 1}},
    {"read = 255", {.operation = OPERATION_ATOMIC_LOAD, .size = 1, .has_value = true, .before = 255, .after = 255}},
    {"write 0 -> 1", {.operation = OPERATION_VOLATILE_WRITE, .size = 1, .has_value = true, .before = 0, .after = 1}},
    {"write 0xa5a5a5a5 -> 1",
     {.operation = OPERATION_ATOMIC_STORE, .size = 4, .has_value = true, .before = 0xA5A5A5A5, .after = 1}},
    {"write 0 -> 0", {.operation = OPERATION_PLAIN_WRITE, .size = 4, .has_value = true}},
    {"MemoryBarrier", {.operation = OPERATION_FENCE}},
    {"KeSetEvent", {.operation = OPERATION_CALL, .call = &call}},
    {"KeSetEvent = 5", {.operation = OPERATION_CALL, .call = &call, .has_value = true, .before = 5, .after = 5}},
    {"KeSetEvent", {.operation = OPERATION_CALL, .call = &call, .has_value = true, .before = 0, .after = 1}},
    {"ends", {.operation = OPERATION_END}},
    {"write 0 -> 1, stays in the store buffer",
     {.operation = OPERATION_VOLATILE_WRITE, .size = 4, .has_value = true, .after = 1, .memory = MEMORY_NOTE_BUFFERED}},
    {"read = 1, from its own store buffer",
     {.operation = OPERATION_VOLATILE_READ,
      .size = 4,
      .has_value = true,
      .before = 1,
      .after = 1,
      .memory = MEMORY_NOTE_FORWARDED}},
    {"read = 0, an older value: the store of 7 by nobody is not yet visible to it",
     {.operation = OPERATION_ATOMIC_LOAD,
      .size = 4,
      .has_value = true,
      .memory = MEMORY_NOTE_HIDDEN,
      .memory_task = SCHEDULER_NO_TASK,
      .memory_value = 7}},
    {"MemoryBarrier, after its store buffer, 2 stores, was written to memory",
     {.operation = OPERATION_FENCE, .memory = MEMORY_NOTE_DRAINED, .memory_value = 2}},
    {"write 0 -> 1, as if before the store of 2 by nobody",
     {.operation = OPERATION_ATOMIC_STORE,
      .size = 4,
      .has_value = true,
      .after = 1,
      .memory = MEMORY_NOTE_OVERTAKEN,
      .memory_task = SCHEDULER_NO_TASK,
      .memory_value = 2}},
    {"store reaches memory: 0 -> 1", {.operation = OPERATION_FLUSH, .size = 4, .has_value = true, .after = 1}},
};

static void events_have_names_and_values(void **state)
{
    (void)state;
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        char text[256];
        words_event(&cases[index].event, "->", text, sizeof text);
        assert_string_equal(text, cases[index].words);
    }
}

static void every_operation_has_a_name(void **state)
{
    (void)state;
    for (int operation = 0; operation < OPERATION_KINDS; operation++) {
        struct scheduler_event event = {.operation = (uint8_t)operation, .size = 4};
        char text[64];
        const char *name = words_operation(&event, text, sizeof text);
        assert_non_null(name);
        assert_true(name[0] != 0);
    }
}

static void short_buffers_are_respected(void **state)
{
    (void)state;
    for (size_t size = 1; size < 40; size++) {
        char text[64];
        text[size] = '#';
        words_event(&cases[0].event, "->", text, size);
        assert_int_equal(text[size], '#');
        assert_true(strnlen(text, size) < size);
    }
}

static void nobody_is_a_task(void **state)
{
    (void)state;
    assert_string_equal(words_task(SCHEDULER_NO_TASK), "nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_have_names_and_values),
        cmocka_unit_test(every_operation_has_a_name),
        cmocka_unit_test(short_buffers_are_respected),
        cmocka_unit_test(nobody_is_a_task),
    };
    return cmocka_run_group_tests_name("reports.words", tests, NULL, NULL);
}
