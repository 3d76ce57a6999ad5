/*
 * axioms.c - what a memory model allows, by enumeration of candidate executions and the model's axioms: independent of the
 * scheduler and slow.
 *
 * A candidate fixes for each read the write that it reads from, and for each location an order of its writes. It is accepted
 * when the axioms hold:
 *
 *   sc    sb, rf, mo and fr together have no cycle (Lamport 1979).
 *   tso   The same per location; and mo, fr, rf between tasks and sb have no cycle when pairs of a write and a later read are
 *         left out of sb unless a fence or a locked operation lies between them or is one of them (Owens, Sarkar and Sewell,
 *         "A better x86 memory model: x86-TSO", TPHOLs 2009; Alglave, Maranget and Tautschnig, TOPLAS 2014).
 *   c11   RC11: coherence, atomicity, psc without cycles, no values out of thin air (Lahav, Vafeiadis, Kang, Hur and Dreyer,
 *         "Repairing sequential consistency in C/C++11", PLDI 2017, definitions 1 and 2).
 *
 * An update is two events, a read and a write behind it. The initial values are writes before everything else.
 */
#include "litmus.h"

#include <string.h>

enum { EVENT_LIMIT = 32, NOBODY = 255 };

struct event {
    bool read, write, fence;
    uint8_t task, location, order;
    uint8_t value; /* written */
    uint8_t register_index;
    bool locked;     /* part of an update, or a seq_cst store: x86 locks it */
    uint8_t partner; /* the other half of an update */
    uint8_t source;  /* of a read */
    uint8_t expected;
    bool conditional; /* a compare-exchange: its write exists only when it reads what it expects */
    bool dead;        /* the write of a compare-exchange that fails */
};

typedef uint32_t row; /* a bit for each event */

struct relation {
    row rows[EVENT_LIMIT];
};

static struct {
    struct event events[EVENT_LIMIT];
    uint32_t count;
    struct relation sb, rf, mo;
    const struct litmus *litmus;
    enum scheduler_memory memory;
    struct litmus_outcomes *outcomes;
} graph;

/* ------------------------------------------------------------------------------------------------------ relations -- */

static void relate(struct relation *relation, uint32_t from, uint32_t to)
{
    relation->rows[from] |= (row)1 << to;
}

static bool related(const struct relation *relation, uint32_t from, uint32_t to)
{
    return relation->rows[from] >> to & 1;
}

static struct relation join(struct relation one, const struct relation *other)
{
    for (uint32_t from = 0; from < graph.count; from++) {
        one.rows[from] |= other->rows[from];
    }
    return one;
}

/* one;other */
static struct relation then(const struct relation *one, const struct relation *other)
{
    struct relation result = {{0}};
    for (uint32_t from = 0; from < graph.count; from++) {
        for (uint32_t middle = 0; middle < graph.count; middle++) {
            if (related(one, from, middle)) {
                result.rows[from] |= other->rows[middle];
            }
        }
    }
    return result;
}

static struct relation maybe(struct relation relation)
{
    for (uint32_t event = 0; event < graph.count; event++) {
        relate(&relation, event, event);
    }
    return relation;
}

static struct relation closure(struct relation relation)
{
    for (uint32_t middle = 0; middle < graph.count; middle++) {
        for (uint32_t from = 0; from < graph.count; from++) {
            if (related(&relation, from, middle)) {
                relation.rows[from] |= relation.rows[middle];
            }
        }
    }
    return relation;
}

static bool irreflexive(const struct relation *relation)
{
    for (uint32_t event = 0; event < graph.count; event++) {
        if (related(relation, event, event)) {
            return false;
        }
    }
    return true;
}

static bool acyclic(const struct relation *relation)
{
    struct relation closed = closure(*relation);
    return irreflexive(&closed);
}

/* Only the pairs whose ends are in two sets. */
static struct relation between(const struct relation *relation, row from, row to)
{
    struct relation result = {{0}};
    for (uint32_t event = 0; event < graph.count; event++) {
        result.rows[event] = from >> event & 1 ? relation->rows[event] & to : 0;
    }
    return result;
}

static struct relation identity(row set)
{
    struct relation result = {{0}};
    for (uint32_t event = 0; event < graph.count; event++) {
        result.rows[event] = set & (row)1 << event;
    }
    return result;
}

