/*
 * test_rules.c - every rule in each mode: what breaks it, and what nearly does.
 *
 * The families, whose rules differ in the request alone, share their scripts; the others have a table.
 */
#include "events.h"

#include "support.h"

/* A device with its lock, and its removal up to the wait. */
#define DEVICE "create D; attach D; init L; "
#define REMOVAL "1:enter REMOVE s; 1:acquire L s; 1:call s; 1:called s ok; 1:wait L s; "

static void expect(const char *found, const char *expected, const char *what, const char *script)
{
    if (strcmp(found, expected) != 0) {
        fail_msg("%s: expected %s, found %s (%s)\n  %s", what, expected, found, message(), script);
    }
}

/* ------------------------------------------------------------------------------------------------------- families -- */

struct family {
    const char *request;
    const char *release, *forward, *forward2; /* its rules */
};

static const struct family families[] = {
    {"READ", "RemoveLockReleaseRead", "RemoveLockForwardRead", "RemoveLockForwardRead2"},
    {"WRITE", "RemoveLockReleaseWrite", "RemoveLockForwardWrite", "RemoveLockForwardWrite2"},
    {"CONTROL", "RemoveLockReleaseDeviceControl", "RemoveLockForwardDeviceControl", "RemoveLockForwardDeviceControl2"},
    {"INTERNAL", "RemoveLockReleaseInternalDeviceControl", "RemoveLockForwardDeviceControlInternal",
     "RemoveLockForwardDeviceControlInternal2"},
    {"CREATE", "RemoveLockReleaseCreate", "RemoveLockForward", "RemoveLockForward2"},
    {"CLOSE", "RemoveLockReleaseClose", "RemoveLockForward", "RemoveLockForward2"},
    {"CLEANUP", "RemoveLockReleaseCleanup", "RemoveLockForward", "RemoveLockForward2"},
    {"SHUTDOWN", "RemoveLockReleaseShutdown", "RemoveLockForward", "RemoveLockForward2"},
    {"WMI", "RemoveLockReleaseSystemControl", "RemoveLockForward", "RemoveLockForward2"},
    {"CANCEL", "RemoveLockReleasePnp", "RemoveLockForward", "RemoveLockForward2"},
    {"START", "RemoveLockReleasePnp", "RemoveLockForward", "RemoveLockForward2"},
    {"WAKE", "RemoveLockReleasePower", "RemoveLockForward", "RemoveLockForward2"},
    {"D3", "RemoveLockReleasePower", "RemoveLockForward", "RemoveLockForward2"},
    {"FLUSH", "RemoveLockRelease2", "RemoveLockForward", "RemoveLockForward2"},
};

enum wanted { CLEAN, RELEASE, FORWARD, FORWARD2, DEADLOCK };

static const char *name_of(const struct family *family, enum wanted wanted)
{
    const char *names[] = {"clean", family->release, family->forward, family->forward2, "deadlock"};
    return names[wanted];
}

struct family_row {
    enum rules_mode mode;
    enum wanted only; /* CLEAN: all rules */
    enum wanted expected;
    const char *script;
};

