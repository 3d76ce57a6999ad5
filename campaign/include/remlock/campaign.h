/*
 * campaign.h - what a campaign knows, kept in one SQLite database so that nothing that was found is ever lost.
 *
 * A campaign is hours of executions by several engines over several subjects. This room keeps its book (struct campaign), and
 * decides what is run next (struct campaign_plan). It starts no process and looks at no clock: `remlock campaign` does, in
 * cli/. It is a room of its own, and not part of fuzz/, so that fuzz targets need no SQLite.
 *
 *     struct campaign *campaign = campaign_open("night", CAMPAIGN_CREATE, message, sizeof message);
 *     campaign_subject_enter(campaign, &subject);
 *     campaign_slice_begin(campaign, &slice);
 *     ...                                          a process runs it
 *     campaign_finding_enter(campaign, &sighting, &id, &is_new);
 *     campaign_slice_end(campaign, &slice);
 *     campaign_close(campaign);
 *
 * Every function that changes something is one transaction: after a kill or a full disk it has happened or it has not. All
 * of them return false when it has not, with the reason in campaign_error(): a full disk is a reason to go on later, no reason
 * to end. Times are seconds since 1970 as the caller gives them; they may jump, and nothing but what is printed depends on
 * them: what orders and limits is `elapsed`, the seconds that the campaign has run for, all its sessions together.
 *
 * The tables are described in docs/campaign.md; they have a version, and older ones are brought up to date by campaign_open().
 */
#ifndef REMLOCK_CAMPAIGN_H
#define REMLOCK_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct campaign;

/* The file of that name in a campaign's folder. */
#define CAMPAIGN_DATABASE "campaign.sqlite"

enum campaign_mode {
    CAMPAIGN_CREATE, /* there must be none yet */
    CAMPAIGN_RESUME, /* there must be one */
    CAMPAIGN_READ,   /* nothing is changed; somebody else may be writing */
};

/* Opens the database of a campaign's folder, which must exist. Only one process at a time may write. NULL with a message. */
struct campaign *campaign_open(const char *folder, enum campaign_mode mode, char *message, size_t message_size);
void campaign_close(struct campaign *campaign);

/* Why the last function failed: names the file and what to do. */
const char *campaign_error(const struct campaign *campaign);

/* ------------------------------------------------------------------------------------------------------- sessions -- */

enum { CAMPAIGN_NAME_SIZE = 256, CAMPAIGN_TEXT_SIZE = 512 };

/* One life of the process that runs the campaign. */
struct campaign_session {
    int64_t id;                     /* set by campaign_session_begin() */
    char version[64];               /* of remlock */
    char build[CAMPAIGN_TEXT_SIZE]; /* compiler and flags, as `remlock --version` says */
    char host[CAMPAIGN_NAME_SIZE];
    char invocation[4096]; /* the command */
    uint32_t jobs;
    double limit;   /* seconds that the whole campaign shall run for; 0: none */
    double started; /* since 1970 */
    double ended;   /* last sign of life */
    double elapsed; /* seconds of this session */
};

bool campaign_session_begin(struct campaign *campaign, struct campaign_session *session);

/* A sign of life every few seconds, and at the end: `ended` and `elapsed` are written. */
bool campaign_session_beat(struct campaign *campaign, const struct campaign_session *session);

/* Seconds of all sessions together, as last written. */
double campaign_elapsed(struct campaign *campaign);

/* ------------------------------------------------------------------------------------------------------- subjects -- */

struct campaign_subject {
    int64_t id;                    /* set by campaign_subject_enter() */
    char name[CAMPAIGN_NAME_SIZE]; /* as in replay files */
    char summary[CAMPAIGN_TEXT_SIZE];
    char build[64]; /* of its machine code: another build is another row of `builds`, the subject stays */
    bool correct;   /* nothing is known to be wrong with it */
    bool canary;    /* it must fail: when it does not, the pipeline is broken */
    /* Filled in by reading. */
    uint64_t executions;
    double seconds; /* of processes */
    uint32_t slices;
    uint32_t coverage; /* the most that any slice of it has reached */
    uint32_t findings; /* confirmed ones */
};

/* Known subjects keep their number and history. */
bool campaign_subject_enter(struct campaign *campaign, struct campaign_subject *subject);

/* --------------------------------------------------------------------------------------------------------- slices -- */

enum campaign_outcome { CAMPAIGN_RUNNING, CAMPAIGN_DONE, CAMPAIGN_FAILED, CAMPAIGN_KILLED };

/* One process of one engine on one subject in one configuration, for some seconds. */
struct campaign_slice {
    int64_t id; /* set by campaign_slice_begin() */
    int64_t subject;
    char engine[32];                        /* "search" (remlock test), "builtin", "libfuzzer", "afl++" */
    char configuration[CAMPAIGN_TEXT_SIZE]; /* settings, "lock=checked memory=tso", and "strategy=pct" where there is one */
    uint64_t seed;
    double started; /* since 1970 */
    double at;      /* of the campaign's seconds, when it began */
    /* Known at its end. */
    enum campaign_outcome outcome;
    double seconds;
    uint64_t executions;
    uint32_t coverage;                /* interleaving counters ever touched, the corpus included */
    uint32_t inputs;                  /* in the corpus */
    uint32_t found;                   /* findings that nobody had seen before */
    char message[CAMPAIGN_TEXT_SIZE]; /* why it failed */
};

bool campaign_slice_begin(struct campaign *campaign, struct campaign_slice *slice);
bool campaign_slice_end(struct campaign *campaign, const struct campaign_slice *slice);

