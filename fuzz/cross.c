/* cross.c - inputs with two parents. */
#include "mutation.h"
#include "names.h"

#include <string.h>

typedef bool crossing(struct fuzz_input *input, const struct fuzz_input *other, struct generator *generator);

bool mutation_graft_task(struct fuzz_input *input, const struct fuzz_input *from, uint32_t task)
{
    struct program *program = &input->scenario.program;
    const struct program_task *grafted = &from->scenario.program.tasks[task];
    if (program->task_count == PROGRAM_TASK_LIMIT || program->operation_count + grafted->count > PROGRAM_OPERATION_LIMIT) {
        return false;
    }
    struct program_task *place = &program->tasks[program->task_count++];
    *place = *grafted;
    place->first = (uint16_t)program->operation_count;
    memcpy(&program->operations[place->first], &from->scenario.program.operations[grafted->first],
           grafted->count * sizeof program->operations[0]);
    program->operation_count += grafted->count;
    name_make_unique(program);
    return true;
}

static bool add_task(struct fuzz_input *input, const struct fuzz_input *other, struct generator *generator)
{
    return mutation_may_grow(&input->scenario.program) &&
           mutation_graft_task(input, other, generator_below(generator, other->scenario.program.task_count));
}

static bool replace_task(struct fuzz_input *input, const struct fuzz_input *other, struct generator *generator)
{
    if (input->scenario.program.task_count < 2) {
        return false;
    }
    mutation_remove_task(input, generator_below(generator, input->scenario.program.task_count));
    mutation_graft_task(input, other, generator_below(generator, other->scenario.program.task_count));
    return true;
}

/* The beginning of a task of one, the end of a task of the other. */
static bool splice_task(struct fuzz_input *input, const struct fuzz_input *other, struct generator *generator)
{
    struct program *program = &input->scenario.program;
    uint32_t task = generator_below(generator, program->task_count);
    uint32_t from = generator_below(generator, other->scenario.program.task_count);
    const struct program_task *donor = &other->scenario.program.tasks[from];
    uint32_t keep = generator_below(generator, program->tasks[task].count + 1u);
    uint32_t begin = generator_below(generator, donor->count + 1u);
    while (program->tasks[task].count > keep) {
        program_remove_operation(program, task, keep);
    }
    for (uint32_t position = begin; position < donor->count; position++) {
        if (!program_append(program, task, other->scenario.program.operations[donor->first + position])) {
            break;
        }
    }
    return true;
}

static bool take_schedule(struct fuzz_input *input, const struct fuzz_input *other, struct generator *generator)
{
    (void)generator;
    input->deviation_count = other->deviation_count;
    memcpy(input->deviations, other->deviations, other->deviation_count * sizeof other->deviations[0]);
    return true;
}

/* The beginning of one schedule, the end of the other. */
static bool splice_schedules(struct fuzz_input *input, const struct fuzz_input *other, struct generator *generator)
{
    uint32_t keep = generator_below(generator, input->deviation_count + 1);
    uint32_t begin = generator_below(generator, other->deviation_count + 1);
    uint32_t count = other->deviation_count - begin;
    if (count > FUZZ_DEVIATION_LIMIT - keep) {
        count = FUZZ_DEVIATION_LIMIT - keep;
    }
    memcpy(&input->deviations[keep], &other->deviations[begin], count * sizeof other->deviations[0]);
    input->deviation_count = keep + count;
    return true;
}

void fuzz_cross(struct fuzz_input *input, const struct fuzz_input *other, const struct fuzz_options *options,
                struct generator *generator)
{
    static crossing *const crossings[] = {add_task, replace_task, splice_task, splice_task, take_schedule, splice_schedules};
    enum { CROSSINGS = sizeof crossings / sizeof crossings[0] };
    if (input->scenario.program.task_count == 0 || other->scenario.program.task_count == 0) {
        fuzz_mutate(input, options, generator);
        return;
    }
    while (!crossings[generator_below(generator, CROSSINGS)](input, other, generator)) {
    }
    fuzz_fit(input, options);
}
