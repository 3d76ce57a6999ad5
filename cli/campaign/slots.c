/* slots.c - the slots of a session: each runs one process at a time. */
#include "run.h"
#include "view.h"

#include "files.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Seconds after which it is tried again. */
static const double REST = 5;

bool slot_start(struct campaign_run *run, struct slot *slot, char *const *words, double seconds, double grace)
{
    char temporary[PATH_MAX + 8], message[PATH_MAX + 256];
    snprintf(temporary, sizeof(temporary), "%s/tmp", slot->folder);
    struct keeper_job job = {.words = words,
                             .temporary = temporary,
                             .lock = run->lock,
                             .seconds = seconds,
                             .grace = grace,
                             .memory = run->options.memory / run->options.jobs};
    if (!folder_prepare(temporary, message, sizeof(message)) || !keeper_start(&slot->keeper, &job, message, sizeof(message))) {
        view_trouble_once(run, message, "%s", message);
        run->rests_until = run_seconds(run) + REST;
        return false;
    }
    slot->started = run_seconds(run);
    slot->until = slot->started + seconds;
    slot->stopping = false;
    return true;
}

struct slot *slot_free(struct campaign_run *run)
{
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        if (run->slots[index].use == SLOT_FREE) {
            return &run->slots[index];
        }
    }
    return NULL;
}

uint32_t slots_busy(const struct campaign_run *run, enum slot_use use)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        count += run->slots[index].use == use;
    }
    return count;
}

void slots_wait(struct campaign_run *run, int milliseconds)
{
    enum { PER_SLOT = 3 };
    struct pollfd *list = calloc(run->options.jobs, PER_SLOT * sizeof(*list));
    nfds_t count = 0;
    for (uint32_t index = 0; list && index < run->options.jobs; index++) {
        const struct slot *slot = &run->slots[index];
        if (slot->use == SLOT_FREE || slot->keeper.ended) {
            continue;
        }
        list[count++] = (struct pollfd){.fd = slot->keeper.report, .events = POLLIN};
        list[count++] = (struct pollfd){.fd = slot->keeper.output, .events = POLLIN};
        list[count++] = (struct pollfd){.fd = slot->keeper.errors, .events = POLLIN};
    }
    poll(list, count, milliseconds);
    free(list);
}

void slots_attend(struct campaign_run *run)
{
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        struct slot *slot = &run->slots[index];
        if (slot->use != SLOT_FREE && keeper_poll(&slot->keeper) && slot->finish(run, slot)) {
            keeper_free(&slot->keeper);
            slot->use = SLOT_FREE;
            slot->label[0] = 0;
        }
    }
}

void slots_stop(struct campaign_run *run, enum slot_use use)
{
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        struct slot *slot = &run->slots[index];
        if (slot->use == use && !slot->stopping) {
            slot->stopping = true;
            keeper_stop(&slot->keeper);
        }
    }
}
