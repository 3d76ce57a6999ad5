/*
 * test_orderings.c - which memory orders the remove lock needs, asked of memory=c11.
 *
 * The lock's protocol with an order for each of its atomic operations: acquirers count themselves, look at Removed, use the
 * device and count themselves out again; the remover sets Removed, gives back its own acquisition and the bias, and waits when
 * it is not the last. It is right when nobody holds the lock after the remover's wait, when what holders did to the device has
 * happened before the remover goes on, and when the remover is always woken. Every execution is explored.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

unsigned __tsan_atomic32_load(const volatile unsigned *object, int order);
void __tsan_atomic32_store(volatile unsigned *object, unsigned value, int order);
unsigned __tsan_atomic32_fetch_add(volatile unsigned *object, unsigned value, int order);
unsigned __tsan_atomic32_fetch_sub(volatile unsigned *object, unsigned value, int order);

enum site { INCREMENT, LOOK, RELEASE, RETREAT, SET, GIVE_BACK, LAST, SITES };

static const char *const site_names[SITES] = {
    "acquire: increment IoCount",       "acquire: look at Removed", "release: decrement IoCount",
    "failing acquire: decrement again", "remove: set Removed",      "remove: decrement for its own acquisition",
    "remove: decrement for the bias",
};

struct orders {
    int of[SITES];
};

enum { ACQUIRERS = 2, LIMIT = 3000000 };

static struct {
    unsigned count, removed, event;
    unsigned data[ACQUIRERS]; /* what holders do to the device */
} * device;
static struct orders orders;
static bool gone, used[ACQUIRERS];

static bool is_set(const void *argument)
{
    const unsigned *event = argument;
    return *event != 0;
}

static void set_event(void)
{
    static const struct scheduler_call call = {"set", 1, EFFECT_UPDATE};
    scheduler_call(&call, &device->event);
    device->event = 1;
    scheduler_changed(&device->event);
}

static void wait_for_event(void)
{
    static const struct scheduler_call call = {"wait", 2, EFFECT_UPDATE};
    scheduler_wait(&call, &device->event, is_set, &device->event, SCHEDULER_NEVER);
}

static void decrement(enum site site)
{
    if (__tsan_atomic32_fetch_sub(&device->count, 1, orders.of[site]) == 1) {
        set_event();
    }
}

static void acquirer(void *argument)
{
    uintptr_t number = (uintptr_t)argument;
    __tsan_atomic32_fetch_add(&device->count, 1, orders.of[INCREMENT]);
    if (__tsan_atomic32_load(&device->removed, orders.of[LOOK]) != 0) {
        decrement(RETREAT);
        return;
    }
    if (gone) {
        scheduler_violate("held-after-remove", NULL, "the lock is held after the remover has gone on");
    }
    used[number] = true;
    __tsan_atomic32_store(&device->data[number], 1, __ATOMIC_RELAXED);
    decrement(RELEASE);
}

static void remover(void *argument)
{
    (void)argument;
    __tsan_atomic32_store(&device->removed, 1, orders.of[SET]);
    __tsan_atomic32_fetch_sub(&device->count, 1, orders.of[GIVE_BACK]);
    if (__tsan_atomic32_fetch_sub(&device->count, 1, orders.of[LAST]) != 1) {
        wait_for_event();
    }
    gone = true;
    for (uint32_t number = 0; number < ACQUIRERS; number++) {
        if (used[number] && __tsan_atomic32_load(&device->data[number], __ATOMIC_RELAXED) == 0) {
            scheduler_violate("use-not-seen", NULL, "what a holder did has not happened before the remover goes on");
        }
    }
}

static void begin(void)
{
    device = scheduler_allocate(sizeof *device, "device");
    memset(device, 0, sizeof *device);
    device->count = 2; /* the bias, and the remover's own acquisition */
    gone = false;
    memset(used, 0, sizeof used);
    scheduler_spawn("one", acquirer, (void *)0);
    scheduler_spawn("two", acquirer, (void *)1);
    scheduler_spawn("remover", remover, NULL);
}

