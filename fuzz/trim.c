/*
 * trim.c - smaller inputs, one at a time, and inputs that must fit into few bytes.
 *
 * Large parts first: tasks, then single operations, then deviations by halves and one by one. An accepted candidate leaves the
 * position where it is, because the next part has moved there.
 */
#include "mutation.h"

enum { STAGE_TASKS, STAGE_OPERATIONS, STAGE_LATER_HALF, STAGE_DEVIATIONS, STAGES };

static uint32_t parts(const struct fuzz_input *input, uint32_t stage)
{
    switch (stage) {
    case STAGE_TASKS:
        return input->scenario.program.task_count > 1 ? input->scenario.program.task_count : 0;
    case STAGE_OPERATIONS:
        return input->scenario.program.operation_count > 1 ? input->scenario.program.operation_count : 0;
    case STAGE_LATER_HALF:
        return input->deviation_count > 1 ? 1 : 0;
    default:
        return input->deviation_count;
    }
}

static void remove_part(struct fuzz_input *input, uint32_t stage, uint32_t index)
{
    uint32_t task, position;
    switch (stage) {
    case STAGE_TASKS:
        mutation_remove_task(input, index);
        return;
    case STAGE_OPERATIONS:
        mutation_locate(&input->scenario.program, index, &task, &position);
        program_remove_operation(&input->scenario.program, task, position);
        return;
    case STAGE_LATER_HALF:
        input->deviation_count /= 2;
        return;
    default:
        mutation_remove_deviations(input, index, 1);
    }
}

uint32_t fuzz_trim_begin(struct fuzz_trim *trim, const struct fuzz_input *input)
{
    enum { HALVINGS = 14 }; /* of the most deviations there can be */
    fuzz_copy(&trim->current, input);
    trim->stage = STAGE_TASKS;
    trim->position = 0;
    return input->scenario.program.task_count + input->scenario.program.operation_count + HALVINGS + input->deviation_count;
}

bool fuzz_trim_next(struct fuzz_trim *trim)
{
    while (trim->stage < STAGES && trim->position >= parts(&trim->current, trim->stage)) {
        trim->stage++;
        trim->position = 0;
    }
    if (trim->stage == STAGES) {
        return false;
    }
    fuzz_copy(&trim->candidate, &trim->current);
    remove_part(&trim->candidate, trim->stage, trim->position);
    trim->position++;
    return true;
}

void fuzz_trim_keep(struct fuzz_trim *trim)
{
    fuzz_copy(&trim->current, &trim->candidate);
    trim->position--;
}

static bool shrink(struct fuzz_input *input)
{
    struct program *program = &input->scenario.program;
    if (input->deviation_count > 0) {
        input->deviation_count /= 2;
        return true;
    }
    if (program->operation_count > 1) {
        remove_part(input, STAGE_OPERATIONS, program->operation_count - 1);
        return true;
    }
    return mutation_remove_task(input, program->task_count - 1);
}

size_t mutation_encode(struct fuzz_input *input, uint8_t *bytes, size_t capacity)
{
    static uint8_t whole[FUZZ_INPUT_LIMIT];
    size_t size = fuzz_encode(input, bytes, capacity);
    while (size == 0 && shrink(input)) {
        size = fuzz_encode(input, bytes, capacity);
    }
    if (size > 0) {
        return size;
    }
    fuzz_encode(input, whole, sizeof whole);
    for (size_t index = 0; index < capacity; index++) {
        bytes[index] = whole[index];
    }
    return capacity;
}
