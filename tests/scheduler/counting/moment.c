/* moment.c - see moment.h: what each instruction means. */
#include "moment.h"

#include <string.h>

bool touched_depend(const struct touched *one, const struct touched *other)
{
    return (one->changed & (other->read | other->changed | other->counted)) != 0 ||
           (one->read & (other->changed | other->counted)) != 0 || (one->counted & (other->changed | other->read)) != 0;
}

void script_write(struct script *script, const struct machine_program *program, bool commute)
{
    script->program = program;
    script->commute = commute;
    for (uint32_t task = 0; task < program->task_count; task++) {
        const struct instruction *line;
        uint32_t length = 0;
        while ((line = machine_instruction(program, task, length)) != NULL) {
            script->lines[task][length] = *line;
            script->lines[task][length++].together &= !machine_is_wait(line->operation);
        }
        script->length[task] = length;
    }
}

void moment_begin(struct moment *moment, const struct script *script)
{
    *moment = (struct moment){.running = NOBODY};
    memset(moment->owner, NOBODY, sizeof moment->owner);
    memcpy(moment->outcome.variables, script->program->initial, sizeof moment->outcome.variables);
    for (uint32_t task = 0; task < script->program->task_count; task++) {
        if (!machine_is_spawned(script->program, task)) {
            moment->newborn[moment->newborn_count++] = (uint8_t)task;
        }
    }
}

const struct instruction *moment_line(const struct moment *moment, const struct script *script, uint32_t task)
{
    return moment->line[task] < script->length[task] ? &script->lines[task][moment->line[task]] : NULL;
}

/* ---------------------------------------------------------------------------------------------------------- waits -- */

static bool condition_holds(const struct moment *moment, const struct instruction *line)
{
    switch (line->operation) {
    case MACHINE_LOCK:
        return moment->owner[line->object] == NOBODY;
    case MACHINE_AWAIT:
    case MACHINE_TAKE:
        return moment->set[line->object];
    case MACHINE_DOWN:
        return moment->semaphore[line->object] > 0;
    case MACHINE_PASS:
        return moment->open[line->object];
    case MACHINE_JOIN:
        return moment->ended[line->object];
    default:
        return false;
    }
}

static bool waits(const struct moment *moment, const struct script *script, uint32_t task)
{
    const struct instruction *line = moment_line(moment, script, task);
    return moment->standing[task] == STANDS && machine_is_wait(line->operation) && !moment->woken[task] &&
           !condition_holds(moment, line);
}

bool moment_can_go(const struct moment *moment, const struct script *script, uint32_t task)
{
    return moment->standing[task] == STANDS && !waits(moment, script, task);
}

/* The bit of what an operation is done to, other than variables; and whether it only reads. */
static uint32_t bit_of(const struct instruction *line, bool *only_reads)
{
    *only_reads = line->operation == MACHINE_AWAIT || line->operation == MACHINE_JOIN;
    switch (line->operation) {
    case MACHINE_LOCK:
    case MACHINE_UNLOCK:
    case MACHINE_TRY:
        return 1u << (BIT_MUTEX + line->object);
    case MACHINE_SET:
    case MACHINE_CLEAR:
    case MACHINE_AWAIT:
    case MACHINE_TAKE:
        return 1u << (BIT_EVENT + line->object);
    case MACHINE_UP:
    case MACHINE_DOWN:
        return 1u << (BIT_SEMAPHORE + line->object);
    case MACHINE_WAKE:
    case MACHINE_SLEEP:
        return 1u << (BIT_QUEUE + line->object);
    case MACHINE_OPEN:
    case MACHINE_PASS:
        return 1u << (BIT_GATE + line->object);
    case MACHINE_JOIN:
    case MACHINE_EXIT:
        return 1u << (BIT_TASK + line->object);
    case MACHINE_ENVIRONMENT:
        return 1u << BIT_ENVIRONMENT;
    case MACHINE_SPAWN:
        return 1u << BIT_BIRTHS;
    default:
        return 0;
    }
}

