/* test_reader.c - what the reader accepts, and the exact words with which it refuses the rest. */
#include <remlock/replay.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "remlock 1\nsubject lock\n"
#define PROGRAM HEAD "program\n  io: acquire A; release A\n  pnp: remove\n"

/* ------------------------------------------------------------------------------------------------------- refusals -- */

/* A text and the beginning of what is said about it. */
static const struct refusal {
    const char *text;
    const char *message;
} refusals[] = {
    /* the first line */
    {"", "f:1:1: not a replay, expected 'remlock 1' in the first line"},
    {"\n", "f:1:1: not a replay, expected 'remlock 1' in the first line"},
    {"\nremlock 1\n", "f:1:1: not a replay, expected 'remlock 1' in the first line"},
    {"# remlock 1\nremlock 1\n", "f:1:1: not a replay, expected 'remlock 1' in the first line"},
    {"remlok 1\n", "f:1:1: not a replay, expected 'remlock 1' in the first line"},
    {"remlock\n", "f:1:8: no version number, expected 'remlock 1'"},
    {"remlock one\n", "f:1:9: no version number, expected 'remlock 1'"},
    {"remlock 0\n", "f:1:9: no version number, expected 'remlock 1'"},
    {"remlock 99999999999\n", "f:1:9: no version number, expected 'remlock 1'"},
    {"remlock 2\nanything", "f:1:9: version 2 of the format, expected version 1, the newest that this build reads"},
    {"remlock 1 1\n", "f:1:11: unexpected '1', expected nothing more after the version"},

    /* the subject */
    {"remlock 1", "f:2:1: the file ends here, expected 'subject NAME'"},
    {"remlock 1\n", "f:2:1: the file ends here, expected 'subject NAME'"},
    {"remlock 1\nprogram\n", "f:2:1: unexpected 'program', expected 'subject NAME'"},
    {"remlock 1\nsubjekt lock\n", "f:2:1: unexpected 'subjekt', expected 'subject NAME' (did you mean 'subject'?)"},
    {"remlock 1\nsubject\n", "f:2:8: the line ends here, expected the name of a subject"},
    {"remlock 1\n  subject  lokc\n", "f:2:12: unknown subject 'lokc'; did you mean 'lock'?"},
    {"remlock 1\nsubject a/quite/different/one\n",
     "f:2:9: a/quite/different/one: no such file; 'remlock build' makes drivers, 'remlock drivers' lists those of ours"},
    {"remlock 1\nsubject lock lock\n", "f:2:14: unexpected 'lock', expected nothing more after the subject"},
    {HEAD "subject lock\n", "f:3:1: unexpected 'subject', expected 'config' or 'program'"},

    /* the configuration */
    {HEAD "config lok=checked\n", "f:3:8: unknown setting 'lok', expected one of memory, points, allocation-failures, "},
    {HEAD "config lock=chekced\n",
     "f:3:13: unknown value of 'lock' 'chekced', expected one of free, checked, verifier (did you mean 'checked'?)"},
    {HEAD "config lock\n", "f:3:12: the line ends here, expected '=' and a value"},
    {HEAD "config lock=\n", "f:3:13: the line ends here, expected a value"},
    {HEAD "config =free\n", "f:3:8: unexpected '=free', expected a setting ('NAME=VALUE')"},
    {HEAD "config lock=free\nconfig lock=free\n", "f:4:8: setting 'lock' for the second time, expected it once"},
    {HEAD "config steps=99\n", "f:3:14: '99' is no value of 'steps', expected a number from 100 to 1000000"},
    {HEAD "config steps=1000001\n", "f:3:14: '1000001' is no value of 'steps', expected a number from 100 to 1000000"},
    {HEAD "config steps=4294967396\n", "f:3:14: '4294967396' is no value of 'steps', expected a number from 100 to 1000000"},
    {HEAD "config steps=-100\n", "f:3:14: '-100' is no value of 'steps', expected a number from 100 to 1000000"},
    {HEAD "config steps=0x100\n", "f:3:14: '0x100' is no value of 'steps', expected a number from 100 to 1000000"},
    {HEAD "cofnig steps=100\n", "f:3:1: unexpected 'cofnig', expected 'config' or 'program' (did you mean 'config'?)"},
    {PROGRAM "config lock=free\n",
     "f:6:1: unexpected 'config', expected a task ('NAME: OPERATION; ...'), 'schedule' or 'expect'"},

    /* the program */
    {HEAD, "f:3:1: the file ends here, expected 'config' or 'program'"},
    {HEAD "config lock=checked", "f:4:1: the file ends here, expected 'config' or 'program'"},
    {HEAD "program io: remove\n", "f:3:9: unexpected 'io:', expected nothing more after 'program'"},
    {HEAD "program\n  io remove\n", "f:4:3: unexpected 'io', expected a task ('NAME: OPERATION; ...'), 'schedule' or 'expect'"},
    {HEAD "program\n  1o: remove\n", "f:4:3: '1o' is no name for a task, expected a letter, then letters, digits, "},
    {HEAD "program\n  i.o: remove\n", "f:4:3: 'i.o' is no name for a task, expected a letter, then letters, digits, "},
    {HEAD "program\n  : remove\n", "f:4:3: '' is no name for a task, expected a letter, then letters, digits, "},
    {HEAD "program\n  a23456789012345: remove\n  a234567890123456: remove\n",
     "f:5:3: 'a234567890123456' is no name for a task, expected a letter, then letters, digits, '-' or '_', 15 at most"},
    {HEAD "program\n  io: aquire A\n", "f:4:7: unknown operation 'aquire', expected one of init, acquire, release, "},
    {HEAD "program\n  io: acquire A; ; relase A\n", "f:4:20: unknown operation 'relase', expected one of "},
    {HEAD "program\n  io: acquire\n", "f:4:14: 'acquire' lacks an argument, expected tag, a letter from A to "},
    {HEAD "program\n  io: acquire; release A\n", "f:4:14: 'acquire' lacks an argument, expected tag, a letter from A to "},
    {HEAD "program\n  io: acquire a\n", "f:4:15: 'a' is no argument of 'acquire', expected tag, a letter from A to "},
    {HEAD "program\n  io: acquire Z\n", "f:4:15: 'Z' is no argument of 'acquire', expected tag, a letter from A to "},
    {HEAD "program\n  io: acquire AA\n", "f:4:15: 'AA' is no argument of 'acquire', expected tag, a letter from A to "},
    {HEAD "program\n  io: acquire A 1\n", "f:4:17: '1' is no argument of 'acquire', expected lock, from lock0 to lock"},
    {HEAD "program\n  io: acquire A lock\n", "f:4:17: 'lock' is no argument of 'acquire', expected lock, from lock0 to lock"},
    {HEAD "program\n  io: acquire A lock9\n", "f:4:17: 'lock9' is no argument of 'acquire', expected lock, from lock0 to "},
    {HEAD "program\n  io: acquire A lock0 B\n", "f:4:23: 'B' is one argument too many, expected ';' or the end of 'acquire'"},
    {HEAD "program\n  io: hold 0\n", "f:4:12: '0' is no argument of 'hold', expected times, from 1 to 8"},
    {HEAD "program\n  io: hold 9\n", "f:4:12: '9' is no argument of 'hold', expected times, from 1 to 8"},
    {HEAD "program\n  io: raise up\n", "f:4:13: 'up' is no argument of 'raise', expected level, one of passive, apc, "},
    {HEAD "program\n  io: remove#late\n", "f:4:7: unknown operation 'remove#late', expected one of "},

    /* the schedule */
    {PROGRAM "schedule now\n", "f:6:10: unexpected 'now', expected nothing more after 'schedule'"},
    {PROGRAM "schedul\n", "f:6:1: unexpected 'schedul', expected a task ('NAME: OPERATION; ...'), 'schedule' or 'expect' "
                          "(did you mean 'schedule'?)"},
    {PROGRAM "schedule\n  io -> pnp\n", "f:7:3: unexpected 'io', expected a deviation ('TASK@POINT -> TASK') or 'expect'"},
    {PROGRAM "schedule\n  io@ -> pnp\n", "f:7:7: '' is no point, expected a number"},
    {PROGRAM "schedule\n  io@four -> pnp\n", "f:7:6: 'four' is no point, expected a number"},
    {PROGRAM "schedule\n  io@4294967296 -> pnp\n", "f:7:6: '4294967296' is no point, expected a number"},
    {PROGRAM "schedule\n  @4 -> pnp\n", "f:7:3: unexpected '@4', expected the name of a task"},
    {PROGRAM "schedule\n  oi@4 -> pnp\n", "f:7:3: unknown task 'oi', expected one of io, pnp (did you mean 'io'?)"},
    {PROGRAM "schedule\n  io@4 -> pmp\n", "f:7:11: unknown task 'pmp', expected one of io, pnp (did you mean 'pnp'?)"},
    {PROGRAM "schedule\n  io@4 ->\n", "f:7:10: the line ends here, expected the name of a task"},
    {PROGRAM "schedule\n  io@4\n", "f:7:7: the line ends here, expected '->' and a task, or another choice"},
    {PROGRAM "schedule\n  io@4 => pnp\n", "f:7:8: unexpected '=>', expected '->' and a task, or another choice"},
    {PROGRAM "schedule\n  io@4 -> pnp pnp\n", "f:7:15: unexpected 'pnp', expected nothing more after the deviation"},
    {PROGRAM "schedule\n  io@4 -> task#1\n",
     "f:7:11: 'task#1' is no numbered task here, expected task#2 to task#254 or a task of the program"},
    {PROGRAM "schedule\n  io@4 -> task#255\n",
     "f:7:11: 'task#255' is no numbered task here, expected task#2 to task#254 or a task of the program"},
    {PROGRAM "schedule\n  io@4 -> task#\n", "f:7:11: 'task#' is no numbered task here, "},
    {PROGRAM "schedule\n  task#x@4 -> io\n", "f:7:3: 'task#x' is no numbered task here, "},
    {PROGRAM "schedule\n  io@4 -> dpc#1\n",
     "f:7:11: 'dpc#1' is no numbered task here, expected task#2 to task#254 or a task of the program"},
    {PROGRAM "schedule\n  io@4 -> dpc #2\n", "f:7:11: unknown task 'dpc', expected one of io, pnp"},
    {PROGRAM "schedule\n  io@4 alocation = 1\n",
     "f:7:8: unknown choice 'alocation', expected one of allocation, device, fault, memory (did you mean 'allocation'?)"},
    {PROGRAM "schedule\n  io@4 task = 1\n", "f:7:8: unknown choice 'task', expected one of allocation"},
    {PROGRAM "schedule\n  io@4 allocation\n", "f:7:18: the line ends here, expected '=' and the number of an alternative"},
    {PROGRAM "schedule\n  io@4 allocation = 0\n",
     "f:7:21: '0' is no alternative, expected a number from 1 to 255 (0 is the default)"},
    {PROGRAM "schedule\n  io@4 allocation = 256\n",
     "f:7:21: '256' is no alternative, expected a number from 1 to 255 (0 is the default)"},
    {PROGRAM "schedule\nschedule\n", "f:7:1: unexpected 'schedule', expected a deviation ('TASK@POINT -> TASK') or 'expect'"},
    {PROGRAM "schedule\n  io: acquire A\n", "f:7:3: unexpected 'io', expected a deviation ('TASK@POINT -> TASK') or 'expect'"},
    {HEAD "program\nschedule\n  io@4 -> pnp\n", "f:5:3: unknown task 'io', expected one of nothing"},

    /* the expectation */
    {PROGRAM "expect\n", "f:6:7: the line ends here, expected 'clean' or a finding"},
    {PROGRAM "expect clean now\n", "f:6:14: unexpected 'now', expected nothing more after 'clean'"},
    {PROGRAM "expect use-after-fee X\n", "f:6:8: unknown finding 'use-after-fee', expected one of use-after-free, "},
    {PROGRAM "expect deadlock X Y\n", "f:6:19: unexpected 'Y', expected nothing more after the finding"},
    {PROGRAM "expect deadlock a234567890123456789012345678901234567890123456789012345678901234\n",
     "f:6:17: the name of the routine is too long, expected at most 63 bytes"},
    {PROGRAM "expect clean\nexpect clean\n", "f:7:1: unexpected 'expect', expected the end of the file"},

    /* bytes */
    {PROGRAM "\x1b[2J\n", "f:6:1: control byte 0x1b, expected text"},
    {PROGRAM "  # a comment with a bell \x07\n", "f:6:27: control byte 0x07, expected text"},
    {PROGRAM "expect clean\r\r\n", "f:6:13: control byte 0x0d, expected text"},
    {PROGRAM "\x7f\n", "f:6:1: control byte 0x7f, expected text"},
    {PROGRAM "expect cl\xc3\xa9"
             "an\n",
     "f:6:8: unknown finding 'cl??an', expected one of "},
};

