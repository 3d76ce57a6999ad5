/* loop.c - one session: fills slots until the time is over, then brings to an end what has begun. */
#include "run.h"
#include "view.h"

#include "interrupt.h"
#include "progress.h"

#include <signal.h>
#include <time.h>

enum { TURN = 100 /* milliseconds */ };

/* Seconds. What confirming needs at the end is not known before; it must not take for ever. */
static const double INGEST_INTERVAL = 1, BEAT_INTERVAL = 2, RETRY_INTERVAL = 2, HURRIED_LIMIT = 15, END_LEAST = 60,
                    END_MOST = 900, END_SHARE = 0.25, STOP_LIMIT = 25;

double run_seconds(const struct campaign_run *run)
{
    return progress_clock() - run->started;
}

double run_elapsed(const struct campaign_run *run)
{
    return run->before + run_seconds(run);
}

double wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool run_wrote(struct campaign_run *run, bool written)
{
    if (!written && !run->book_fails) {
        view_trouble(run, "%s; nothing is lost: it is tried again, and no new slices are run until then",
                     campaign_error(run->book));
    }
    run->book_fails = !written;
    run->book_tried = run_seconds(run);
    return written;
}

/* -------------------------------------------------------------------------------------------------------- attending -- */

/* What slices find is entered while they run: the next moment may be the last one. */
static void ingest_running(struct campaign_run *run)
{
    bool whole;
    if (run_seconds(run) - run->last_ingest < INGEST_INTERVAL) {
        return;
    }
    run->last_ingest = run_seconds(run);
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        struct slot *slot = &run->slots[index];
        if (slot->use == SLOT_SLICE) {
            slot->slice.found += ingest_folder(run, slot->folder, slot, &whole);
        }
    }
}

static void beat(struct campaign_run *run)
{
    if (run_seconds(run) - run->last_beat < BEAT_INTERVAL) {
        return;
    }
    run->last_beat = run_seconds(run);
    run->session.ended = wall_clock();
    run->session.elapsed = run_seconds(run);
    run_wrote(run, campaign_session_beat(run->book, &run->session));
}

/* After a failure everything that writes waits a little; the beat shows when it works again. */
static void attend(struct campaign_run *run)
{
    slots_wait(run, TURN);
    if (!run->book_fails || run_seconds(run) - run->book_tried >= RETRY_INTERVAL) {
        beat(run);
        if (!run->book_fails) {
            slots_attend(run);
            ingest_running(run);
            confirm_settle(run);
        }
    }
    disk_attend(run);
    view_progress(run);
}

/* ---------------------------------------------------------------------------------------------------------- filling -- */

/* Confirming comes first, but must not bring the search to a halt. */
static bool may_confirm(const struct campaign_run *run)
{
    return run->ending || slots_busy(run, SLOT_CONFIRMS) < (run->options.jobs + 1) / 2;
}

static bool fill(struct campaign_run *run, struct slot *slot)
{
    if (!run->ending && canary_due(run) && !run->book_fails && canary_start(run, slot)) {
        return true;
    }
    if (may_confirm(run) && confirm_start_next(run, slot)) {
        return true;
    }
    if (run->ending || run->book_fails || run_seconds(run) < run->rests_until) {
        return false;
    }
    return disk_start_next(run, slot) || (!run->no_room && slices_start_next(run, slot));
}

static void fill_all(struct campaign_run *run)
{
    struct slot *slot = slot_free(run);
    while (slot && fill(run, slot)) {
        slot = slot_free(run);
    }
}

/* ------------------------------------------------------------------------------------------------------------ ending -- */

static bool has_ended(const struct campaign_run *run)
{
    return slots_busy(run, SLOT_FREE) == run->options.jobs && confirm_open(run) == 0;
}

static void end_slots(struct campaign_run *run)
{
    slots_stop(run, SLOT_SLICE);
    slots_stop(run, SLOT_HELPS);
    slots_stop(run, SLOT_CONFIRMS);
    double began = run_seconds(run);
    while (slots_busy(run, SLOT_FREE) < run->options.jobs && run_seconds(run) - began < STOP_LIMIT) {
        attend(run);
    }
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        keeper_free(&run->slots[index].keeper);
    }
}

static double end_limit(const struct campaign_run *run)
{
    double limit = END_LEAST + END_SHARE * run->options.seconds;
    return run->hurried ? HURRIED_LIMIT : limit < END_MOST ? limit : END_MOST;
}

/* What slices hold is taken, findings are confirmed: thoroughly, or as far as that goes in some seconds. */
static void finish(struct campaign_run *run)
{
    double began = run_seconds(run);
    run->ending = true;
    slots_stop(run, SLOT_SLICE);
    slots_stop(run, SLOT_HELPS);
    while (!has_ended(run) && run_seconds(run) - began < end_limit(run)) {
        attend(run);
        fill_all(run);
        run->hurried = run->hurried || interrupt_requested;
    }
    end_slots(run);
    run->last_beat = -BEAT_INTERVAL;
    beat(run);
}

int campaign_run(struct campaign_run *run)
{
    interrupt_catch();
    interrupt_catch_hangup();
    signal(SIGPIPE, SIG_IGN);
    while (!interrupt_requested && !run->ending && run_elapsed(run) < run->options.seconds) {
        fill_all(run);
        attend(run);
    }
    run->hurried = interrupt_requested != 0;
    finish(run);
    return campaign_end(run);
}
