/*
 * test_rule_drivers.c - the rules on a real driver: for each one a handler that breaks it and one that nearly does.
 *
 * The driver (drivers/rules.c) is told by a control code which request to handle how.
 */
#include "drivers/rules.h"
#include "support.h"

#include <stdio.h>

struct row {
    const char *expected;
    const char *config;
    enum target target;
    enum way way;
    const char *program; /* after the file was opened and the driver told */
};

#define STRICT ""
#define SDV(rule) "rules=sdv rule=" rule

/* A kind of request: how to ask for it, and its rules. */
struct family {
    enum target target;
    const char *program;
    const char *release, *forward, *forward2;
};

static const struct family families[] = {
    {TARGET_READ, "read A", "RemoveLockReleaseRead", "RemoveLockForwardRead", "RemoveLockForwardRead2"},
    {TARGET_WRITE, "write A", "RemoveLockReleaseWrite", "RemoveLockForwardWrite", "RemoveLockForwardWrite2"},
    {TARGET_CONTROL, "ioctl A 0x222000", "RemoveLockReleaseDeviceControl", "RemoveLockForwardDeviceControl",
     "RemoveLockForwardDeviceControl2"},
    {TARGET_INTERNAL, "internal-ioctl 0x222000", "RemoveLockReleaseInternalDeviceControl",
     "RemoveLockForwardDeviceControlInternal", "RemoveLockForwardDeviceControlInternal2"},
    {TARGET_CREATE, "open B", "RemoveLockReleaseCreate", "RemoveLockForward", "RemoveLockForward2"},
    {TARGET_CLOSE, "close A", "RemoveLockReleaseClose", "RemoveLockForward", "RemoveLockForward2"},
    {TARGET_CLEANUP, "close A", "RemoveLockReleaseCleanup", "RemoveLockForward", "RemoveLockForward2"},
    {TARGET_SHUTDOWN, "shutdown", "RemoveLockReleaseShutdown", "RemoveLockForward", "RemoveLockForward2"},
    {TARGET_WMI, "wmi", "RemoveLockReleaseSystemControl", "RemoveLockForward", "RemoveLockForward2"},
    {TARGET_FLUSH, "flush A", "RemoveLockRelease2", "RemoveLockForward", "RemoveLockForward2"},
    {TARGET_CAPABILITIES, "query-capabilities", "RemoveLockReleasePnp", "RemoveLockForward", "RemoveLockForward2"},
    {TARGET_DEVICE_DOWN, "set-power D3", "RemoveLockReleasePower", "RemoveLockForward", "RemoveLockForward2"},
};

