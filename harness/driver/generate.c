/*
 * generate.c - random programs around a device.
 *
 * A few tasks do I/O, one is the PnP manager, now and then one the power manager. What is written down need not be possible at
 * the moment it comes up: the machine leaves out what Windows would not do.
 */
#include "world.h"

#include <stdio.h>

static uint32_t pick(struct generator *generator, const uint8_t *weights, uint32_t count)
{
    uint32_t total = 0;
    for (uint32_t index = 0; index < count; index++) {
        total += weights[index];
    }
    uint32_t drawn = generator_below(generator, total);
    uint32_t index = 0;
    while (drawn >= weights[index]) {
        drawn -= weights[index++];
    }
    return index;
}

static void append(struct program *program, uint32_t task, uint32_t code, uint32_t first, uint32_t second, uint32_t third)
{
    program_append(program, task, (struct program_operation){.code = (uint8_t)code, .arguments = {first, second, third}});
}

static uint32_t random_code(const struct scenario *scenario, uint32_t operation, struct generator *generator)
{
    const struct operation *row = &scenario->subject->operations[operation];
    return generator_argument(generator, &row->arguments[driver_code_argument(row)]);
}

/* ------------------------------------------------------------------------------------------------------------ I/O -- */

/* What one I/O task knows while it is written. */
struct writer {
    struct scenario *scenario;
    struct generator *generator;
    uint32_t task;
    uint32_t handle;
    uint32_t next_request; /* numbers are not shared between tasks */
    uint32_t last_request; /* 0: none is under way */
};

static uint32_t request_number(struct writer *writer)
{
    if (!generator_chance(writer->generator, 2) || writer->next_request > MACHINE_REQUEST_LIMIT) {
        return 0;
    }
    writer->last_request = writer->next_request;
    writer->next_request += PROGRAM_TASK_LIMIT / 4;
    return writer->last_request;
}

static void append_request(struct writer *writer)
{
    static const uint8_t kinds[] = {6, 4, 5, 1, 2};
    struct program *program = &writer->scenario->program;
    uint32_t handle = writer->handle;
    uint32_t size = generator_chance(writer->generator, 4) ? generator_below(writer->generator, 64) : 16;
    switch (pick(writer->generator, kinds, sizeof kinds)) {
    case 0:
        append(program, writer->task, DRIVER_READ, handle, request_number(writer), size);
        return;
    case 1:
        append(program, writer->task, DRIVER_WRITE, handle, request_number(writer), size);
        return;
    case 2:
        append(program, writer->task, DRIVER_IOCTL, handle, random_code(writer->scenario, DRIVER_IOCTL, writer->generator),
               request_number(writer));
        return;
    case 3:
        append(program, writer->task, DRIVER_FLUSH, handle, request_number(writer), 0);
        return;
    default:
        append(program, writer->task, DRIVER_INTERNAL_IOCTL,
               random_code(writer->scenario, DRIVER_INTERNAL_IOCTL, writer->generator), request_number(writer), 0);
        return;
    }
}

static void append_end_of_request(struct writer *writer)
{
    struct program *program = &writer->scenario->program;
    if (writer->last_request == 0 || generator_chance(writer->generator, 3)) {
        return;
    }
    append(program, writer->task, generator_chance(writer->generator, 2) ? DRIVER_CANCEL_REQUEST : DRIVER_WAIT,
           writer->last_request, 0, 0);
    writer->last_request = 0;
}

static void write_io_task(struct scenario *scenario, uint32_t task, uint32_t number, struct generator *generator)
{
    static const uint8_t lengths[] = {6, 4, 2, 1};
    struct program *program = &scenario->program;
    struct writer writer = {
        .scenario = scenario, .generator = generator, .task = task, .handle = number, .next_request = number + 1};
    if (generator_chance(generator, 8)) {
        append(program, task, DRIVER_LATE_READ + generator_below(generator, 3), 0, 0, 0);
        return;
    }
    uint32_t device = generator_chance(generator, 12) ? 1 : 0;
    append(program, task, DRIVER_OPEN, writer.handle, device, 0);
    for (uint32_t count = 1 + pick(generator, lengths, sizeof lengths); count > 0; count--) {
        append_request(&writer);
        append_end_of_request(&writer);
    }
    if (generator_chance(generator, 2)) {
        append(program, task, DRIVER_CLOSE, writer.handle, 0, 0);
    }
}

/* ------------------------------------------------------------------------------------------------- Plug and Play -- */

static void write_removal(struct program *program, uint32_t task, struct generator *generator)
{
    static const uint8_t kinds[] = {6, 6, 2, 1};
    switch (pick(generator, kinds, sizeof kinds)) {
    case 0:
        append(program, task, DRIVER_REMOVE, 0, 0, 0);
        return;
    case 1:
        append(program, task, DRIVER_SURPRISE_REMOVE, 0, 0, 0);
        append(program, task, DRIVER_REMOVE, 0, 0, 0);
        return;
    case 2:
        append(program, task, DRIVER_QUERY_REMOVE, 0, 0, 0);
        append(program, task, generator_chance(generator, 2) ? DRIVER_CANCEL_REMOVE : DRIVER_REMOVE, 0, 0, 0);
        return;
    default:
        append(program, task, DRIVER_QUERY_REMOVE, 0, 0, 0);
        append(program, task, DRIVER_SURPRISE_REMOVE, 0, 0, 0);
        append(program, task, DRIVER_REMOVE, 0, 0, 0);
        return;
    }
}

