/* generate.c - random programs of the abstract machine, and how a failing one is made small. */
#include "machine.h"

#include <string.h>

static uint64_t generator;

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014). */
static uint32_t below(uint32_t bound)
{
    uint64_t value = generator += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((value ^ value >> 31) >> 32) % bound;
}

static enum machine_operation pick_operation(uint64_t operations)
{
    enum machine_operation operation;
    do {
        operation = (enum machine_operation)below(MACHINE_OPERATIONS);
    } while ((operations >> operation & 1) == 0);
    return operation;
}

static struct instruction pick(const struct machine_taste *taste, uint32_t task, uint32_t task_count)
{
    struct instruction line = {.operation = (uint8_t)pick_operation(taste->operations)};
    bool variable = line.operation <= MACHINE_COMPARE;
    line.object = (uint8_t)below(variable ? taste->variables : MACHINE_OBJECTS);
    line.object = line.operation == MACHINE_FAIL ? 0 : line.object;
    line.operand = (uint8_t)(1 + below(2));
    line.expected = (uint8_t)below(2);
    if (line.operation == MACHINE_CHOOSE) {
        line.operand++;
    }
    if (line.operation == MACHINE_SPAWN || line.operation == MACHINE_JOIN) {
        line.object = (uint8_t)((task + 1 + below(task_count - 1)) % task_count);
    }
    if (machine_is_wait(line.operation) && taste->patience != 0 && below(taste->patience) == 0) {
        line.patience = (uint8_t)(1 + below(2));
    }
    line.together = !machine_is_wait(line.operation) && taste->together != 0 && below(taste->together) == 0;
    return line;
}

/* A task can be spawned once, by an earlier one: later mentions become pauses. */
static void spawn_once(struct machine_program *program)
{
    bool spawned[MACHINE_TASKS] = {false};
    for (uint32_t task = 0; task < program->task_count; task++) {
        for (uint32_t index = 0; index < program->tasks[task].length; index++) {
            struct instruction *line = &program->tasks[task].instructions[index];
            if (line->operation != MACHINE_SPAWN) {
                continue;
            }
            if (line->object <= task || spawned[line->object]) {
                line->operation = MACHINE_PAUSE;
                continue;
            }
            spawned[line->object] = true;
        }
    }
}

void machine_generate(struct machine_program *program, const struct machine_taste *taste, uint64_t seed)
{
    generator = seed;
    *program = (struct machine_program){.task_count = (uint8_t)(2 + below(taste->tasks - 1u))};
    for (uint32_t task = 0; task < program->task_count; task++) {
        program->tasks[task].length = (uint8_t)(1 + below(taste->length));
        for (uint32_t index = 0; index < program->tasks[task].length; index++) {
            program->tasks[task].instructions[index] = pick(taste, task, program->task_count);
        }
    }
    spawn_once(program);
}

/* ------------------------------------------------------------------------------------------------------ shrinking -- */

static void drop_line(struct machine_program *program, uint32_t task, uint32_t index)
{
    struct machine_task *of = &program->tasks[task];
    of->length--;
    memmove(&of->instructions[index], &of->instructions[index + 1], (of->length - index) * sizeof of->instructions[0]);
}

/* Of others, which know it by its number. */
static void drop_mentions(struct machine_program *program, uint32_t dropped)
{
    for (uint32_t task = 0; task < program->task_count; task++) {
        for (uint32_t index = program->tasks[task].length; index-- > 0;) {
            struct instruction *line = &program->tasks[task].instructions[index];
            if (line->operation != MACHINE_SPAWN && line->operation != MACHINE_JOIN) {
                continue;
            }
            if (line->object == dropped) {
                drop_line(program, task, index);
            } else if (line->object > dropped) {
                line->object--;
            }
        }
    }
}

static void drop_task(struct machine_program *program, uint32_t task)
{
    program->task_count--;
    memmove(&program->tasks[task], &program->tasks[task + 1], (program->task_count - task) * sizeof program->tasks[0]);
    drop_mentions(program, task);
}

static bool keep_if_fails(struct machine_program *program, const struct machine_program *smaller,
                          bool (*fails)(const struct machine_program *program))
{
    if (memcmp(program, smaller, sizeof *program) == 0 || !fails(smaller)) {
        return false;
    }
    *program = *smaller;
    return true;
}

static bool simplify_line(struct machine_program *program, uint32_t task, uint32_t index,
                          bool (*fails)(const struct machine_program *program))
{
    static const uint8_t simpler[] = {MACHINE_PAUSE, MACHINE_WRITE, MACHINE_READ, MACHINE_LOCK, MACHINE_AWAIT, MACHINE_SET};
    for (uint32_t change = 0; change < 4 + sizeof simpler; change++) {
        struct machine_program smaller = *program;
        struct instruction *line = &smaller.tasks[task].instructions[index];
        if (change == 0) {
            line->patience = 0;
        } else if (change == 1) {
            line->together = false;
        } else if (change == 2 && line->object > 0 && line->operation != MACHINE_SPAWN && line->operation != MACHINE_JOIN) {
            line->object--;
        } else if (change == 3 && line->operand > 1 && line->operation != MACHINE_CHOOSE) {
            line->operand--;
        } else if (change >= 4) {
            uint8_t operation = simpler[change - 4];
            bool known = false; /* what is as simple already stays */
            for (uint32_t other = 0; other <= change - 4; other++) {
                known |= simpler[other] == line->operation;
            }
            if (!known) {
                *line = (struct instruction){.operation = operation, .operand = line->operand, .together = line->together};
            }
        }
        if (keep_if_fails(program, &smaller, fails)) {
            return true;
        }
    }
    return false;
}

static bool shrink_once(struct machine_program *program, bool (*fails)(const struct machine_program *program))
{
    for (uint32_t task = program->task_count; task-- > 0 && program->task_count > 1;) {
        struct machine_program smaller = *program;
        drop_task(&smaller, task);
        if (keep_if_fails(program, &smaller, fails)) {
            return true;
        }
    }
    for (uint32_t task = 0; task < program->task_count; task++) {
        for (uint32_t index = program->tasks[task].length; index-- > 0;) {
            struct machine_program smaller = *program;
            drop_line(&smaller, task, index);
            if (keep_if_fails(program, &smaller, fails) || simplify_line(program, task, index, fails)) {
                return true;
            }
        }
    }
    return false;
}

void machine_shrink(struct machine_program *program, bool (*fails)(const struct machine_program *program))
{
    while (shrink_once(program, fails)) {
    }
}
