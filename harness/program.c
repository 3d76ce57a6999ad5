/* program.c - editing programs, and showing their operations. */
#include <remlock/harness.h>

#include <stdio.h>
#include <string.h>

bool program_add_task(struct program *program, const char *name)
{
    if (program->task_count == PROGRAM_TASK_LIMIT || strlen(name) >= PROGRAM_NAME_SIZE) {
        return false;
    }
    struct program_task *task = &program->tasks[program->task_count++];
    memset(task, 0, sizeof *task);
    strcpy(task->name, name);
    task->first = (uint16_t)program->operation_count;
    return true;
}

bool program_insert(struct program *program, uint32_t task, uint32_t position, struct program_operation operation)
{
    if (program->operation_count == PROGRAM_OPERATION_LIMIT || task >= program->task_count ||
        position > program->tasks[task].count) {
        return false;
    }
    uint32_t at = program->tasks[task].first + position;
    memmove(&program->operations[at + 1], &program->operations[at], (program->operation_count - at) * sizeof operation);
    program->operations[at] = operation;
    program->operation_count++;
    program->tasks[task].count++;
    for (uint32_t later = task + 1; later < program->task_count; later++) {
        program->tasks[later].first++;
    }
    return true;
}

bool program_append(struct program *program, uint32_t task, struct program_operation operation)
{
    return task < program->task_count && program_insert(program, task, program->tasks[task].count, operation);
}

bool program_remove_operation(struct program *program, uint32_t task, uint32_t position)
{
    if (task >= program->task_count || position >= program->tasks[task].count) {
        return false;
    }
    uint32_t at = program->tasks[task].first + position;
    program->operation_count--;
    memmove(&program->operations[at], &program->operations[at + 1],
            (program->operation_count - at) * sizeof program->operations[0]);
    program->tasks[task].count--;
    for (uint32_t later = task + 1; later < program->task_count; later++) {
        program->tasks[later].first--;
    }
    return true;
}

bool program_remove_task(struct program *program, uint32_t task)
{
    if (task >= program->task_count) {
        return false;
    }
    while (program->tasks[task].count > 0) {
        program_remove_operation(program, task, program->tasks[task].count - 1u);
    }
    program->task_count--;
    memmove(&program->tasks[task], &program->tasks[task + 1], (program->task_count - task) * sizeof program->tasks[0]);
    return true;
}

static bool operations_equal(const struct program_operation *one, const struct program_operation *other)
{
    return one->code == other->code && memcmp(one->arguments, other->arguments, sizeof one->arguments) == 0;
}

bool program_equal(const struct program *one, const struct program *other)
{
    if (one->task_count != other->task_count || one->operation_count != other->operation_count) {
        return false;
    }
    for (uint32_t task = 0; task < one->task_count; task++) {
        if (strcmp(one->tasks[task].name, other->tasks[task].name) != 0 || one->tasks[task].count != other->tasks[task].count) {
            return false;
        }
    }
    for (uint32_t index = 0; index < one->operation_count; index++) {
        if (!operations_equal(&one->operations[index], &other->operations[index])) {
            return false;
        }
    }
    return true;
}

static int format_argument(const struct argument *argument, uint32_t value, char *text, size_t size)
{
    switch (argument->style) {
    case ARGUMENT_LETTER:
        return snprintf(text, size, " %c", (char)('A' + value));
    case ARGUMENT_WORD:
        return snprintf(text, size, " %s", argument->words[value]);
    case ARGUMENT_HEX:
        return snprintf(text, size, " 0x%x", value);
    case ARGUMENT_NUMBER:
        break;
    }
    return snprintf(text, size, " %s%u", argument->prefix == NULL ? "" : argument->prefix, value);
}

/* How many arguments are written: optional ones at the end that have their standard value are not. */
static uint32_t written_arguments(const struct operation *operation, const uint32_t *values)
{
    uint32_t count = operation->argument_count;
    while (count > 0 && operation->arguments[count - 1].optional &&
           values[count - 1] == operation->arguments[count - 1].standard) {
        count--;
    }
    return count;
}

int operation_format(const struct subject *subject, const struct program_operation *operation, char *text, size_t size)
{
    const struct operation *row = &subject->operations[operation->code];
    uint32_t count = written_arguments(row, operation->arguments);
    int length = snprintf(text, size, "%s", row->name);
    for (uint32_t index = 0; index < count; index++) {
        size_t used = (size_t)length < size ? (size_t)length : size;
        length += format_argument(&row->arguments[index], operation->arguments[index], text + used, size - used);
    }
    return length;
}
