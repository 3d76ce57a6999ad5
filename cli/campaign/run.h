/*
 * run.h - one session of a campaign: what the files of `remlock campaign` share.
 *
 * The session is a loop over slots (loop.c). A slot runs one process at a time: a slice of an engine
 * (slices.c), a replay or a minimisation for a finding that is to be confirmed (confirm.c), or a helper. What
 * slices find lies in their folders as replay files until it stands in the database (ingest.c). Everything that writes
 * to the database may fail, on a full disk say; it is then tried again, and nothing is forgotten until it has been written.
 */
#ifndef CLI_CAMPAIGN_RUN_H
#define CLI_CAMPAIGN_RUN_H

#include "arms.h"
#include "keeper.h"
#include "options.h"
#include "subjects.h"

#include <remlock/campaign.h>

struct campaign_run;
struct cJSON;

/* ---------------------------------------------------------------------------------------------------------- slots -- */

enum slot_use { SLOT_FREE, SLOT_SLICE, SLOT_CONFIRMS, SLOT_HELPS };

struct slot {
    enum slot_use use;
    struct keeper keeper;
    char folder[PATH_MAX]; /* work/N */
    char label[192];       /* what it does, for people */
    double started, until; /* of this session's seconds */
    bool stopping;
    /*
     * Called when the process is over, and again and again until it returns true: then the slot is free. False: what it has to
     * say could not be written yet.
     */
    bool (*finish)(struct campaign_run *run, struct slot *slot);
    /* A slice. */
    uint32_t subject, arm; /* the canary has no arm: the number of arms */
    struct campaign_slice slice;
    bool is_main;   /* of the instances of AFL++ on this subject in this configuration */
    bool is_parsed; /* its document has been read; what is left is to write it down */
    /* A confirmation, or whatever else `finish` wants to know. */
    void *context;
};

/* Starts a command of this program in a free slot. False when it cannot be started; that has been said. */
bool slot_start(struct campaign_run *run, struct slot *slot, char *const *words, double seconds, double grace);

struct slot *slot_free(struct campaign_run *run);
uint32_t slots_busy(const struct campaign_run *run, enum slot_use use);

/* Waits until something happens in a slot, or for this long. */
void slots_wait(struct campaign_run *run, int milliseconds);

/* Reads from all, and finishes those that are over. */
void slots_attend(struct campaign_run *run);

void slots_stop(struct campaign_run *run, enum slot_use use);

/* ------------------------------------------------------------------------------------------------------- findings -- */

struct confirmation; /* a finding on its way */

/* What is known of all findings, beside the database. */
struct finding_counts {
    uint32_t found, confirmed, unreproducible; /* without the canary's */
    uint32_t crashes;                          /* slices whose process the code under test has crashed */
};

/* ----------------------------------------------------------------------------------------------------------- canary -- */

enum canary_state { CANARY_NONE, CANARY_DUE, CANARY_SINGING, CANARY_HEARD, CANARY_DEAD };

struct canary {
    enum canary_state state;
    uint32_t tries;    /* slices without a sighting, one after another */
    bool was_seen;     /* in the slice that runs, or ran last */
    bool confirmed;    /* in this session */
    double next;       /* of this session's seconds */
    char message[512]; /* why it is dead */
};

/* ------------------------------------------------------------------------------------------------------------ a run -- */

struct campaign_run {
    struct campaign_options options;
    struct campaign *book;
    struct campaign_session session;
    double started; /* progress_clock() */
    double before;  /* seconds of earlier sessions */
    struct known_subjects subjects;
    struct known_arms arms;
    struct campaign_plan *plan;
    struct slot *slots;
    char lock[PATH_MAX]; /* kept by whatever runs in a slot */
    struct confirmation *confirmations;
    struct finding_counts counts;
    struct canary canary;
    /* Sums over all sessions. */
    uint64_t executions;
    uint32_t slices;
    uint64_t coverage; /* the most of each subject, added up */
    /* Room. */
    uint64_t disk_used;
    double disk_looked; /* of this session's seconds */
    bool no_room;       /* the limit is reached, and nothing more can be dropped */
    /* Trouble. */
    bool book_fails; /* since the last success */
    double book_tried;
    bool ending;  /* no more slices */
    bool hurried; /* somebody wants it to end */
    double last_beat, last_ingest;
    double rests_until; /* no slices until then: something did not start, or ended at once */
    int64_t last_slice; /* the highest number */
    /* What is shown. */
    struct campaign_view *view;
};

/* Seconds of this session, and of the campaign. */
double run_seconds(const struct campaign_run *run);
double run_elapsed(const struct campaign_run *run);

/* Seconds since 1970. */
double wall_clock(void);

/* What the result of a call to the database means: when it failed that is said once, and slices wait. Returns it. */
bool run_wrote(struct campaign_run *run, bool written);

/* The loop. Returns the exit code. */
int campaign_run(struct campaign_run *run);

/* --------------------------------------------------------------------------------------------------------- slices -- */

/* Starts the next slice of the plan, or of the canary. False when there is none to start now. */
bool slices_start_next(struct campaign_run *run, struct slot *slot);
bool slice_start(struct campaign_run *run, struct slot *slot, uint32_t subject, uint32_t arm, enum campaign_engine engine,
                 const char *configuration, double seconds);

/* Tells the plan what earlier sessions did. False on trouble with the database. */
bool slices_recall(struct campaign_run *run);

/* ---------------------------------------------------------------------------------------------------------- ingest -- */

/*
 * Enters every replay file of a folder into the database and removes it then. `slice` is 0 when it is not known. Returns how
 * many findings are new. False for `whole` means that something is left, because it could not be written.
 */
uint32_t ingest_folder(struct campaign_run *run, const char *folder, const struct slot *slot, bool *whole);

/* All folders of work/, left by a session that was killed. */
void ingest_leftovers(struct campaign_run *run);

/* Removes everything in a folder, but not what is still to be entered. */
void folder_empty(const char *path);

/* --------------------------------------------------------------------------------------------------------- confirm -- */

/* A new finding, or one that an earlier session left unconfirmed. Takes a copy. */
void confirm_add(struct campaign_run *run, const struct campaign_finding *finding);

/* Those of earlier sessions. False on trouble with the database. */
bool confirm_recall(struct campaign_run *run);

/* Starts the next process that a confirmation needs. False when none does now. */
bool confirm_start_next(struct campaign_run *run, struct slot *slot);

/* What needs no process: writes down what has been confirmed, and announces it. */
void confirm_settle(struct campaign_run *run);

/* How many are not settled. */
uint32_t confirm_open(const struct campaign_run *run);
void confirm_free(struct campaign_run *run);

/* ---------------------------------------------------------------------------------------------------------- canary -- */

/* Whether it is time for it to sing. */
bool canary_due(const struct campaign_run *run);
bool canary_start(struct campaign_run *run, struct slot *slot);
void canary_sighted(struct campaign_run *run);
void canary_slice_ended(struct campaign_run *run);
void canary_settled(struct campaign_run *run, enum campaign_state state, const char *message);

/* At the end: whether it has done what it is for. */
bool canary_proved(struct campaign_run *run);

/* ------------------------------------------------------------------------------------------------------------ disk -- */

/* Looks now and then at what the folder takes; makes room when that is too much. */
void disk_attend(struct campaign_run *run);
bool disk_start_next(struct campaign_run *run, struct slot *slot);

/* ------------------------------------------------------------------------------------------------------------- end -- */

/* Writes summary and report, tells where they are, and returns the exit code. */
int campaign_end(struct campaign_run *run);

#endif