static void write_incident(struct program *program, uint32_t task, struct generator *generator)
{
    static const uint8_t kinds[] = {3, 2, 2, 2, 1, 2, 1, 1, 1};
    switch (pick(generator, kinds, sizeof kinds)) {
    case 5:
        append(program, task, DRIVER_USAGE, 0, 0, 0);
        return;
    case 6:
        append(program, task, DRIVER_QUERY_REMOVAL_RELATIONS, 0, 0, 0);
        return;
    case 7:
        append(program, task, DRIVER_QUERY_TARGET_RELATION, 0, 0, 0);
        return;
    case 0:
        append(program, task, DRIVER_STOP, 0, 0, 0);
        if (!generator_chance(generator, 3)) {
            append(program, task, DRIVER_START, 0, 0, 0);
        }
        return;
    case 1:
        append(program, task, DRIVER_QUERY_STOP, 0, 0, 0);
        append(program, task, generator_chance(generator, 2) ? DRIVER_CANCEL_STOP : DRIVER_STOP, 0, 0, 0);
        return;
    case 2:
        append(program, task, DRIVER_QUERY_REMOVE, 0, 0, 0);
        append(program, task, DRIVER_CANCEL_REMOVE, 0, 0, 0);
        return;
    case 3:
        append(program, task, DRIVER_QUERY_RELATIONS, 0, 0, 0);
        return;
    case 4:
        append(program, task, DRIVER_QUERY_CAPABILITIES, 0, 0, 0);
        return;
    default:
        append(program, task, DRIVER_QUERY_STATE, 0, 0, 0);
        return;
    }
}

/* Handles belong to a process, so that any of its threads may close them. */
static void write_pnp_task(struct program *program, uint32_t task, struct generator *generator)
{
    if (task > 0 && generator_chance(generator, 6)) {
        append(program, task, DRIVER_CLOSE, generator_below(generator, task), 0, 0);
    }
    if (generator_chance(generator, 3)) {
        write_incident(program, task, generator);
    }
    if (generator_chance(generator, 10)) {
        return;
    }
    write_removal(program, task, generator);
    if (generator_chance(generator, 4)) {
        append(program, task, DRIVER_REPLUG, 0, 0, 0);
        if (generator_chance(generator, 2)) {
            write_removal(program, task, generator);
        }
    }
}

/* Mostly the device on our bus; a child when the driver has some, otherwise nothing. */
static uint32_t random_device(struct generator *generator)
{
    return generator_chance(generator, 5) ? 1 + generator_below(generator, 2) : 0;
}

static void write_power_task(struct program *program, uint32_t task, struct generator *generator)
{
    static const uint8_t kinds[] = {4, 3, 2, 3, 1, 2};
    for (uint32_t count = 1 + generator_below(generator, 3); count > 0; count--) {
        switch (pick(generator, kinds, sizeof kinds)) {
        case 0:
            append(program, task, DRIVER_SET_POWER, generator_below(generator, 4), random_device(generator), 0);
            break;
        case 1:
            append(program, task, DRIVER_SYSTEM_POWER, generator_below(generator, 6), 0, 0);
            break;
        case 2:
            append(program, task, DRIVER_WAIT_WAKE, 0, 0, 0);
            break;
        case 3:
            append(program, task, DRIVER_WMI, random_device(generator), 0, 0);
            break;
        case 4:
            append(program, task, DRIVER_SHUTDOWN, 0, 0, 0);
            break;
        default:
            append(program, task, DRIVER_ADVANCE, 1 + generator_below(generator, 5000), 0, 0);
            break;
        }
    }
}

/* --------------------------------------------------------------------------------------------------------- programs -- */

static void generate_settings(struct scenario *scenario, struct generator *generator)
{
    uint32_t *values = scenario->configuration.values;
    values[SETTING_DRIVER_LOCK] = generator_chance(generator, 4);
    values[SETTING_CPUS] = generator_chance(generator, 6);
    values[SETTING_UPPER] = generator_chance(generator, 4);
    values[SETTING_FAULTS] = generator_chance(generator, 4);
    values[SETTING_FORCE_PENDING] = generator_chance(generator, 4);
    values[SETTING_ALLOCATION_FAILURES] = generator_chance(generator, 6);
    for (uint32_t index = 0; index < CONFIGURATION_LIMIT; index++) {
        if (generator->is_fixed[index]) {
            values[index] = generator->fixed.values[index];
        }
    }
}

void driver_generate(const struct subject *subject, struct scenario *scenario, struct generator *generator)
{
    static const uint8_t sizes[] = {5, 6, 2};
    struct program *program = &scenario->program;
    uint32_t limit = generator->task_limit == 0 ? PROGRAM_TASK_LIMIT : generator->task_limit;
    uint32_t requests = 1 + pick(generator, sizes, sizeof sizes);
    (void)subject;
    generate_settings(scenario, generator);
    requests = requests + 1 > limit && limit > 1 ? limit - 1 : requests;
    for (uint32_t number = 0; number < requests; number++) {
        char name[PROGRAM_NAME_SIZE];
        snprintf(name, sizeof name, number == 0 ? "io" : "io%u", number + 1);
        program_add_task(program, name);
        write_io_task(scenario, number, number, generator);
    }
    if (program->task_count < limit) {
        program_add_task(program, "pnp");
        write_pnp_task(program, program->task_count - 1, generator);
    }
    if (program->task_count < limit && generator_chance(generator, 3)) {
        program_add_task(program, "power");
        write_power_task(program, program->task_count - 1, generator);
    }
}
