/*
 * weak_histories.c - memory=c11: what the memory model of C11 allows, without values out of thin air.
 *
 * The model is RC11 (Lahav et al., PLDI 2017), executed event by event: each location keeps its stores in modification order,
 * each task knows by a vector clock which events happen before what it does next. A load may read any store that none of those
 * which it must have seen comes after; a store goes anywhere behind those; an update goes right behind the store that it reads,
 * which no other update has read. Release sequences, fences and messages are clocks (cf. Kang, Hur, Lahav, Vafeiadis and
 * Dreyer, "A promising semantics for relaxed-memory concurrency", POPL 2017, without its promises). Seq_cst is judged on the
 * graph: weak_graph.h. Which store, and where, is a choice of the kind CHOICE_MEMORY whose alternative 0 is always allowed: the
 * newest.
 *
 * Volatile accesses are relaxed ones, as on ARM64. Plain ones read and write what is newest. Calls of the environment acquire
 * and release their object.
 */
#include "weak_locations.h"

enum { ALTERNATIVES = 64, OBJECTS = 512 };

static struct {
    struct weak_clock now;      /* what happens before its next event */
    struct weak_clock learnt;   /* by relaxed loads, for the next acquire fence */
    struct weak_clock released; /* by the last release fence */
} views[WEAK_TASKS];
static uint32_t views_used;

static struct {
    const void *object;
    struct weak_clock clock;
} objects[OBJECTS];
static uint32_t object_count;
static bool beyond; /* more tasks than views: from there on everybody reads the newest store */

static void forget(void)
{
    weak_locations_reset();
    weak_graph_reset();
    object_count = 0;
    __builtin_memset(views, 0, views_used * sizeof views[0]);
}

static void reset(void)
{
    forget();
    views_used = 0;
    beyond = false;
}

static void begin(void)
{
}

static void spawn(uint32_t child)
{
    if (child >= WEAK_TASKS) {
        beyond = true;
        return;
    }
    __builtin_memset(&views[child], 0, sizeof views[child]);
    views_used = child + 1 > views_used ? child + 1 : views_used;
    if (state.running < WEAK_TASKS) {
        views[child].now = views[state.running].now;
    }
}

