/* regress.c - `remlock regress`. */
#include "command.h"
#include "files.h"
#include "interrupt.h"
#include "progress.h"
#include "values.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTOR_LIMIT = 32, MESSAGE_SIZE = 1024 };

/* One file and what came of it. */
struct item {
    char *path;
    struct replay replay;
    bool loaded;
    bool passed;
    char *message; /* what is wrong, or NULL */
};

static struct {
    struct item *items;
    uint32_t count, capacity;
    bool out_of_memory;
} list;

struct regress_options {
    struct common_options common;
    const struct subject *subject; /* NULL: the files say it */
    const char *folder;
    uint64_t repeat;
};

/* ---------------------------------------------------------------------------------------------------------- options -- */

enum { KEY_REPEAT = 0x200, KEY_SUBJECT };

static const struct argp_option option_list[] = {
    {"repeat", KEY_REPEAT, "N", 0, "Replay everything so many times (1)", 1},
    {"subject", KEY_SUBJECT, "SUBJECT", 0, "Run all of them on this one, whatever they say they are for", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct regress_options *options = state->input;
    char message[SUBJECT_PROBLEM_SIZE];
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_REPEAT:
        options->repeat = option_number(state, "--repeat", argument, 1, UINT32_MAX);
        return 0;
    case KEY_SUBJECT:
        options->subject = subject_open(argument, message, sizeof(message));
        if (!options->subject) {
            argp_failure(state, EXIT_USAGE, 0, "%s", message);
        }
        return 0;
    case ARGP_KEY_ARG:
        if (options->folder) {
            argp_error(state, "one folder at a time: '%s' or '%s'", options->folder, argument);
        }
        options->folder = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->folder) {
            argp_error(state, "a folder is missing");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp regress_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "DIR",
    .doc = "Replays every *.replay file in DIR and in the folders below it, and compares each verdict with what the file "
           "expects. A file that expects nothing, cannot be read or diverges is not as expected."
           "\vExamples:\n"
           "  remlock regress corpus/regressions\n"
           "  remlock regress --json corpus/regressions\n"
           "  remlock regress --subject build/my.so tests/replays\n"
           "\nExit codes: 0 all as expected, 1 not all, 2 usage (also: no replay file in DIR).",
    .children = common_children,
};

/* ---------------------------------------------------------------------------------------------------------- loading -- */

static bool is_replay_name(const char *path)
{
    const char *ending = strrchr(path, '.');
    return ending && strcmp(ending, ".replay") == 0;
}

static struct item *add_item(const char *path)
{
    if (list.count == list.capacity) {
        uint32_t capacity = list.capacity ? list.capacity * 2 : 64;
        struct item *items = realloc(list.items, capacity * sizeof(*items));
        if (!items) {
            return NULL;
        }
        list.items = items;
        list.capacity = capacity;
    }
    struct item *item = &list.items[list.count];
    memset(item, 0, sizeof(*item));
    item->path = strdup(path);
    list.count += item->path != NULL;
    return item->path ? item : NULL;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)position;
    if (type != FTW_F || !is_replay_name(path)) {
        return 0;
    }
    if (!add_item(path)) {
        list.out_of_memory = true;
        return 1;
    }
    return 0;
}

static int compare_paths(const void *left, const void *right)
{
    const struct item *one = left, *other = right;
    return strcmp(one->path, other->path);
}

static bool find_files(const char *folder)
{
    errno = 0;
    int result = nftw(folder, visit, DESCRIPTOR_LIMIT, 0);
    if (list.out_of_memory) {
        complain("out of memory while listing '%s'", folder);
        return false;
    }
    if (result != 0) {
        complain("cannot read the folder '%s': %s", folder, strerror(errno));
        return false;
    }
    if (list.count == 0) {
        complain("no replay file (*.replay) in '%s'", folder);
        return false;
    }
    qsort(list.items, list.count, sizeof(*list.items), compare_paths);
    return true;
}

static void fail(struct item *item, const char *message)
{
    item->passed = false;
    if (!item->message) {
        item->message = strdup(message);
    }
}

static void load(struct item *item, const struct subject *subject)
{
    struct replay_error error;
    item->passed = true;
    item->loaded = replay_load_for(&item->replay, subject, item->path, &error);
    if (!item->loaded) {
        fail(item, error.message);
    } else if (item->replay.expectation == REPLAY_EXPECTS_NOTHING) {
        fail(item, "expects nothing; add a line such as 'expect clean'");
    }
}

/* ---------------------------------------------------------------------------------------------------------- running -- */

