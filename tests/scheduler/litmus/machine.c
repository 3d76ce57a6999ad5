/* machine.c - runs a litmus program under the scheduler, through the entry points that compiled code would call. */
#include "litmus.h"

#include <string.h>

unsigned __tsan_atomic32_load(const volatile unsigned *object, int order);
void __tsan_atomic32_store(volatile unsigned *object, unsigned value, int order);
unsigned __tsan_atomic32_exchange(volatile unsigned *object, unsigned value, int order);
unsigned __tsan_atomic32_compare_exchange_val(volatile unsigned *object, unsigned expected, unsigned value, int success,
                                              int failure);
void __tsan_atomic_thread_fence(int order);
void __tsan_volatile_read4(void *address);
void __tsan_volatile_write4(void *address);

static const struct litmus *current;
static unsigned *locations[LITMUS_LOCATIONS];
static litmus_outcome outcome;

static int failure_order(int order)
{
    return order == __ATOMIC_ACQ_REL ? __ATOMIC_ACQUIRE : order == __ATOMIC_RELEASE ? __ATOMIC_RELAXED : order;
}

static unsigned volatile_load(volatile unsigned *object)
{
    __tsan_volatile_read4((void *)(uintptr_t)object);
    return *object;
}

static void volatile_store(volatile unsigned *object, unsigned value)
{
    __tsan_volatile_write4((void *)(uintptr_t)object);
    *object = value;
}

static void store(const struct litmus_access *access, unsigned *object)
{
    if (access->is_volatile) {
        volatile_store(object, access->value);
    } else {
        __tsan_atomic32_store(object, access->value, access->order);
    }
}

static unsigned read(const struct litmus_access *access, unsigned *object)
{
    if (access->kind == LITMUS_EXCHANGE) {
        return __tsan_atomic32_exchange(object, access->value, access->order);
    }
    if (access->kind == LITMUS_COMPARE_EXCHANGE) {
        return __tsan_atomic32_compare_exchange_val(object, access->expected, access->value, access->order,
                                                    failure_order(access->order));
    }
    return access->is_volatile ? volatile_load(object) : __tsan_atomic32_load(object, access->order);
}

static void run_task(void *argument)
{
    uint32_t task = (uint32_t)(uintptr_t)argument;
    for (uint32_t index = 0; index < current->tasks[task].count; index++) {
        const struct litmus_access *access = &current->tasks[task].accesses[index];
        if (access->kind == LITMUS_FENCE) {
            __tsan_atomic_thread_fence(access->order);
        } else if (access->kind == LITMUS_STORE) {
            store(access, locations[access->location]);
        } else {
            unsigned value = read(access, locations[access->location]); /* others run meanwhile, and change the outcome */
            outcome = outcome_with(outcome, access->read, value);
        }
    }
}

static void begin(void)
{
    static const char *const names[LITMUS_TASKS] = {"t1", "t2", "t3", "t4"};
    for (uint32_t location = 0; location < LITMUS_LOCATIONS; location++) {
        locations[location] = scheduler_allocate(sizeof(unsigned), "location");
        *locations[location] = 0;
    }
    outcome = 0;
    for (uint32_t task = 0; task < current->task_count; task++) {
        scheduler_spawn(names[task], run_task, (void *)(uintptr_t)task);
    }
}

bool litmus_explore(const struct litmus *litmus, enum scheduler_memory memory, const char *strategy_name, uint64_t limit,
                    struct litmus_outcomes *outcomes)
{
    struct strategy *strategy = strategy_open(strategy_name, &(struct strategy_options){.preemption_bound = UINT32_MAX});
    struct scheduler_options options = {
        .memory = (uint8_t)memory, .lookahead = strategy->looks_ahead, .log_steps = strategy->logs_steps};
    current = litmus;
    memset(outcomes, 0, sizeof *outcomes);
    do {
        scheduler_reset(&options);
        begin();
        enum scheduler_outcome result = scheduler_run(strategy);
        outcomes->executions++;
        if (result == SCHEDULER_ABANDONED) {
            continue;
        }
        for (uint32_t location = 0; location < LITMUS_LOCATIONS; location++) {
            outcome = outcome_with(outcome, litmus->read_count + location, *locations[location]);
        }
        outcomes_add(outcomes, outcome);
    } while (scheduler_more() && outcomes->executions < limit);
    return !scheduler_more();
}
