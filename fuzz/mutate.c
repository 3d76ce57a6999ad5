/*
 * mutate.c - small changes of a program, and the choice between them and changes of the schedule.
 *
 * Everything is done through the subject's tables, so a new operation or setting needs nothing here.
 */
#include "mutation.h"

#include <string.h>

/*
 * Changes do not grow a program beyond this: bugs need little, and every further operation costs speed. Larger inputs, which
 * only come from outside, may shrink.
 */
enum { COMFORTABLE_TASKS = 6, COMFORTABLE_OPERATIONS = 24 };

/* One change; false when it is impossible for this input, which is then unchanged. */
typedef bool change(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator);

struct generator mutation_generator(const struct fuzz_options *options, const struct generator *generator)
{
    struct generator made = {.state = generator->state, .misuse = options->misuse, .fixed = options->fixed};
    memcpy(made.is_fixed, options->is_fixed, sizeof made.is_fixed);
    return made;
}

bool mutation_may_grow(const struct program *program)
{
    return program->task_count < COMFORTABLE_TASKS && program->operation_count < COMFORTABLE_OPERATIONS;
}

/* ------------------------------------------------------------------------------------------------------ operations -- */

static bool may_be_used(const struct operation *operation, const struct fuzz_options *options)
{
    return operation->weight > 0 && (options->misuse || !operation->misuse);
}

static uint32_t total_weight(const struct fuzz_options *options)
{
    uint32_t total = 0;
    for (uint32_t code = 0; code < options->subject->operation_count; code++) {
        const struct operation *operation = &options->subject->operations[code];
        total += may_be_used(operation, options) ? operation->weight : 0;
    }
    return total;
}

static bool random_operation(const struct fuzz_options *options, struct generator *generator, struct program_operation *result)
{
    uint32_t total = total_weight(options);
    if (total == 0) {
        return false;
    }
    uint32_t left = generator_below(generator, total);
    uint32_t code = 0;
    for (;; code++) {
        const struct operation *operation = &options->subject->operations[code];
        uint32_t weight = may_be_used(operation, options) ? operation->weight : 0;
        if (left < weight) {
            break;
        }
        left -= weight;
    }
    const struct operation *operation = &options->subject->operations[code];
    memset(result, 0, sizeof *result);
    result->code = (uint8_t)code;
    for (uint32_t index = 0; index < operation->argument_count; index++) {
        result->arguments[index] = generator_argument(generator, &operation->arguments[index]);
    }
    return true;
}

void mutation_locate(const struct program *program, uint32_t index, uint32_t *task, uint32_t *position)
{
    *task = 0;
    while (index >= program->tasks[*task].first + (uint32_t)program->tasks[*task].count) {
        ++*task;
    }
    *position = index - program->tasks[*task].first;
}

/* A random place of a program: before an operation of the task or behind its last one. */
static void random_gap(const struct program *program, struct generator *generator, uint32_t *task, uint32_t *position)
{
    *task = generator_below(generator, program->task_count);
    *position = generator_below(generator, program->tasks[*task].count + 1u);
}

static bool insert_operation(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    struct program_operation operation;
    uint32_t task, position;
    if (input->scenario.program.operation_count >= COMFORTABLE_OPERATIONS) {
        return false;
    }
    random_gap(&input->scenario.program, generator, &task, &position);
    return random_operation(options, generator, &operation) &&
           program_insert(&input->scenario.program, task, position, operation);
}

static bool remove_operation(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    struct program *program = &input->scenario.program;
    uint32_t task, position;
    (void)options;
    if (program->operation_count < 2) {
        return false;
    }
    mutation_locate(program, generator_below(generator, program->operation_count), &task, &position);
    return program_remove_operation(program, task, position);
}

static bool duplicate_operation(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    struct program *program = &input->scenario.program;
    uint32_t task, position;
    (void)options;
    if (program->operation_count == 0 || program->operation_count >= COMFORTABLE_OPERATIONS) {
        return false;
    }
    struct program_operation operation = program->operations[generator_below(generator, program->operation_count)];
    random_gap(program, generator, &task, &position);
    return program_insert(program, task, position, operation);
}

static bool move_operation(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    struct program *program = &input->scenario.program;
    uint32_t task, position;
    (void)options;
    if (program->operation_count == 0) {
        return false;
    }
    uint32_t index = generator_below(generator, program->operation_count);
    struct program_operation operation = program->operations[index];
    mutation_locate(program, index, &task, &position);
    program_remove_operation(program, task, position);
    random_gap(program, generator, &task, &position);
    return program_insert(program, task, position, operation);
}

static bool change_argument(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    struct program *program = &input->scenario.program;
    if (program->operation_count == 0) {
        return false;
    }
    struct program_operation *operation = &program->operations[generator_below(generator, program->operation_count)];
    const struct operation *description = &options->subject->operations[operation->code];
    if (description->argument_count == 0) {
        return false;
    }
    uint32_t index = generator_below(generator, description->argument_count);
    uint32_t before = operation->arguments[index];
    operation->arguments[index] = generator_argument(generator, &description->arguments[index]);
    return operation->arguments[index] != before;
}

/* ----------------------------------------------------------------------------------------------------------- tasks -- */

static uint8_t task_after_removal(uint8_t task, uint32_t removed)
{
    return task != SCHEDULER_NO_TASK && task > removed ? (uint8_t)(task - 1) : task;
}

