/*
 * rules.h - the judges that hear a driver: its remove locks, and the DDI compliance rules as run-time monitors.
 *
 * The rules are those that Static Driver Verifier had for remove locks, each under its own name; rules_table.c holds one row
 * for each. A row says for which requests a rule holds and which conditions break it, in each of two modes:
 *
 * RULES_MODE_STRICT judges what really happens: an acquisition belongs to the request it was acquired for and is followed
 * across threads, completion routines, queues, deferred calls and work items, so releasing it in a completion routine is right.
 * What cannot be decided earlier (nobody will release it) is decided when nothing can go on, or at the end.
 *
 * RULES_MODE_SDV judges as the static tool did, within one call of a dispatch routine, false alarms included: it counts what
 * the call acquires and releases, whichever lock and tag.
 *
 * A driver that initialises no remove lock breaks no rule. Judges report by harness_report(), which ends the execution.
 */
#ifndef HARNESS_DRIVER_RULES_H
#define HARNESS_DRIVER_RULES_H

#include "calls.h"

enum rules_mode { RULES_MODE_STRICT, RULES_MODE_SDV };

/* Before an execution. All rules hold again; warnings are off. */
void rules_reset(enum rules_mode mode);

/* Then, when wanted: this rule alone (judges of the locks stay). False when there is none of that name. */
bool rules_only(const char *identifier);

/* "all" and the names of the rules, NULL-ended: the words of a setting. */
const char *const *rules_names(void);

/* Then, when wanted: report also what is only a warning. Otherwise warnings are notes in the trace. */
void rules_warn(void);

/* For core_on_event(). */
void rules_hear(const struct core_event *event);

/* After the shut-down that ends an execution. */
void rules_end(void);

/* No task can go on: reports the rule that was broken, or a deadlock with what the remover waits for, when a remover waits. */
void rules_stuck(void);

/* Who holds which lock, a line each. */
void rules_holders(char *text, size_t size);

/* ----------------------------------------------------------------------------------------------------- the table -- */

/* What can be seen to be wrong. Which rules it breaks, and in which mode, says the table. */
enum condition {
    /* as the static tool counted: within one call of a dispatch routine */
    CONDITION_RELEASE_UNHELD,      /* released, but the call holds nothing */
    CONDITION_WAIT_UNHELD,         /* the same for IoReleaseRemoveLockAndWait */
    CONDITION_CALL_UNHELD,         /* a request passed on while the call holds nothing */
    CONDITION_CALL_NEVER_ACQUIRED, /* the same, and the call has acquired nothing so far */
    CONDITION_EXIT_HELD,           /* returned while it holds something */
    CONDITION_EXIT_HELD_FINAL,     /* the same with a status other than STATUS_PENDING */
    CONDITION_EXIT_HELD_COMPLETED, /* the same after a completion routine has run in between */
    CONDITION_EXIT_WAITED,         /* returned after IoReleaseRemoveLockAndWait */
    CONDITION_TORN_DOWN,           /* detached or deleted before IoReleaseRemoveLockAndWait */
    /* as it really is */
    CONDITION_FORWARD,             /* a request passed on, not to come back, that nothing keeps the device alive for */
    CONDITION_FORWARD_COMPLETION,  /* the same with a completion routine */
    CONDITION_LEAK,                /* a request's acquisition that nobody will release */
    CONDITION_LEAK_FORWARD,        /* the same, of a request that was passed on */
    CONDITION_LEAK_COMPLETION,     /* the same, with a completion routine */
    CONDITION_WAIT_OUTSIDE,        /* IoReleaseRemoveLockAndWait called while no IRP_MN_REMOVE_DEVICE is handled */
    CONDITION_WAIT_BEFORE_FORWARD, /* called before IRP_MN_REMOVE_DEVICE is passed on */
    CONDITION_TORN_DOWN_HELD,      /* detached or deleted without the wait, with the lock acquired */
    CONDITION_TORN_DOWN_RELEASED,  /* the same, with the lock acquired and released without waiting */
    CONDITION_TORN_DOWN_BARE,      /* the same, with the lock not acquired */
    CONDITION_FORWARD_DETACHED,    /* a request passed on by a device that is detached already */
    CONDITION_TORN_DOWN_SURPRISED, /* detached or deleted by a surprise removal */
    CONDITION_REFUSAL_MASKED,      /* completed with success although the lock was refused for it */
    /* either way */
    CONDITION_SECOND_LOCK,      /* a second lock is acquired */
    CONDITION_NOT_SUPPORTED,    /* returned STATUS_NOT_SUPPORTED */
    CONDITION_COMPLETE_PENDING, /* completed with STATUS_PENDING after it was passed on */
    CONDITION_COMPLETE_MASKED,  /* completed with success although the lower driver has failed */
    CONDITION_UNMARKED,         /* passed on with a completion routine, and returned without having been marked pending */
    CONDITION_UNMARKED_POWER,   /* PoRequestPowerIrp is pending, and the call returned without having marked its request */
    CONDITION_ALLOCATE,         /* pool was allocated */
    CONDITION_FAILED,           /* the request was failed */
    CONDITION_NOT_FORWARDED,    /* WMI said to forward the request, and it was not */
    CONDITIONS
};

enum rule_flag {
    RULE_ATTACHED = 1,        /* holds for FDOs and filters alone */
    RULE_WARNING = 2,         /* never an error: see rules_warn() */
    RULE_ENDS_IN_QUEUE = 4,   /* static mode: no longer watched once a request may be parked */
    RULE_ENDS_IN_FAILURE = 8, /* no longer watched once an acquire has failed */
    RULE_ALWAYS = 32,         /* holds for drivers without a remove lock as well */
    RULE_ENDS_IN_POWER = 16,  /* static mode: no longer watched once a power completion routine lets completion go on */
};

struct rule {
    const char *identifier; /* of the finding */
    uint32_t classes;       /* CLASS_BITs: the requests it holds for */
    uint32_t conditions[2]; /* by mode: bits of enum condition that break it */
    uint32_t flags;
};

/* In the order in which they are reported when one event breaks several: the more particular first. */
extern const struct rule rules[];
extern const uint32_t rule_count;

/* What is said about a condition: a clause that follows "IRP_MJ_READ: ". */
extern const char *const condition_texts[CONDITIONS];

#endif
