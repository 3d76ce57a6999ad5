/* results.c - which atomic operations are called for their effect alone: asked once for each place in the code. */
#include "steps.h"

enum { SITES = 1024 };

/* Sites that share a place push each other out, which costs a question. */
static struct {
    uintptr_t site;
    bool unused;
} answers[SITES];

static bool (*result_used)(uintptr_t site);

void steps_forget_results(void)
{
    for (uint32_t index = 0; index < SITES; index++) {
        answers[index].site = 0;
    }
}

void scheduler_on_result_used(bool (*callback)(uintptr_t site))
{
    result_used = callback;
    steps_forget_results();
}

bool steps_result_unused(uintptr_t site)
{
    if (result_used == NULL || site == 0) {
        return false;
    }
    uint32_t index = (uint32_t)(site ^ site >> 10) % SITES;
    if (answers[index].site != site) {
        answers[index].unused = !result_used(site);
        answers[index].site = site;
    }
    return answers[index].unused;
}
