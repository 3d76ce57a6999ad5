/*
 * subject.c - ordinary C programs as subjects.
 *
 * A program has no operations of its own to choose from: what is asked of it is one task `main` with the operation `run`. What
 * it is given, and what counts as a finding, are settings.
 */
#include "subject.h"

#include "about.h"
#include "image.h"
#include "symbols.h"

#include <remlock/threads.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENT_LIMIT = 3, NO_ARGUMENT = 1000000, FAIR_STEPS = 2000000, OPENED_LIMIT = 256 };

enum {
    SETTING_ARGUMENT = SETTING_SUBJECT, /* argument1, argument2, argument3 */
    SETTING_LEAKS = SETTING_ARGUMENT + ARGUMENT_LIMIT,
    SETTING_EXIT_STATUS,
    SETTING_SPURIOUS,
    SETTING_OUTPUT,
};

static const char *const yes_words[] = {"no", "yes", NULL};
static const char *const leaks_words[] = {"none", "locks", "memory", NULL};

static const struct setting settings[] = {
    {"argument1", "a number that main() gets; 1000000: none", NULL, 0, NO_ARGUMENT, NO_ARGUMENT},
    {"argument2", "one behind it", NULL, 0, NO_ARGUMENT, NO_ARGUMENT},
    {"argument3", "one behind that", NULL, 0, NO_ARGUMENT, NO_ARGUMENT},
    {"leaks", "what left at the end is a finding: a lock that a thread still holds when it ends; memory not freed as well",
     leaks_words, 0, 2, LEAKS_LOCKS},
    {"exit-status", "whether to end with another status than 0 is a finding", yes_words, 0, 1, 0},
    {"spurious-wakeups", "whether a wait for a condition variable may end without a signal", yes_words, 0, 1, 0},
    {"output", "whether what the program prints is shown", yes_words, 0, 1, 0},
};

enum { SETTING_COUNT = sizeof settings / sizeof settings[0], JUDGING = (1 << SETTING_COUNT) - 1 };

struct c_program {
    struct subject subject;
    struct subject_image *image;
    struct symbols *symbols;
    char name[SUBJECT_NAME_LIMIT + 1];
    char summary[ABOUT_SUMMARY_SIZE];
    char story[ABOUT_STORY_SIZE];
};

static const struct c_program *current(void)
{
    return harness_scenario()->subject->context;
}

/* ------------------------------------------------------------------------------------------------------ operation -- */

/* The memory behind argv is the program's to change, so it is made anew for each execution. */
static int make_arguments(char **arguments)
{
    static char texts[ARGUMENT_LIMIT + 1][16];
    const uint32_t *values = harness_scenario()->configuration.values;
    int count = 1;
    snprintf(texts[0], sizeof texts[0], "program");
    arguments[0] = texts[0];
    for (; count <= ARGUMENT_LIMIT && values[SETTING_ARGUMENT + count - 1] != NO_ARGUMENT; count++) {
        snprintf(texts[count], sizeof texts[count], "%u", values[SETTING_ARGUMENT + count - 1]);
        arguments[count] = texts[count];
    }
    arguments[count] = NULL;
    return count;
}

static void run(const struct operation_call *call)
{
    static char *arguments[ARGUMENT_LIMIT + 2];
    if (call->task != 0 || call->position != 0) {
        harness_leave_out(); /* a program runs once */
        return;
    }
    int count = make_arguments(arguments);
    threads_main((int (*)(int, char **, char **))(uintptr_t)subject_image_entry(current()->image), count, arguments);
}

static const struct operation operations[] = {
    {.name = "run", .summary = "calls main()", .weight = 1, .run = run},
};

static void generate(const struct subject *subject, struct scenario *scenario, struct generator *generator)
{
    (void)subject, (void)generator;
    program_add_task(&scenario->program, "main");
    program_append(&scenario->program, 0, (struct program_operation){.code = 0});
}

/* ---------------------------------------------------------------------------------------------------------- world -- */

static const char *name_of(const void *code)
{
    size_t offset;
    return symbols_find(current()->symbols, code, &offset);
}

