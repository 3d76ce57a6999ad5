/* support.c - see support.h. */
#include "support.h"

#include "mutants.h"

#include <remlock/replay.h>

#include <stdio.h>

struct scenario scenario_of(const char *subject, const char *config, const char *program)
{
    const struct subject *made_here = test_subject_find(subject);
    struct replay replay = {0};
    struct replay_error error;
    char text[2048];
    int size = snprintf(text, sizeof text, "remlock 1\nsubject %s\n%s%s\nprogram\n%s\n", made_here != NULL ? "lock" : subject,
                        config[0] == '\0' ? "" : "config ", config, program);
    assert_true(size > 0 && (size_t)size < sizeof text);
    if (!replay_parse(&replay, text, (size_t)size, subject, &error)) {
        fail_msg("%s\n%s", error.message, text);
    }
    struct scenario scenario = replay.scenario;
    replay_free(&replay);
    if (made_here != NULL) {
        scenario.subject = made_here;
    }
    return scenario;
}

struct verdict run_default(const struct scenario *scenario)
{
    struct verdict verdict;
    harness_execute(scenario, strategy_replay((struct schedule){NULL, 0}), HARNESS_HASH, &verdict);
    return verdict;
}

const char *identifier_of(const struct verdict *verdict)
{
    return verdict->finding == NULL ? "clean" : verdict->finding->identifier;
}

static bool shows(const struct verdict *verdict, const char *identifier)
{
    return verdict->finding != NULL && (identifier == NULL || strcmp(verdict->finding->identifier, identifier) == 0);
}

static struct strategy *exhaustive(uint32_t preemptions)
{
    return strategy_open("exhaustive", &(struct strategy_options){.preemption_bound = preemptions});
}

bool find_exhaustively(const struct scenario *scenario, const char *identifier, uint32_t preemptions, uint64_t limit,
                       struct verdict *found)
{
    struct strategy *strategy = exhaustive(preemptions);
    for (uint64_t execution = 0; execution < limit; execution++) {
        harness_execute(scenario, strategy, HARNESS_HASH, found);
        if (shows(found, identifier)) {
            return true;
        }
        if (!scheduler_more()) {
            return false;
        }
    }
    return false;
}

struct search run_all_schedules(const struct scenario *scenario, uint32_t preemptions, uint64_t limit, struct verdict *last)
{
    struct strategy *strategy = exhaustive(preemptions);
    struct search search = {0};
    struct verdict verdict;
    do {
        harness_execute(scenario, strategy, HARNESS_HASH, &verdict);
        if (search.findings == 0) {
            *last = verdict;
        }
        search.findings += verdict.finding != NULL;
        search.executions++;
        search.complete = !scheduler_more();
    } while (!search.complete && search.executions < limit);
    return search;
}

bool find_randomly(const struct scenario *scenario, const char *name, const char *identifier, uint64_t executions,
                   struct verdict *found)
{
    struct strategy *strategy = strategy_open(name, &(struct strategy_options){.seed = 1});
    assert_non_null(strategy);
    for (uint64_t execution = 0; execution < executions; execution++) {
        harness_execute(scenario, strategy, HARNESS_HASH, found);
        if (shows(found, identifier)) {
            return true;
        }
    }
    return false;
}

const char *program_text(const struct scenario *scenario)
{
    static char text[16384];
    const struct program *program = &scenario->program;
    size_t length = (size_t)snprintf(text, sizeof text, "%s\n", scenario->subject->name);
    for (uint32_t index = 0; index < subject_setting_count(scenario->subject); index++) {
        length += (size_t)snprintf(text + length, sizeof text - length, " %s=%u",
                                   subject_setting(scenario->subject, index)->name, scenario->configuration.values[index]);
    }
    for (uint32_t task = 0; task < program->task_count; task++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "\n%s:", program->tasks[task].name);
        for (uint32_t position = 0; position < program->tasks[task].count; position++) {
            char operation[64];
            operation_format(scenario->subject, &program->operations[program->tasks[task].first + position], operation,
                             sizeof operation);
            length += (size_t)snprintf(text + length, sizeof text - length, " %s;", operation);
        }
    }
    return text;
}

void assert_verdict(const struct scenario *scenario, const struct verdict *verdict, const char *identifier)
{
    if (strcmp(identifier_of(verdict), identifier) != 0) {
        fail_msg("%s\nthe verdict is %s in %s (%s), expected %s", program_text(scenario), identifier_of(verdict),
                 verdict->finding == NULL ? "-" : verdict->routine, verdict->finding == NULL ? "" : verdict->message,
                 identifier);
    }
}

/* ------------------------------------------------------------------------------------------------------ validity -- */

static void assert_valid_operation(const struct subject *subject, const struct program_operation *operation)
{
    assert_true(operation->code < subject->operation_count);
    const struct operation *row = &subject->operations[operation->code];
    for (uint32_t index = 0; index < OPERATION_ARGUMENT_LIMIT; index++) {
        uint32_t value = operation->arguments[index];
        if (index < row->argument_count) {
            assert_in_range(value, row->arguments[index].minimum, row->arguments[index].maximum);
        } else {
            assert_int_equal(value, 0);
        }
    }
}

static void assert_valid_name(const struct program *program, uint32_t task)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const char *name = program->tasks[task].name;
    size_t length = strnlen(name, PROGRAM_NAME_SIZE);
    assert_in_range(length, 1, PROGRAM_NAME_SIZE - 1);
    assert_non_null(strchr(letters, name[0]));
    assert_int_equal(strspn(name, others), length);
    for (uint32_t other = 0; other < task; other++) {
        assert_string_not_equal(name, program->tasks[other].name);
    }
}

void assert_valid(const struct scenario *scenario)
{
    const struct program *program = &scenario->program;
    uint32_t settings = subject_setting_count(scenario->subject);
    for (uint32_t index = 0; index < settings; index++) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        assert_in_range(scenario->configuration.values[index], setting->minimum, setting->maximum);
    }
    assert_true(program->task_count <= PROGRAM_TASK_LIMIT && program->operation_count <= PROGRAM_OPERATION_LIMIT);
    uint32_t first = 0;
    for (uint32_t task = 0; task < program->task_count; task++) {
        assert_int_equal(program->tasks[task].first, first);
        assert_valid_name(program, task);
        first += program->tasks[task].count;
    }
    assert_int_equal(program->operation_count, first);
    for (uint32_t index = 0; index < first; index++) {
        assert_valid_operation(scenario->subject, &program->operations[index]);
    }
}

struct generator lock_generator(uint64_t seed)
{
    struct generator generator = {.state = seed};
    generator.is_fixed[SETTING_BLAME] = true;
    generator.fixed.values[SETTING_BLAME] = BLAME_LOCK;
    return generator;
}