static const struct family_row family_rows[] = {
    /* strict: passing on */
    {RULES_MODE_STRICT, CLEAN, FORWARD, DEVICE "enter % r; call r"},
    {RULES_MODE_STRICT, CLEAN, CLEAN, DEVICE "enter % r; acquire L r; call r; called r ok; release L r; exit ok; end"},
    {RULES_MODE_STRICT, CLEAN, CLEAN, DEVICE "enter % r; acquire L 0; call r; called r ok; release L 0; exit ok; end"},
    {RULES_MODE_STRICT, CLEAN, FORWARD, DEVICE "enter % r; acquire L r; release L r; call r"},
    {RULES_MODE_STRICT, CLEAN, FORWARD, DEVICE "enter % r; refused L r; call r"},
    {RULES_MODE_STRICT, CLEAN, CLEAN, DEVICE "enter % r; refused L r; complete r deletepending; exit deletepending; end"},
    {RULES_MODE_STRICT, CLEAN, FORWARD2, DEVICE "enter % r; routine r; call r"},
    {RULES_MODE_STRICT, CLEAN, CLEAN,
     DEVICE
     "enter % r; acquire L r; routine r; call r; called r pending; exit pending; 1:completion r ok; 1:release L r; 1:left "
     "ok; end"},
    /* somebody else's acquisition does not help, unless nobody can say whose it is */
    {RULES_MODE_STRICT, CLEAN, FORWARD, DEVICE "1:enter READ t; 1:acquire L t; enter % r; call r"},
    {RULES_MODE_STRICT, CLEAN, FORWARD, DEVICE "1:enter READ t; 1:acquire L 0; enter % r; call r"},
    {RULES_MODE_STRICT, CLEAN, CLEAN,
     DEVICE "1:enter START t; 1:acquire L 7; 1:exit ok; enter % r; mark r; exit pending; 2:run dpc; 2:call r"},
    {RULES_MODE_STRICT, CLEAN, FORWARD,
     DEVICE "1:enter READ t; 1:acquire L t; enter % r; mark r; exit pending; 2:run dpc; 2:call r"},
    /* across threads: a queue, a worker that passes on and releases */
    {RULES_MODE_STRICT, CLEAN, CLEAN,
     DEVICE
     "enter % r; acquire L r; mark r; queue r; exit pending; 1:run work; 1:call r; 1:called r ok; 1:release L r; 1:leave"},
    {RULES_MODE_STRICT, CLEAN, FORWARD, DEVICE "enter % r; mark r; queue r; exit pending; 1:run work; 1:call r"},
    {RULES_MODE_STRICT, CLEAN, CLEAN, DEVICE "enter % r; mark r; queue r; exit pending; 1:run thread; 1:acquire L 9; 1:call r"},
    /* strict: balance */
    {RULES_MODE_STRICT, CLEAN, RELEASE, DEVICE "enter % r; acquire L r; complete r ok; exit ok; " REMOVAL "stuck"},
    {RULES_MODE_STRICT, CLEAN, FORWARD, DEVICE "enter % r; acquire L r; call r; called r ok; exit ok; " REMOVAL "stuck"},
    {RULES_MODE_STRICT, CLEAN, FORWARD2,
     DEVICE "enter % r; acquire L r; routine r; call r; completion r ok; left ok; called r ok; exit ok; " REMOVAL "stuck"},
    {RULES_MODE_STRICT, CLEAN, DEADLOCK, DEVICE "enter % r; acquire L r; mark r; exit pending; " REMOVAL "stuck"},
    {RULES_MODE_STRICT, CLEAN, DEADLOCK, DEVICE "enter % r; acquire L 5; complete r ok; exit ok; " REMOVAL "stuck"},
    {RULES_MODE_STRICT, CLEAN, CLEAN, DEVICE "enter % r; acquire L r; complete r ok; release L r; exit ok; " REMOVAL "stuck"},
    {RULES_MODE_STRICT, CLEAN, CLEAN,
     DEVICE "enter % r; acquire L r; mark r; exit pending; 2:run dpc; 2:complete r ok; 2:release L r; 2:leave; " REMOVAL
            "stuck"},
    /* sdv: passing on */
    {RULES_MODE_SDV, FORWARD, FORWARD, DEVICE "enter % r; call r"},
    {RULES_MODE_SDV, FORWARD2, FORWARD2, DEVICE "enter % r; call r"},
    {RULES_MODE_SDV, FORWARD, CLEAN, DEVICE "enter % r; acquire L r; call r; called r ok; release L r; exit ok"},
    {RULES_MODE_SDV, FORWARD2, CLEAN, DEVICE "enter % r; acquire L r; call r; called r ok; release L r; exit ok"},
    {RULES_MODE_SDV, FORWARD, FORWARD, DEVICE "enter % r; acquire L r; release L r; release L r"},
    {RULES_MODE_SDV, FORWARD2, FORWARD2, DEVICE "enter % r; acquire L r; release L r; release L r"},
    {RULES_MODE_SDV, FORWARD, CLEAN, DEVICE "enter % r; queue r; call r"},
    /* sdv: the release in a completion routine, its false alarm */
    {RULES_MODE_SDV, FORWARD, FORWARD,
     DEVICE "enter % r; acquire L r; routine r; mark r; call r; called r pending; exit pending"},
    {RULES_MODE_SDV, FORWARD2, CLEAN,
     DEVICE "enter % r; acquire L r; routine r; mark r; call r; called r pending; exit pending"},
    {RULES_MODE_SDV, FORWARD2, FORWARD2,
     DEVICE "enter % r; acquire L r; routine r; call r; completion r ok; left ok; called r ok; exit ok"},
    {RULES_MODE_SDV, FORWARD2, CLEAN,
     DEVICE "enter % r; acquire L r; routine r; call r; completion r ok; release L r; left ok; called r ok; exit ok"},
    /* sdv: balance */
    {RULES_MODE_SDV, RELEASE, RELEASE, DEVICE "enter % r; acquire L r; complete r ok; exit ok"},
    {RULES_MODE_SDV, RELEASE, CLEAN, DEVICE "enter % r; acquire L r; complete r ok; release L r; exit ok"},
    {RULES_MODE_SDV, RELEASE, CLEAN, DEVICE "enter % r; complete r ok; exit ok"},
};