/* Those pairs of accesses that are to one location, or those that are not. */
static struct relation by_location(const struct relation *relation, bool same)
{
    struct relation result = {{0}};
    for (uint32_t from = 0; from < graph.count; from++) {
        for (uint32_t to = 0; to < graph.count; to++) {
            const struct event *one = &graph.events[from], *other = &graph.events[to];
            bool equal = !one->fence && !other->fence && one->location == other->location;
            if (related(relation, from, to) && equal == same) {
                relate(&result, from, to);
            }
        }
    }
    return result;
}

static struct relation reads_before(void)
{
    struct relation result = {{0}};
    for (uint32_t read = 0; read < graph.count; read++) {
        if (graph.events[read].read) {
            result.rows[read] = graph.mo.rows[graph.events[read].source] & ~((row)1 << read);
        }
    }
    return result;
}

static row set_of(bool (*belongs)(const struct event *event))
{
    row set = 0;
    for (uint32_t event = 0; event < graph.count; event++) {
        set |= (row)(!graph.events[event].dead && belongs(&graph.events[event])) << event;
    }
    return set;
}

/* ----------------------------------------------------------------------------------------------------------- c11 -- */

static bool is_fence(const struct event *event)
{
    return event->fence;
}

static bool is_write(const struct event *event)
{
    return event->write;
}

static bool releases(const struct event *event)
{
    return (event->write || event->fence) &&
           (event->order == __ATOMIC_RELEASE || event->order == __ATOMIC_ACQ_REL || event->order == __ATOMIC_SEQ_CST);
}

static bool acquires(const struct event *event)
{
    return (event->read || event->fence) &&
           (event->order == __ATOMIC_ACQUIRE || event->order == __ATOMIC_ACQ_REL || event->order == __ATOMIC_SEQ_CST);
}

static bool is_sc(const struct event *event)
{
    return event->order == __ATOMIC_SEQ_CST;
}

static struct relation updates(void)
{
    struct relation result = {{0}};
    for (uint32_t event = 0; event < graph.count; event++) {
        if (graph.events[event].read && graph.events[event].partner != NOBODY) {
            relate(&result, event, graph.events[event].partner);
        }
    }
    return result;
}

static struct relation happens_before(void)
{
    row writes = set_of(is_write), fences = set_of(is_fence);
    struct relation rmw = updates();
    struct relation chain = then(&graph.rf, &rmw);
    chain = maybe(closure(chain));
    struct relation same = by_location(&graph.sb, true);
    same = maybe(same);
    same = between(&same, writes, writes);
    struct relation sequence = then(&same, &chain);
    struct relation from_fence = between(&graph.sb, fences, ~(row)0);
    from_fence = maybe(from_fence);
    struct relation to_fence = between(&graph.sb, ~(row)0, fences);
    to_fence = maybe(to_fence);
    struct relation all = then(&from_fence, &sequence);
    all = then(&all, &graph.rf);
    all = then(&all, &to_fence);
    struct relation sw = between(&all, set_of(releases), set_of(acquires));
    return closure(join(graph.sb, &sw));
}

static bool psc_has_no_cycle(const struct relation *hb, const struct relation *fr, const struct relation *eco)
{
    row sc = set_of(is_sc), sc_fences = set_of(is_sc) & set_of(is_fence);
    struct relation apart = by_location(&graph.sb, false);
    struct relation middle = then(&apart, hb);
    middle = then(&middle, &apart);
    struct relation near = by_location(hb, true);
    struct relation scb = join(join(graph.sb, &middle), &near);
    scb = join(join(scb, &graph.mo), fr);
    struct relation hb_maybe = maybe(*hb);
    struct relation out = between(&hb_maybe, sc_fences, ~(row)0), in = between(&hb_maybe, ~(row)0, sc_fences);
    struct relation every = identity(sc);
    out = join(out, &every);
    in = join(in, &every);
    struct relation base = then(&out, &scb);
    base = then(&base, &in);
    struct relation far = then(hb, eco);
    far = then(&far, hb);
    far = join(far, hb);
    far = between(&far, sc_fences, sc_fences);
    struct relation psc = join(base, &far);
    return acyclic(&psc);
}

