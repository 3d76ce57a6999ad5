/*
 * rules_table.c - the DDI compliance rules about remove locks.
 *
 * Sources: the pages of the rules in Microsoft's driver documentation ("DDI Compliance Rules for WDM Drivers"), which say in a
 * sentence or two what each is about, and what is known of the automata behind them; docs/rules.md tells for each rule how well
 * it is known.
 */
#include "rules.h"

#define IF(name) (1u << CONDITION_##name)

#define ALL_CLASSES ((1u << REQUEST_CLASSES) - 1)
#define REMOVAL (CLASS_BIT(REMOVE) | CLASS_BIT(QUERY_REMOVE) | CLASS_BIT(SURPRISE_REMOVAL))
#define RELATIONS (CLASS_BIT(REMOVAL_RELATIONS) | CLASS_BIT(OTHER_RELATIONS))
#define PNP (REMOVAL | RELATIONS | CLASS_BIT(START) | CLASS_BIT(OTHER_PNP))
#define POWER_UP (CLASS_BIT(SYSTEM_UP) | CLASS_BIT(DEVICE_UP))
#define POWER_DOWN (CLASS_BIT(SYSTEM_DOWN) | CLASS_BIT(DEVICE_DOWN))
#define POWER (POWER_UP | POWER_DOWN | CLASS_BIT(OTHER_POWER))
#define TRANSFER (CLASS_BIT(READ) | CLASS_BIT(WRITE) | CLASS_BIT(DEVICE_CONTROL) | CLASS_BIT(INTERNAL_DEVICE_CONTROL))

#define LEAKS (IF(LEAK) | IF(LEAK_FORWARD) | IF(LEAK_COMPLETION))
#define UNHELD (IF(RELEASE_UNHELD) | IF(WAIT_UNHELD))

/* The families whose members differ in the request alone. */
#define FORWARD(name, classes)                                                                                                 \
    {                                                                                                                          \
        name, classes, {IF(FORWARD) | IF(LEAK_FORWARD), IF(CALL_UNHELD) | IF(RELEASE_UNHELD) | IF(EXIT_HELD)},                 \
            RULE_ENDS_IN_QUEUE                                                                                                 \
    }
#define FORWARD2(name, classes)                                                                                                \
    {                                                                                                                          \
        name, classes,                                                                                                         \
            {IF(FORWARD_COMPLETION) | IF(LEAK_COMPLETION), IF(CALL_UNHELD) | IF(RELEASE_UNHELD) | IF(EXIT_HELD_COMPLETED)},    \
            RULE_ENDS_IN_QUEUE                                                                                                 \
    }
#define RELEASE(name, class)                                                                                                   \
    {                                                                                                                          \
        name, CLASS_BIT(class), {LEAKS, UNHELD | IF(EXIT_HELD)}, RULE_ENDS_IN_QUEUE                                            \
    }
#define NOT_SUPPORTED(name, class)                                                                                             \
    {                                                                                                                          \
        name, CLASS_BIT(class), {IF(NOT_SUPPORTED), IF(NOT_SUPPORTED)}, RULE_ATTACHED | RULE_ENDS_IN_FAILURE                   \
    }
#define MARK(name, classes, condition)                                                                                         \
    {                                                                                                                          \
        name, classes, {IF(condition), IF(condition)}, RULE_ATTACHED | RULE_ENDS_IN_FAILURE                                    \
    }

