/* machine.c - programs of machine.h as data and as text; outcomes; sets of hashes. */
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *const names[MACHINE_OPERATIONS] = {
    [MACHINE_READ] = "read",
    [MACHINE_WRITE] = "write",
    [MACHINE_READ_HALF] = "read-half",
    [MACHINE_WRITE_HALF] = "write-half",
    [MACHINE_ADD] = "add",
    [MACHINE_COUNT] = "count",
    [MACHINE_EXCHANGE] = "exchange",
    [MACHINE_COMPARE] = "compare",
    [MACHINE_LOCK] = "lock",
    [MACHINE_UNLOCK] = "unlock",
    [MACHINE_TRY] = "try",
    [MACHINE_SET] = "set",
    [MACHINE_CLEAR] = "clear",
    [MACHINE_AWAIT] = "await",
    [MACHINE_TAKE] = "take",
    [MACHINE_UP] = "up",
    [MACHINE_DOWN] = "down",
    [MACHINE_WAKE] = "wake",
    [MACHINE_SLEEP] = "sleep",
    [MACHINE_OPEN] = "open",
    [MACHINE_PASS] = "pass",
    [MACHINE_PAUSE] = "pause",
    [MACHINE_ENVIRONMENT] = "call",
    [MACHINE_SPAWN] = "spawn",
    [MACHINE_JOIN] = "join",
    [MACHINE_EXIT] = "exit",
    [MACHINE_CHOOSE] = "choose",
    [MACHINE_SKIP] = "skip-unless",
    [MACHINE_FAIL] = "fail-if",
};

bool machine_is_wait(enum machine_operation operation)
{
    switch (operation) {
    case MACHINE_LOCK:
    case MACHINE_AWAIT:
    case MACHINE_TAKE:
    case MACHINE_DOWN:
    case MACHINE_SLEEP:
    case MACHINE_PASS:
    case MACHINE_JOIN:
        return true;
    default:
        return false;
    }
}

bool machine_is_point(enum machine_operation operation)
{
    return operation != MACHINE_CHOOSE && operation != MACHINE_SKIP && operation != MACHINE_FAIL;
}

static bool mentions(const struct machine_program *program, enum machine_operation operation, uint32_t object)
{
    for (uint32_t task = 0; task < program->task_count; task++) {
        for (uint32_t index = 0; index < program->tasks[task].length; index++) {
            const struct instruction *instruction = &program->tasks[task].instructions[index];
            if (instruction->operation == operation && instruction->object == object) {
                return true;
            }
        }
    }
    return false;
}

bool machine_is_spawned(const struct machine_program *program, uint32_t task)
{
    return mentions(program, MACHINE_SPAWN, task);
}

bool machine_may_fail(const struct machine_program *program)
{
    return mentions(program, MACHINE_FAIL, 0);
}

bool machine_is_joined(const struct machine_program *program, uint32_t task)
{
    return mentions(program, MACHINE_JOIN, task);
}

const struct instruction *machine_instruction(const struct machine_program *program, uint32_t task, uint32_t index)
{
    static struct instruction exits[MACHINE_TASKS];
    const struct machine_task *of = &program->tasks[task];
    if (index < of->length) {
        return &of->instructions[index];
    }
    if (index > of->length || !machine_is_joined(program, task)) {
        return NULL;
    }
    exits[task] = (struct instruction){.operation = MACHINE_EXIT, .object = (uint8_t)task};
    return &exits[task];
}

/* ----------------------------------------------------------------------------------------------------------- text -- */

static char text[8192];
static size_t length;

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (length < sizeof text) {
        length += (size_t)vsnprintf(text + length, sizeof text - length, format, arguments);
    }
    va_end(arguments);
}

static void say_instruction(const struct instruction *instruction)
{
    say("%s%s", instruction->together ? "+" : "", names[instruction->operation]);
    switch (instruction->operation) {
    case MACHINE_WRITE:
    case MACHINE_WRITE_HALF:
    case MACHINE_ADD:
    case MACHINE_COUNT:
    case MACHINE_EXCHANGE:
    case MACHINE_WAKE:
        say(" %c %u", 'a' + instruction->object, instruction->operand);
        break;
    case MACHINE_COMPARE:
        say(" %c %u->%u", 'a' + instruction->object, instruction->expected, instruction->operand);
        break;
    case MACHINE_CHOOSE:
    case MACHINE_SKIP:
        say(" %u", instruction->operand);
        break;
    case MACHINE_SPAWN:
    case MACHINE_JOIN:
        say(" %u", instruction->object);
        break;
    case MACHINE_PAUSE:
    case MACHINE_ENVIRONMENT:
    case MACHINE_FAIL:
        break;
    default:
        say(" %c", 'a' + instruction->object);
    }
    if (instruction->patience != 0) {
        say(" within %u", instruction->patience);
    }
}

