/*
 * subject.c - drivers as subjects.
 *
 * Built-in drivers are shared objects in two folders beside the program: reference/ holds correct ones, zoo/ ones with a bug.
 * The catalogue knows them by their files; a driver is loaded when somebody wants to use it.
 */
#include "subject.h"

#include "about.h"
#include "folder.h"
#include "rules.h"

#include "world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUILT_IN_LIMIT = 256, OPENED_LIMIT = 256, NAME_SIZE = 96, CODE_LIMIT = 256 };

static const char *const lock_words[] = {"free", "verifier", NULL};
static const char *const cpu_words[] = {"many", "one", NULL};
static const char *const yes_words[] = {"no", "yes", NULL};
static const char *const rules_words[] = {"strict", "sdv", "off", NULL};

static struct setting driver_settings[] = {
    {"lock", "the driver's remove locks as the system has them, or with Driver Verifier's shadow locks", lock_words, 0, 1, 0},
    {"cpus", "processors: one for each task, or a single one, on which DISPATCH_LEVEL is not preempted", cpu_words, 0, 1, 0},
    {"upper", "whether a filter stands above the driver's device", yes_words, 0, 1, 0},
    {"faults", "whether the bus may fail what it may fail: start, queries", yes_words, 0, 1, 0},
    {"force-pending", "whether a completion may come back to the driver later: IoCallDriver returns STATUS_PENDING", yes_words,
     0, 1, 0},
    {"legacy", "whether a started device may be removed without a query, as by Windows 9x", yes_words, 0, 1, 0},
    {"rules", "the rules of remove locks: followed through the driver, as the static verifier judged, or not", rules_words, 0,
     2, RULES_STRICT},
    {"rule", "the rule that is judged alone, or all", NULL, 0, 0, 0}, /* its words come from the table of rules */
    {"warnings", "whether what the rules merely advise against is a finding", yes_words, 0, 1, 0},
};

#define JUDGES(setting) (1u << ((setting)-SETTING_SUBJECT))

/* -------------------------------------------------------------------------------------------------------- opening -- */

static struct driver_subject *opened[OPENED_LIMIT];
static uint32_t opened_count;

const struct driver_subject *driver_of(const struct subject *subject)
{
    return subject->context;
}

static void make_operations(struct driver_subject *driver)
{
    static const uint32_t no_codes[] = {0x222000};
    const uint32_t *codes;
    uint32_t count = subject_image_codes(driver->image, &codes);
    driver->operations = malloc(driver_operation_count * sizeof driver->operations[0]);
    if (driver->operations == NULL) {
        abort();
    }
    memcpy(driver->operations, driver_operations, driver_operation_count * sizeof driver->operations[0]);
    for (uint32_t index = 0; index < driver_operation_count; index++) {
        int32_t position = driver_code_argument(&driver->operations[index]);
        if (position >= 0) {
            struct argument *argument = &driver->operations[index].arguments[position];
            argument->suggestions = count == 0 ? no_codes : codes;
            argument->suggestion_count = count == 0 ? 1 : count;
        }
    }
}