/* Slices that were running when the process died become CAMPAIGN_KILLED. To be called after CAMPAIGN_RESUME. */
bool campaign_slices_abandon(struct campaign *campaign);

/* ------------------------------------------------------------------------------------------------------- findings -- */

enum campaign_state {
    CAMPAIGN_FOUND,          /* entered, and not yet looked at */
    CAMPAIGN_CONFIRMED,      /* a fresh process showed it every time; minimised as far as that went; may be announced */
    CAMPAIGN_UNREPRODUCIBLE, /* it did not: a serious finding about determinism */
};

/*
 * One problem: subject, identifier and routine make it, never an address or a line. The same problem seen again is a sighting.
 */
struct campaign_finding {
    int64_t id;
    char subject[CAMPAIGN_NAME_SIZE];
    char identifier[64];
    char routine[128];    /* "-" when there is none */
    char fingerprint[17]; /* hash of these three, in hexadecimal: see campaign_fingerprint() */
    enum campaign_state state;
    bool canary;
    uint32_t sightings;
    double first_seen, last_seen; /* since 1970 */
    double at;                    /* of the campaign's seconds, when it was first seen */
    uint64_t executions;          /* of its subject before it was first seen */
    char engine[32];              /* of the slice that saw it first */
    char configuration[CAMPAIGN_TEXT_SIZE];
    uint32_t attempts;   /* replays in fresh processes */
    uint32_t reproduced; /* of them: showed the same, with the same trace */
    bool announced;
    uint32_t tasks, operations, preemptions; /* of the smaller replay */
    char message[CAMPAIGN_TEXT_SIZE];        /* what went wrong, or why it does not reproduce */
    char *found;                             /* text of the replay as found */
    char *minimised;                         /* of the minimised one, or NULL */
};

/* 16 hexadecimal digits that depend on these words alone, on every machine. */
void campaign_fingerprint(const char *subject, const char *identifier, const char *routine, char fingerprint[17]);

/*
 * Enters what a slice saw: the finding's subject, identifier, routine, found, last_seen, at, message, and as `executions` those
 * of the slice before, 0 when that is not known; the earlier slices of its subject are added. A known one gets another sighting
 * and stays as it is. Sets `id` and whether it is new. `slice` is where it was seen, 0 when that is not known any more.
 */
bool campaign_finding_enter(struct campaign *campaign, const struct campaign_finding *finding, int64_t slice, int64_t *id,
                            bool *is_new);

/* Writes state, attempts, reproduced, announced, sizes, message and minimised. */
bool campaign_finding_update(struct campaign *campaign, const struct campaign_finding *finding);

/* -------------------------------------------------------------------------------------------------------- reading -- */

/*
 * Each calls `take` for every row, in the order of entry, until it returns false. False on trouble with the database. What the
 * pointers of a finding point to is there during the call only.
 */
bool campaign_each_session(struct campaign *campaign, bool (*take)(const struct campaign_session *, void *), void *context);
bool campaign_each_subject(struct campaign *campaign, bool (*take)(const struct campaign_subject *, void *), void *context);
bool campaign_each_slice(struct campaign *campaign, bool (*take)(const struct campaign_slice *, void *), void *context);
bool campaign_each_finding(struct campaign *campaign, bool (*take)(const struct campaign_finding *, void *), void *context);

/* ------------------------------------------------------------------------------------------------------- merging -- */

/*
 * Makes a new database in `folder` of those in `folders`: subjects and findings that are the same become one, with the earliest
 * first sight, the latest last one, the sum of the sightings and the smallest confirmed replay. Merging in another order gives
 * the same contents, and merging a campaign with itself adds nothing: sessions are told apart by host, start and invocation.
 * False with a message, and then there is no database.
 */
bool campaign_merge(const char *const *folders, uint32_t count, const char *folder, char *message, size_t message_size);

/* ------------------------------------------------------------------------------------------------------- planning -- */

/*
 * What is run next: an arm is a subject with an engine and a configuration. Time goes to arms that lately brought new coverage
 * or new findings for the time they took, but none is ever forgotten (the arms of a subject together get a share that falls
 * with what the subject has had without bringing anything). Depends on what it was told alone, never on a clock or on chance.
 */
struct campaign_plan;

struct campaign_arm {
    uint32_t subject; /* number of the caller */
    uint32_t engine;  /* likewise */
    uint32_t configuration;
    double least_seconds;  /* shorter slices are not worth their start */
    uint32_t most_at_once; /* processes of this engine on this subject at the same time */
    double prior;          /* how promising it is before it was tried: 1 is usual */
};

struct campaign_plan *campaign_plan_make(const struct campaign_arm *arms, uint32_t count);
void campaign_plan_free(struct campaign_plan *plan);

/* The arm to run next, for `seconds` at most; counts as running until it is paid. False when all are busy. */
bool campaign_plan_next(struct campaign_plan *plan, uint32_t *arm, double *seconds);

/*
 * What came of it. Also for slices of earlier sessions, which were never asked for: `was_running` false. Paid in the order in
 * which they ended, they make the plan that would be there if they had been asked for.
 */
struct campaign_payment {
    double seconds;
    uint32_t new_coverage;
    uint32_t new_findings;
    bool failed; /* the engine did not run: an arm that keeps failing is asked less and less */
};

void campaign_plan_pay(struct campaign_plan *plan, uint32_t arm, const struct campaign_payment *payment, bool was_running);

#endif