static bool accepted_by_c11(const struct relation *fr)
{
    struct relation hb = happens_before();
    struct relation eco = closure(join(join(graph.rf, &graph.mo), fr));
    struct relation eco_maybe = maybe(eco);
    struct relation coherence = then(&hb, &eco_maybe);
    struct relation porf = join(graph.sb, &graph.rf);
    return irreflexive(&coherence) && acyclic(&porf) && psc_has_no_cycle(&hb, fr, &eco);
}

/* ------------------------------------------------------------------------------------------------------ sc and tso -- */

static bool ordered_by_tso(uint32_t from, uint32_t to)
{
    const struct event *one = &graph.events[from], *other = &graph.events[to];
    if (one->fence || other->fence) {
        return false;
    }
    if (!one->write || !other->read || one->locked || other->locked) {
        return true;
    }
    for (uint32_t middle = 0; middle < graph.count; middle++) {
        const struct event *event = &graph.events[middle];
        bool strong = event->fence ? event->order == __ATOMIC_SEQ_CST : event->locked;
        if (strong && !event->dead && related(&graph.sb, from, middle) && related(&graph.sb, middle, to)) {
            return true;
        }
    }
    return false;
}

static bool accepted_by_tso(const struct relation *fr)
{
    struct relation here = by_location(&graph.sb, true);
    here = join(join(join(here, &graph.rf), &graph.mo), fr);
    struct relation everywhere = join(graph.mo, fr);
    for (uint32_t from = 0; from < graph.count; from++) {
        for (uint32_t to = 0; to < graph.count; to++) {
            bool between_tasks = graph.events[from].task != graph.events[to].task;
            if ((related(&graph.sb, from, to) && ordered_by_tso(from, to)) || (related(&graph.rf, from, to) && between_tasks)) {
                relate(&everywhere, from, to);
            }
        }
    }
    return acyclic(&here) && acyclic(&everywhere);
}

static bool accepted_by_sc(const struct relation *fr)
{
    struct relation all = join(join(join(graph.sb, &graph.rf), &graph.mo), fr);
    return acyclic(&all);
}

/* Nothing is written between what an update reads and what it writes. */
static bool updates_are_atomic(void)
{
    for (uint32_t read = 0; read < graph.count; read++) {
        const struct event *event = &graph.events[read];
        if (!event->read || event->partner == NOBODY || graph.events[event->partner].dead) {
            continue;
        }
        if (!related(&graph.mo, event->source, event->partner)) {
            return false;
        }
        for (uint32_t middle = 0; middle < graph.count; middle++) {
            if (related(&graph.mo, event->source, middle) && related(&graph.mo, middle, event->partner)) {
                return false;
            }
        }
    }
    return true;
}

/* ----------------------------------------------------------------------------------------------------- candidates -- */

static void judge_candidate(void)
{
    struct relation fr = reads_before();
    bool accepted = updates_are_atomic() && (graph.memory == MEMORY_C11   ? accepted_by_c11(&fr)
                                             : graph.memory == MEMORY_TSO ? accepted_by_tso(&fr)
                                                                          : accepted_by_sc(&fr));
    if (!accepted) {
        return;
    }
    litmus_outcome outcome = 0;
    for (uint32_t index = 0; index < graph.count; index++) {
        const struct event *event = &graph.events[index];
        if (event->read) {
            outcome = outcome_with(outcome, event->register_index, graph.events[event->source].value);
        }
        if (event->write && !event->dead && graph.mo.rows[index] == 0) {
            outcome = outcome_with(outcome, graph.litmus->read_count + event->location, event->value);
        }
    }
    outcomes_add(graph.outcomes, outcome);
}

/* Extends the order of the writes to a location by each of those that are left, and so on for the other locations. */
static void order_writes(uint32_t location, row placed)
{
    if (location == LITMUS_LOCATIONS) {
        judge_candidate();
        return;
    }
    bool any = false;
    for (uint32_t write = 0; write < graph.count; write++) {
        const struct event *event = &graph.events[write];
        if (!event->write || event->dead || event->location != location || placed >> write & 1) {
            continue;
        }
        any = true;
        if (event->task != NOBODY && !(placed >> location & 1)) {
            continue; /* the initial one, which has the number of its location, comes first */
        }
        struct relation before = graph.mo;
        for (uint32_t other = 0; other < graph.count; other++) {
            if (placed >> other & 1 && graph.events[other].location == location) {
                relate(&graph.mo, other, write);
            }
        }
        order_writes(location, placed | (row)1 << write);
        graph.mo = before;
    }
    if (!any) {
        order_writes(location + 1, placed);
    }
}

