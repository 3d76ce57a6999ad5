/* test_weak.c - what litmus tests do not ask of the weak memory models: sizes, limits, the environment, plain accesses. */
#include "support.h"

#include <string.h>

unsigned __tsan_atomic32_load(const volatile unsigned *object, int order);
void __tsan_atomic32_store(volatile unsigned *object, unsigned value, int order);
unsigned char __tsan_atomic8_load(const volatile unsigned char *object, int order);
void __tsan_atomic8_store(volatile unsigned char *object, unsigned char value, int order);
void __tsan_write4(void *address);
void __tsan_read4(void *address);
void __tsan_volatile_write4(void *address);

enum { RELAXED = __ATOMIC_RELAXED };

static unsigned *x, *y, first, second;
static const struct scheduler_call call = {"call", 1, EFFECT_UPDATE};

/* Explores two tasks completely; tells how many executions ended with these two values in `first` and `second`. */
static uint32_t count(enum scheduler_memory memory, void (*one)(void *), void (*other)(void *), unsigned wanted, unsigned too)
{
    struct strategy *strategy = strategy_open("dpor", &(struct strategy_options){.preemption_bound = UINT32_MAX});
    struct scheduler_options options = {
        .memory = (uint8_t)memory, .lookahead = strategy->looks_ahead, .log_steps = strategy->logs_steps};
    uint32_t found = 0;
    do {
        scheduler_reset(&options);
        x = scheduler_allocate(sizeof *x, "x");
        y = scheduler_allocate(sizeof *y, "y");
        *x = *y = first = second = 0;
        scheduler_spawn("one", one, x);
        scheduler_spawn("other", other, y);
        if (scheduler_run(strategy) == SCHEDULER_FINISHED) {
            found += first == wanted && second == too;
        }
    } while (scheduler_more());
    return found;
}

/* ---------------------------------------------------------------------------------------------------------- sizes -- */

static void store_bytes_and_load_word(void *argument)
{
    (void)argument;
    __tsan_atomic32_store(x, 0x04030201, RELAXED);
    __tsan_atomic8_store((unsigned char *)x + 1, 9, RELAXED);
    first = __tsan_atomic32_load(x, RELAXED);
    second = __tsan_atomic8_load((unsigned char *)x + 3, RELAXED);
}

static void nothing(void *argument)
{
    (void)argument;
}

static void a_task_sees_its_own_stores_of_other_sizes(void **unused)
{
    (void)unused;
    for (enum scheduler_memory memory = MEMORY_SC; memory <= MEMORY_C11; memory++) {
        assert_true(count(memory, store_bytes_and_load_word, nothing, 0x04030901, 4) > 0);
        assert_int_equal(count(memory, store_bytes_and_load_word, nothing, 0x04030201, 4), 0);
    }
}

/* ------------------------------------------------------------------------------------------------ the environment -- */

static void store_call_load_x(void *argument)
{
    (void)argument;
    __tsan_atomic32_store(x, 1, RELAXED);
    scheduler_call(&call, argument);
    first = __tsan_atomic32_load(y, RELAXED);
}

static void store_call_load_y(void *argument)
{
    (void)argument;
    __tsan_atomic32_store(y, 1, RELAXED);
    scheduler_call(&call, argument);
    second = __tsan_atomic32_load(x, RELAXED);
}

static void calls_empty_the_buffer(void **unused)
{
    (void)unused;
    first = second = 7;
    assert_int_equal(count(MEMORY_SC, store_call_load_x, store_call_load_y, 0, 0), 0);
    assert_int_equal(count(MEMORY_TSO, store_call_load_x, store_call_load_y, 0, 0), 0);
    /* Different objects order nothing between the two. */
    assert_true(count(MEMORY_C11, store_call_load_x, store_call_load_y, 0, 0) > 0);
}

static void publish(void *argument)
{
    (void)argument;
    __tsan_atomic32_store(x, 1, RELAXED);
    scheduler_release_order(&call);
    __tsan_atomic32_store(y, 1, RELAXED);
}

static void look_without_order(void *argument)
{
    (void)argument;
    first = __tsan_atomic32_load(y, RELAXED);
    second = __tsan_atomic32_load(x, RELAXED);
}

static void look_with_order(void *argument)
{
    (void)argument;
    first = __tsan_atomic32_load(y, RELAXED);
    scheduler_acquire_order(&call);
    second = __tsan_atomic32_load(x, RELAXED);
}

static void the_environment_orders_who_says_so(void **unused)
{
    (void)unused;
    assert_true(count(MEMORY_C11, publish, look_without_order, 1, 0) > 0);
    assert_int_equal(count(MEMORY_C11, publish, look_with_order, 1, 0), 0);
    assert_true(count(MEMORY_C11, publish, look_with_order, 1, 1) > 0);
}

/* -------------------------------------------------------------------------------------------------- plain accesses -- */

static void store_plainly_and_publish(void *argument)
{
    (void)argument;
    __tsan_atomic32_store(x, 1, RELAXED);
    __tsan_write4(x);
    *x = 2;
    __tsan_atomic32_store(y, 1, RELAXED);
}

static void plain_stores_leave_nothing_older(void **unused)
{
    (void)unused;
    assert_int_equal(count(MEMORY_C11, store_plainly_and_publish, look_without_order, 1, 0), 0);
    assert_int_equal(count(MEMORY_C11, store_plainly_and_publish, look_without_order, 1, 1), 0);
    assert_true(count(MEMORY_C11, store_plainly_and_publish, look_without_order, 1, 2) > 0);
}