static bool strikes_before(const struct moment *moment, uint32_t one, uint32_t other)
{
    if (moment->deadline[one] != moment->deadline[other]) {
        return moment->deadline[one] < moment->deadline[other];
    }
    return moment->queued[one] < moment->queued[other];
}

uint32_t moment_can_time_out(const struct moment *moment, const struct script *script)
{
    uint32_t first = NOBODY;
    for (uint32_t task = 0; task < script->program->task_count; task++) {
        if (waits(moment, script, task) && moment->deadline[task] != NO_DEADLINE &&
            (first == NOBODY || strikes_before(moment, task, first))) {
            first = task;
        }
    }
    return first;
}

static uint32_t timed_waiters(const struct moment *moment, const struct script *script)
{
    uint32_t waiters = 0;
    for (uint32_t task = 0; task < script->program->task_count; task++) {
        if (moment->deadline[task] != NO_DEADLINE && waits(moment, script, task)) {
            waiters |= 1u << task;
        }
    }
    return waiters;
}

void moment_arrive(struct moment *moment, const struct script *script, uint32_t task)
{
    const struct instruction *line = moment_line(moment, script, task);
    moment->standing[task] = STANDS;
    moment->woken[task] = false;
    moment->deadline[task] = NO_DEADLINE;
    if (!machine_is_wait(line->operation)) {
        return;
    }
    moment->queued[task] = ++moment->queue_number;
    bool only_reads;
    if (line->patience != 0) {
        /* Whether it is among those whose deadline comes is told by what it waits for. */
        moment->deadline[task] = moment->now + line->patience;
        moment->touched.changed |= 1u << BIT_CLOCK;
        moment->touched.read |= bit_of(line, &only_reads);
    }
    if (line->operation == MACHINE_SLEEP || line->operation == MACHINE_PASS) {
        *(condition_holds(moment, line) ? &moment->touched.read : &moment->touched.changed) |= bit_of(line, &only_reads);
    }
}

/* Wakes those who have waited longest. */
static uint32_t wake(struct moment *moment, const struct script *script, enum machine_operation wait, uint32_t object,
                     uint32_t limit)
{
    uint32_t woken = 0;
    while (woken < limit) {
        uint32_t first = NOBODY;
        for (uint32_t task = 0; task < script->program->task_count; task++) {
            const struct instruction *line = moment_line(moment, script, task);
            if (waits(moment, script, task) && line->operation == wait && line->object == object &&
                (first == NOBODY || moment->queued[task] < moment->queued[first])) {
                first = task;
            }
        }
        if (first == NOBODY) {
            break;
        }
        moment->woken[first] = true;
        woken++;
    }
    return woken;
}

/* ----------------------------------------------------------------------------------------------------- operations -- */

void moment_record(struct moment *moment, uint32_t task, uint32_t result)
{
    moment->outcome.results[task][moment->outcome.result_counts[task]++] = result;
}

static void see(struct moment *moment, uint32_t task, uint32_t value)
{
    moment->last[task] = value;
    moment_record(moment, task, value);
}

static uint32_t both_halves(uint32_t variable)
{
    return 3u << (BIT_VARIABLE + 2 * variable);
}

static void access_variable(struct moment *moment, const struct script *script, uint32_t task, const struct instruction *line)
{
    uint32_t *variable = &moment->outcome.variables[line->object];
    uint32_t before = *variable, both = both_halves(line->object), low = 1u << (BIT_VARIABLE + 2 * line->object);
    bool only_reads = line->operation == MACHINE_READ || line->operation == MACHINE_READ_HALF ||
                      (line->operation == MACHINE_COMPARE && before != line->expected);
    bool half = line->operation == MACHINE_READ_HALF || line->operation == MACHINE_WRITE_HALF;
    bool counts = line->operation == MACHINE_COUNT && script->commute;
    *(only_reads ? &moment->touched.read : counts ? &moment->touched.counted : &moment->touched.changed) |= half ? low : both;
    if (line->operation == MACHINE_ADD || line->operation == MACHINE_COUNT) {
        *variable += line->operand;
    } else if (line->operation == MACHINE_WRITE_HALF) {
        *variable = (before & 0xffff0000u) | line->operand;
    } else if (!only_reads) {
        *variable = line->operand;
    }
    if (line->operation == MACHINE_WRITE || line->operation == MACHINE_WRITE_HALF || line->operation == MACHINE_COUNT) {
        moment_record(moment, task, 0);
    } else {
        see(moment, task, line->operation == MACHINE_READ_HALF ? before & 0xffff : before);
    }
}

