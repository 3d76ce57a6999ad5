/*
 * program_space.c - see program_space.h.
 *
 * Sets of k tasks out of n with repetition are as many as sets of k out of n + k - 1 without; those are numbered by the
 * combinatorial number system (Knuth, The Art of Computer Programming, volume 4A, section 7.2.1.3).
 */
#include "program_space.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const uint64_t COUNT_LIMIT = (uint64_t)1 << 53;

/* -------------------------------------------------------------------------------------------------------- counting -- */

/* n over k, or COUNT_LIMIT when that is less. */
static uint64_t choose(uint64_t n, uint32_t k)
{
    unsigned __int128 result = 1;
    if (n < k) {
        return 0;
    }
    for (uint32_t factor = 1; factor <= k; factor++) {
        result = result * (n - k + factor) / factor;
        if (result >= COUNT_LIMIT) {
            return COUNT_LIMIT;
        }
    }
    return (uint64_t)result;
}

static uint64_t sets_of(const struct program_space *space, uint32_t tasks)
{
    return choose(space->sequences + tasks - 1, tasks);
}

static uint64_t add(uint64_t one, uint64_t other)
{
    return one + other < COUNT_LIMIT ? one + other : COUNT_LIMIT;
}

static uint64_t multiply(uint64_t one, uint64_t other)
{
    unsigned __int128 product = (unsigned __int128)one * other;
    return product < COUNT_LIMIT ? (uint64_t)product : COUNT_LIMIT;
}

static void count(struct program_space *space)
{
    uint64_t of_length = 1;
    for (uint32_t length = 1; length <= space->operations; length++) {
        of_length = multiply(of_length, space->alphabet_size);
        space->sequences = add(space->sequences, of_length);
    }
    for (uint32_t tasks = 1; tasks <= space->tasks; tasks++) {
        space->programs = add(space->programs, sets_of(space, tasks));
    }
    space->size = multiply(space->programs, space->configurations);
}

/* -------------------------------------------------------------------------------------------------------- alphabet -- */

static uint32_t values_of(const struct argument *argument)
{
    return argument->suggestion_count == 0 ? 1 : argument->suggestion_count;
}

static uint32_t value_of(const struct argument *argument, uint32_t number)
{
    if (argument->suggestion_count != 0) {
        return argument->suggestions[number];
    }
    bool in_range = argument->standard >= argument->minimum && argument->standard <= argument->maximum;
    return in_range ? argument->standard : argument->minimum;
}

/* The operation with each combination of its arguments' values. False when there are too many. */
static bool add_operation(struct program_space *space, uint32_t code)
{
    const struct operation *row = &space->subject->operations[code];
    uint64_t combinations = 1;
    for (uint32_t index = 0; index < row->argument_count; index++) {
        combinations = multiply(combinations, values_of(&row->arguments[index]));
    }
    for (uint64_t number = 0; number < combinations; number++) {
        struct program_operation operation = {.code = (uint8_t)code};
        uint64_t rest = number;
        if (space->alphabet_size == SPACE_ALPHABET_LIMIT) {
            return false;
        }
        for (uint32_t index = 0; index < row->argument_count; index++) {
            uint32_t values = values_of(&row->arguments[index]);
            operation.arguments[index] = value_of(&row->arguments[index], (uint32_t)(rest % values));
            rest /= values;
        }
        space->alphabet[space->alphabet_size++] = operation;
    }
    return true;
}

static bool is_listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',') == NULL ? NULL : strchr(at, ',') + 1) {
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool all_known(const struct subject *subject, const char *list, char *message, size_t size)
{
    for (const char *at = list; *at != '\0';) {
        char name[64];
        size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), at);
        if (subject_operation(subject, name) < 0) {
            snprintf(message, size, "--only: %s has no operation '%s'; 'remlock drivers %s' lists all", subject->name, name,
                     subject->name);
            return false;
        }
        at += length + (at[length] == ',');
    }
    return true;
}

static bool is_wanted(const struct operation *row, const struct program_space_options *options)
{
    if (options->only != NULL) {
        return is_listed(options->only, row->name);
    }
    return row->weight != 0 && (!row->misuse || options->misuse);
}

