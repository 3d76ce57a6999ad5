/*
 * weak_graph.c - see weak_graph.h.
 *
 *     scb = sb | sb-to-elsewhere;hb;sb-to-elsewhere | hb-at-one-location | mo | fr
 *     psc = ([SC] | [F];hb?) ; scb ; ([SC] | hb?;[F])  |  [F] ; (hb | hb;eco;hb) ; [F]       F: seq_cst fences
 *
 * A cycle is searched depth first in a graph of (event, how far within psc): from an SC event over the optional hb, over scb or
 * eco, over the optional hb to the next SC event. A new event has no edges to others but mo and fr, so whatever cycle it closes
 * leaves it there, and passes the event itself or a fence before it.
 */
#include "weak_graph.h"

struct weak_event weak_events[WEAK_EVENTS];
static uint16_t event_count, seq_cst_count;
static uint16_t last_of_task[WEAK_TASKS];

void weak_graph_reset(void)
{
    event_count = seq_cst_count = 0;
    for (uint32_t task = 0; task < WEAK_TASKS; task++) {
        last_of_task[task] = NO_EVENT;
    }
}

uint16_t weak_graph_add(uint8_t task)
{
    if (event_count == WEAK_EVENTS) {
        return NO_EVENT;
    }
    uint16_t number = event_count++;
    struct weak_event *event = &weak_events[number];
    event->task = task;
    event->loads = event->stores = event->seq_cst = event->fence = false;
    event->index = 0;
    event->location = NO_LOCATION;
    event->source = event->next = event->previous = event->later = event->earlier = NO_EVENT;
    event->rank = 0;
    event->recorded = 0;
    if (task != SCHEDULER_NO_TASK) {
        event->earlier = last_of_task[task];
        if (event->earlier != NO_EVENT) {
            weak_events[event->earlier].later = number;
        }
        last_of_task[task] = number;
    }
    return number;
}

void weak_graph_count(uint16_t event)
{
    seq_cst_count += weak_events[event].seq_cst;
}

bool weak_graph_has_seq_cst(void)
{
    return seq_cst_count > 0;
}

/* ------------------------------------------------------------------------------------------------------ relations -- */

static bool happens_before(const struct weak_event *one, const struct weak_event *other)
{
    return one != other && (one->task == SCHEDULER_NO_TASK || other->before.at[one->task] >= one->index);
}

static bool same_location(const struct weak_event *one, const struct weak_event *other)
{
    return one->location == other->location && one->location != NO_LOCATION;
}

/* Where an event stands in the modification order: of a load, the store that it read. */
static uint32_t rank_of(const struct weak_event *event)
{
    return event->stores ? event->rank : weak_events[event->source].rank;
}

/* mo or fr */
static bool comes_before_store(const struct weak_event *one, const struct weak_event *store)
{
    return store->stores && one != store && store->rank > rank_of(one);
}

static bool eco(const struct weak_event *one, const struct weak_event *other)
{
    if (one == other || !same_location(one, other)) {
        return false;
    }
    if (other->stores) {
        return comes_before_store(one, other);
    }
    return one->stores ? rank_of(other) >= one->rank : rank_of(other) > rank_of(one);
}

static const struct weak_event *elsewhere(const struct weak_event *event, bool later)
{
    const struct weak_event *other = event;
    do {
        uint16_t number = later ? other->later : other->earlier;
        if (number == NO_EVENT) {
            return NULL;
        }
        other = &weak_events[number];
    } while (same_location(event, other));
    return other;
}

static bool scb(const struct weak_event *one, const struct weak_event *other)
{
    if (one == other) {
        return false;
    }
    if (same_location(one, other) && (happens_before(one, other) || comes_before_store(one, other))) {
        return true;
    }
    if (one->task == other->task) {
        return one->index < other->index;
    }
    if (!happens_before(one, other)) {
        return false;
    }
    const struct weak_event *after = elsewhere(one, true), *before = elsewhere(other, false);
    return after != NULL && before != NULL && happens_before(after, before);
}

/* --------------------------------------------------------------------------------------------------------- cycles -- */

enum phase {
    AT_SC,      /* at a seq_cst event */
    BEFORE_SCB, /* an scb edge comes now */
    AFTER_SCB,  /* one came */
    BEFORE_ECO, /* between fences: an eco edge comes now */
    AFTER_ECO,
    PHASES
};

enum colour { WHITE, GREY, BLACK };

struct place {
    uint16_t event;
    uint8_t phase;
    uint16_t next; /* the next candidate for a successor: the phase and the event */
    uint8_t next_phase;
};

static uint8_t colours[WEAK_EVENTS][PHASES];
static struct place places[WEAK_EVENTS * PHASES];

static bool is_fence(const struct weak_event *event)
{
    return event->fence && event->seq_cst;
}

static bool leads(const struct weak_event *one, enum phase from, const struct weak_event *other, enum phase to)
{
    switch (from) {
    case AT_SC:
        if (to == BEFORE_SCB && one == other) {
            return true;
        }
        return is_fence(one) && (to == BEFORE_SCB || to == BEFORE_ECO || (to == AT_SC && is_fence(other))) &&
               happens_before(one, other);
    case BEFORE_SCB:
        return to == AFTER_SCB && scb(one, other);
    case AFTER_SCB:
        return to == AT_SC && ((one == other && one->seq_cst) || (is_fence(other) && happens_before(one, other)));
    case BEFORE_ECO:
        return to == AFTER_ECO && eco(one, other);
    case AFTER_ECO:
        return to == AT_SC && is_fence(other) && happens_before(one, other);
    default:
        return false;
    }
}

/* The next successor of a place; false when there is none left. */
static bool advance(struct place *place, struct place *successor)
{
    const struct weak_event *event = &weak_events[place->event];
    for (; place->next_phase < PHASES; place->next_phase++, place->next = 0) {
        while (place->next < event_count) {
            uint16_t candidate = place->next++;
            if (weak_events[candidate].task != SCHEDULER_NO_TASK &&
                leads(event, place->phase, &weak_events[candidate], place->next_phase)) {
                *successor = (struct place){.event = candidate, .phase = place->next_phase};
                return true;
            }
        }
    }
    return false;
}

/* Depth first; a place that is on the way to itself closes a cycle. The stack of a task is too small for recursion. */
static bool cycle_from(uint16_t start)
{
    uint32_t depth = 0;
    places[depth++] = (struct place){.event = start, .phase = AT_SC};
    colours[start][AT_SC] = GREY;
    while (depth > 0) {
        struct place successor, *top = &places[depth - 1];
        if (!advance(top, &successor)) {
            colours[top->event][top->phase] = BLACK;
            depth--;
            continue;
        }
        uint8_t *colour = &colours[successor.event][successor.phase];
        if (*colour == GREY) {
            return true;
        }
        if (*colour == WHITE) {
            *colour = GREY;
            places[depth++] = successor;
        }
    }
    return false;
}

bool weak_graph_consistent(uint16_t number)
{
    const struct weak_event *event = &weak_events[number];
    if (seq_cst_count == 0) {
        return true; /* one event is no cycle */
    }
    __builtin_memset(colours, WHITE, sizeof colours[0] * event_count);
    if (event->seq_cst && cycle_from(number)) {
        return false;
    }
    for (uint16_t other = 0; other < event_count; other++) {
        const struct weak_event *fence = &weak_events[other];
        if (is_fence(fence) && happens_before(fence, event) && colours[other][AT_SC] == WHITE && cycle_from(other)) {
            return false;
        }
    }
    return true;
}
