/* run.c - programs of the abstract machine as tasks of the real scheduler: each instruction by the calls that real code makes.
 */
#include "machine.h"

#include <remlock/scheduler.h>

#include <string.h>

/* What instrumented code calls; see scheduler/instrumentation.c. */
uint32_t __tsan_atomic32_load(const volatile uint32_t *object, int order);
void __tsan_atomic32_store(volatile uint32_t *object, uint32_t value, int order);
uint16_t __tsan_atomic16_load(const volatile uint16_t *object, int order);
void __tsan_atomic16_store(volatile uint16_t *object, uint16_t value, int order);
uint32_t __tsan_atomic32_exchange(volatile uint32_t *object, uint32_t value, int order);
uint32_t __tsan_atomic32_fetch_add(volatile uint32_t *object, uint32_t value, int order);
int __tsan_atomic32_compare_exchange_strong(volatile uint32_t *object, uint32_t *expected, uint32_t value, int success,
                                            int failure);
void __tsan_volatile_read4(void *address);
void __tsan_volatile_write4(void *address);

enum { ORDER = __ATOMIC_SEQ_CST, FIRST_VOLATILE = MACHINE_VARIABLES / 2 };

struct object {
    uint32_t value;
    uint32_t padding[3];
};

static const struct machine_program *program;
static uint32_t *variables; /* in the arena */
static struct object mutexes[MACHINE_OBJECTS], events[MACHINE_OBJECTS], semaphores[MACHINE_OBJECTS], queues[MACHINE_OBJECTS],
    gates[MACHINE_OBJECTS], tasks[MACHINE_TASKS];
static const char *const names[MACHINE_TASKS] = {"0", "1", "2", "3", "4"};
static uint32_t last[MACHINE_TASKS];
static uint32_t numbers[MACHINE_TASKS]; /* in the scheduler */
static bool began[MACHINE_TASKS];
static struct machine_outcome outcome;

SCHEDULER_STATE(mutexes);
SCHEDULER_STATE(events);
SCHEDULER_STATE(semaphores);
SCHEDULER_STATE(queues);
SCHEDULER_STATE(gates);
SCHEDULER_STATE(tasks);
SCHEDULER_STATE(last);
SCHEDULER_STATE(numbers);
SCHEDULER_STATE(began);
SCHEDULER_STATE(outcome);

static void record(uint32_t task, uint32_t result)
{
    outcome.results[task][outcome.result_counts[task]++] = result;
}

static void see(uint32_t task, uint32_t value)
{
    last[task] = value;
    record(task, value);
}

/* ------------------------------------------------------------------------------------------------------ variables -- */

static uint32_t read_variable(uint32_t *variable)
{
    if (variable >= variables + FIRST_VOLATILE) {
        __tsan_volatile_read4(variable);
        return *(volatile uint32_t *)variable;
    }
    return __tsan_atomic32_load(variable, ORDER);
}

static void write_variable(uint32_t *variable, uint32_t value)
{
    if (variable >= variables + FIRST_VOLATILE) {
        __tsan_volatile_write4(variable);
        *(volatile uint32_t *)variable = value;
        return;
    }
    __tsan_atomic32_store(variable, value, ORDER);
}

static void access_variable(uint32_t task, const struct instruction *line)
{
    uint32_t *variable = &variables[line->object], expected = line->expected;
    switch (line->operation) {
    case MACHINE_READ:
        see(task, read_variable(variable));
        break;
    case MACHINE_WRITE:
        write_variable(variable, line->operand);
        record(task, 0);
        break;
    case MACHINE_READ_HALF:
        see(task, __tsan_atomic16_load((uint16_t *)variable, ORDER));
        break;
    case MACHINE_WRITE_HALF:
        __tsan_atomic16_store((uint16_t *)variable, line->operand, ORDER);
        record(task, 0);
        break;
    case MACHINE_ADD:
        see(task, __tsan_atomic32_fetch_add(variable, line->operand, ORDER));
        break;
    case MACHINE_COUNT:
        __tsan_atomic32_fetch_add(variable, line->operand, ORDER);
        record(task, 0);
        break;
    case MACHINE_EXCHANGE:
        see(task, __tsan_atomic32_exchange(variable, line->operand, ORDER));
        break;
    default:
        __tsan_atomic32_compare_exchange_strong(variable, &expected, line->operand, ORDER, ORDER);
        see(task, expected);
    }
}