static void store_and_read_plainly(void *argument)
{
    (void)argument;
    __tsan_volatile_write4(x);
    *(volatile unsigned *)x = 5;
    __tsan_read4(x);
    first = *x;
    second = 1;
}

static void plain_loads_see_the_own_store(void **unused)
{
    (void)unused;
    for (enum scheduler_memory memory = MEMORY_SC; memory <= MEMORY_C11; memory++) {
        assert_true(count(memory, store_and_read_plainly, nothing, 5, 1) > 0);
        assert_int_equal(count(memory, store_and_read_plainly, nothing, 0, 1), 0);
    }
}

/* --------------------------------------------------------------------------------------------------------- limits -- */

enum { MANY = 5000, CROWD = 100 };

static void store_many(void *argument)
{
    (void)argument;
    for (unsigned value = 1; value <= MANY; value++) {
        __tsan_atomic32_store(x, value, RELAXED);
    }
}

static void load_many(void *argument)
{
    (void)argument;
    for (unsigned index = 0; index < MANY; index++) {
        unsigned value = __tsan_atomic32_load(x, RELAXED);
        second += value < first;
        first = value;
    }
}

/* More stores than buffers and histories keep: values never go back, and the last one stays. */
static void long_executions_stay_coherent(void **unused)
{
    (void)unused;
    for (enum scheduler_memory memory = MEMORY_SC; memory <= MEMORY_C11; memory++) {
        struct strategy *strategy = random_walk(3);
        for (uint32_t round = 0; round < 3; round++) {
            scheduler_reset(&(struct scheduler_options){.memory = (uint8_t)memory, .step_limit = 10 * MANY});
            x = scheduler_allocate(sizeof *x, "x");
            *x = first = second = 0;
            scheduler_spawn("writer", store_many, NULL);
            scheduler_spawn("reader", load_many, NULL);
            assert_int_equal(scheduler_run(strategy), SCHEDULER_FINISHED);
            assert_int_equal(second, 0);
            assert_int_equal(*x, MANY);
        }
    }
}

static void store_own_number(void *argument)
{
    __tsan_atomic32_store(x, (unsigned)(uintptr_t)argument, RELAXED);
    first += __tsan_atomic32_load(x, RELAXED) != 0;
}

static void crowds_are_no_trouble(void **unused)
{
    (void)unused;
    for (enum scheduler_memory memory = MEMORY_SC; memory <= MEMORY_C11; memory++) {
        scheduler_reset(&(struct scheduler_options){.memory = (uint8_t)memory});
        x = scheduler_allocate(sizeof *x, "x");
        *x = first = 0;
        for (uintptr_t task = 1; task <= CROWD; task++) {
            scheduler_spawn("one of many", store_own_number, (void *)task);
        }
        assert_int_equal(scheduler_run(random_walk(1)), SCHEDULER_FINISHED);
        assert_int_equal(first, CROWD);
    }
}

/* ---------------------------------------------------------------------------------------------------------- trace -- */

static void store_twice(void *argument)
{
    (void)argument;
    __tsan_atomic32_store(x, 1, RELAXED);
    __tsan_atomic32_store(x, 2, RELAXED);
}

static void load_twice(void *argument)
{
    (void)argument;
    first = __tsan_atomic32_load(x, RELAXED);
    second = __tsan_atomic32_load(x, RELAXED);
}

struct sources {
    uint32_t named, old; /* loads of which the store is told; of them, though a newer one was there */
};

/* A load that names its store saw that store's value; one that names none saw what was there before all of them. */
static void check_sources(struct sources *sources)
{
    struct scheduler_trace trace = scheduler_trace();
    uint32_t newest = 0;
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        newest = event->operation == OPERATION_ATOMIC_STORE ? index + 1 : newest;
        if (event->operation != OPERATION_ATOMIC_LOAD || event->object != x) {
            continue;
        }
        assert_int_equal(event->source == 0, event->before == 0);
        if (event->source != 0) {
            const struct scheduler_event *store = &trace.events[event->source - 1];
            assert_int_equal(store->operation, OPERATION_ATOMIC_STORE);
            assert_true(store->object == x && store->after == event->before);
            sources->named++;
            sources->old += event->source != newest;
        }
    }
}

static void loads_name_the_store_that_they_read(void **unused)
{
    (void)unused;
    struct strategy *strategy = strategy_open("dpor", &(struct strategy_options){.preemption_bound = UINT32_MAX});
    struct scheduler_options options = {
        .memory = MEMORY_C11, .record = true, .lookahead = strategy->looks_ahead, .log_steps = strategy->logs_steps};
    struct sources sources = {0};
    do {
        scheduler_reset(&options);
        x = scheduler_allocate(sizeof *x, "x");
        *x = 0;
        scheduler_spawn("one", store_twice, NULL);
        scheduler_spawn("other", load_twice, NULL);
        if (scheduler_run(strategy) == SCHEDULER_FINISHED) {
            check_sources(&sources);
        }
    } while (scheduler_more());
    assert_true(sources.named > 4);
    assert_true(sources.old > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_sees_its_own_stores_of_other_sizes),
        cmocka_unit_test(calls_empty_the_buffer),
        cmocka_unit_test(the_environment_orders_who_says_so),
        cmocka_unit_test(plain_stores_leave_nothing_older),
        cmocka_unit_test(plain_loads_see_the_own_store),
        cmocka_unit_test(long_executions_stay_coherent),
        cmocka_unit_test(crowds_are_no_trouble),
        cmocka_unit_test(loads_name_the_store_that_they_read),
    };
    return cmocka_run_group_tests_name("weak", tests, NULL, NULL);
}