static const struct subject *open_file(const char *name, const char *path, bool correct, char *problem, size_t size)
{
    for (uint32_t index = 0; index < opened_count; index++) {
        if (strcmp(opened[index]->name, name) == 0) {
            return &opened[index]->subject;
        }
    }
    if (access(path, F_OK) != 0) {
        snprintf(problem, size, "%s: no such file; 'remlock build' makes drivers, 'remlock drivers' lists those of ours", path);
        return NULL;
    }
    struct subject_image *image = subject_image_open(path, problem, size);
    if (image == NULL || subject_image_is_program(image)) {
        return NULL; /* programs are opened by c_program/ */
    }
    struct driver_subject *driver = opened_count == OPENED_LIMIT ? NULL : calloc(1, sizeof *driver);
    if (driver == NULL) {
        snprintf(problem, size, "no memory for another driver: %s", path);
        return NULL;
    }
    driver_settings[SETTING_RULE - SETTING_SUBJECT].words = rules_names();
    driver_settings[SETTING_RULE - SETTING_SUBJECT].maximum = rule_count;
    driver->image = image;
    snprintf(driver->name, sizeof driver->name, "%s", name);
    about_read(subject_image_about(image), driver->summary, sizeof driver->summary, driver->story, sizeof driver->story);
    make_operations(driver);
    driver->subject = (struct subject){
        .name = driver->name,
        .summary = driver->summary,
        .story = correct ? NULL : driver->story,
        .correct = correct,
        .judging = JUDGES(SETTING_RULES) | JUDGES(SETTING_RULE) | JUDGES(SETTING_WARNINGS),
        .operations = driver->operations,
        .operation_count = driver_operation_count,
        .settings = driver_settings,
        .setting_count = sizeof driver_settings / sizeof driver_settings[0],
        .chooses = true,
        .started_tasks = 3,
        .operation_points = 16,
        .begin = driver_begin,
        .conduct = driver_conduct,
        .task_ends = driver_task_ends,
        .idle = driver_idle,
        .stuck = driver_stuck,
        .refine = driver_refine,
        .describe = driver_describe,
        .holders = driver_holders,
        .generate = driver_generate,
        .context = driver,
    };
    opened[opened_count++] = driver;
    return &driver->subject;
}

/* ------------------------------------------------------------------------------------------------------ catalogue -- */

struct built_in {
    struct subject subject;
    char name[NAME_SIZE];
    char path[SUBJECT_NAME_LIMIT + 1];
};

static struct built_in built_in[BUILT_IN_LIMIT];
static uint32_t built_in_count;
static bool listed;

static int compare(const void *one, const void *other)
{
    const struct built_in *left = one;
    const struct built_in *right = other;
    return strcmp(left->name, right->name);
}

static void list_file(const char *folder, const char *file, bool correct)
{
    size_t length = strlen(file);
    if (length <= 3 || strcmp(file + length - 3, ".so") != 0 || built_in_count == BUILT_IN_LIMIT) {
        return;
    }
    struct built_in *row = &built_in[built_in_count++];
    snprintf(row->name, sizeof row->name, "driver:%.*s", (int)(length - 3), file);
    snprintf(row->path, sizeof row->path, "%s/%s", folder, file);
    row->subject = (struct subject){.correct = correct};
}

static void list_folder(const char *kind, bool correct)
{
    char folder[SUBJECT_NAME_LIMIT];
    uint32_t first = built_in_count;
    snprintf(folder, sizeof folder, "%s/%s", driver_folder(), kind);
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        list_file(folder, entry->d_name, correct);
    }
    closedir(directory);
    qsort(built_in + first, built_in_count - first, sizeof built_in[0], compare);
}

static void list(void)
{
    if (listed) {
        return;
    }
    listed = true;
    list_folder("reference", true);
    list_folder("zoo", false);
    for (uint32_t index = 0; index < built_in_count; index++) {
        built_in[index].subject.name = built_in[index].name;
        built_in[index].subject.summary = "";
    }
}

uint32_t driver_subject_count(void)
{
    list();
    return built_in_count;
}

const struct subject *driver_subject_at(uint32_t index)
{
    list();
    return index < built_in_count ? &built_in[index].subject : NULL;
}

static bool is_path(const char *name)
{
    size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 3 && strcmp(name + length - 3, ".so") == 0);
}

const struct subject *driver_subject_open(const char *name, char *problem, size_t size)
{
    list();
    problem[0] = '\0';
    if (is_path(name)) {
        return open_file(name, name, false, problem, size);
    }
    for (uint32_t index = 0; index < built_in_count; index++) {
        if (strcmp(built_in[index].name, name) == 0) {
            return open_file(name, built_in[index].path, built_in[index].subject.correct, problem, size);
        }
    }
    return NULL;
}