static void signal_object(struct moment *moment, const struct script *script, uint32_t task, const struct instruction *line)
{
    uint32_t woken;
    switch (line->operation) {
    case MACHINE_SET:
    case MACHINE_CLEAR:
        moment->set[line->object] = line->operation == MACHINE_SET;
        moment_record(moment, task, 0);
        break;
    case MACHINE_UP:
        moment->semaphore[line->object]++;
        moment_record(moment, task, 0);
        break;
    case MACHINE_WAKE:
        see(moment, task, wake(moment, script, MACHINE_SLEEP, line->object, line->operand));
        break;
    case MACHINE_OPEN:
        woken = moment->open[line->object] ? 0 : wake(moment, script, MACHINE_PASS, line->object, 1);
        moment->open[line->object] |= woken == 0;
        see(moment, task, woken);
        break;
    case MACHINE_SPAWN:
        moment->newborn[moment->newborn_count++] = line->object;
        moment_record(moment, task, 0);
        break;
    case MACHINE_EXIT:
        moment->ended[line->object] = true;
        moment_record(moment, task, 0);
        break;
    default:
        moment_record(moment, task, 0);
    }
}

static void use_mutex(struct moment *moment, uint32_t task, const struct instruction *line)
{
    uint8_t *owner = &moment->owner[line->object];
    if (line->operation == MACHINE_TRY) {
        bool taken = *owner == NOBODY;
        *owner = taken ? (uint8_t)task : *owner;
        see(moment, task, taken);
        return;
    }
    *owner = *owner == task ? NOBODY : *owner;
    moment_record(moment, task, 0);
}

/* A wait ends because it may. */
static void end_wait(struct moment *moment, uint32_t task, const struct instruction *line)
{
    switch (line->operation) {
    case MACHINE_LOCK:
        moment->owner[line->object] = (uint8_t)task;
        break;
    case MACHINE_TAKE:
        moment->set[line->object] = false;
        break;
    case MACHINE_DOWN:
        moment->semaphore[line->object]--;
        break;
    case MACHINE_PASS:
        moment->open[line->object] &= moment->woken[task];
        break;
    default:
        break;
    }
    moment->last[task] = 1;
    moment_record(moment, task, MACHINE_DONE);
}

static void time_out(struct moment *moment, uint32_t task)
{
    moment->touched.changed |= 1u << BIT_CLOCK;
    if (moment->now < moment->deadline[task]) {
        moment->now = moment->deadline[task];
    }
    moment->last[task] = 0;
    moment_record(moment, task, MACHINE_TIMED_OUT);
}

void moment_perform(struct moment *moment, const struct script *script, uint32_t task, bool timed_out)
{
    const struct instruction *line = moment_line(moment, script, task);
    uint32_t waiters = timed_waiters(moment, script) & ~(1u << task);
    bool only_reads;
    uint32_t bit = bit_of(line, &only_reads);
    *(only_reads ? &moment->touched.read : &moment->touched.changed) |= bit;
    if (timed_out) {
        time_out(moment, task);
    } else if (machine_is_wait(line->operation)) {
        end_wait(moment, task, line);
    } else if (line->operation <= MACHINE_COMPARE) {
        access_variable(moment, script, task, line);
    } else if (line->operation <= MACHINE_TRY) {
        use_mutex(moment, task, line);
    } else {
        signal_object(moment, script, task, line);
    }
    /* Whose deadline comes next depends on who still waits for one. */
    if ((timed_waiters(moment, script) & ~(1u << task)) != waiters) {
        moment->touched.changed |= 1u << BIT_CLOCK;
    }
    moment->line[task]++;
    moment->standing[task] = ABSENT;
}