const struct rule rules[] = {
    /* requests that are passed on */
    FORWARD2("RemoveLockForwardRead2", CLASS_BIT(READ)),
    FORWARD("RemoveLockForwardRead", CLASS_BIT(READ)),
    FORWARD2("RemoveLockForwardWrite2", CLASS_BIT(WRITE)),
    FORWARD("RemoveLockForwardWrite", CLASS_BIT(WRITE)),
    FORWARD2("RemoveLockForwardDeviceControl2", CLASS_BIT(DEVICE_CONTROL)),
    FORWARD("RemoveLockForwardDeviceControl", CLASS_BIT(DEVICE_CONTROL)),
    FORWARD2("RemoveLockForwardDeviceControlInternal2", CLASS_BIT(INTERNAL_DEVICE_CONTROL)),
    FORWARD("RemoveLockForwardDeviceControlInternal", CLASS_BIT(INTERNAL_DEVICE_CONTROL)),
    FORWARD2("RemoveLockForward2", ALL_CLASSES & ~REMOVAL),
    FORWARD("RemoveLockForward", ALL_CLASSES & ~REMOVAL),

    /* removal */
    {"RemoveLockQueryMnRemove",
     CLASS_BIT(QUERY_REMOVE),
     {IF(FORWARD) | IF(FORWARD_COMPLETION), IF(CALL_NEVER_ACQUIRED)},
     RULE_ATTACHED},
    {"RemoveLockMnSurpriseRemove",
     CLASS_BIT(SURPRISE_REMOVAL),
     {IF(FORWARD) | IF(FORWARD_COMPLETION), IF(CALL_UNHELD) | IF(RELEASE_UNHELD)},
     RULE_ATTACHED},
    {"RemoveLockMnRemove2",
     CLASS_BIT(REMOVE),
     {IF(FORWARD) | IF(FORWARD_COMPLETION) | IF(TORN_DOWN_BARE), IF(CALL_NEVER_ACQUIRED) | IF(TORN_DOWN) | UNHELD},
     RULE_ATTACHED},
    {"RemoveLockMnRemove", CLASS_BIT(REMOVE), {IF(TORN_DOWN_HELD) | IF(TORN_DOWN_BARE), IF(TORN_DOWN) | UNHELD}, RULE_ATTACHED},
    {"RemoveLockCheck",
     CLASS_BIT(REMOVE),
     {IF(TORN_DOWN_HELD) | IF(TORN_DOWN_RELEASED) | IF(TORN_DOWN_BARE), IF(TORN_DOWN)},
     RULE_ATTACHED},
    {"IoReleaseRemoveLockAndWaitOutsideRemoveDevice",
     ALL_CLASSES & ~CLASS_BIT(REMOVE),
     {IF(WAIT_OUTSIDE), IF(EXIT_WAITED)},
     RULE_ATTACHED},
    {"wait-before-forward", CLASS_BIT(REMOVE), {IF(WAIT_BEFORE_FORWARD), 0}, RULE_ATTACHED | RULE_WARNING},
    NOT_SUPPORTED("NsRemoveLockMnRemove", REMOVE),
    NOT_SUPPORTED("NsRemoveLockMnSurpriseRemove", SURPRISE_REMOVAL),
    NOT_SUPPORTED("NsRemoveLockQueryMnRemove", QUERY_REMOVE),

    {"wrong-order", ALL_CLASSES, {IF(FORWARD_DETACHED) | IF(TORN_DOWN_SURPRISED), 0}, RULE_ATTACHED | RULE_ALWAYS},
    {"wrong-refusal", TRANSFER | CLASS_BIT(CREATE), {IF(REFUSAL_MASKED), 0}, 0},

    /* acquisitions and releases in balance */
    RELEASE("RemoveLockReleaseCreate", CREATE),
    RELEASE("RemoveLockReleaseClose", CLOSE),
    RELEASE("RemoveLockReleaseCleanup", CLEANUP),
    RELEASE("RemoveLockReleaseRead", READ),
    RELEASE("RemoveLockReleaseWrite", WRITE),
    RELEASE("RemoveLockReleaseDeviceControl", DEVICE_CONTROL),
    RELEASE("RemoveLockReleaseInternalDeviceControl", INTERNAL_DEVICE_CONTROL),
    RELEASE("RemoveLockReleaseShutdown", SHUTDOWN),
    RELEASE("RemoveLockReleaseSystemControl", SYSTEM_CONTROL),
    {"RemoveLockReleasePnp", PNP & ~CLASS_BIT(REMOVE), {LEAKS, IF(RELEASE_UNHELD) | IF(EXIT_HELD)}, 0},
    {"RemoveLockReleasePower", POWER, {LEAKS, UNHELD | IF(EXIT_HELD_FINAL)}, RULE_ENDS_IN_QUEUE | RULE_ENDS_IN_POWER},
    {"RemoveLockRelease2", ALL_CLASSES & ~CLASS_BIT(REMOVE), {LEAKS, IF(EXIT_HELD_FINAL)}, RULE_ENDS_IN_QUEUE},
    {"RemoveLock", PNP | POWER, {LEAKS, UNHELD | IF(EXIT_HELD)}, 0},
    {"MultRemoveLock", ALL_CLASSES, {0, IF(SECOND_LOCK)}, RULE_WARNING},

    /* rules that know of remove locks only because a failed acquire excuses a handler */
    {"CompleteRequestStatusCheck",
     ALL_CLASSES,
     {IF(COMPLETE_PENDING) | IF(COMPLETE_MASKED), IF(COMPLETE_PENDING) | IF(COMPLETE_MASKED)},
     RULE_ENDS_IN_FAILURE},
    MARK("MarkStartDevice", CLASS_BIT(START), UNMARKED),
    MARK("MarkQueryRelations", CLASS_BIT(REMOVAL_RELATIONS), UNMARKED),
    MARK("MarkDevicePower", POWER_UP, UNMARKED_POWER),
    MARK("MarkPower", CLASS_BIT(SYSTEM_UP), UNMARKED),
    MARK("MarkPowerDown", CLASS_BIT(SYSTEM_DOWN), UNMARKED),
    {"PowerDownAllocate", CLASS_BIT(SYSTEM_DOWN), {IF(ALLOCATE), IF(ALLOCATE)}, RULE_ENDS_IN_FAILURE},
    {"PowerDownFail", POWER_DOWN, {IF(FAILED), IF(FAILED)}, RULE_ENDS_IN_FAILURE},
    {"PowerUpFail", POWER_UP, {IF(FAILED), IF(FAILED)}, RULE_ENDS_IN_FAILURE},
    {"WmiForward", CLASS_BIT(SYSTEM_CONTROL), {IF(NOT_FORWARDED), IF(NOT_FORWARDED)}, RULE_ATTACHED | RULE_ENDS_IN_FAILURE},
};