static void describe_difference(const struct item *item, const struct replay_result *result, char *text, size_t size)
{
    const struct replay *replay = &item->replay;
    const struct verdict *verdict = &result->verdict;
    if (result->outcome == REPLAY_DIVERGED) {
        char why[MESSAGE_SIZE - 16];
        replay_explain_divergence(replay, result, why, sizeof(why));
        snprintf(text, size, "diverged: %s", why);
        return;
    }
    bool wants_finding = replay->expectation == REPLAY_EXPECTS_FINDING;
    snprintf(text, size, "expected %s%s%s, got %s%s%s", wants_finding ? replay->identifier : "clean",
             wants_finding && replay->routine[0] ? " " : "", wants_finding ? replay->routine : "",
             verdict->finding ? verdict->finding->identifier : "clean", verdict->finding && verdict->routine[0] ? " " : "",
             verdict->finding ? verdict->routine : "");
}

static void run(struct item *item)
{
    struct replay_result result;
    if (!item->loaded) {
        return;
    }
    replay_run(&item->replay, HARNESS_PLAIN, &result);
    if (result.outcome != REPLAY_AS_EXPECTED) {
        char message[MESSAGE_SIZE];
        describe_difference(item, &result, message, sizeof(message));
        fail(item, message);
    }
}

static uint64_t run_all(uint64_t repeat)
{
    uint64_t done = 0;
    for (uint64_t round = 0; round < repeat; round++) {
        for (uint32_t index = 0; index < list.count && !interrupt_requested; index++) {
            run(&list.items[index]);
            done++;
        }
    }
    return done;
}

static uint32_t count_failed(void)
{
    uint32_t failed = 0;
    for (uint32_t index = 0; index < list.count; index++) {
        failed += !list.items[index].passed;
    }
    return failed;
}

/* ---------------------------------------------------------------------------------------------------------- telling -- */

static void print_text(const struct regress_options *options, uint64_t done, double seconds)
{
    char rate[32], count[32];
    uint32_t failed = count_failed();
    for (uint32_t index = 0; index < list.count; index++) {
        const struct item *item = &list.items[index];
        if (!item->passed) {
            printf("NOT AS EXPECTED %s\n  %s\n", item->path, item->message ? item->message : "out of memory");
        }
    }
    if (options->common.quiet) {
        return;
    }
    printf("%u of %u replays as expected; %s executions in %.3f s (%s)%s\n", list.count - failed, list.count,
           progress_count(done, count, sizeof(count)), seconds,
           progress_rate(seconds > 0 ? (double)done / seconds : 0, rate, sizeof(rate)),
           interrupt_requested ? ", interrupted" : "");
}

static void print_json(uint64_t done, double seconds)
{
    cJSON *json = json_begin("regress");
    cJSON *items = cJSON_AddArrayToObject(json, "replays");
    for (uint32_t index = 0; index < list.count; index++) {
        const struct item *item = &list.items[index];
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "file", item->path);
        cJSON_AddBoolToObject(entry, "as_expected", item->passed);
        if (!item->passed) {
            cJSON_AddStringToObject(entry, "message", item->message ? item->message : "out of memory");
        }
        cJSON_AddItemToArray(items, entry);
    }
    cJSON_AddNumberToObject(json, "failed", count_failed());
    cJSON_AddNumberToObject(json, "executions", (double)done);
    cJSON_AddNumberToObject(json, "seconds", seconds);
    cJSON_AddBoolToObject(json, "interrupted", interrupt_requested != 0);
    json_print(stdout, json);
}

static void free_list(void)
{
    for (uint32_t index = 0; index < list.count; index++) {
        replay_free(&list.items[index].replay);
        free(list.items[index].path);
        free(list.items[index].message);
    }
    free(list.items);
}

int command_regress(int argument_count, char **arguments)
{
    struct regress_options options = {.repeat = 1};
    argp_parse(&regress_argp, argument_count, arguments, 0, NULL, &options);
    if (!find_files(options.folder)) {
        free_list();
        return EXIT_USAGE;
    }
    interrupt_catch();
    for (uint32_t index = 0; index < list.count; index++) {
        load(&list.items[index], options.subject);
    }
    double start = progress_clock();
    uint64_t done = run_all(options.repeat);
    double seconds = progress_clock() - start;
    bool complete = done == options.repeat * list.count;
    if (options.common.json) {
        print_json(done, seconds);
    } else {
        print_text(&options, done, seconds);
    }
    int code = count_failed() || !complete ? EXIT_FINDING : EXIT_CLEAN;
    free_list();
    return code;
}