static const struct row rows[] = {
    {"RemoveLockMnRemove", STRICT, TARGET_REMOVE, WAY_TEAR_DOWN_HELD, "close A; remove"},
    {"RemoveLockCheck", STRICT, TARGET_REMOVE, WAY_TEAR_DOWN_FREE, "close A; remove"},
    {"RemoveLockMnRemove2", STRICT, TARGET_REMOVE, WAY_TEAR_DOWN_BARE, "close A; remove"},
    {"NsRemoveLockMnRemove", STRICT, TARGET_REMOVE, WAY_NOT_SUPPORTED, "close A; remove"},
    {"clean", STRICT, TARGET_REMOVE, WAY_WAIT_FIRST, "close A; remove"},
    {"wait-before-forward", "warnings=yes", TARGET_REMOVE, WAY_WAIT_FIRST, "close A; remove"},
    {"clean", "warnings=yes", TARGET_REMOVE, WAY_PASS, "close A; remove"},
    {"RemoveLockQueryMnRemove", STRICT, TARGET_QUERY_REMOVE, WAY_PASS_BARE, "close A; remove"},
    {"NsRemoveLockQueryMnRemove", STRICT, TARGET_QUERY_REMOVE, WAY_NOT_SUPPORTED, "close A; remove"},
    {"clean", STRICT, TARGET_QUERY_REMOVE, WAY_REFUSE, "close A; remove"},
    {"RemoveLockMnSurpriseRemove", STRICT, TARGET_SURPRISE, WAY_PASS_BARE, "surprise-remove"},
    {"NsRemoveLockMnSurpriseRemove", STRICT, TARGET_SURPRISE, WAY_NOT_SUPPORTED, "surprise-remove"},
    {"IoReleaseRemoveLockAndWaitOutsideRemoveDevice", STRICT, TARGET_SURPRISE, WAY_RELEASE_AND_WAIT, "surprise-remove"},
    {"clean", STRICT, TARGET_SURPRISE, WAY_COMPLETION, "surprise-remove"},
    {"IoReleaseRemoveLockAndWaitOutsideRemoveDevice", STRICT, TARGET_CLEANUP, WAY_RELEASE_AND_WAIT, "close A"},
    {"clean", STRICT, TARGET_READ, WAY_SECOND_LOCK, "read A"},
    {"MultRemoveLock", "rules=sdv warnings=yes rule=MultRemoveLock", TARGET_READ, WAY_SECOND_LOCK, "read A"},
    {"clean", "rules=sdv warnings=yes rule=MultRemoveLock", TARGET_READ, WAY_PASS, "read A"},
    {"clean", STRICT, TARGET_SYSTEM_UP, WAY_COMPLETION, "system-power S3; system-power S0"},
    {"clean", STRICT, TARGET_SYSTEM_DOWN, WAY_COMPLETION, "system-power S3; system-power S0"},
    {"MarkPower", STRICT, TARGET_SYSTEM_UP, WAY_KEEP_UNMARKED, "system-power S3; system-power S0"},
    {"MarkPowerDown", "rule=MarkPowerDown", TARGET_SYSTEM_DOWN, WAY_KEEP_UNMARKED, "system-power S3"},
    {"MarkStartDevice", STRICT, TARGET_START, WAY_KEEP_UNMARKED, "stop; start"},
    {"clean", STRICT, TARGET_START, WAY_WAIT, "stop; start"},
    {"clean", STRICT, TARGET_START, WAY_COMPLETION, "stop; start"},
    {"MarkDevicePower", STRICT, TARGET_SYSTEM_UP, WAY_POWER_UNMARKED, "system-power S3; system-power S0"},
    {"clean", STRICT, TARGET_SYSTEM_UP, WAY_POWER_MARKED, "system-power S3; system-power S0"},
    {"PowerDownAllocate", STRICT, TARGET_SYSTEM_DOWN, WAY_ALLOCATE, "system-power S3"},
    {"clean", STRICT, TARGET_SYSTEM_UP, WAY_ALLOCATE, "system-power S3; system-power S0"},
    {"PowerDownFail", STRICT, TARGET_DEVICE_DOWN, WAY_REFUSE, "set-power D3"},
    {"PowerUpFail", STRICT, TARGET_DEVICE_UP, WAY_REFUSE, "set-power D3; set-power D0"},
    {"clean", STRICT, TARGET_DEVICE_DOWN, WAY_WAIT, "set-power D3; set-power D0"},
    {"WmiForward", STRICT, TARGET_WMI, WAY_WMI_ANSWER, "wmi"},
    {"clean", STRICT, TARGET_WMI, WAY_WMI_FORWARD, "wmi"},
    {"WmiForward", SDV("WmiForward"), TARGET_WMI, WAY_WMI_ANSWER, "wmi"},
    {"clean", SDV("WmiForward"), TARGET_WMI, WAY_WMI_FORWARD, "wmi"},
    /* the static tool's, with its false alarms */
    {"MarkStartDevice", SDV("MarkStartDevice"), TARGET_START, WAY_WAIT, "stop; start"},
    {"clean", SDV("MarkStartDevice"), TARGET_START, WAY_PASS, "stop; start"},
    {"RemoveLock", SDV("RemoveLock"), TARGET_CAPABILITIES, WAY_LEAK, "query-capabilities"},
    {"clean", SDV("RemoveLock"), TARGET_CAPABILITIES, WAY_ANSWER, "query-capabilities"},
    {"RemoveLockMnRemove", SDV("RemoveLockMnRemove"), TARGET_REMOVE, WAY_TEAR_DOWN_HELD, "close A; remove"},
    {"clean", SDV("RemoveLockMnRemove"), TARGET_REMOVE, WAY_PASS, "close A; remove"},
    {"RemoveLockCheck", SDV("RemoveLockCheck"), TARGET_REMOVE, WAY_TEAR_DOWN_FREE, "close A; remove"},
    {"RemoveLockMnRemove2", SDV("RemoveLockMnRemove2"), TARGET_REMOVE, WAY_TEAR_DOWN_BARE, "close A; remove"},
    {"clean", SDV("RemoveLockMnRemove2"), TARGET_REMOVE, WAY_WAIT_FIRST, "close A; remove"},
    {"PowerDownFail", SDV("PowerDownFail"), TARGET_DEVICE_DOWN, WAY_REFUSE, "set-power D3"},
};

