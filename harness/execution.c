/* execution.c - runs scenarios and turns what happened into verdicts. */
#include "holdings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The identifier of a violation that is none: the execution ends here and is clean. */
static const char ended_clean[] = "", ended_early[] = "";

static struct scenario const *current;

const struct scenario *harness_scenario(void)
{
    return current;
}

/* -------------------------------------------------------------------------------------------------------- reports -- */

static void report(const char *identifier, const void *object, const char *format, va_list arguments)
{
    char message[sizeof((struct violation *)NULL)->message];
    vsnprintf(message, sizeof message, format, arguments);
    scheduler_violate(identifier, object, "%s", message);
}

void harness_report(const char *identifier, const void *object, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(identifier, object, format, arguments);
    va_end(arguments);
}

void harness_end_clean(void)
{
    scheduler_violate(ended_clean, NULL, "%s", "");
}

void harness_end_early(void)
{
    scheduler_violate(ended_early, NULL, "%s", "");
}

void harness_report_caller(const char *identifier, const void *object, const char *format, ...)
{
    if (current->configuration.values[SETTING_BLAME] == BLAME_LOCK) {
        harness_end_clean();
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    report(identifier, object, format, arguments);
    va_end(arguments);
}

/* ---------------------------------------------------------------------------------------------------------- tasks -- */

static void note(const char *mark, const struct program_operation *operation)
{
    char text[48];
    operation_format(current->subject, operation, text, sizeof text);
    scheduler_note(NULL, "%s %s", mark, text);
}

static bool recording;
static uint32_t tasks_left;
static uint32_t operations_begun, operations_left_out;

void harness_leave_out(void)
{
    operations_left_out++;
}

static void run_task(void *argument)
{
    const struct program *program = &current->program;
    struct operation_call call = {.task = (uint32_t)(uintptr_t)argument};
    const struct program_task *task = &program->tasks[call.task];
    call.task_name = task->name;
    if (current->configuration.values[SETTING_LOOKAHEAD] == LOOKAHEAD_BEGINS) {
        /* What the task finds before its first point depends on who began before it. */
        static const struct scheduler_call begin = {"begins", 0, EFFECT_NONE};
        scheduler_call(&begin, NULL);
    }
    for (call.position = 0; call.position < task->count; call.position++) {
        const struct program_operation *operation = &program->operations[task->first + call.position];
        call.arguments = operation->arguments;
        if (recording) {
            note(">", operation);
        }
        operations_begun++;
        current->subject->operations[operation->code].run(&call);
        if (recording) {
            note("<", operation);
        }
    }
    if (current->subject->task_ends != NULL) {
        current->subject->task_ends(call.task);
    }
    if (current->subject->conduct != NULL) {
        scheduler_touch(&tasks_left, 1, EFFECT_UPDATE); /* somebody waits for it */
    }
    tasks_left--;
    if (current->subject->conduct != NULL) {
        scheduler_release_order(&tasks_left);
        scheduler_changed(&tasks_left);
    }
}

void harness_start_tasks(void)
{
    for (uint32_t task = 0; task < current->program.task_count; task++) {
        scheduler_start(task);
    }
}

static bool none_left(const void *argument)
{
    const uint32_t *left = argument;
    return *left == 0;
}

void harness_wait_for_tasks(void)
{
    static const struct scheduler_call call = {"wait for the program's tasks", 0, EFFECT_UPDATE};
    scheduler_wait(&call, &tasks_left, none_left, &tasks_left, SCHEDULER_NEVER);
}

static void conduct(void *argument)
{
    (void)argument;
    current->subject->conduct();
}

static void spawn_tasks(const struct scenario *scenario)
{
    const struct program *program = &scenario->program;
    tasks_left = program->task_count;
    if (scenario->subject->conduct == NULL) {
        for (uint32_t task = 0; task < program->task_count; task++) {
            scheduler_spawn(program->tasks[task].name, run_task, (void *)(uintptr_t)task);
        }
        return;
    }
    for (uint32_t task = 0; task < program->task_count; task++) {
        scheduler_spawn_held(program->tasks[task].name, run_task, (void *)(uintptr_t)task);
    }
    scheduler_spawn("system", conduct, NULL);
}

static bool stuck(void)
{
    if (current->subject->idle != NULL && current->subject->idle()) {
        return true;
    }
    if (current->subject->stuck != NULL) {
        current->subject->stuck();
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------- verdicts -- */

/* A subject may know that what the scheduler found is nothing. */
static bool forgiven(const struct violation *violation)
{
    const char *refined = current->subject->refine == NULL ? NULL : current->subject->refine(violation);
    return refined != NULL && refined[0] == '\0';
}

static void judge(const struct violation *violation, struct verdict *verdict)
{
    const char *refined = current->subject->refine == NULL ? NULL : current->subject->refine(violation);
    const char *identifier = refined == NULL ? violation->identifier : refined;
    verdict->finding = finding_find(identifier);
    if (verdict->finding == NULL) {
        fprintf(stderr, "remlock: the finding %s is not in the catalogue\n", identifier);
        abort();
    }
    snprintf(verdict->routine, sizeof verdict->routine, "%s", violation->routine[0] == '\0' ? "-" : violation->routine);
    snprintf(verdict->message, sizeof verdict->message, "%s", violation->message);
    verdict->task = violation->task;
    verdict->site = violation->site;
    verdict->object = violation->object;
    verdict->other = violation->other;
    verdict->own = violation->own;
    verdict->holders[0] = '\0';
    if (current->subject->holders != NULL) {
        current->subject->holders(verdict->holders, sizeof verdict->holders);
    }
}

/* What the scheduler itself found (memory, deadlock) may be the consequence of a caller's misuse. */
static bool excused(const struct violation *violation)
{
    static const char *const consequences[] = {VIOLATION_USE_AFTER_FREE, VIOLATION_OUT_OF_BOUNDS, VIOLATION_DOUBLE_FREE,
                                               VIOLATION_DEADLOCK, VIOLATION_LIVELOCK};
    if (current->configuration.values[SETTING_BLAME] != BLAME_LOCK || current->subject->caller_erred == NULL ||
        !current->subject->caller_erred()) {
        return false;
    }
    for (size_t index = 0; index < sizeof consequences / sizeof consequences[0]; index++) {
        if (strcmp(violation->identifier, consequences[index]) == 0) {
            return true;
        }
    }
    return false;
}

void harness_execute(const struct scenario *scenario, struct strategy *strategy, unsigned mode, struct verdict *verdict)
{
    const uint32_t *values = scenario->configuration.values;
    struct scheduler_options options = {
        .step_limit = values[SETTING_STEPS],
        .fair_steps = scenario->subject->fair_steps,
        .plain_points = values[SETTING_POINTS] == POINTS_ALL,
        .record = mode & HARNESS_RECORD,
        .feedback = mode & HARNESS_FEEDBACK,
        .allocation_failures = values[SETTING_ALLOCATION_FAILURES] != 0,
        .lookahead = values[SETTING_LOOKAHEAD] != LOOKAHEAD_NO || strategy->looks_ahead,
        .log_steps = strategy->logs_steps,
        .tell_states = strategy->tells_states,
        .memory = (uint8_t)values[SETTING_MEMORY],
        .races = (uint8_t)values[SETTING_RACES],
    };
    current = scenario;
    recording = options.record;
    scheduler_on_deadlock(stuck);
    scheduler_describe_holders(scenario->subject->holders);
    scheduler_reset(&options);
    operations_begun = operations_left_out = 0;
    holdings_reset();
    scenario->subject->begin(scenario->subject, scenario);
    spawn_tasks(scenario);
    enum scheduler_outcome outcome = scheduler_run(strategy);
    if (outcome == SCHEDULER_FINISHED && scenario->subject->end != NULL) {
        scenario->subject->end(scenario);
    }
    verdict->abandoned = outcome == SCHEDULER_ABANDONED;
    const struct violation *violation = scheduler_violation();
    verdict->finding = NULL;
    if (violation != NULL && (violation->identifier == ended_early || forgiven(violation))) {
        violation = NULL;
    }
    verdict->excused = violation != NULL;
    verdict->steps = scheduler_steps();
    verdict->operations = operations_begun;
    verdict->left_out = operations_left_out;
    if (violation != NULL && violation->identifier != ended_clean && !excused(violation)) {
        judge(violation, verdict);
        verdict->excused = false;
        mode |= HARNESS_HASH;
    }
    verdict->hash = mode & (HARNESS_HASH | HARNESS_RECORD) ? scheduler_hash() : 0;
}

bool verdict_same_finding(const struct verdict *one, const struct verdict *other)
{
    if (one->finding == NULL || other->finding == NULL) {
        return one->finding == other->finding;
    }
    return one->finding == other->finding && strcmp(one->routine, other->routine) == 0;
}

/* ---------------------------------------------------------------------------------------------------- determinism -- */

static void fill_nondeterminism(struct verdict *verdict, const struct verdict *first, const struct verdict *second)
{
    const char *what = "other values or objects";
    if (!verdict_same_finding(first, second)) {
        what = "another verdict";
    } else if (first->steps != second->steps) {
        what = "another number of steps";
    }
    memset(verdict, 0, sizeof *verdict);
    verdict->finding = finding_find("nondeterminism");
    verdict->other.task = SCHEDULER_NO_TASK;
    strcpy(verdict->routine, "-");
    snprintf(verdict->message, sizeof verdict->message, "the same schedule gave %s when it was run again: %u and %u steps",
             what, first->steps, second->steps);
    verdict->task = SCHEDULER_NO_TASK;
    verdict->hash = second->hash;
    verdict->steps = second->steps;
}

bool harness_check_determinism(const struct scenario *scenario, const struct verdict *first, struct verdict *verdict)
{
    static struct deviation deviations[SCHEDULER_DEVIATION_LIMIT];
    if (scheduler_schedule_truncated()) {
        return true;
    }
    struct schedule schedule = scheduler_schedule();
    memcpy(deviations, schedule.deviations, schedule.count * sizeof deviations[0]);
    schedule.deviations = deviations;
    struct verdict copy = *first;
    copy.hash = scheduler_hash();
    struct verdict second;
    harness_execute(scenario, strategy_replay(schedule), HARNESS_HASH, &second);
    if (verdict_same_finding(&copy, &second) && copy.hash == second.hash && copy.steps == second.steps) {
        return true;
    }
    fill_nondeterminism(verdict, &copy, &second);
    return false;
}

/* ---------------------------------------------------------------------------------------------------------- names -- */

void harness_describe(const void *address, char *text, size_t size)
{
    text[0] = '\0';
    if (current == NULL || address == NULL) {
        return;
    }
    if (current->subject->describe != NULL) {
        current->subject->describe(address, text, size);
    }
    if (text[0] != '\0') {
        return;
    }
    const struct scheduler_allocation *allocation = scheduler_allocation_of(address);
    if (allocation != NULL) {
        snprintf(text, size, "%s+%zu", allocation->kind, (size_t)((const char *)address - (const char *)allocation->address));
    }
}