static void refusals_name_the_place_and_the_remedy(void **state)
{
    (void)state;
    for (size_t index = 0; index < sizeof refusals / sizeof refusals[0]; index++) {
        const struct refusal *refusal = &refusals[index];
        struct replay replay = {0};
        struct replay_error error = {0};
        if (replay_parse(&replay, refusal->text, strlen(refusal->text), "f", &error)) {
            fail_msg("accepted:\n%s", refusal->text);
        }
        if (strncmp(error.message, refusal->message, strlen(refusal->message)) != 0) {
            fail_msg("for\n%s\nexpected: %s\n     got: %s", refusal->text, refusal->message, error.message);
        }
        assert_null(replay.schedule.deviations);
        assert_null(replay.scenario.subject);
    }
}

static void suggestions_stand_at_the_end(void **state)
{
    const char text[] = HEAD "program\n  io: aquire A\n";
    struct replay replay = {0};
    struct replay_error error = {0};
    (void)state;
    assert_false(replay_parse(&replay, text, strlen(text), "f", &error));
    assert_non_null(strstr(error.message, "(did you mean 'acquire'?)"));
    assert_int_equal(error.line, 4);
    assert_int_equal(error.column, 7);
}

static void a_zero_byte_is_refused(void **state)
{
    static const char text[] = PROGRAM "expect\0clean\n";
    struct replay replay = {0};
    struct replay_error error = {0};
    (void)state;
    assert_false(replay_parse(&replay, text, sizeof text - 1, "f", &error));
    assert_string_equal(error.message, "f:6:7: control byte 0x00, expected text");
}