bool mutation_remove_task(struct fuzz_input *input, uint32_t task)
{
    if (input->scenario.program.task_count < 2 || !program_remove_task(&input->scenario.program, task)) {
        return false;
    }
    uint32_t kept = 0;
    for (uint32_t index = 0; index < input->deviation_count; index++) {
        struct deviation deviation = input->deviations[index];
        if (deviation.task == task || (deviation.kind == CHOICE_TASK && deviation.chosen == task)) {
            continue;
        }
        deviation.task = task_after_removal(deviation.task, task);
        if (deviation.kind == CHOICE_TASK) {
            deviation.chosen = task_after_removal(deviation.chosen, task);
        }
        input->deviations[kept++] = deviation;
    }
    input->deviation_count = kept;
    return true;
}

static bool remove_task(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    (void)options;
    return mutation_remove_task(input, generator_below(generator, input->scenario.program.task_count));
}

static uint8_t swapped(uint8_t task, uint32_t one, uint32_t other)
{
    return task == one ? (uint8_t)other : task == other ? (uint8_t)one : task;
}

static void reorder_tasks(struct program *program, const uint32_t *order)
{
    static struct program before;
    before.task_count = program->task_count;
    memcpy(before.tasks, program->tasks, sizeof before.tasks);
    memcpy(before.operations, program->operations, program->operation_count * sizeof before.operations[0]);
    uint16_t first = 0;
    for (uint32_t index = 0; index < before.task_count; index++) {
        const struct program_task *task = &before.tasks[order[index]];
        memcpy(&program->operations[first], &before.operations[task->first], task->count * sizeof before.operations[0]);
        program->tasks[index] = *task;
        program->tasks[index].first = first;
        first = (uint16_t)(first + task->count);
    }
}

/* Half of the time the schedule follows the tasks to their new places, half of the time it stays and meets others. */
static bool swap_tasks(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    struct program *program = &input->scenario.program;
    uint32_t order[PROGRAM_TASK_LIMIT];
    (void)options;
    if (program->task_count < 2) {
        return false;
    }
    uint32_t one = generator_below(generator, program->task_count);
    uint32_t other = (one + 1 + generator_below(generator, program->task_count - 1)) % program->task_count;
    for (uint32_t index = 0; index < program->task_count; index++) {
        order[index] = index == one ? other : index == other ? one : index;
    }
    reorder_tasks(program, order);
    if (generator_chance(generator, 2)) {
        return true;
    }
    for (uint32_t index = 0; index < input->deviation_count; index++) {
        struct deviation *deviation = &input->deviations[index];
        deviation->task = swapped(deviation->task, one, other);
        if (deviation->kind == CHOICE_TASK) {
            deviation->chosen = swapped(deviation->chosen, one, other);
        }
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------- whole scenarios -- */

static bool add_generated_task(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    static struct fuzz_input fresh;
    if (!mutation_may_grow(&input->scenario.program)) {
        return false;
    }
    fuzz_generate(&fresh, options, generator);
    uint32_t count = fresh.scenario.program.task_count;
    return count > 0 && mutation_graft_task(input, &fresh, generator_below(generator, count));
}

/* A setting takes the value that it has in a generated scenario: the generator knows which values make sense. */
static bool change_setting(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    static struct fuzz_input fresh;
    uint32_t count = subject_setting_count(options->subject);
    fuzz_generate(&fresh, options, generator);
    uint32_t start = generator_below(generator, count);
    for (uint32_t offset = 0; offset < count; offset++) {
        uint32_t index = (start + offset) % count;
        uint32_t value = fresh.scenario.configuration.values[index];
        if (value != input->scenario.configuration.values[index]) {
            input->scenario.configuration.values[index] = value;
            return true;
        }
    }
    return false;
}

static bool regenerate(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    fuzz_generate(input, options, generator);
    return true;
}

void fuzz_generate(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    struct generator scenarios = mutation_generator(options, generator);
    generator_scenario(&scenarios, options->subject, &input->scenario);
    generator->state = scenarios.state;
    input->deviation_count = 0;
    mutation_of_schedule(input, generator);
    fuzz_fit(input, options);
}

/* ------------------------------------------------------------------------------------------------------ the choice -- */

static bool change_schedule(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    (void)options;
    mutation_of_schedule(input, generator);
    return true;
}

/*
 * About every second change is a new program. Measured on the lock's mutants: with one in thirty, libFuzzer needed five to ten
 * times as many executions for shallow bugs, and no fewer for the others.
 */
static const struct {
    change *change;
    uint32_t weight;
} changes[] = {
    {change_schedule, 40},   {insert_operation, 7}, {remove_operation, 9}, {duplicate_operation, 3},
    {move_operation, 6},     {change_argument, 10}, {swap_tasks, 4},       {remove_task, 4},
    {add_generated_task, 4}, {change_setting, 4},   {regenerate, 90},
};

enum { CHANGE_COUNT = sizeof changes / sizeof changes[0], NEW_SCHEDULE_ONE_IN = 4 };

static change *random_change(struct generator *generator)
{
    uint32_t total = 0;
    for (uint32_t index = 0; index < CHANGE_COUNT; index++) {
        total += changes[index].weight;
    }
    uint32_t left = generator_below(generator, total);
    uint32_t index = 0;
    while (left >= changes[index].weight) {
        left -= changes[index++].weight;
    }
    return changes[index].change;
}

void fuzz_mutate(struct fuzz_input *input, const struct fuzz_options *options, struct generator *generator)
{
    if (input->scenario.program.task_count == 0) {
        fuzz_generate(input, options, generator);
        return;
    }
    if (options->subject->fixed_program) {
        bool anew = generator_chance(generator, NEW_SCHEDULE_ONE_IN);
        (anew ? regenerate : change_schedule)(input, options, generator);
        return;
    }
    while (!random_change(generator)(input, options, generator)) {
    }
}