const char *machine_text(const struct machine_program *program)
{
    length = 0;
    for (uint32_t variable = 0; variable < MACHINE_VARIABLES; variable++) {
        if (program->initial[variable] != 0) {
            say("%c = %u\n", 'a' + variable, program->initial[variable]);
        }
    }
    for (uint32_t task = 0; task < program->task_count; task++) {
        say("%s %u:", machine_is_spawned(program, task) ? "spawned task" : "task", task);
        for (uint32_t index = 0; index < program->tasks[task].length; index++) {
            say("%s", index == 0 ? " " : "; ");
            say_instruction(&program->tasks[task].instructions[index]);
        }
        say("%s\n", machine_is_joined(program, task) ? "; exit" : "");
    }
    return text;
}

const char *machine_outcome_text(const struct machine_program *program, const struct machine_outcome *outcome)
{
    length = 0;
    if (outcome->failed != 0) {
        say("task %u fails", outcome->failed - 1);
        return text;
    }
    for (uint32_t task = 0; task < program->task_count; task++) {
        say("task %u:", task);
        for (uint32_t index = 0; index < outcome->result_counts[task]; index++) {
            uint32_t result = outcome->results[task][index];
            if (result == MACHINE_TIMED_OUT || result == MACHINE_DONE) {
                say(" %s", result == MACHINE_DONE ? "done" : "timeout");
            } else {
                say(" %u", result);
            }
        }
        say("%s; ", outcome->stuck[task] ? " stuck" : "");
    }
    say("memory:");
    for (uint32_t variable = 0; variable < MACHINE_VARIABLES; variable++) {
        say(" %u", outcome->variables[variable]);
    }
    return text;
}

uint64_t machine_outcome_hash(const struct machine_outcome *outcome)
{
    if (outcome->failed != 0) {
        return outcome->failed;
    }
    uint64_t hash = XXH3_64bits(outcome->variables, sizeof outcome->variables);
    for (uint32_t task = 0; task < MACHINE_TASKS; task++) {
        uint64_t stuck = outcome->stuck[task];
        hash = XXH3_64bits_withSeed(&stuck, sizeof stuck, hash);
        hash =
            XXH3_64bits_withSeed(outcome->results[task], outcome->result_counts[task] * sizeof outcome->results[task][0], hash);
    }
    return hash;
}

/* ----------------------------------------------------------------------------------------------------------- sets -- */

static size_t place_of(const struct hash_set *set, uint64_t key)
{
    size_t place = key & (set->capacity - 1);
    while (set->keys[place] != 0 && set->keys[place] != key) {
        place = (place + 1) & (set->capacity - 1);
    }
    return place;
}

static void grow(struct hash_set *set)
{
    struct hash_set larger = {.capacity = set->capacity == 0 ? 64 : 2 * set->capacity};
    larger.keys = calloc(larger.capacity, sizeof *larger.keys);
    larger.values = calloc(larger.capacity, sizeof *larger.values);
    if (larger.keys == NULL || larger.values == NULL) {
        abort();
    }
    for (size_t place = 0; place < set->capacity; place++) {
        if (set->keys[place] != 0) {
            hash_set_add(&larger, set->keys[place], set->values[place]);
        }
    }
    hash_set_free(set);
    *set = larger;
}

void hash_set_add(struct hash_set *set, uint64_t key, uint32_t value)
{
    if (2 * set->count >= set->capacity) {
        grow(set);
    }
    key += key == 0;
    size_t place = place_of(set, key);
    if (set->keys[place] == 0) {
        set->keys[place] = key;
        set->values[place] = value;
        set->count++;
    } else if (value < set->values[place]) {
        set->values[place] = value;
    }
}

void hash_set_add_all(struct hash_set *set, const struct hash_set *other)
{
    for (size_t place = 0; place < other->capacity; place++) {
        if (other->keys[place] != 0) {
            hash_set_add(set, other->keys[place], other->values[place]);
        }
    }
}

bool hash_set_holds(const struct hash_set *set, uint64_t key)
{
    key += key == 0;
    return set->capacity != 0 && set->keys[place_of(set, key)] == key;
}

uint64_t hash_set_count_up_to(const struct hash_set *set, uint32_t value)
{
    uint64_t count = 0;
    for (size_t place = 0; place < set->capacity; place++) {
        count += set->keys[place] != 0 && set->values[place] <= value;
    }
    return count;
}

void hash_set_free(struct hash_set *set)
{
    free(set->keys);
    free(set->values);
    *set = (struct hash_set){0};
}