/* ---------------------------------------------------------------------------------------------------------- calls -- */

static bool is_zero(const void *object)
{
    return ((const struct object *)object)->value == 0;
}

static bool is_not_zero(const void *object)
{
    return ((const struct object *)object)->value != 0;
}

static const struct scheduler_call change = {"change", 1, EFFECT_UPDATE};
static const struct scheduler_call look = {"look", 2, EFFECT_READ};
static const struct scheduler_call anything = {"anything", 3, EFFECT_ANY};
static const struct scheduler_call nothing = {"nothing", 4, EFFECT_NONE};

static void become(struct object *object, uint32_t value)
{
    object->value = value;
    scheduler_changed(object);
}

static void use_mutex(uint32_t task, const struct instruction *line)
{
    struct object *mutex = &mutexes[line->object];
    scheduler_call(&change, mutex);
    if (line->operation == MACHINE_TRY) {
        bool taken = mutex->value == 0;
        if (taken) {
            become(mutex, task + 1);
        }
        see(task, taken);
        return;
    }
    if (mutex->value == task + 1) {
        become(mutex, 0);
    }
    record(task, 0);
}

static void body(void *number);

static void signal_object(uint32_t task, const struct instruction *line)
{
    uint32_t woken;
    switch (line->operation) {
    case MACHINE_SET:
    case MACHINE_CLEAR:
        scheduler_call(&change, &events[line->object]);
        become(&events[line->object], line->operation == MACHINE_SET);
        break;
    case MACHINE_UP:
        scheduler_call(&change, &semaphores[line->object]);
        become(&semaphores[line->object], semaphores[line->object].value + 1);
        break;
    case MACHINE_WAKE:
        scheduler_call(&change, &queues[line->object]);
        see(task, scheduler_wake(&queues[line->object], line->operand));
        return;
    case MACHINE_OPEN:
        scheduler_call(&change, &gates[line->object]);
        woken = scheduler_wake(&gates[line->object], 1);
        if (woken == 0) {
            become(&gates[line->object], 1);
        }
        see(task, woken);
        return;
    case MACHINE_SPAWN:
        scheduler_call(&nothing, &tasks[line->object]);
        began[line->object] = true;
        numbers[line->object] = scheduler_spawn(names[line->object], body, (void *)(uintptr_t)line->object);
        break;
    case MACHINE_EXIT:
        scheduler_call(&change, &tasks[line->object]);
        become(&tasks[line->object], 1);
        break;
    case MACHINE_ENVIRONMENT:
        scheduler_call(&anything, NULL);
        break;
    default:
        scheduler_call(&nothing, NULL);
    }
    record(task, 0);
}

/* ---------------------------------------------------------------------------------------------------------- waits -- */

static enum scheduler_wait_result wait_at_gate(struct object *gate, uint64_t deadline)
{
    /* Whom scheduler_wake() finds, and in which order. */
    scheduler_touch(gate, 1, gate->value == 0 ? EFFECT_UPDATE : EFFECT_READ);
    return scheduler_wait(&change, gate, is_not_zero, gate, deadline);
}

static enum scheduler_wait_result wait_for(const struct instruction *line, uint64_t deadline)
{
    switch (line->operation) {
    case MACHINE_LOCK:
        return scheduler_wait(&change, &mutexes[line->object], is_zero, &mutexes[line->object], deadline);
    case MACHINE_AWAIT:
        return scheduler_wait(&look, &events[line->object], is_not_zero, &events[line->object], deadline);
    case MACHINE_TAKE:
        return scheduler_wait(&change, &events[line->object], is_not_zero, &events[line->object], deadline);
    case MACHINE_DOWN:
        return scheduler_wait(&change, &semaphores[line->object], is_not_zero, &semaphores[line->object], deadline);
    case MACHINE_SLEEP:
        return scheduler_wait(&change, &queues[line->object], NULL, NULL, deadline);
    case MACHINE_PASS:
        return wait_at_gate(&gates[line->object], deadline);
    default:
        return scheduler_wait(&look, &tasks[line->object], is_not_zero, &tasks[line->object], deadline);
    }
}