/* --------------------------------------------------------------------------------------------------------- limits -- */

/* `head`, `piece` so many times, `tail`; what is said about it, or "" when it is accepted. */
static struct replay_error parse_repeated(const char *head, const char *piece, unsigned times, const char *tail)
{
    struct replay replay = {0};
    struct replay_error error = {0};
    char *text = malloc(strlen(head) + strlen(piece) * times + strlen(tail) + 1);
    assert_non_null(text);
    char *end = stpcpy(text, head);
    for (unsigned count = 0; count < times; count++) {
        end = stpcpy(end, piece);
    }
    end = stpcpy(end, tail);
    replay_parse(&replay, text, (size_t)(end - text), "f", &error);
    replay_free(&replay);
    free(text);
    return error;
}

static void limits_have_their_messages(void **state)
{
    (void)state;
    assert_string_equal(parse_repeated(PROGRAM "#", "x", REPLAY_LINE_LIMIT - 1, "\r\n").message, "");
    assert_string_equal(parse_repeated(PROGRAM "#", "x", REPLAY_LINE_LIMIT, "\n").message,
                        "f:6:1025: the line is too long, expected at most 1024 bytes");
    assert_string_equal(parse_repeated(HEAD "program\n", "  io: remove\n", PROGRAM_OPERATION_LIMIT, "").message, "");
    assert_string_equal(parse_repeated(HEAD "program\n", "  io: remove\n", PROGRAM_OPERATION_LIMIT + 1, "").message,
                        "f:196:7: one operation too many, expected at most 192 in a program");
    assert_string_equal(parse_repeated(PROGRAM "schedule\n", "  io@1 -> pnp\n", SCHEDULER_DEVIATION_LIMIT, "").message, "");
    assert_string_equal(parse_repeated(PROGRAM "schedule\n", "  io@1 -> pnp\n", SCHEDULER_DEVIATION_LIMIT + 1, "").message,
                        "f:8199:1: one deviation too many, expected at most 8192");
    unsigned lines = REPLAY_FILE_LIMIT / 4;
    assert_string_equal(parse_repeated(PROGRAM, "###\n", lines - 100, "").message, "");
    assert_string_equal(parse_repeated(PROGRAM, "###\n", lines, "").message,
                        "f:1:1: the file is too large, expected at most 4194304 bytes");
}