/* Who reads a write that is not there? */
static bool sources_exist(void)
{
    for (uint32_t read = 0; read < graph.count; read++) {
        if (graph.events[read].read && graph.events[graph.events[read].source].dead) {
            return false;
        }
    }
    return true;
}

static void choose_sources(uint32_t read)
{
    if (read == graph.count) {
        if (sources_exist()) {
            order_writes(0, 0);
        }
        return;
    }
    struct event *event = &graph.events[read];
    if (!event->read) {
        choose_sources(read + 1);
        return;
    }
    for (uint32_t write = 0; write < graph.count; write++) {
        const struct event *source = &graph.events[write];
        if (!source->write || source->location != event->location || write == event->partner) {
            continue;
        }
        event->source = (uint8_t)write;
        if (event->conditional) {
            graph.events[event->partner].dead = source->value != event->expected;
        }
        relate(&graph.rf, write, read);
        choose_sources(read + 1);
        graph.rf.rows[write] &= ~((row)1 << read);
    }
}

/* ------------------------------------------------------------------------------------------------------ the graph -- */

static uint32_t add(struct event event)
{
    uint32_t number = graph.count++;
    event.partner = NOBODY;
    for (uint32_t before = 0; before < number; before++) {
        if (graph.events[before].task == NOBODY || graph.events[before].task == event.task) {
            relate(&graph.sb, before, number);
        }
    }
    graph.events[number] = event;
    return number;
}

static uint8_t read_order(const struct litmus_access *access)
{
    if (access->kind == LITMUS_LOAD || access->order == __ATOMIC_SEQ_CST) {
        return access->order;
    }
    return access->order == __ATOMIC_ACQ_REL || access->order == __ATOMIC_ACQUIRE ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
}

static uint8_t write_order(const struct litmus_access *access)
{
    if (access->kind == LITMUS_STORE || access->order == __ATOMIC_SEQ_CST) {
        return access->order;
    }
    return access->order == __ATOMIC_ACQ_REL || access->order == __ATOMIC_RELEASE ? __ATOMIC_RELEASE : __ATOMIC_RELAXED;
}

static void add_access(uint32_t task, const struct litmus_access *access)
{
    struct event event = {.task = (uint8_t)task, .location = access->location, .order = access->order};
    if (access->kind == LITMUS_FENCE) {
        event.fence = true;
        add(event);
        return;
    }
    bool update = access->kind == LITMUS_EXCHANGE || access->kind == LITMUS_COMPARE_EXCHANGE;
    event.locked = update || (access->kind == LITMUS_STORE && access->order == __ATOMIC_SEQ_CST);
    uint32_t read = 0;
    if (access->kind != LITMUS_STORE) {
        event.read = true;
        event.order = read_order(access);
        event.register_index = access->read;
        event.conditional = access->kind == LITMUS_COMPARE_EXCHANGE;
        event.expected = access->expected;
        read = add(event);
    }
    if (access->kind != LITMUS_LOAD) {
        event.read = event.conditional = false;
        event.write = true;
        event.order = write_order(access);
        event.value = access->value;
        uint32_t write = add(event);
        if (update) {
            graph.events[write].partner = (uint8_t)read;
            graph.events[read].partner = (uint8_t)write;
        }
    }
}

void litmus_judge(const struct litmus *litmus, enum scheduler_memory memory, struct litmus_outcomes *outcomes)
{
    memset(&graph, 0, sizeof graph);
    memset(outcomes, 0, sizeof *outcomes);
    graph.litmus = litmus;
    graph.memory = memory;
    graph.outcomes = outcomes;
    for (uint8_t location = 0; location < LITMUS_LOCATIONS; location++) {
        uint32_t number = add((struct event){.task = 254, .write = true, .location = location});
        graph.events[number].task = NOBODY;
        memset(&graph.sb, 0, sizeof graph.sb);
    }
    for (uint32_t task = 0; task < litmus->task_count; task++) {
        for (uint32_t index = 0; index < litmus->tasks[task].count; index++) {
            add_access(task, &litmus->tasks[task].accesses[index]);
        }
    }
    choose_sources(0);
}