const uint32_t rule_count = sizeof rules / sizeof rules[0];

const char *const condition_texts[CONDITIONS] = {
    [CONDITION_RELEASE_UNHELD] = "its dispatch routine releases a lock that it does not hold",
    [CONDITION_WAIT_UNHELD] = "its dispatch routine calls IoReleaseRemoveLockAndWait for a lock that it does not hold",
    [CONDITION_CALL_UNHELD] = "its dispatch routine passes a request on while it holds no lock",
    [CONDITION_CALL_NEVER_ACQUIRED] = "its dispatch routine passes a request on without having acquired the lock",
    [CONDITION_EXIT_HELD] = "its dispatch routine returns while it holds the lock",
    [CONDITION_EXIT_HELD_FINAL] = "its dispatch routine returns a status other than STATUS_PENDING while it holds the lock",
    [CONDITION_EXIT_HELD_COMPLETED] =
        "its dispatch routine returns while it holds the lock although the completion routine ran",
    [CONDITION_EXIT_WAITED] = "its dispatch routine has called IoReleaseRemoveLockAndWait",
    [CONDITION_TORN_DOWN] = "the device is detached or deleted before IoReleaseRemoveLockAndWait",
    [CONDITION_FORWARD] = "the request is passed on while nothing is acquired for it",
    [CONDITION_FORWARD_COMPLETION] = "the request is passed on with a completion routine while nothing is acquired for it",
    [CONDITION_LEAK] = "the request is complete, and nobody will release what was acquired for it",
    [CONDITION_LEAK_FORWARD] = "the request was passed on, and nobody will release what was acquired for it",
    [CONDITION_LEAK_COMPLETION] = "the request has been through its completion routine, and nobody will release what was "
                                  "acquired for it",
    [CONDITION_WAIT_OUTSIDE] = "IoReleaseRemoveLockAndWait is called though the device is not being removed",
    [CONDITION_WAIT_BEFORE_FORWARD] =
        "IoReleaseRemoveLockAndWait is called before the request is passed on, so a request that a "
        "lower driver keeps until its removal is waited for in vain",
    [CONDITION_TORN_DOWN_HELD] = "the device is detached or deleted while its lock is held, without IoReleaseRemoveLockAndWait",
    [CONDITION_TORN_DOWN_RELEASED] = "the device is detached or deleted after IoReleaseRemoveLock; only "
                                     "IoReleaseRemoveLockAndWait waits for the other holders",
    [CONDITION_TORN_DOWN_BARE] = "the device is detached or deleted without its lock having been acquired and waited for",
    [CONDITION_FORWARD_DETACHED] = "the request is passed on by a device that was detached before",
    [CONDITION_TORN_DOWN_SURPRISED] = "the device is detached or deleted, though it has to stay until IRP_MN_REMOVE_DEVICE",
    [CONDITION_REFUSAL_MASKED] = "the lock was refused for the request, and the driver completes it with success",
    [CONDITION_SECOND_LOCK] = "the driver acquires a second remove lock",
    [CONDITION_NOT_SUPPORTED] = "the driver answers STATUS_NOT_SUPPORTED",
    [CONDITION_COMPLETE_PENDING] = "the driver completes a request with STATUS_PENDING after having passed it on",
    [CONDITION_COMPLETE_MASKED] = "the driver completes a request with success although the lower driver has failed it",
    [CONDITION_UNMARKED] =
        "the request was passed on with a completion routine, and the dispatch routine returns without having "
        "marked it pending",
    [CONDITION_UNMARKED_POWER] = "the dispatch routine returns while PoRequestPowerIrp is pending, without having marked its "
                                 "request pending",
    [CONDITION_ALLOCATE] = "the driver allocates pool while the system powers down",
    [CONDITION_FAILED] = "the driver fails a request that it must not fail",
    [CONDITION_NOT_FORWARDED] = "WmiSystemControl said that the request is to be forwarded, and the driver did not",
};