static void too_many_tasks_are_refused(void **state)
{
    char text[1024] = HEAD "program\n";
    struct replay replay = {0};
    struct replay_error error = {0};
    (void)state;
    for (unsigned task = 0; task <= PROGRAM_TASK_LIMIT; task++) {
        size_t length = strlen(text);
        assert_int_equal(replay_parse(&replay, text, length, "f", &error), true);
        assert_int_equal(replay.scenario.program.task_count, task);
        snprintf(text + length, sizeof text - length, "  t%u: remove\n", task);
    }
    assert_false(replay_parse(&replay, text, strlen(text), "f", &error));
    assert_string_equal(error.message, "f:16:3: task 't12' is one too many, expected at most 12 tasks");
}

/* ---------------------------------------------------------------------------------------------------- what is meant -- */

static char *canonical(const char *text, size_t size)
{
    struct replay replay = {0};
    struct replay_error error;
    if (!replay_parse(&replay, text, size, "f", &error)) {
        fail_msg("%s", error.message);
    }
    char *written = replay_text(&replay, NULL, NULL);
    assert_non_null(written);
    replay_free(&replay);
    return written;
}

static void means(const char *text, const char *expected)
{
    char *written = canonical(text, strlen(text));
    assert_string_equal(written, expected);
    free(written);
}

