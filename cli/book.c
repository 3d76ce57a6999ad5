/* book.c - what happens to a finding once it is there. */
#include "book.h"

#include "files.h"
#include "interrupt.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A finding on its way through the book. */
struct entry {
    struct book *book;
    struct replay replay; /* becomes smaller */
    struct verdict verdict;
    const struct book_circumstances *circumstances;
    struct replay_minimised minimised;
    bool is_minimised;
    char path[PATH_MAX];       /* of the smallest replay */
    char found_path[PATH_MAX]; /* of the one as found */
};

static bool is_known(struct book *book, const struct verdict *verdict)
{
    for (uint32_t index = 0; index < book->count; index++) {
        if (strcmp(book->known[index].identifier, verdict->finding->identifier) == 0 &&
            strcmp(book->known[index].routine, verdict->routine) == 0) {
            return true;
        }
    }
    if (book->count < BOOK_LIMIT) {
        snprintf(book->known[book->count].identifier, REPLAY_IDENTIFIER_SIZE, "%s", verdict->finding->identifier);
        snprintf(book->known[book->count].routine, REPLAY_ROUTINE_SIZE, "%s", verdict->routine);
        book->count++;
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------------ saving -- */

/* "mydriver" for "./build/mydriver.so": where it lies says nothing. */
static int own_name(const char *subject, const char **name)
{
    const char *slash = strrchr(subject, '/');
    *name = slash ? slash + 1 : subject;
    size_t length = strlen(*name);
    bool is_file = subject_is_path(subject) && length > 3 && strcmp(*name + length - 3, ".so") == 0;
    return (int)(is_file ? length - 3 : length);
}

static void path_for(const struct entry *entry, const char *ending, char *path)
{
    const char *subject;
    int subject_length = own_name(entry->replay.scenario.subject->name, &subject);
    const char *folder = entry->book->folder;
    const char *routine = strcmp(entry->verdict.routine, "-") == 0 ? "" : entry->verdict.routine;
    size_t start = strlen(folder) + 1;
    int length = snprintf(path, PATH_MAX, "%s/%.*s.%s%s%s%s", folder, subject_length, subject,
                          entry->verdict.finding->identifier, routine[0] ? "." : "", routine, ending);
    /* Names of subjects hold colons, which some file systems and many tools dislike. */
    for (size_t at = start; length > 0 && at < (size_t)length && at < PATH_MAX - 1; at++) {
        if (!isalnum((unsigned char)path[at]) && !strchr("-_.", path[at])) {
            path[at] = '-';
        }
    }
}

static void save(struct entry *entry, const char *ending, const char *what, char *path)
{
    char message[PATH_MAX + 256], heading[128];
    const char *engine = entry->circumstances->engine;
    const char *command = entry->circumstances->command;
    snprintf(heading, sizeof(heading), "%s remlock %s%s%s, %sin execution %" PRIu64, what,
             engine    ? "fuzz"
             : command ? command
                       : "test",
             engine ? ", engine " : "", engine ? engine : "", entry->is_minimised ? "found " : "",
             entry->circumstances->executions);
    path_for(entry, ending, path);
    if (!case_save(&entry->replay, heading, path, message, sizeof(message))) {
        progress_wipe(entry->book->progress);
        complain("%s", message);
        entry->book->trouble = true;
        path[0] = 0;
    }
}

/* ---------------------------------------------------------------------------------------------------- verifying -- */

static bool shows_the_same(const struct entry *entry, const struct verdict *again)
{
    return verdict_same_finding(&entry->verdict, again) &&
           (entry->circumstances->truncated || entry->verdict.hash == again->hash);
}

/* Leaves the second run's trace for whoever wants it. */
static bool verify(struct entry *entry)
{
    struct replay_result result;
    replay_run(&entry->replay, HARNESS_RECORD, &result);
    if (shows_the_same(entry, &result.verdict)) {
        entry->verdict = result.verdict;
        return true;
    }
    const struct finding *nondeterminism = finding_find("nondeterminism");
    char message[sizeof(entry->verdict.message)];
    snprintf(message, sizeof(message), "%.64s came of a schedule that gave %s when it ran again",
             entry->verdict.finding->identifier, result.verdict.finding ? "something else" : "nothing");
    if (nondeterminism) {
        entry->verdict.finding = nondeterminism;
    }
    snprintf(entry->verdict.message, sizeof(entry->verdict.message), "%s", message);
    strcpy(entry->verdict.routine, "-");
    entry->verdict.holders[0] = 0;
    return false;
}

/* ---------------------------------------------------------------------------------------------------- minimising -- */

static void show_minimising(void *context, const struct replay_progress *minimising)
{
    struct progress *progress = context;
    if (progress_due(progress)) {
        progress_show(progress, "minimising: %" PRIu64 " executions, down to %u tasks, %u operations, %u preemptions",
                      minimising->executions, minimising->size.tasks, minimising->size.operations,
                      minimising->size.preemptions);
    }
}

static void minimise(struct entry *entry)
{
    struct replay_error error;
    struct replay_minimise_options options = {
        .progress = show_minimising, .context = entry->book->progress, .cancel = &interrupt_requested};
    entry->is_minimised = replay_minimise(&entry->replay, &options, &entry->minimised, &error);
    progress_wipe(entry->book->progress);
    if (!entry->is_minimised) {
        complain("%s: not minimised: %s", entry->found_path, error.message);
    }
}

/* ----------------------------------------------------------------------------------------------------------- telling -- */

static void print_indented(const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        printf("    %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void print_numbers(const struct entry *entry)
{
    char count[32], duration[32];
    printf("  found in execution %s after %s", progress_count(entry->circumstances->executions, count, sizeof(count)),
           progress_duration(entry->circumstances->seconds, duration, sizeof(duration)));
    if (entry->is_minimised) {
        const struct replay_minimised *minimised = &entry->minimised;
        printf("; minimised in %s executions from %u to %u operations, from %u to %u preemptions%s",
               progress_count(minimised->executions, count, sizeof(count)), minimised->before.operations,
               minimised->after.operations, minimised->before.preemptions, minimised->after.preemptions,
               minimised->minimal ? "" : " (not to the end)");
    }
    puts("\n");
}

static void print_entry(const struct entry *entry, const struct report_execution *execution)
{
    struct report_style style = common_style(entry->book->common);
    report_verdict(stdout, &style, execution);
    print_numbers(entry);
    char *text = case_text(&entry->replay, NULL, NULL);
    print_indented(text ? text : "");
    free(text);
    if (entry->path[0] && !entry->book->common->quiet) {
        printf("\n  remlock explain %s\n  remlock replay %s\n", entry->path, entry->path);
    }
    putchar('\n');
    fflush(stdout);
}

static cJSON *size_json(const struct replay_size *size)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "tasks", size->tasks);
    cJSON_AddNumberToObject(json, "operations", size->operations);
    cJSON_AddNumberToObject(json, "preemptions", size->preemptions);
    cJSON_AddNumberToObject(json, "deviations", size->deviations);
    return json;
}

static void add_json(const struct entry *entry, const struct report_execution *execution)
{
    cJSON *json = report_verdict_json(execution);
    cJSON_AddNumberToObject(json, "executions", (double)entry->circumstances->executions);
    cJSON_AddNumberToObject(json, "seconds", entry->circumstances->seconds);
    if (entry->found_path[0]) {
        cJSON_AddStringToObject(json, "found_file", entry->found_path);
    }
    if (entry->is_minimised) {
        cJSON *minimised = cJSON_AddObjectToObject(json, "minimised");
        cJSON_AddBoolToObject(minimised, "minimal", entry->minimised.minimal);
        cJSON_AddNumberToObject(minimised, "executions", (double)entry->minimised.executions);
        cJSON_AddItemToObject(minimised, "before", size_json(&entry->minimised.before));
        cJSON_AddItemToObject(minimised, "after", size_json(&entry->minimised.after));
    }
    cJSON_AddItemToArray(entry->book->json, json);
}

static void tell(struct entry *entry, bool verified)
{
    struct replay_result result;
    replay_run(&entry->replay, HARNESS_RECORD, &result);
    struct report_execution execution = {.scenario = &entry->replay.scenario,
                                         .verdict = verified ? &result.verdict : &entry->verdict,
                                         .path = entry->path[0] ? entry->path : NULL};
    progress_wipe(entry->book->progress);
    if (entry->book->common->json) {
        add_json(entry, &execution);
    } else {
        print_entry(entry, &execution);
    }
}

void book_enter(struct book *book, const struct replay *replay, const struct verdict *verdict,
                const struct book_circumstances *circumstances)
{
    if (is_known(book, verdict)) {
        return;
    }
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry || !replay_copy(&entry->replay, replay)) {
        complain("out of memory: a finding cannot be kept");
        book->trouble = true;
        free(entry);
        return;
    }
    entry->book = book;
    entry->verdict = *verdict;
    entry->circumstances = circumstances;
    bool verified = verify(entry);
    replay_expect(&entry->replay, &entry->verdict);
    if (verified && book->minimise) {
        save(entry, ".found.replay", "as found by", entry->found_path);
        minimise(entry);
    }
    save(entry, ".replay", entry->is_minimised ? "minimised by" : "as found by", entry->path);
    tell(entry, verified);
    replay_free(&entry->replay);
    free(entry);
}
