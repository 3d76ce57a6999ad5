/* test_documentation.c - the examples of docs/replay-format.md are replays, and what they expect comes. */
#include <remlock/replay.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DOCUMENT_SIZE = 1 << 16, EXAMPLES = 4 };

static char document[DOCUMENT_SIZE];

static int load_document(void **state)
{
    (void)state;
    FILE *stream = fopen(REPLAY_DOCUMENT, "r");
    if (stream == NULL) {
        return -1;
    }
    size_t size = fread(document, 1, sizeof document - 1, stream);
    fclose(stream);
    return size > 0 && size < sizeof document - 1 ? 0 : -1;
}

static void check_example(const char *text, size_t size)
{
    struct replay replay = {0};
    struct replay_result result;
    struct replay_error error;
    if (!replay_parse(&replay, text, size, "example", &error)) {
        fail_msg("%s\n%.*s", error.message, (int)size, text);
    }
    replay_run(&replay, HARNESS_PLAIN, &result);
    if (result.outcome != REPLAY_AS_EXPECTED) {
        fail_msg("%s:\n%.*s", replay_outcome_name(result.outcome), (int)size, text);
    }
    replay_free(&replay);
}

static void examples_are_replays(void **state)
{
    static const char fence[] = "\n```";
    unsigned examples = 0;
    (void)state;
    for (const char *start = strstr(document, fence); start != NULL; start = strstr(start, fence)) {
        const char *text = strchr(start + 1, '\n') + 1;
        const char *end = strstr(text - 1, fence);
        assert_non_null(end);
        if (replay_recognise(text, (size_t)(end - text))) {
            check_example(text, (size_t)(end - text));
            examples++;
        }
        start = end + 1;
    }
    assert_int_equal(examples, EXAMPLES);
}

static void shows_limit(uint32_t limit)
{
    char digits[16], grouped[16], *target = grouped;
    int length = snprintf(digits, sizeof digits, "%u", limit);
    for (int index = 0; index < length; index++) {
        if (index > 0 && (length - index) % 3 == 0) {
            *target++ = ',';
        }
        *target++ = digits[index];
    }
    *target = '\0';
    char row[32];
    snprintf(row, sizeof row, "| %s ", grouped);
    if (strstr(strstr(document, "## Limits"), row) == NULL) {
        fail_msg("the table of limits does not show %s", grouped);
    }
}

static void limits_are_those_of_the_code(void **state)
{
    (void)state;
    shows_limit(REPLAY_FILE_LIMIT);
    shows_limit(REPLAY_LINE_LIMIT);
    shows_limit(PROGRAM_TASK_LIMIT);
    shows_limit(PROGRAM_OPERATION_LIMIT);
    shows_limit(PROGRAM_NAME_SIZE - 1);
    shows_limit(SCHEDULER_DEVIATION_LIMIT);
    shows_limit(SCHEDULER_TASK_LIMIT - 1);
    shows_limit(REPLAY_ROUTINE_SIZE - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_are_replays),
        cmocka_unit_test(limits_are_those_of_the_code),
    };
    return cmocka_run_group_tests_name("replay.documentation", tests, load_document, NULL);
}