static void hands_write_as_they_like(void **state)
{
    static const char expected[] = "remlock 1\n"
                                   "subject lock\n"
                                   "config lock=checked minutes=3\n"
                                   "program\n"
                                   "  io: acquire A; release A\n"
                                   "  pnp: remove lock1\n"
                                   "schedule\n"
                                   "  start -> pnp\n"
                                   "  io@4 -> pnp\n"
                                   "  io@4 allocation = 1\n"
                                   "  pnp@9 -> task#7\n"
                                   "  task#7@1 -> io\n"
                                   "expect deadlock -\n";
    (void)state;
    means(expected, expected);
    means("\xef\xbb\xbfremlock\t1 # version\r\n\r\n  subject   LOCK # the lock itself\r\n"
          "config minutes = 03\r\nconfig lock =checked memory= sc\r\nprogram\r\n"
          "io:acquire A\r\npnp :remove   lock1 ;\r\n\tio: ;; release A lock0 ; # done\r\n"
          "schedule\r\nstart->pnp\r\nio@4->pnp\r\nio @ 4 allocation=1 #glued\r\n pnp@0009 -> task#7 #8\r\ntask#7@1->io\r\n"
          "\r\n\r\nexpect deadlock",
          "remlock 1\nsubject lock\nconfig lock=checked minutes=3\nprogram\n  io: acquire A; release A\n  pnp: remove lock1\n"
          "schedule\n  start -> pnp\n  io@4 -> pnp\n  io@4 allocation = 1\n  pnp@9 -> task#7\n  task#7@1 -> io\n"
          "expect deadlock -\n");
}

