/* scenario.c - settings that every subject has, and bringing scenarios into range. */
#include <remlock/harness.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const memory_words[] = {"sc", "tso", "c11", NULL};
static const char *const points_words[] = {"sync", "all", NULL};
static const char *const lookahead_words[] = {"no", "yes", "begins", NULL};
static const char *const switch_words[] = {"no", "yes", NULL};
static const char *const races_words[] = {"off", "nt", "c11", NULL};
static const char *const blame_words[] = {"all", "lock", NULL};

static const struct setting general_settings[SETTING_SUBJECT] = {
    [SETTING_MEMORY] = {"memory",
                        "the memory model: sc is sequential consistency, tso x86 with its store buffers, c11 what C11 allows",
                        memory_words, 0, 2, MEMORY_SC},
    [SETTING_POINTS] = {"points", "scheduling points: sync at synchronisation operations, all at plain accesses as well",
                        points_words, 0, 1, POINTS_SYNC},
    [SETTING_ALLOCATION_FAILURES] = {"allocation-failures", "whether pool allocations may fail, by choice", switch_words, 0, 1,
                                     0},
    [SETTING_BLAME] = {"blame", "all: misuse by callers is a finding; lock: only what the lock itself does wrong", blame_words,
                       0, 1, BLAME_ALL},
    [SETTING_STEPS] = {"steps", "the step limit of one execution", NULL, 100, 1000000, SCHEDULER_STEP_LIMIT},
    [SETTING_LOOKAHEAD] = {"lookahead",
                           "yes: tasks run to their first scheduling point when they start, as some strategies need; begins: "
                           "to one at their begin, as proofs need",
                           lookahead_words, 0, 2, LOOKAHEAD_NO},
    [SETTING_RACES] = {"races", "what is a data race: nt where volatile accesses count as atomic, c11 where they do not",
                       races_words, 0, 2, RACES_OFF},
};

static const struct setting all_points = {
    "points",  "scheduling points: sync at synchronisation operations, all at plain accesses as well", points_words, 0, 1,
    POINTS_ALL};

const struct setting *subject_setting(const struct subject *subject, uint32_t index)
{
    if (index == SETTING_POINTS && subject->plain_points) {
        return &all_points;
    }
    if (index < SETTING_SUBJECT) {
        return &general_settings[index];
    }
    return index < subject_setting_count(subject) ? &subject->settings[index - SETTING_SUBJECT] : NULL;
}

uint32_t subject_setting_count(const struct subject *subject)
{
    return SETTING_SUBJECT + subject->setting_count;
}

struct configuration configuration_standard(const struct subject *subject)
{
    struct configuration configuration;
    memset(&configuration, 0, sizeof configuration);
    for (uint32_t index = 0; index < subject_setting_count(subject); index++) {
        configuration.values[index] = subject_setting(subject, index)->standard;
    }
    return configuration;
}

int32_t subject_operation(const struct subject *subject, const char *name)
{
    for (uint32_t code = 0; code < subject->operation_count; code++) {
        if (strcmp(subject->operations[code].name, name) == 0) {
            return (int32_t)code;
        }
    }
    return -1;
}

static uint32_t clamp(uint32_t value, uint32_t minimum, uint32_t maximum)
{
    if (value >= minimum && value <= maximum) {
        return value;
    }
    return minimum + (uint32_t)(value % ((uint64_t)maximum - minimum + 1));
}

static void clamp_configuration(struct scenario *scenario)
{
    uint32_t count = subject_setting_count(scenario->subject);
    for (uint32_t index = 0; index < count; index++) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        scenario->configuration.values[index] =
            clamp(scenario->configuration.values[index], setting->minimum, setting->maximum);
    }
    for (uint32_t index = count; index < CONFIGURATION_LIMIT; index++) {
        scenario->configuration.values[index] = 0;
    }
}

static void clamp_operation(const struct subject *subject, struct program_operation *operation)
{
    operation->code = (uint8_t)(operation->code % subject->operation_count);
    const struct operation *row = &subject->operations[operation->code];
    for (uint32_t index = 0; index < OPERATION_ARGUMENT_LIMIT; index++) {
        const struct argument *argument = &row->arguments[index];
        operation->arguments[index] =
            index < row->argument_count ? clamp(operation->arguments[index], argument->minimum, argument->maximum) : 0;
    }
}

static bool is_name(const char *name)
{
    size_t length = strnlen(name, PROGRAM_NAME_SIZE);
    if (length == 0 || length == PROGRAM_NAME_SIZE || !isalpha((unsigned char)name[0])) {
        return false;
    }
    for (size_t index = 1; index < length; index++) {
        unsigned char letter = (unsigned char)name[index];
        if (!isalnum(letter) && letter != '-' && letter != '_') {
            return false;
        }
    }
    return true;
}

static bool name_is_taken(const struct program *program, uint32_t task)
{
    for (uint32_t other = 0; other < task; other++) {
        if (strcmp(program->tasks[other].name, program->tasks[task].name) == 0) {
            return true;
        }
    }
    return false;
}

static void clamp_name(struct program *program, uint32_t task)
{
    char *name = program->tasks[task].name;
    if (is_name(name) && !name_is_taken(program, task)) {
        return;
    }
    for (uint32_t number = task + 1;; number++) {
        memset(name, 0, PROGRAM_NAME_SIZE);
        snprintf(name, PROGRAM_NAME_SIZE, "task%u", number % 10000);
        if (!name_is_taken(program, task)) {
            return;
        }
    }
}

void scenario_clamp(struct scenario *scenario)
{
    struct program *program = &scenario->program;
    clamp_configuration(scenario);
    if (program->task_count > PROGRAM_TASK_LIMIT) {
        program->task_count = PROGRAM_TASK_LIMIT;
    }
    uint32_t first = 0;
    for (uint32_t task = 0; task < program->task_count; task++) {
        uint32_t room = PROGRAM_OPERATION_LIMIT - first;
        program->tasks[task].first = (uint16_t)first;
        program->tasks[task].count = program->tasks[task].count > room ? (uint16_t)room : program->tasks[task].count;
        first += program->tasks[task].count;
        clamp_name(program, task);
    }
    program->operation_count = first;
    for (uint32_t index = 0; index < first; index++) {
        clamp_operation(scenario->subject, &program->operations[index]);
    }
}
