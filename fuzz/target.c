/* target.c - one input of an external engine, from bytes to verdict. */
#include "target.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

enum {
    SMALLEST = 5, /* bytes: with less there is no program of two operations. AFL++'s driver warms up with four bytes */
    MESSAGE_SIZE = 2 * SUBJECT_PROBLEM_SIZE,
};

static struct fuzz_options options;
static struct fuzz_input input;
static const char *input_name;

const struct fuzz_options *target_options(void)
{
    return &options;
}

void target_name_input(const char *name)
{
    input_name = name;
}

/* -------------------------------------------------------------------------------------------------------- options -- */

static _Noreturn void refuse(const char *message)
{
    fprintf(stderr, "remlock: %s\n", message);
    exit(2);
}

static void put_into_environment(const char *name, const char *value)
{
    char variable[64] = "REMLOCK_";
    for (size_t at = strlen(variable); *name != 0 && at + 1 < sizeof variable; at++, name++) {
        variable[at] = *name == '-' ? '_' : (char)(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name);
    }
    setenv(variable, value, 1);
}

/* --name=value and --name go into the environment; everything else is the engine's. */
static bool take_argument(const char *argument)
{
    static const char *const names[] = {"subject", "config", "misuse", "feedback", "schedules", "replay-dir"};
    if (strncmp(argument, "--", 2) != 0) {
        return false;
    }
    size_t length = strcspn(argument + 2, "=");
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (strlen(names[index]) == length && strncmp(argument + 2, names[index], length) == 0) {
            put_into_environment(names[index], argument[2 + length] == '=' ? argument + 2 + length + 1 : "");
            return true;
        }
    }
    return false;
}

static void take_arguments(int *argc, char **argv)
{
    int kept = 1;
    for (int index = 1; index < *argc; index++) {
        if (!take_argument(argv[index])) {
            argv[kept++] = argv[index];
        }
    }
    if (*argc > 0) {
        argv[kept] = NULL;
        *argc = kept;
    }
}

/* The subject is one of the options from then on: also for processes that the engine starts under another name. */
static void choose_subject(const char *family, const char *program)
{
    char name[SUBJECT_NAME_LIMIT + 1], message[MESSAGE_SIZE];
    if (getenv("REMLOCK_SUBJECT") != NULL) {
        return;
    }
    if (!target_standard_subject(family, program, name, sizeof name)) {
        snprintf(message, sizeof message, "which %s is to be fuzzed? Say --subject=%s:NAME or --subject=PATH", family, family);
        refuse(message);
    }
    setenv("REMLOCK_SUBJECT", name, 1);
}

static void end_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int target_initialise(const char *family, int *argc, char ***argv)
{
    char message[MESSAGE_SIZE];
    if (getenv(TARGET_GUARDED) != NULL) {
        end_with_parent();
        pthread_atfork(NULL, NULL, end_with_parent);
    }
    take_arguments(argc, *argv);
    choose_subject(family, *argc > 0 ? (*argv)[0] : "");
    options = fuzz_options_standard(NULL);
    options.schedules = counters_afl_present() ? FUZZ_SCHEDULES_AFL : FUZZ_SCHEDULES_LIBFUZZER;
    if (!fuzz_options_environment(&options, message, sizeof message)) {
        refuse(message);
    }
    if (!target_has_subject(family, options.subject)) {
        snprintf(message, sizeof message, "this target fuzzes %s and %s:..., not %s", family, family, options.subject->name);
        refuse(message);
    }
    if (!counters_afl_present()) {
        counters_libfuzzer_register(options.feedback);
    }
    return 0;
}

/* ------------------------------------------------------------------------------------------------------- findings -- */

static void name_task(uint32_t task, char *text, size_t size)
{
    if (task == SCHEDULER_NO_TASK) {
        snprintf(text, size, "none");
    } else {
        replay_task_text(&input.scenario.program, task, text, size);
    }
}

/* The first line is what crash grouping goes by, so nothing in it differs between two executions with the same finding. */
static void print_finding(const struct verdict *verdict, const char *path, bool saved)
{
    fprintf(stderr, "ASSERTION FAILED: %s %s %s\n", verdict->finding->identifier, options.subject->name, verdict->routine);
    char task[PROGRAM_NAME_SIZE + 8];
    name_task(verdict->task, task, sizeof task);
    fprintf(stderr, "  %s\n  task %s, %u scheduling points\n", verdict->message, task, verdict->steps);
    if (verdict->holders[0] != 0) {
        fprintf(stderr, "  held at that moment:\n%s\n", verdict->holders);
    }
    if (input_name != NULL) {
        fprintf(stderr, "  input: %s\n", input_name);
    }
    if (saved) {
        fprintf(stderr, "  replay file: %s\n  to see it again: remlock replay %s\n", path, path);
    } else {
        fprintf(stderr, "  no replay file: %s\n", path);
    }
}

static _Noreturn void report_and_abort(struct verdict *verdict)
{
    struct replay replay = {0};
    char path[4096] = "the schedule cannot be repeated";
    bool saved =
        fuzz_capture(&input, verdict, &replay) && fuzz_save_finding(&replay, verdict, options.replay_folder, path, sizeof path);
    print_finding(verdict, path, saved);
    replay_free(&replay);
    abort();
}

/* ---------------------------------------------------------------------------------------------------------- input -- */

void target_run(const uint8_t *bytes, size_t size)
{
    static struct verdict verdict;
    if (size < SMALLEST) {
        fuzz_counters[0] = 1; /* libFuzzer refuses to start when nothing counts */
        return;
    }
    if (!fuzz_recall(bytes, size, &options, &input)) {
        fuzz_load(bytes, size, options.subject, &input);
        fuzz_fit(&input, &options);
    }
    uint64_t seed = options.schedules > 1 ? fuzz_seed_of(bytes, size) : 0;
    bool found = fuzz_run(&input, seed, &options, &verdict);
    fuzz_counters[0] |= !options.feedback;
    if (counters_afl_present() && options.feedback) {
        counters_afl_publish();
    }
    if (found) {
        report_and_abort(&verdict);
    }
}