static bool make_alphabet(struct program_space *space, const struct program_space_options *options, char *message, size_t size)
{
    for (uint32_t code = 0; code < space->subject->operation_count; code++) {
        if (is_wanted(&space->subject->operations[code], options) && !add_operation(space, code)) {
            snprintf(message, size, "%s has more than %d operations with their arguments; choose some by --only",
                     space->subject->name, SPACE_ALPHABET_LIMIT);
            return false;
        }
    }
    if (space->alphabet_size == 0) {
        snprintf(message, size, "%s has no operations: it is a program of its own", space->subject->name);
    }
    return space->alphabet_size != 0;
}

static void make_configurations(struct program_space *space, const bool *is_fixed)
{
    space->configurations = 1;
    for (uint32_t index = 0; index < subject_setting_count(space->subject); index++) {
        const struct setting *setting = subject_setting(space->subject, index);
        bool own = index >= SETTING_SUBJECT;
        bool varies = own && (space->subject->varying >> (index - SETTING_SUBJECT) & 1) != 0 && !is_fixed[index];
        if (varies && space->varying_count < SPACE_VARYING_LIMIT) {
            space->varying[space->varying_count++] = index;
            space->configurations = multiply(space->configurations, (uint64_t)setting->maximum - setting->minimum + 1);
        }
    }
}

bool program_space_make(struct program_space *space, const struct program_space_options *options, char *message, size_t size)
{
    *space = (struct program_space){.subject = options->subject,
                                    .configuration = options->configuration,
                                    .tasks = options->tasks,
                                    .operations = options->operations};
    if (options->only != NULL && !all_known(space->subject, options->only, message, size)) {
        return false;
    }
    if (!make_alphabet(space, options, message, size)) {
        return false;
    }
    make_configurations(space, options->is_fixed);
    count(space);
    if (space->size >= COUNT_LIMIT || (uint64_t)options->tasks * options->operations > PROGRAM_OPERATION_LIMIT) {
        snprintf(message, size, "more programs than can be counted; fewer --tasks or --operations, or choose some by --only");
        return false;
    }
    return true;
}

/* --------------------------------------------------------------------------------------------------------- by number -- */

static void append_sequence(const struct program_space *space, uint64_t sequence, struct program *program)
{
    char name[PROGRAM_NAME_SIZE];
    uint32_t task = program->task_count;
    snprintf(name, sizeof name, "task%u", (task + 1) % 1000);
    program_add_task(program, name);
    uint64_t of_length = space->alphabet_size;
    uint32_t length = 1;
    for (; sequence >= of_length; length++) {
        sequence -= of_length;
        of_length *= space->alphabet_size;
    }
    for (; length > 0; length--) {
        program_append(program, task, space->alphabet[sequence % space->alphabet_size]);
        sequence /= space->alphabet_size;
    }
}

/* The largest n with choose(n, k) <= rank. */
static uint64_t largest(uint64_t rank, uint32_t k, uint64_t limit)
{
    uint64_t low = k - 1, high = limit;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (choose(middle, k) <= rank) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

static void fill(const struct program_space *space, uint64_t rank, struct program *program)
{
    uint32_t tasks = 1;
    for (; rank >= sets_of(space, tasks); tasks++) {
        rank -= sets_of(space, tasks);
    }
    uint64_t limit = space->sequences + tasks - 1;
    for (uint32_t k = tasks; k > 0; k--) {
        uint64_t element = largest(rank, k, limit);
        rank -= choose(element, k);
        append_sequence(space, element - (k - 1), program);
        limit = element;
    }
}

void program_space_at(const struct program_space *space, uint64_t index, struct scenario *scenario)
{
    uint64_t which = index % space->configurations;
    memset(scenario, 0, sizeof *scenario);
    scenario->subject = space->subject;
    scenario->configuration = space->configuration;
    for (uint32_t number = 0; number < space->varying_count; number++) {
        const struct setting *setting = subject_setting(space->subject, space->varying[number]);
        uint64_t values = (uint64_t)setting->maximum - setting->minimum + 1;
        scenario->configuration.values[space->varying[number]] = setting->minimum + (uint32_t)(which % values);
        which /= values;
    }
    fill(space, index / space->configurations, &scenario->program);
    scenario_clamp(scenario);
}
