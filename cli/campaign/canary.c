/*
 * canary.c - a subject that fails on purpose is searched at the start of every session and every hour.
 *
 * When it is not found, or does not go the whole way to a confirmed finding, then neither would anything else: the campaign
 * ends and says so.
 */
#include "run.h"
#include "view.h"

#include <string.h>

enum { TRIES = 3 };

static const double SECONDS = 0.5, INTERVAL = 3600;

bool canary_due(const struct campaign_run *run)
{
    const struct canary *canary = &run->canary;
    return canary->state == CANARY_DUE || (canary->state == CANARY_HEARD && run_seconds(run) >= canary->next);
}

static enum campaign_engine first_engine(const struct campaign_run *run)
{
    return run->options.engines[CAMPAIGN_SEARCH] ? CAMPAIGN_SEARCH : CAMPAIGN_BUILTIN;
}

/* Settings that the user keeps and that it has are kept for it as well. */
static void configuration(const struct campaign_run *run, char *text, size_t size)
{
    text[0] = 0;
    for (uint32_t index = 0; index < run->options.settings.count; index++) {
        const char *setting = run->options.settings.words[index];
        size_t length = strlen(text);
        if (setting_is_of(&run->subjects.list[run->subjects.canary], setting)) {
            snprintf(text + length, size - length, "%s%.*s", length ? " " : "", (int)strcspn(setting, ","), setting);
        }
    }
}

bool canary_start(struct campaign_run *run, struct slot *slot)
{
    char text[CAMPAIGN_TEXT_SIZE];
    configuration(run, text, sizeof(text));
    run->canary.was_seen = false;
    if (!slice_start(run, slot, run->subjects.canary, run->arms.count, first_engine(run), text, SECONDS)) {
        return false;
    }
    run->canary.state = CANARY_SINGING;
    return true;
}

static void die(struct campaign_run *run, const char *why)
{
    struct canary *canary = &run->canary;
    canary->state = CANARY_DEAD;
    snprintf(canary->message, sizeof(canary->message),
             "the canary did not fail: nothing this campaign says can be trusted (%s)", why);
    view_trouble(run, "%s", canary->message);
    run->ending = true;
}

void canary_sighted(struct campaign_run *run)
{
    run->canary.was_seen = true;
    run->canary.tries = 0;
}

void canary_slice_ended(struct campaign_run *run)
{
    struct canary *canary = &run->canary;
    if (canary->state == CANARY_DEAD) {
        return;
    }
    if (canary->was_seen) {
        canary->state = CANARY_HEARD;
        canary->next = run_seconds(run) + INTERVAL;
        return;
    }
    canary->state = CANARY_DUE;
    canary->tries += !run->ending;
    if (canary->tries == TRIES) {
        die(run, "three searches for it found nothing");
    }
}

void canary_settled(struct campaign_run *run, enum campaign_state state, const char *message)
{
    run->canary.confirmed = state == CAMPAIGN_CONFIRMED;
    if (state != CAMPAIGN_CONFIRMED) {
        die(run, message);
    }
}

bool canary_proved(struct campaign_run *run)
{
    struct canary *canary = &run->canary;
    if (canary->state == CANARY_NONE || canary->state == CANARY_DEAD) {
        return canary->state == CANARY_NONE;
    }
    if (canary->state != CANARY_HEARD) {
        return false;
    }
    return canary->confirmed;
}
