/* holdings.c - who held which lock when, for reports of recorded executions. */
#include "holdings.h"

#include <remlock/core.h>

#include <stdio.h>

enum { HOLDING_LIMIT = 4096 };

static struct harness_holding holdings[HOLDING_LIMIT];
static uint32_t holding_count;

void holdings_reset(void)
{
    holding_count = 0;
}

static struct harness_holding *append(const void *lock, const void *acquisition, bool held)
{
    if (!scheduler_recording() || holding_count == HOLDING_LIMIT) {
        return NULL;
    }
    struct scheduler_trace trace = scheduler_trace();
    if (trace.truncated) {
        return NULL;
    }
    struct harness_holding *holding = &holdings[holding_count++];
    *holding = (struct harness_holding){.event = trace.count, .held = held, .lock = lock, .acquisition = acquisition};
    return holding;
}

void harness_held(const void *lock, const void *acquisition, uint32_t task, const char *tag, uintptr_t site)
{
    struct harness_holding *holding = append(lock, acquisition, true);
    if (holding != NULL) {
        size_t size;
        holding->shadow = core_shadow_of(lock, &size);
        holding->task = (uint8_t)task;
        holding->site = site;
        snprintf(holding->tag, sizeof holding->tag, "%s", tag);
    }
}

void harness_given_back(const void *lock, const void *acquisition)
{
    append(lock, acquisition, false);
}

uint32_t harness_holdings(const struct harness_holding **list)
{
    *list = holdings;
    return holding_count;
}