static void begin(const struct subject *subject, const struct scenario *scenario)
{
    const struct c_program *program = subject->context;
    const uint32_t *values = scenario->configuration.values;
    struct subject_image_variables variables = subject_image_thread_variables(program->image);
    subject_image_restore(program->image);
    scheduler_watch_image(subject_image_base(program->image), subject_image_size(program->image));
    threads_reset(&(struct threads_options){
        .spurious_wakeups = values[SETTING_SPURIOUS] != 0,
        .allocation_failures = values[SETTING_ALLOCATION_FAILURES] != 0,
        .print = values[SETTING_OUTPUT] != 0,
        .status_matters = values[SETTING_EXIT_STATUS] != 0,
        .leaks = (enum threads_leaks)values[SETTING_LEAKS],
        .name_of = name_of,
        .thread_variables = variables.start,
        .thread_variables_size = variables.size,
        .thread_variables_total = variables.total,
    });
}

static void end(const struct scenario *scenario)
{
    (void)scenario;
    threads_end();
}

/* Threads that wait when main() has returned wait no longer than the process lives. */
static bool idle(void)
{
    if (!threads_ending()) {
        return false;
    }
    threads_stop();
    if (scheduler_violation() != NULL) {
        return false;
    }
    harness_end_early();
    return true;
}

/* Threads that go on for ever when main() has returned are those of a server: they stop with the process. */
static const char *refine(const struct violation *violation)
{
    return strcmp(violation->identifier, VIOLATION_LIVELOCK) == 0 && threads_ending() ? "" : NULL;
}

static void describe(const void *address, char *text, size_t size)
{
    size_t offset;
    const char *name = symbols_find(current()->symbols, address, &offset);
    if (name == NULL) {
        threads_describe(address, text, size);
    } else if (offset == 0) {
        snprintf(text, size, "%s", name);
    } else {
        snprintf(text, size, "%s+%zu", name, offset);
    }
}

static void holders(char *text, size_t size)
{
    threads_holders(text, size, harness_describe);
}

/* -------------------------------------------------------------------------------------------------------- opening -- */

static struct c_program *opened[OPENED_LIMIT];
static uint32_t opened_count;

static void fill_in(struct c_program *program)
{
    program->subject = (struct subject){
        .name = program->name,
        .summary = program->summary,
        .story = program->story,
        .judging = JUDGING,
        .operations = operations,
        .operation_count = sizeof operations / sizeof operations[0],
        .settings = settings,
        .setting_count = SETTING_COUNT,
        .chooses = true,
        .started_tasks = 3,
        .operation_points = 64,
        .plain_points = true,
        .fixed_program = true,
        .fair_steps = FAIR_STEPS,
        .begin = begin,
        .end = end,
        .idle = idle,
        .refine = refine,
        .describe = describe,
        .holders = holders,
        .generate = generate,
        .context = program,
    };
}

const struct subject *c_program_open(const char *name, char *problem, size_t size)
{
    for (uint32_t index = 0; index < opened_count; index++) {
        if (strcmp(opened[index]->name, name) == 0) {
            return &opened[index]->subject;
        }
    }
    if (!subject_is_path(name)) {
        return NULL;
    }
    struct subject_image *image = subject_image_open(name, problem, size);
    if (image == NULL || !subject_image_is_program(image)) {
        return NULL;
    }
    struct c_program *program = opened_count == OPENED_LIMIT ? NULL : calloc(1, sizeof *program);
    struct symbols *symbols = program == NULL ? NULL : symbols_read(subject_image_path(image), subject_image_base(image));
    if (symbols == NULL) {
        free(program);
        snprintf(problem, size, "no memory for another program: %s", name);
        return NULL;
    }
    program->image = image;
    program->symbols = symbols;
    snprintf(program->name, sizeof program->name, "%s", name);
    about_read(subject_image_about(image), program->summary, sizeof program->summary, program->story, sizeof program->story);
    fill_in(program);
    opened[opened_count++] = program;
    return &program->subject;
}

uint32_t c_program_count(void)
{
    return 0;
}

const struct subject *c_program_at(uint32_t index)
{
    (void)index;
    return NULL;
}