static void test_families(void **state)
{
    (void)state;
    for (size_t at = 0; at < COUNT_OF(families); at++) {
        for (size_t index = 0; index < COUNT_OF(family_rows); index++) {
            const struct family_row *row = &family_rows[index];
            const char *only = row->only == CLEAN ? NULL : name_of(&families[at], row->only);
            const char *found = play_with(row->mode, only, families[at].request, row->script);
            expect(found, name_of(&families[at], row->expected), families[at].request, row->script);
        }
    }
}

/* ----------------------------------------------------------------------------------------------------- single rules -- */

struct row {
    const char *expected; /* "clean", or the finding */
    const char *rule;     /* to be judged alone, or NULL: all */
    enum rules_mode mode;
    const char *script;
};

static const struct row rows[] = {
    /* the removal */
    {"RemoveLockMnRemove2", NULL, RULES_MODE_STRICT, DEVICE "enter REMOVE r; call r"},
    {"RemoveLockMnRemove2", NULL, RULES_MODE_STRICT, DEVICE "enter REMOVE r; delete D"},
    {"RemoveLockMnRemove", NULL, RULES_MODE_STRICT, DEVICE "enter REMOVE r; acquire L r; call r; called r ok; detach D"},
    {"RemoveLockMnRemove", NULL, RULES_MODE_STRICT, DEVICE "enter REMOVE r; acquire L r; call r; called r ok; delete D"},
    {"RemoveLockCheck", NULL, RULES_MODE_STRICT,
     DEVICE "enter REMOVE r; acquire L r; call r; called r ok; release L r; detach D"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter REMOVE r; acquire L r; call r; called r ok; wait L r; waited L r; detach D; delete D; exit ok; end"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; call r; called r ok; detach D; delete D; exit ok; end"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "create E; init M; enter REMOVE r; acquire L r; delete E"},
    {"clean", NULL, RULES_MODE_STRICT, "create D; init L; enter REMOVE r; delete D"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "run add; detach D; delete D"},
    {"clean", NULL, RULES_MODE_STRICT,
     "create D; attach D; enter REMOVE r; call r; called r ok; detach D; delete D; exit ok; end"},
    {"RemoveLockMnRemove2", "RemoveLockMnRemove2", RULES_MODE_SDV, DEVICE "enter REMOVE r; call r"},
    {"RemoveLockMnRemove2", "RemoveLockMnRemove2", RULES_MODE_SDV, DEVICE "enter REMOVE r; acquire L r; call r; detach D"},
    {"clean", "RemoveLockMnRemove2", RULES_MODE_SDV,
     DEVICE "enter REMOVE r; acquire L r; wait L r; call r; detach D; delete D"},
    {"RemoveLockMnRemove", "RemoveLockMnRemove", RULES_MODE_SDV, DEVICE "enter REMOVE r; acquire L r; detach D"},
    {"RemoveLockMnRemove", "RemoveLockMnRemove", RULES_MODE_SDV, DEVICE "enter REMOVE r; wait L r"},
    {"clean", "RemoveLockMnRemove", RULES_MODE_SDV,
     DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; detach D; delete D"},
    {"RemoveLockCheck", "RemoveLockCheck", RULES_MODE_SDV, DEVICE "enter REMOVE r; acquire L r; release L r; delete D"},
    {"clean", "RemoveLockCheck", RULES_MODE_SDV, DEVICE "enter REMOVE r; acquire L r; wait L r; delete D"},
    {"clean", "RemoveLockCheck", RULES_MODE_SDV, "create D; init L; enter REMOVE r; delete D"},
    {"RemoveLock", NULL, RULES_MODE_STRICT, DEVICE "enter REMOVE r; acquire L r; complete r ok; exit ok; " REMOVAL "stuck"},
    {"RemoveLock", "RemoveLock", RULES_MODE_STRICT, DEVICE "enter D0 r; acquire L r; complete r ok; exit ok; " REMOVAL "stuck"},
    {"deadlock", "RemoveLock", RULES_MODE_STRICT, DEVICE "enter READ r; acquire L r; complete r ok; exit ok; " REMOVAL "stuck"},
    {"RemoveLock", "RemoveLock", RULES_MODE_SDV, DEVICE "enter D0 r; acquire L r; mark r; exit pending"},
    {"RemoveLock", "RemoveLock", RULES_MODE_SDV, DEVICE "enter REMOVE r; wait L r"},
    {"clean", "RemoveLock", RULES_MODE_SDV, DEVICE "enter READ r; acquire L r; exit pending"},
    {"RemoveLockReleasePower", "RemoveLockReleasePower", RULES_MODE_SDV, DEVICE "enter D0 r; acquire L r; call r; exit ok"},
    {"clean", "RemoveLockReleasePower", RULES_MODE_SDV, DEVICE "enter D0 r; acquire L r; mark r; exit pending"},
    {"clean", "RemoveLockReleasePower", RULES_MODE_SDV,
     DEVICE "enter D0 r; acquire L r; routine r; call r; completion r ok; left ok; called r ok; exit ok"},
    {"RemoveLockReleasePnp", "RemoveLockReleasePnp", RULES_MODE_SDV, DEVICE "enter START r; acquire L r; mark r; exit pending"},
    {"clean", "RemoveLockReleasePnp", RULES_MODE_SDV, DEVICE "enter REMOVE r; acquire L r; exit ok"},
    {"RemoveLockRelease2", "RemoveLockRelease2", RULES_MODE_STRICT,
     DEVICE "enter READ r; acquire L r; complete r ok; exit ok; " REMOVAL "stuck"},
    {"RemoveLockRelease2", "RemoveLockRelease2", RULES_MODE_SDV, DEVICE "enter READ r; acquire L r; exit ok"},
    {"clean", "RemoveLockRelease2", RULES_MODE_SDV, DEVICE "enter READ r; acquire L r; exit pending"},
    {"RemoveLockForward", "RemoveLockForward", RULES_MODE_SDV, DEVICE "enter READ r; acquire L r; exit pending"},
    {"clean", "RemoveLockForward", RULES_MODE_SDV, DEVICE "enter SURPRISE r; call r; called r ok; exit ok"},

    /* queries and surprises */
    {"RemoveLockQueryMnRemove", NULL, RULES_MODE_STRICT, DEVICE "enter QUERY r; call r"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter QUERY r; acquire L r; call r; called r ok; release L r; exit ok"},
    {"RemoveLockQueryMnRemove", NULL, RULES_MODE_SDV, DEVICE "enter QUERY r; call r"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter QUERY r; acquire L r; call r; called r ok; release L r; exit ok"},
    {"RemoveLockMnSurpriseRemove", NULL, RULES_MODE_STRICT, DEVICE "enter SURPRISE r; call r"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter SURPRISE r; acquire L r; call r; called r ok; release L r; exit ok"},
    {"RemoveLockMnSurpriseRemove", NULL, RULES_MODE_SDV, DEVICE "enter SURPRISE r; acquire L r; release L r; call r"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter SURPRISE r; acquire L r; call r; called r ok; release L r; exit ok"},
    {"NsRemoveLockMnRemove", NULL, RULES_MODE_STRICT,
     DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; exit notsupported"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; call r; called r notsupported; exit notsupported"},
    {"NsRemoveLockMnRemove", NULL, RULES_MODE_SDV,
     DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; call r; called r notsupported; exit notsupported"},
    {"NsRemoveLockMnSurpriseRemove", NULL, RULES_MODE_STRICT,
     DEVICE "enter SURPRISE r; complete r notsupported; exit notsupported"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter SURPRISE r; refused L r; complete r notsupported; exit notsupported"},
    {"NsRemoveLockMnSurpriseRemove", NULL, RULES_MODE_SDV,
     DEVICE "enter SURPRISE r; complete r notsupported; exit notsupported"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter SURPRISE r; refused L r; complete r notsupported; exit notsupported"},
    {"NsRemoveLockQueryMnRemove", NULL, RULES_MODE_STRICT, DEVICE "enter QUERY r; complete r notsupported; exit notsupported"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter QUERY r; complete r failed; exit failed"},
    {"NsRemoveLockQueryMnRemove", NULL, RULES_MODE_SDV, DEVICE "enter QUERY r; complete r notsupported; exit notsupported"},
    {"clean", NULL, RULES_MODE_SDV, "create D; init L; enter QUERY r; complete r notsupported; exit notsupported"},

    /* the wait elsewhere */
    {"IoReleaseRemoveLockAndWaitOutsideRemoveDevice", NULL, RULES_MODE_STRICT,
     DEVICE "enter SURPRISE r; acquire L r; wait L r"},
    {"IoReleaseRemoveLockAndWaitOutsideRemoveDevice", NULL, RULES_MODE_STRICT, DEVICE "enter CLEANUP r; acquire L r; wait L r"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "init P; enter CLEANUP r; acquire P r; wait P r; waited P r; free P; exit ok; end"},
    {"clean", NULL, RULES_MODE_STRICT, "create D; init L; enter CLEANUP r; acquire L r; wait L r; waited L r; exit ok; end"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE
     "enter REMOVE r; acquire L r; call r; called r ok; 1:run work; 1:wait L r; 1:waited L r; 1:leave; delete D; exit ok"},
    {"IoReleaseRemoveLockAndWaitOutsideRemoveDevice", "IoReleaseRemoveLockAndWaitOutsideRemoveDevice", RULES_MODE_SDV,
     DEVICE "init P; enter CLEANUP r; acquire P r; wait P r; waited P r; exit ok"},
    {"clean", "IoReleaseRemoveLockAndWaitOutsideRemoveDevice", RULES_MODE_SDV,
     "create D; init P; enter CLEANUP r; acquire P r; wait P r; waited P r; exit ok"},

    /* the order, and refusals */
    {"wrong-order", NULL, RULES_MODE_STRICT, DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; detach D; call r"},
    {"wrong-order", NULL, RULES_MODE_STRICT, DEVICE "enter SURPRISE r; detach D"},
    {"wrong-order", NULL, RULES_MODE_STRICT, "create D; attach D; enter SURPRISE r; delete D"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "create E; init M; enter SURPRISE r; delete E; complete r ok; exit ok"},
    {"clean", NULL, RULES_MODE_STRICT, "create D; attach D; enter REMOVE r; call r; called r ok; detach D; delete D; exit ok"},
    {"wrong-refusal", NULL, RULES_MODE_STRICT, DEVICE "enter READ r; refused L r; complete r ok"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter READ r; refused L r; complete r failed; exit failed"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter CLOSE r; refused L r; complete r ok; exit ok"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "init P; enter READ r; refused P r; complete r ok; exit ok"},

    /* several locks */
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "init K; enter READ r; acquire L r; acquire K r; call r; release K r; release L r; exit ok"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "init K; enter READ r; acquire L r; acquire K r; release K r; release L r; exit ok"},

    /* completion */
    {"CompleteRequestStatusCheck", NULL, RULES_MODE_STRICT,
     DEVICE "enter START r; acquire L r; routine r; call r; completion r failed; left more; called r failed; complete r ok"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE
     "enter START r; acquire L r; routine r; call r; completion r failed; left more; called r failed; complete r failed; "
     "release L r; exit failed"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter BUS r; acquire L r; routine r; call r; completion r failed; left more; called r failed; complete r ok; "
            "release L r; exit ok"},
    {"CompleteRequestStatusCheck", NULL, RULES_MODE_STRICT,
     DEVICE "enter BUS r; acquire L r; routine r; call r; completion r ok; left more; called r ok; complete r pending"},
    {"CompleteRequestStatusCheck", NULL, RULES_MODE_SDV,
     DEVICE "enter BUS r; acquire L r; routine r; call r; called r failed; complete r ok"},
    {"clean", NULL, RULES_MODE_SDV,
     DEVICE "enter BUS r; acquire L r; call r; called r failed; complete r failed; release L r; exit failed"},
    {"CompleteRequestStatusCheck", NULL, RULES_MODE_SDV,
     DEVICE "enter BUS r; acquire L r; call r; called r pending; complete r pending"},
    {"clean", NULL, RULES_MODE_SDV,
     DEVICE "enter BUS r; acquire L r; call r; called r pending; slept ok; complete r pending; release L r; exit ok"},

    /* marks */
    {"MarkStartDevice", NULL, RULES_MODE_STRICT,
     DEVICE "enter START r; acquire L r; routine r; call r; called r pending; exit ok"},
    {"MarkStartDevice", NULL, RULES_MODE_STRICT,
     DEVICE "enter START r; acquire L r; routine r; call r; completion r ok; left more; called r ok; exit pending"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter START r; acquire L r; routine r; call r; called r pending; exit pending"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter START r; acquire L r; routine r; call r; completion r ok; left more; called r ok; complete r ok; release L "
            "r; exit ok"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter START r; acquire L r; routine r; mark r; call r; called r ok; exit pending"},
    {"MarkStartDevice", "MarkStartDevice", RULES_MODE_SDV,
     DEVICE "enter START r; acquire L r; routine r; call r; called r ok; release L r; exit ok"},
    {"clean", "MarkStartDevice", RULES_MODE_SDV,
     DEVICE "enter START r; acquire L r; call r; called r ok; release L r; exit ok"},
    {"clean", "MarkStartDevice", RULES_MODE_SDV, DEVICE "enter START r; routine r; call r; called r ok; exit nodevice"},
    {"MarkQueryRelations", NULL, RULES_MODE_STRICT,
     DEVICE "enter RELATIONS r; acquire L r; routine r; call r; called r pending; exit ok"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter RELATIONS r; acquire L r; routine r; mark r; call r; called r pending; exit pending"},
    {"MarkQueryRelations", "MarkQueryRelations", RULES_MODE_SDV,
     DEVICE "enter RELATIONS r; routine r; call r; called r ok; exit ok"},
    {"clean", "MarkQueryRelations", RULES_MODE_SDV, DEVICE "enter BUS r; routine r; call r; called r ok; exit ok"},
    {"MarkPower", NULL, RULES_MODE_STRICT, DEVICE "enter S0 r; acquire L r; routine r; call r; called r ok; exit pending"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter S0 r; acquire L r; routine r; mark r; call r; called r ok; exit pending"},
    {"MarkPower", "MarkPower", RULES_MODE_SDV, DEVICE "enter S0 r; routine r; call r; called r pending; exit pending"},
    {"clean", "MarkPower", RULES_MODE_SDV, DEVICE "enter S0 r; routine r; mark r; call r; called r pending; exit pending"},
    {"MarkPowerDown", NULL, RULES_MODE_STRICT, DEVICE "enter S3 r; acquire L r; routine r; call r; called r ok; exit pending"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter S3 r; acquire L r; routine r; call r; completion r ok; left ok; called r ok; exit ok"},
    {"MarkPowerDown", "MarkPowerDown", RULES_MODE_SDV, DEVICE "enter S3 r; routine r; call r; called r pending; exit pending"},
    {"clean", "MarkPowerDown", RULES_MODE_SDV, DEVICE "enter S0 r; routine r; call r; called r pending; exit pending"},
    {"MarkDevicePower", NULL, RULES_MODE_STRICT, DEVICE "enter S0 r; acquire L r; power pending; exit pending"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter S0 r; acquire L r; mark r; power pending; exit pending"},
    {"MarkDevicePower", NULL, RULES_MODE_SDV, DEVICE "enter S0 r; power pending; exit pending"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter S0 r; mark r; power pending; exit pending"},

    /* power and WMI */
    {"PowerDownAllocate", NULL, RULES_MODE_STRICT, DEVICE "enter S3 r; allocate"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter S0 r; allocate; mark r; exit pending"},
    {"PowerDownAllocate", NULL, RULES_MODE_SDV, DEVICE "enter S3 r; allocate"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter D3 r; allocate; mark r; exit pending"},
    {"PowerDownFail", NULL, RULES_MODE_STRICT, DEVICE "enter D3 r; complete r failed"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter D3 r; refused L r; complete r deletepending; exit deletepending"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter SURPRISE s; complete s ok; exit ok; enter D3 r; complete r nodevice; exit nodevice"},
    {"clean", NULL, RULES_MODE_STRICT, "create D; init L; enter D3 r; complete r notsupported; exit notsupported"},
    {"PowerDownFail", NULL, RULES_MODE_SDV, DEVICE "enter S3 r; complete r failed; exit failed"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter S3 r; refused L r; complete r deletepending; exit deletepending"},
    {"PowerUpFail", NULL, RULES_MODE_STRICT, DEVICE "enter D0 r; complete r failed"},
    {"clean", NULL, RULES_MODE_STRICT,
     DEVICE "enter D0 r; acquire L r; routine r; call r; completion r failed; left more; called r failed; complete r failed; "
            "release L r; exit failed"},
    {"PowerUpFail", NULL, RULES_MODE_SDV, DEVICE "enter D0 r; complete r failed; exit failed"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter D0 r; complete r ok; exit ok"},
    {"WmiForward", NULL, RULES_MODE_STRICT, DEVICE "enter WMI r; wmi 3; complete r ok; exit ok"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter WMI r; wmi 0; exit ok"},
    {"clean", NULL, RULES_MODE_STRICT, DEVICE "enter WMI r; acquire L r; wmi 3; call r; called r ok; release L r; exit ok"},
    {"clean", NULL, RULES_MODE_STRICT, "create D; init L; enter WMI r; wmi 3; complete r ok; exit ok"},
    {"WmiForward", NULL, RULES_MODE_SDV, DEVICE "enter WMI r; wmi 3; complete r ok; exit ok"},
    {"clean", NULL, RULES_MODE_SDV, DEVICE "enter WMI r; wmi 1; complete r ok; exit ok"},
};

static void test_rules(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        const struct row *row = &rows[index];
        const char *found = play(row->mode, row->rule, false, row->script);
        expect(found, row->expected, row->mode == RULES_MODE_SDV ? "sdv" : "strict", row->script);
    }
}

/* ------------------------------------------------------------------------------------------------------ the table -- */

static void test_every_rule_is_a_finding(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < rule_count; index++) {
        if (finding_find(rules[index].identifier) == NULL) {
            fail_msg("%s is not in the catalogue", rules[index].identifier);
        }
    }
    for (uint32_t condition = 0; condition < CONDITIONS; condition++) {
        assert_non_null(condition_texts[condition]);
    }
}

static bool is_expected(const char *identifier, enum rules_mode mode)
{
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        if (rows[index].mode == mode && strcmp(rows[index].expected, identifier) == 0) {
            return true;
        }
    }
    for (size_t index = 0; index < COUNT_OF(families); index++) {
        for (size_t at = 0; at < COUNT_OF(family_rows); at++) {
            if (family_rows[at].mode == mode && strcmp(name_of(&families[index], family_rows[at].expected), identifier) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* No rule without a script that breaks it, in each mode that it has. */
static void test_every_rule_is_broken_by_some_script(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < rule_count; index++) {
        for (enum rules_mode mode = RULES_MODE_STRICT; mode <= RULES_MODE_SDV; mode++) {
            bool judged = rules[index].conditions[mode] != 0 && !(rules[index].flags & RULE_WARNING);
            if (judged && !is_expected(rules[index].identifier, mode)) {
                fail_msg("no script breaks %s in mode %d", rules[index].identifier, mode);
            }
        }
    }
}

/* ------------------------------------------------------------------------------------------------------- warnings -- */

static void test_warnings(void **state)
{
    (void)state;
    static const char two_locks[] = DEVICE "init K; enter READ r; acquire L r; acquire K r";
    static const char one_lock[] = DEVICE "init K; enter READ r; acquire L r; release L r; acquire L r";
    static const char wait_first[] = DEVICE "enter REMOVE r; acquire L r; wait L r; waited L r; call r";
    static const char wait_last[] = DEVICE "enter REMOVE r; acquire L r; call r; called r ok; wait L r; waited L r";
    assert_string_equal(play(RULES_MODE_SDV, NULL, true, two_locks), "MultRemoveLock");
    assert_string_equal(play(RULES_MODE_SDV, NULL, false, two_locks), "clean");
    assert_string_equal(play(RULES_MODE_SDV, NULL, true, one_lock), "clean");
    assert_string_equal(play(RULES_MODE_STRICT, NULL, true, two_locks), "clean");
    assert_string_equal(play(RULES_MODE_STRICT, NULL, true, wait_first), "wait-before-forward");
    assert_string_equal(play(RULES_MODE_STRICT, NULL, false, wait_first), "clean");
    assert_string_equal(play(RULES_MODE_STRICT, NULL, true, wait_last), "clean");
}

/* A driver without a lock breaks no rule, whatever it does. */
static void test_no_lock_no_rule(void **state)
{
    (void)state;
    static const char script[] = "create D; attach D; enter READ r; call r; called r failed; complete r ok; exit ok; "
                                 "enter S3 s; allocate; complete s failed; exit failed; "
                                 "enter REMOVE t; detach D; delete D; exit notsupported; end";
    assert_string_equal(play(RULES_MODE_STRICT, NULL, true, script), "clean");
    assert_string_equal(play(RULES_MODE_SDV, NULL, true, script), "clean");
}

static void test_message_names_the_other_rules(void **state)
{
    (void)state;
    play(RULES_MODE_STRICT, NULL, false, DEVICE "enter READ r; acquire L r; complete r ok; exit ok; " REMOVAL "stuck");
    assert_non_null(strstr(message(), "IRP_MJ_READ: the request is complete"));
    assert_non_null(strstr(message(), "it also breaks RemoveLockRelease2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_every_rule_is_a_finding),
        cmocka_unit_test(test_every_rule_is_broken_by_some_script),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_no_lock_no_rule),
        cmocka_unit_test(test_message_names_the_other_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
