/* test_remove_locks.c - the judge of drivers' remove locks: each misuse, and what nearly is one. */
#include "events.h"

#include "support.h"

#include <stdio.h>

#define DEVICE "create D; attach D; init L; "

struct row {
    const char *expected;
    const char *part; /* of the message, or NULL */
    const char *script;
};

static const struct row rows[] = {
    /* initialisation */
    {"uninitialised-lock", "acquired", "create D; attach D; enter READ r; acquire L r"},
    {"uninitialised-lock", "released", "create D; run add; release L 0"},
    {"uninitialised-lock", "waited for", "create D; enter REMOVE r; wait L r"},
    {"uninitialised-lock", "acquired", DEVICE "enter READ r; acquire K r"},
    {"clean", NULL, "create D; run add; init L; attach D; leave; enter READ r; acquire L r; release L r; exit ok"},
    {"clean", NULL,
     "init P; acquire P 1; release P 1; free P; acquire P 1"}, /* whoever touches it reports the use after free */
    {"reinitialised", "in use", DEVICE "init L"},
    {"reinitialised", "held", DEVICE "enter READ r; acquire L r; 1:init L"},
    {"reinitialised", "after its removal", DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; init L"},
    {"reinitialised", "in use", "init G; acquire G 1; release G 1; init G"},
    {"clean", NULL, DEVICE "create E; init M; init K; init P; init G"},
    {"clean", NULL, "run load; init G; leave; run load; init G; leave"},
    {"clean", NULL, DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; delete D; exit ok; create D; init L"},

    /* releases */
    {"double-release", "not held", DEVICE "enter READ r; release L r"},
    {"double-release", "once more", DEVICE "enter READ r; acquire L r; release L r; release L r"},
    {"double-release", "had failed with status 0xC0000056", DEVICE "enter READ r; refused L r; release L r"},
    {"double-release", "had failed", DEVICE "1:enter READ t; 1:acquire L t; enter READ r; refused L r; release L r"},
    {"tag-mismatch", "never acquired", DEVICE "enter READ r; acquire L r; release L 0"},
    {"tag-mismatch", "never acquired", DEVICE "enter READ r; acquire L 0; release L r"},
    {"clean", NULL, DEVICE "enter READ r; acquire L r; acquire L r; release L r; release L r; exit ok"},
    {"clean", NULL, DEVICE "enter READ r; acquire L 0; 1:enter READ s; 1:acquire L 0; 1:release L 0; release L 0; exit ok"},
    {"double-release", NULL, "init P; init G; acquire P 1; release G 1"},
    {"clean", NULL, "init P; init G; acquire P 1; acquire G 1; release G 1; release P 1; free P"},
    {"clean", NULL, DEVICE "enter READ r; acquire L r; mark r; exit pending; 1:run dpc; 1:release L r; 1:leave"},

    /* the wait */
    {"wait-without-acquire", "own count", DEVICE "enter REMOVE r; wait L r"},
    {"wait-without-acquire", "what others hold", DEVICE "1:enter READ s; 1:acquire L s; enter REMOVE r; wait L r"},
    {"tag-mismatch", "what it holds is tag 0x", DEVICE "enter REMOVE r; acquire L 77; wait L r"},
    {"waited-twice", "has waited before", DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; wait L r"},
    {"waited-twice", "waits already", DEVICE "enter REMOVE r; acquire L r; wait L r; 1:run work; 1:wait L r"},
    {"early-return", "still held", DEVICE "1:enter READ s; 1:acquire L s; enter REMOVE r; acquire L r; wait L r; waited L r"},
    {"clean", NULL,
     DEVICE "1:enter READ s; 1:acquire L s; enter REMOVE r; acquire L r; wait L r; 1:complete s ok; 1:release L s; waited L r"},
    {"double-release", "once more", DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; release L r"},
    {"clean", NULL,
     DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; exit ok; enter READ s; refused L s; "
            "complete s deletepending; exit deletepending; end"},

    /* the memory */
    {"freed-while-held", "held", "init P; acquire P 1; free P"},
    {"clean", NULL, "init P; acquire P 1; wait P 1; waited P 1; free P; end"},
    {"clean", NULL, "init G; acquire G 1; end"}, /* its memory is still there */

    /* nothing can go on */
    {"deadlock", "the remover itself", DEVICE "enter REMOVE r; acquire L r; acquire L r; wait L r; stuck"},
    {"deadlock", "perhaps until it sees IRP_MN_REMOVE_DEVICE",
     DEVICE
     "1:enter WAKE s; 1:acquire L s; 1:routine s; 1:call s; 1:called s pending; 1:exit pending; enter REMOVE r; acquire L r; "
     "wait L r; stuck"},
    {"deadlock", "for 2 acquisitions",
     DEVICE "1:enter READ s; 1:acquire L 5; 1:acquire L 6; enter REMOVE r; acquire L r; wait L r; stuck"},
    {"clean", NULL, DEVICE "1:enter READ s; 1:acquire L s; stuck"},
    {"clean", NULL, DEVICE "enter REMOVE r; acquire L r; wait L r; stuck"},
};

static void test_misuse(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        const struct row *row = &rows[index];
        const char *found = play(RULES_MODE_STRICT, NULL, false, row->script);
        if (strcmp(found, row->expected) != 0 || (row->part != NULL && strstr(message(), row->part) == NULL)) {
            fail_msg("expected %s (%s), found %s (%s)\n  %s", row->expected, row->part == NULL ? "" : row->part, found,
                     message(), row->script);
        }
    }
}

static void test_holders(void **state)
{
    (void)state;
    char text[1024];
    play(RULES_MODE_STRICT, NULL, false, DEVICE "enter READ r; acquire L r; call r; 1:run dpc; 1:acquire L 0x41");
    rules_holders(text, sizeof text);
    assert_non_null(strstr(text, "tag 0x41, acquired in KDEFERRED_ROUTINE by"));
    assert_non_null(strstr(text, "acquired in IRP_MJ_READ by"));
    assert_non_null(strstr(text, ", for IRP_MJ_READ; the driver is through with the request\n"));
    rules_holders(text, 40);
    assert_true(strlen(text) < 40);
    play(RULES_MODE_STRICT, NULL, false, DEVICE "enter READ r; acquire L r; release L r");
    rules_holders(text, sizeof text);
    assert_string_equal(text, "");
}

/* Far more acquisitions and locks than the tables hold: nothing is said that is not certain. */
static void test_limits(void **state)
{
    (void)state;
    play(RULES_MODE_STRICT, NULL, false, "init G");
    struct core_event event = {.kind = EVENT_LOCK_ACQUIRE, .file = ""};
    static IO_REMOVE_LOCK_COMMON_BLOCK locks[200];
    event.lock = &locks[0];
    event.kind = EVENT_LOCK_INITIALIZE;
    rules_hear(&event);
    for (uint32_t count = 0; count < 2000; count++) {
        event.kind = EVENT_LOCK_ACQUIRE;
        rules_hear(&event);
    }
    event.kind = EVENT_LOCK_RELEASE;
    event.tag = &event;
    rules_hear(&event);
    assert_null(scheduler_violation());
    for (uint32_t index = 1; index < COUNT_OF(locks); index++) {
        event.lock = &locks[index];
        event.kind = EVENT_LOCK_INITIALIZE;
        rules_hear(&event);
        event.kind = EVENT_LOCK_ACQUIRING;
        rules_hear(&event);
    }
    assert_null(scheduler_violation());
}

/* ------------------------------------------------------------------------------------------- correct drivers, by chance -- */

/* One of several tasks, each with a correct request at a time, in any interleaving; at last the device is removed. */
struct worker {
    const char *const *steps; /* NULL-ended */
    uint32_t at;
};

static const char *const lives[][10] = {
    {"enter READ %", "acquire L %", "complete % ok", "release L %", "exit ok"},
    {"enter WRITE %", "acquire L %", "call %", "called % ok", "release L %", "exit ok"},
    {"enter CONTROL %", "acquire L 0", "call %", "called % pending", "release L 0", "exit pending"},
    {"enter D0 %", "acquire L %", "routine %", "call %", "completion % ok", "release L %", "left ok", "called % ok", "exit ok"},
    {"enter READ %", "acquire L %", "mark %", "exit pending", "run dpc", "complete % ok", "release L %", "leave"},
    {"enter READ %", "acquire L %", "mark %", "exit pending", "run work", "call %", "called % ok", "release L %", "leave"},
    {"run thread", "acquire L 9", "release L 9", "leave"},
};

static void append(char *script, size_t size, uint32_t task, const char *step, char request)
{
    size_t length = strlen(script);
    length += (size_t)snprintf(script + length, size - length, "%u:", task);
    for (; *step != '\0' && length + 4 < size; step++) {
        script[length++] = *step == '%' ? request : *step;
    }
    script[length++] = ';';
    script[length] = '\0';
    assert_true(length + 4 < size);
}

static void test_correct_drivers_are_clean(void **state)
{
    (void)state;
    struct generator generator = {.state = 7};
    for (uint32_t round = 0; round < SCALED(3000); round++) {
        char script[4096] = DEVICE;
        char next_request = 'a';
        struct worker workers[3] = {{NULL, 0}};
        char requests[3] = {0};
        uint32_t begun = 0;
        for (bool busy = true; begun < 12 || busy;) {
            uint32_t task = generator_below(&generator, COUNT_OF(workers));
            struct worker *worker = &workers[task];
            if (worker->steps == NULL && begun < 12) {
                *worker = (struct worker){lives[generator_below(&generator, COUNT_OF(lives))], 0};
                requests[task] = next_request++;
                begun++;
            }
            if (worker->steps != NULL) {
                append(script, sizeof script, task, worker->steps[worker->at++], requests[task]);
                worker->steps = worker->steps[worker->at] == NULL ? NULL : worker->steps;
            }
            busy = workers[0].steps != NULL || workers[1].steps != NULL || workers[2].steps != NULL;
        }
        strcat(script,
               "enter REMOVE z; acquire L z; call z; called z ok; wait L z; waited L z; detach D; delete D; exit ok; end");
        const char *found = play(RULES_MODE_STRICT, NULL, true, script);
        if (strcmp(found, "clean") != 0) {
            fail_msg("%s (%s)\n  %s", found, message(), script);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_holders),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_correct_drivers_are_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
