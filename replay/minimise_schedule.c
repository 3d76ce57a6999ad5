/* minimise_schedule.c - fewer preemptions, fewer deviations, for the program as it is. */
#include "minimise.h"

#include <string.h>

void remove_preemptions(struct minimiser *minimiser)
{
    if (minimiser->size.preemptions > 0) {
        minimiser->proposal = minimiser->best.scenario;
        keep_choices(minimiser, minimiser->best.schedule);
        search_schedule(minimiser, &minimiser->proposal, minimiser->size.preemptions - 1, SEARCH_STEPS_SCHEDULE);
    }
}

static bool remove_chunk(struct minimiser *minimiser, uint32_t place, uint32_t count)
{
    struct schedule best = minimiser->best.schedule;
    memcpy(minimiser->mapped, best.deviations, place * sizeof *best.deviations);
    memcpy(minimiser->mapped + place, best.deviations + place + count, (best.count - place - count) * sizeof *best.deviations);
    struct schedule schedule = {.deviations = minimiser->mapped, .count = best.count - count};
    minimiser->proposal = minimiser->best.scenario;
    return try_schedule(minimiser, &minimiser->proposal, schedule);
}

void remove_deviations(struct minimiser *minimiser)
{
    const struct schedule *schedule = &minimiser->best.schedule;
    for (uint32_t chunk = first_chunk(schedule->count); chunk > 0 && !minimiser->stopped; chunk = next_chunk(chunk)) {
        uint32_t place = schedule->count;
        while (place >= chunk && !minimiser->stopped) {
            place -= chunk;
            if (remove_chunk(minimiser, place, chunk)) {
                place = schedule->count < place ? schedule->count : place;
            }
        }
    }
}