static void words_before_the_number_of_a_task_are_for_people(void **state)
{
    (void)state;
    means(HEAD "program\n  io: acquire A\nschedule\n  dpc#7@1 -> start#2\n  start#2@3 allocation = 1\n  io@2 -> io#9\n",
          HEAD "program\n  io: acquire A\nschedule\n  task#7@1 -> task#2\n  task#2@3 allocation = 1\n  io@2 -> task#9\n");
}

static void names_may_be_keywords(void **state)
{
    (void)state;
    means(HEAD "program\nprogram: remove\nexpect: remove\nschedule:\nstart: remove\n"
               "schedule\nstart -> start\nexpect@1 -> start\nstart@2 -> schedule\nprogram@1 -> task#9\nexpect clean",
          HEAD "program\n  program: remove\n  expect: remove\n  schedule:\n  start: remove\n"
               "schedule\n  start -> start\n  expect@1 -> start\n  start@2 -> schedule\n  program@1 -> task#9\nexpect clean\n");
}

static void empty_sections_are_dropped(void **state)
{
    (void)state;
    means(HEAD "config\nprogram\nschedule\n", HEAD "program\n");
}

static void a_short_name_finds_a_subject(void **state)
{
    (void)state;
    char *written = canonical("remlock 1\nsubject lock:p02\nprogram", strlen("remlock 1\nsubject lock:p02\nprogram"));
    assert_non_null(strstr(written, "subject lock:p02-"));
    free(written);
}

static void long_programs_go_on_in_another_line(void **state)
{
    char text[4096] = HEAD "program\n  io:";
    (void)state;
    for (unsigned count = 0; count < 60; count++) {
        strcat(text, count == 0 ? " acquire B lock1" : "; acquire B lock1");
        if (count % 20 == 19) {
            strcat(text, "\n  io:");
        }
    }
    char *written = canonical(text, strlen(text));
    for (const char *line = written; *line != '\0'; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") <= 100);
    }
    char *again = canonical(written, strlen(written));
    assert_string_equal(again, written);
    free(again);
    free(written);
}

static void texts_are_recognised(void **state)
{
    (void)state;
    assert_true(replay_recognise("remlock 1\n", 10));
    assert_true(replay_recognise("\xef\xbb\xbfremlock 7", 12));
    assert_true(replay_recognise("remlock \t", 9));
    assert_false(replay_recognise("remlock", 7));
    assert_false(replay_recognise("remlocks 1", 10));
    assert_false(replay_recognise("", 0));
    assert_false(replay_recognise("\xef\xbb", 2));
    assert_false(replay_recognise("\x01\x02remlock 1", 11));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_name_the_place_and_the_remedy),
        cmocka_unit_test(suggestions_stand_at_the_end),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(limits_have_their_messages),
        cmocka_unit_test(too_many_tasks_are_refused),
        cmocka_unit_test(hands_write_as_they_like),
        cmocka_unit_test(words_before_the_number_of_a_task_are_for_people),
        cmocka_unit_test(names_may_be_keywords),
        cmocka_unit_test(empty_sections_are_dropped),
        cmocka_unit_test(a_short_name_finds_a_subject),
        cmocka_unit_test(long_programs_go_on_in_another_line),
        cmocka_unit_test(texts_are_recognised),
    };
    return cmocka_run_group_tests_name("replay.reader", tests, NULL, NULL);
}