static uint32_t judge(const struct row *row)
{
    char program[256];
    snprintf(program, sizeof program, "io: open A; ioctl A 0x%X; %s", RULES_CODE(row->target, row->way), row->program);
    struct scenario scenario = scenario_of(RULES_DRIVER, row->config, program);
    struct verdict verdict = run_default(&scenario);
    if (strcmp(identifier_of(&verdict), row->expected) != 0) {
        print_error("target %d, way %d, %s: expected %s, found %s (%s)\n  %s\n", row->target, row->way, row->config,
                    row->expected, identifier_of(&verdict), verdict.message, program);
        return 1;
    }
    return 0;
}

static void test_single_rules(void **state)
{
    uint32_t wrong = 0;
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        wrong += judge(&rows[index]);
    }
    assert_int_equal(wrong, 0);
}

static void test_families_strict(void **state)
{
    uint32_t wrong = 0;
    (void)state;
    for (size_t index = 0; index < COUNT_OF(families); index++) {
        const struct family *family = &families[index];
        const struct {
            enum way way;
            const char *expected;
        } ways[] = {
            {WAY_PASS, "clean"},
            {WAY_COMPLETION, "clean"},
            {WAY_QUEUE, "clean"},
            {WAY_WAIT, "clean"},
            {WAY_PASS_BARE, family->forward},
            {WAY_QUEUE_BARE, family->forward},
            {WAY_COMPLETION_BARE, family->forward2},
            {WAY_LEAK, family->release},
            {WAY_PASS_LEAK, family->forward},
            {WAY_COMPLETION_LEAK, family->forward2},
        };
        for (size_t at = 0; at < COUNT_OF(ways); at++) {
            wrong += judge(&(struct row){ways[at].expected, STRICT, family->target, ways[at].way, family->program});
        }
    }
    assert_int_equal(wrong, 0);
}

/* In the static tool's mode each rule alone; releasing in a completion routine that runs later is its false alarm. */
static void test_families_sdv(void **state)
{
    uint32_t wrong = 0;
    (void)state;
    for (size_t index = 0; index < COUNT_OF(families); index++) {
        const struct family *family = &families[index];
        const struct {
            enum way way;
            const char *rule, *expected;
        } ways[] = {
            {WAY_PASS, family->forward, "clean"},
            {WAY_PASS, family->forward2, "clean"},
            {WAY_PASS, family->release, "clean"},
            {WAY_PASS_BARE, family->forward, family->forward},
            {WAY_PASS_BARE, family->forward2, family->forward2},
            {WAY_LEAK, family->release, family->release},
            {WAY_QUEUE, family->forward, family->forward},
        };
        for (size_t at = 0; at < COUNT_OF(ways); at++) {
            char config[128];
            snprintf(config, sizeof config, "rules=sdv rule=%s", ways[at].rule);
            wrong += judge(&(struct row){ways[at].expected, config, family->target, ways[at].way, family->program});
        }
    }
    assert_int_equal(wrong, 0);
}

/* Right ways of handling requests, in many schedules. */
static void test_right_ways_are_clean(void **state)
{
    (void)state;
    static const enum way ways[] = {WAY_PASS, WAY_COMPLETION, WAY_QUEUE};
    for (size_t at = 0; at < COUNT_OF(ways); at++) {
        char program[256];
        snprintf(program, sizeof program,
                 "io: open A; ioctl A 0x%X; read A; read A r1; close A\nio2: open B; read B; write B\npnp: %s",
                 RULES_CODE(TARGET_READ, ways[at]), at % 2 == 0 ? "surprise-remove; remove" : "remove");
        struct scenario scenario = scenario_of(RULES_DRIVER, "", program);
        struct verdict verdict;
        if (find_randomly(&scenario, "random", NULL, SCALED(3000), &verdict)) {
            assert_verdict(&scenario, &verdict, "clean");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_rules),
        cmocka_unit_test(test_families_strict),
        cmocka_unit_test(test_families_sdv),
        cmocka_unit_test(test_right_ways_are_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