static bool acquires(int order)
{
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

/* --------------------------------------------------------------------------------------------------------- events -- */

/* The next event of the running task, not yet counted in its view; NULL when there is no room or no view. */
static struct weak_event *propose(void)
{
    if (beyond) {
        return NULL;
    }
    uint16_t number = weak_graph_add(state.running);
    if (number == NO_EVENT) {
        forget();
        number = weak_graph_add(state.running);
    }
    struct weak_event *event = &weak_events[number];
    event->before = views[state.running].now;
    event->index = ++event->before.at[state.running];
    return event;
}

static uint16_t number_of(const struct weak_event *event)
{
    return (uint16_t)(event - weak_events);
}

static void see(struct weak_event *store, const struct weak_event *event)
{
    uint16_t *first = &store->seen.at[event->task];
    *first = *first < event->index ? *first : event->index;
}

/* Whether the task must know of the store: it wrote or read it, or somebody did before. */
static bool must_know(const struct weak_event *store, const struct weak_event *event)
{
    if (store->task == SCHEDULER_NO_TASK) {
        return true;
    }
    for (uint32_t task = 0; task < views_used; task++) {
        if (event->before.at[task] >= store->seen.at[task]) {
            return true;
        }
    }
    return false;
}

/* Ranks are even, so that a proposed store fits between two of them. */
static void insert(struct weak_event *event, struct weak_event *previous)
{
    struct weak_location *location = &weak_locations[event->location];
    uint16_t number = number_of(event);
    event->previous = number_of(previous);
    event->next = previous->next;
    previous->next = number;
    event->rank = previous->rank;
    if (event->next == NO_EVENT) {
        location->newest = number;
    } else {
        weak_events[event->next].previous = number;
    }
    for (uint16_t store = number; store != NO_EVENT; store = weak_events[store].next) {
        weak_events[store].rank = weak_events[weak_events[store].previous].rank + 2;
    }
}

static void load_from(struct weak_event *event, struct weak_event *source, int order)
{
    event->loads = true;
    event->source = number_of(source);
    if (state.record) {
        events_source(source->recorded);
    }
    struct weak_clock *learnt = acquires(order) ? &event->before : &views[event->task].learnt;
    weak_join(learnt, &source->message);
    see(source, event);
}

static void store_behind(struct weak_event *event, struct weak_event *previous, int order, atomic_value value)
{
    struct weak_location *location = &weak_locations[event->location];
    uint16_t own = location->written.at[event->task];
    event->stores = true;
    event->recorded = state.record ? events_current() : 0;
    event->value = value;
    if (releases(order)) {
        event->head = event->before;
    } else if (own != NO_EVENT) {
        event->head = weak_events[own].head;
    } else {
        __builtin_memset(&event->head, 0, sizeof event->head);
    }
    event->message = event->head;
    weak_join(&event->message, &views[event->task].released);
    if (event->loads) {
        weak_join(&event->message, &weak_events[event->source].message);
    }
    __builtin_memset(&event->seen, 0xFF, sizeof event->seen);
    see(event, event);
    insert(event, previous);
    location->written.at[event->task] = number_of(event);
}

static void commit(struct weak_event *event)
{
    views[event->task].now = event->before;
    weak_graph_count(number_of(event));
}

/* -------------------------------------------------------------------------------------------------------- choices -- */

/* What the next operation can do: each way is a store, to read from or to stand behind. */
struct ways {
    struct weak_event *stores[ALTERNATIVES];
    uint32_t count;
};

static void choose_stores(const struct weak_event *event, struct ways *ways)
{
    ways->count = 0;
    uint16_t number = weak_locations[event->location].newest;
    for (bool known = false; !known && number != NO_EVENT && ways->count < ALTERNATIVES;) {
        struct weak_event *store = &weak_events[number];
        known = must_know(store, event);
        ways->stores[ways->count++] = store;
        number = state.fair ? NO_EVENT : store->previous;
    }
}

static bool is_updated(const struct weak_event *store)
{
    return store->next != NO_EVENT && weak_events[store->next].loads;
}

/* Tries what the event would be: whether psc stays without cycles. */
static bool allowed(struct weak_event *event, const struct weak_event *store, bool loads, bool stores)
{
    event->loads = loads;
    event->stores = stores;
    event->source = loads ? number_of(store) : NO_EVENT;
    event->rank = store->rank + 1;
    bool consistent = weak_graph_consistent(number_of(event));
    event->loads = event->stores = false;
    event->source = NO_EVENT;
    return consistent;
}

/*
 * The ways are those that coherence leaves; one that closes a cycle in psc stands for the newest store instead, from which
 * nothing leads on. So the number of an alternative does not depend on steps that have nothing to do with this one, and two
 * such steps can change places in a search: whatever is consistent in the end is so in either order.
 */
static struct weak_event *decide(struct weak_event *event, const struct ways *ways, bool loads, const bool *stores)
{
    uint32_t chosen = scheduler_choose(CHOICE_MEMORY, ways->count);
    bool judged = chosen != 0 && (event->seq_cst || weak_graph_has_seq_cst());
    return ways->stores[!judged || allowed(event, ways->stores[chosen], loads, stores[chosen]) ? chosen : 0];
}

static void tell(enum scheduler_memory_note note, const struct weak_event *store)
{
    if (state.record) {
        events_memory(note, store->task, (uint64_t)store->value);
    }
}

/* ----------------------------------------------------------------------------------------------------- operations -- */

static struct weak_event *propose_access(const struct atomic_operation *operation)
{
    struct weak_event *event = propose();
    if (event == NULL) {
        return NULL;
    }
    uint16_t location = weak_location_of(operation->object, operation->size);
    if (location == NO_LOCATION) {
        forget();
        event = propose();
        location = weak_location_of(operation->object, operation->size);
    }
    event->location = location;
    event->seq_cst = operation->order == __ATOMIC_SEQ_CST;
    return event;
}

static const bool never[ALTERNATIVES];

static atomic_value load(const struct atomic_operation *operation)
{
    struct weak_event *event = propose_access(operation);
    if (event == NULL) {
        return weak_value_at(operation->object, operation->size);
    }
    struct ways ways;
    choose_stores(event, &ways);
    struct weak_event *source = decide(event, &ways, true, never);
    load_from(event, source, operation->order);
    commit(event);
    if (source->next != NO_EVENT) {
        tell(MEMORY_NOTE_HIDDEN, &weak_events[weak_locations[event->location].newest]);
    }
    return source->value;
}

static void store(const struct atomic_operation *operation)
{
    struct weak_event *event = propose_access(operation);
    if (event == NULL) {
        weak_put(operation->object, operation->size, operation->value);
        return;
    }
    static bool always[ALTERNATIVES];
    struct ways ways;
    choose_stores(event, &ways);
    uint32_t kept = 0;
    for (uint32_t index = 0; index < ways.count; index++) {
        if (!is_updated(ways.stores[index])) {
            ways.stores[kept++] = ways.stores[index];
        }
    }
    ways.count = kept;
    __builtin_memset(always, true, ways.count);
    struct weak_event *previous = decide(event, &ways, false, always);
    store_behind(event, previous, operation->order, operation->value);
    commit(event);
    if (event->next == NO_EVENT) {
        weak_put(operation->object, operation->size, operation->value);
    } else {
        tell(MEMORY_NOTE_OVERTAKEN, &weak_events[event->next]);
    }
}

/* Reads the newest store, or an older one: a compare-exchange that fails with it, or an update right behind it. */
static struct weak_event *choose_source(struct weak_event *event, const struct atomic_operation *operation)
{
    struct ways ways;
    bool stores[ALTERNATIVES];
    choose_stores(event, &ways);
    uint32_t kept = 0;
    for (uint32_t index = 0; index < ways.count; index++) {
        atomic_value after;
        stores[kept] = observe_result(operation, ways.stores[index]->value, &after);
        if (!stores[kept] || !is_updated(ways.stores[index])) {
            ways.stores[kept++] = ways.stores[index];
        }
    }
    ways.count = kept;
    return decide(event, &ways, true, stores);
}

static atomic_value update(const struct atomic_operation *operation, bool *stores, atomic_value *after)
{
    struct weak_event *event = propose_access(operation);
    if (event == NULL) {
        atomic_value before = weak_value_at(operation->object, operation->size);
        *stores = observe_result(operation, before, after);
        weak_put(operation->object, operation->size, *after);
        return before;
    }
    struct weak_event *source = choose_source(event, operation);
    *stores = observe_result(operation, source->value, after);
    event->seq_cst = (*stores ? operation->order : operation->failure_order) == __ATOMIC_SEQ_CST;
    bool newest = source->next == NO_EVENT;
    load_from(event, source, *stores ? operation->order : operation->failure_order);
    if (*stores) {
        store_behind(event, source, operation->order, *after);
    }
    commit(event);
    if (*stores && newest) {
        weak_put(operation->object, operation->size, *after);
    } else if (!newest) {
        tell(MEMORY_NOTE_HIDDEN, &weak_events[weak_locations[event->location].newest]);
    }
    return source->value;
}

static atomic_value do_atomic(const struct atomic_operation *operation, bool *stores, atomic_value *after)
{
    if (operation->operation == OPERATION_ATOMIC_LOAD) {
        *stores = false;
        return *after = load(operation);
    }
    if (operation->operation == OPERATION_ATOMIC_STORE) {
        atomic_value before = weak_value_at(operation->object, operation->size);
        store(operation);
        *stores = true;
        *after = operation->value;
        return before;
    }
    return update(operation, stores, after);
}

static void fence(int order)
{
    struct weak_event *event = propose();
    if (event == NULL) {
        return;
    }
    event->fence = true;
    event->seq_cst = order == __ATOMIC_SEQ_CST;
    if (acquires(order)) {
        weak_join(&event->before, &views[event->task].learnt);
    }
    if (releases(order)) {
        views[event->task].released = event->before;
    }
    commit(event);
}

static enum scheduler_effect effect(enum scheduler_operation operation, int order)
{
    (void)order;
    return observe_effect(operation);
}

/* ------------------------------------------------------------------------------------- plain and the environment -- */

static void retire(struct weak_location *location)
{
    location->gone = true;
}

/* What happens after the load must not read anything older. */
static void see_newest(struct weak_location *location)
{
    uint16_t *first = &weak_events[location->newest].seen.at[state.running];
    uint16_t next = views[state.running].now.at[state.running] + 1;
    *first = *first < next ? *first : next;
}

static void plain(const void *address, size_t size, bool write)
{
    if (!beyond && size != 0) {
        weak_locations_overlapping(address, size, write ? retire : see_newest);
    }
}

static struct weak_clock *clock_of(const void *object)
{
    for (uint32_t index = 0; index < object_count; index++) {
        if (objects[index].object == object) {
            return &objects[index].clock;
        }
    }
    if (object_count == OBJECTS) {
        forget();
    }
    objects[object_count].object = object;
    __builtin_memset(&objects[object_count].clock, 0, sizeof objects[0].clock);
    return &objects[object_count++].clock;
}

static void synchronise(const void *object, bool acquire, bool release)
{
    if (object == NULL || beyond) {
        return;
    }
    struct weak_clock *clock = clock_of(object);
    struct weak_event *event = propose();
    event->fence = true;
    if (acquire) {
        weak_join(&event->before, clock);
    }
    if (release) {
        weak_join(clock, &event->before);
    }
    commit(event);
}

static void release_object(const void *object)
{
    scheduler_touch(object, 1, EFFECT_UPDATE);
    synchronise(object, false, true);
}

static void acquire_object(const void *object)
{
    scheduler_touch(object, 1, EFFECT_READ);
    synchronise(object, true, false);
}

static void call(const void *object)
{
    uint8_t done = state.tasks[state.running].pending.effect;
    if (done != EFFECT_NONE) {
        synchronise(object, true, done != EFFECT_READ);
    }
}

const struct weak_model weak_histories = {.reset = reset,
                                          .begin = begin,
                                          .spawn = spawn,
                                          .effect = effect,
                                          .atomic = do_atomic,
                                          .fence = fence,
                                          .volatile_load = load,
                                          .volatile_store = store,
                                          .plain = plain,
                                          .call = call,
                                          .release = release_object,
                                          .acquire = acquire_object};