static void take_what_was_waited_for(uint32_t task, const struct instruction *line, bool woken)
{
    switch (line->operation) {
    case MACHINE_LOCK:
        become(&mutexes[line->object], task + 1);
        break;
    case MACHINE_TAKE:
        become(&events[line->object], 0);
        break;
    case MACHINE_DOWN:
        become(&semaphores[line->object], semaphores[line->object].value - 1);
        break;
    case MACHINE_PASS:
        if (!woken) {
            become(&gates[line->object], 0);
        }
        break;
    default:
        break;
    }
}

static void wait_in_task(uint32_t task, const struct instruction *line)
{
    uint64_t deadline = line->patience == 0 ? SCHEDULER_NEVER : scheduler_now() + line->patience;
    enum scheduler_wait_result result = wait_for(line, deadline);
    last[task] = result != SCHEDULER_WAIT_TIMEOUT;
    if (result != SCHEDULER_WAIT_TIMEOUT) {
        take_what_was_waited_for(task, line, result == SCHEDULER_WAIT_WOKEN);
    }
    record(task, result == SCHEDULER_WAIT_TIMEOUT ? MACHINE_TIMED_OUT : MACHINE_DONE);
}

/* ---------------------------------------------------------------------------------------------------------- tasks -- */

static void do_at_point(uint32_t task, const struct instruction *line)
{
    if (machine_is_wait(line->operation)) {
        wait_in_task(task, line);
        return;
    }
    if (line->together) {
        scheduler_disable_preemption();
    }
    if (line->operation <= MACHINE_COMPARE) {
        access_variable(task, line);
    } else if (line->operation <= MACHINE_TRY) {
        use_mutex(task, line);
    } else {
        signal_object(task, line);
    }
    if (line->together) {
        scheduler_enable_preemption();
    }
}

static void body(void *number)
{
    uint32_t task = (uint32_t)(uintptr_t)number;
    const struct instruction *line;
    uint32_t index = 0;
    while ((line = machine_instruction(program, task, index)) != NULL) {
        index++;
        if (line->operation == MACHINE_CHOOSE) {
            see(task, scheduler_choose(CHOICE_DEVICE, line->operand));
        } else if (line->operation == MACHINE_FAIL) {
            if (last[task] != 0) {
                outcome.failed = task + 1;
                scheduler_violate("failure", NULL, "task %u has seen something", task);
            }
        } else if (line->operation == MACHINE_SKIP) {
            index += last[task] == 0 ? line->operand : 0;
            index = index > program->tasks[task].length ? program->tasks[task].length : index;
        } else {
            do_at_point(task, line);
        }
    }
}

void machine_begin(const struct machine_program *new_program)
{
    program = new_program;
    variables = scheduler_allocate(sizeof program->initial, "variables");
    memcpy(variables, program->initial, sizeof program->initial);
    memset(mutexes, 0, sizeof mutexes);
    memset(events, 0, sizeof events);
    memset(semaphores, 0, sizeof semaphores);
    memset(gates, 0, sizeof gates);
    memset(tasks, 0, sizeof tasks);
    memset(last, 0, sizeof last);
    outcome = (struct machine_outcome){0};
    for (uint32_t task = 0; task < program->task_count; task++) {
        began[task] = !machine_is_spawned(program, task);
        if (began[task]) {
            numbers[task] = scheduler_spawn(names[task], body, (void *)(uintptr_t)task);
        }
    }
}

const struct machine_outcome *machine_ended(void)
{
    memcpy(outcome.variables, variables, sizeof outcome.variables);
    for (uint32_t task = 0; task < program->task_count; task++) {
        outcome.stuck[task] = began[task] && !scheduler_ended(numbers[task]);
    }
    return &outcome;
}
