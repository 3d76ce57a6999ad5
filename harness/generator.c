/* generator.c - random numbers, arguments and scenarios. */
#include <remlock/harness.h>

#include <string.h>

enum { GENERATED_TASKS = 4, GENERATED_OPERATIONS = 6, UNSUGGESTED_ONE_IN = 16 };

uint64_t generator_next(struct generator *generator)
{
    uint64_t number = generator->state += 0x9E3779B97F4A7C15u;
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9u;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EBu;
    return number ^ (number >> 31);
}

uint32_t generator_below(struct generator *generator, uint32_t limit)
{
    return (uint32_t)((generator_next(generator) >> 32) * limit >> 32);
}

bool generator_chance(struct generator *generator, uint32_t one_in)
{
    return generator_below(generator, one_in) == 0;
}

uint32_t generator_argument(struct generator *generator, const struct argument *argument)
{
    if (argument->optional && !generator_chance(generator, 4)) {
        return argument->standard;
    }
    if (argument->suggestion_count > 0 && !generator_chance(generator, UNSUGGESTED_ONE_IN)) {
        return argument->suggestions[generator_below(generator, argument->suggestion_count)];
    }
    uint64_t range = (uint64_t)argument->maximum - argument->minimum + 1;
    return argument->minimum + (uint32_t)(generator_next(generator) % range);
}

static uint32_t weight_of(const struct generator *generator, const struct operation *operation)
{
    return operation->misuse && !generator->misuse ? 0 : operation->weight;
}

static struct program_operation generate_operation(struct generator *generator, const struct subject *subject)
{
    struct program_operation operation = {.code = 0};
    uint32_t total = 0;
    for (uint32_t code = 0; code < subject->operation_count; code++) {
        total += weight_of(generator, &subject->operations[code]);
    }
    uint32_t drawn = generator_below(generator, total == 0 ? 1 : total);
    while (drawn >= weight_of(generator, &subject->operations[operation.code])) {
        drawn -= weight_of(generator, &subject->operations[operation.code]);
        operation.code++;
    }
    const struct operation *row = &subject->operations[operation.code];
    for (uint32_t index = 0; index < row->argument_count; index++) {
        operation.arguments[index] = generator_argument(generator, &row->arguments[index]);
    }
    return operation;
}

/* For subjects without a taste of their own: a few tasks, a few operations each, by weight. */
static void generate_by_weight(struct generator *generator, const struct subject *subject, struct program *program)
{
    static const char *const names[GENERATED_TASKS] = {"first", "second", "third", "fourth"};
    uint32_t tasks = 2 + generator_below(generator, GENERATED_TASKS - 1);
    if (generator->task_limit != 0 && tasks > generator->task_limit) {
        tasks = generator->task_limit;
    }
    for (uint32_t task = 0; task < tasks; task++) {
        program_add_task(program, names[task]);
        uint32_t operations = 1 + generator_below(generator, GENERATED_OPERATIONS);
        for (uint32_t index = 0; index < operations; index++) {
            program_append(program, task, generate_operation(generator, subject));
        }
    }
}

static void keep_fixed(const struct generator *generator, struct scenario *scenario)
{
    for (uint32_t index = 0; index < subject_setting_count(scenario->subject); index++) {
        if (generator->is_fixed[index]) {
            scenario->configuration.values[index] = generator->fixed.values[index];
        }
    }
}

void generator_scenario(struct generator *generator, const struct subject *subject, struct scenario *scenario)
{
    scenario->subject = subject;
    scenario->configuration = configuration_standard(subject);
    scenario->program.task_count = 0;
    scenario->program.operation_count = 0;
    keep_fixed(generator, scenario);
    if (subject->generate != NULL) {
        subject->generate(subject, scenario, generator);
    } else {
        generate_by_weight(generator, subject, &scenario->program);
    }
    keep_fixed(generator, scenario);
    scenario_clamp(scenario);
}