/* What goes wrong with these orders; NULL when nothing does in any execution. */
static const char *judge(const struct orders *judged, uint64_t *executions)
{
    struct strategy *strategy = strategy_open("dpor", &(struct strategy_options){.preemption_bound = UINT32_MAX});
    struct scheduler_options options = {
        .memory = MEMORY_C11, .lookahead = strategy->looks_ahead, .log_steps = strategy->logs_steps};
    orders = *judged;
    *executions = 0;
    do {
        scheduler_reset(&options);
        begin();
        ++*executions;
        if (scheduler_run(strategy) == SCHEDULER_STOPPED) {
            return scheduler_violation()->identifier;
        }
        assert_true(*executions < LIMIT);
    } while (scheduler_more());
    return NULL;
}

static const int strengths[] = {__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_ACQ_REL};

static const char *name_of(int order)
{
    static const char *const names[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
    return names[order];
}

/* As the lock is: interlocked operations are seq_cst, Removed is read and written without an order. */
static void the_lock_as_it_is_is_right(void **unused)
{
    (void)unused;
    static const struct orders interlocked = {{[INCREMENT] = __ATOMIC_SEQ_CST,
                                               [RELEASE] = __ATOMIC_SEQ_CST,
                                               [RETREAT] = __ATOMIC_SEQ_CST,
                                               [GIVE_BACK] = __ATOMIC_SEQ_CST,
                                               [LAST] = __ATOMIC_SEQ_CST}};
    uint64_t executions;
    assert_null(judge(&interlocked, &executions));
    print_message("right in all of %lu executions\n", executions);
}

/* ------------------------------------------------------------------------------------------------- all of the rest -- */

enum { STRENGTHS = 4, ASKED = 5, COMBINATIONS = 1024 };

/* Removed keeps its relaxed accesses: these are the others. */
static const enum site asked[ASKED] = {INCREMENT, RELEASE, RETREAT, GIVE_BACK, LAST};

static bool right[COMBINATIONS];

/* Two bits for each site that is asked about: 1 acquires, 2 releases. */
static struct orders orders_of(uint32_t combination)
{
    struct orders result = {{0}};
    for (uint32_t index = 0; index < ASKED; index++) {
        result.of[asked[index]] = strengths[combination >> 2 * index & 3];
    }
    return result;
}

static bool is_weakest(uint32_t combination)
{
    for (uint32_t bit = 1; bit < COMBINATIONS; bit <<= 1) {
        if (combination & bit && right[combination & ~bit]) {
            return false;
        }
    }
    return right[combination];
}

static const struct orders weakest[] = {
    {{[INCREMENT] = __ATOMIC_ACQUIRE,
      [RELEASE] = __ATOMIC_ACQ_REL,
      [RETREAT] = __ATOMIC_ACQUIRE,
      [GIVE_BACK] = __ATOMIC_RELAXED,
      [LAST] = __ATOMIC_ACQ_REL}},
    {{[INCREMENT] = __ATOMIC_ACQUIRE,
      [RELEASE] = __ATOMIC_ACQ_REL,
      [RETREAT] = __ATOMIC_ACQUIRE,
      [GIVE_BACK] = __ATOMIC_RELEASE,
      [LAST] = __ATOMIC_ACQUIRE}},
};

static bool is_expected(const struct orders *found)
{
    for (size_t index = 0; index < COUNT_OF(weakest); index++) {
        if (memcmp(found, &weakest[index], sizeof *found) == 0) {
            return true;
        }
    }
    return false;
}

static void the_weakest_orders_are_these(void **unused)
{
    (void)unused;
    uint64_t executions;
    uint32_t found = 0;
    for (uint32_t combination = 0; combination < COMBINATIONS; combination++) {
        struct orders tried = orders_of(combination);
        right[combination] = judge(&tried, &executions) == NULL;
    }
    for (uint32_t combination = 0; combination < COMBINATIONS; combination++) {
        struct orders tried = orders_of(combination);
        if (!is_weakest(combination)) {
            continue;
        }
        for (uint32_t index = 0; index < ASKED; index++) {
            print_message("%s %s%s", site_names[asked[index]], name_of(tried.of[asked[index]]),
                          index + 1 < ASKED ? "; " : "\n");
        }
        assert_true(is_expected(&tried));
        found++;
    }
    assert_int_equal(found, COUNT_OF(weakest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lock_as_it_is_is_right),
        cmocka_unit_test(the_weakest_orders_are_these),
    };
    return cmocka_run_group_tests_name("orderings", tests, NULL, NULL);
}
