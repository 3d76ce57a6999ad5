/*
 * verdicts.c - prints what executions come to, so that builds of the code under test by different compilers can be compared.
 *
 *     verdicts record FOLDER      searches a finding of every subject and saves its replay as FOLDER/SUBJECT.replay
 *     verdicts print FOLDER...    runs the replays in these folders, then random executions of every subject
 *
 * `print` writes a line for each replay: name, outcome, identifier, routine, steps, trace hash; and a line for each subject and
 * a number of random executions: how many findings, and a hash over all their verdicts, steps and trace hashes. Schedules count
 * synchronisation operations and not instructions, so the lines are the same whatever compiled the subjects. Exit status 0, or
 * 1 when a replay does not come to what it expects.
 */
#include <remlock/replay.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEARCH_LIMIT = 400000, SCHEDULES_PER_SCENARIO = 8, RANDOM_EXECUTIONS = 4000, PATH_SIZE = 4096 };

static struct generator generator_for(const struct subject *subject, uint64_t seed)
{
    struct generator generator = {.state = seed, .misuse = subject->needs_misuse};
    generator.is_fixed[SETTING_BLAME] = true;
    generator.fixed.values[SETTING_BLAME] = BLAME_LOCK;
    return generator;
}

/* ---------------------------------------------------------------------------------------------------------- record -- */

/* The first finding of random walks; the last execution when there is none, as with subjects that are correct here. */
static bool search(const struct subject *subject, struct replay *replay)
{
    struct generator generator = generator_for(subject, 1);
    struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = 1});
    bool hopeless = subject->correct || subject->weak_memory;
    uint32_t limit = hopeless ? RANDOM_EXECUTIONS : SEARCH_LIMIT;
    for (uint32_t count = 0; count < limit; count++) {
        static struct scenario scenario;
        struct verdict verdict;
        if (count % SCHEDULES_PER_SCENARIO == 0) {
            generator_scenario(&generator, subject, &scenario);
        }
        harness_execute(&scenario, strategy, HARNESS_PLAIN, &verdict);
        if (verdict.finding != NULL || (hopeless && count + 1 == limit)) {
            return replay_capture(replay, &scenario, &verdict);
        }
    }
    return false;
}

static bool record_subject(const struct subject *subject, const char *folder)
{
    struct replay replay = {0};
    struct replay_error error;
    char path[PATH_SIZE];
    if (!search(subject, &replay)) {
        fprintf(stderr, "%s: no finding in %d executions\n", subject->name, SEARCH_LIMIT);
        return false;
    }
    snprintf(path, sizeof path, "%s/%s.replay", folder, subject->name);
    char *colon = strchr(strrchr(path, '/'), ':');
    if (colon != NULL) {
        *colon = '-';
    }
    bool saved = replay_save(&replay, NULL, path, &error);
    if (!saved) {
        fprintf(stderr, "%s\n", error.message);
    }
    replay_free(&replay);
    return saved;
}

static int record(const char *folder)
{
    bool all = true;
    for (uint32_t index = 0; index < subject_count(); index++) {
        all = record_subject(subject_at(index), folder) && all;
    }
    return all ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ----------------------------------------------------------------------------------------------------------- replays -- */

static bool print_replay(const char *path, const char *name)
{
    struct replay replay = {0};
    struct replay_error error;
    struct replay_result result;
    if (!replay_load(&replay, path, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return false;
    }
    replay_run(&replay, HARNESS_HASH, &result);
    const struct verdict *verdict = &result.verdict;
    bool found = verdict->finding != NULL;
    printf("%s %s %s %s %u %016llx\n", name, replay_outcome_name(result.outcome),
           found ? verdict->finding->identifier : "clean", found ? verdict->routine : "-", verdict->steps,
           (unsigned long long)verdict->hash);
    replay_free(&replay);
    return result.outcome == REPLAY_AS_EXPECTED;
}

static bool print_entry(const char *folder, const struct dirent *entry);

/* In order of names, with what lies in folders below. */
static bool print_folder(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    bool all = true;
    if (count < 0) {
        perror(folder);
        return false;
    }
    for (int index = 0; index < count; index++) {
        all = print_entry(folder, entries[index]) && all;
        free(entries[index]);
    }
    free(entries);
    return all;
}

static bool print_entry(const char *folder, const struct dirent *entry)
{
    char path[PATH_SIZE];
    const char *ending = strrchr(entry->d_name, '.');
    if (entry->d_name[0] == '.') {
        return true;
    }
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entry->d_type == DT_DIR) {
        return print_folder(path);
    }
    return ending == NULL || strcmp(ending, ".replay") != 0 || print_replay(path, entry->d_name);
}

/* ------------------------------------------------------------------------------------------------------------ random -- */

static void add_verdict(XXH3_state_t *hash, const struct verdict *verdict)
{
    struct {
        uint64_t trace;
        uint64_t steps;
    } numbers = {verdict->hash, verdict->steps};
    XXH3_64bits_update(hash, &numbers, sizeof numbers);
    if (verdict->finding != NULL) {
        XXH3_64bits_update(hash, verdict->finding->identifier, strlen(verdict->finding->identifier));
        XXH3_64bits_update(hash, verdict->routine, strlen(verdict->routine));
    }
}

static void print_random(const struct subject *subject)
{
    static XXH3_state_t hash;
    struct generator generator = generator_for(subject, 2);
    struct strategy *strategy = strategy_open("random", &(struct strategy_options){.seed = 2});
    uint32_t findings_seen = 0;
    XXH3_64bits_reset(&hash);
    for (uint32_t count = 0; count < RANDOM_EXECUTIONS; count++) {
        static struct scenario scenario;
        struct verdict verdict;
        if (count % SCHEDULES_PER_SCENARIO == 0) {
            generator_scenario(&generator, subject, &scenario);
        }
        harness_execute(&scenario, strategy, HARNESS_HASH, &verdict);
        findings_seen += verdict.finding != NULL;
        add_verdict(&hash, &verdict);
    }
    printf("%s %d random executions, %u findings, %016llx\n", subject->name, RANDOM_EXECUTIONS, findings_seen,
           (unsigned long long)XXH3_64bits_digest(&hash));
}

int main(int argument_count, char **arguments)
{
    if (argument_count == 3 && strcmp(arguments[1], "record") == 0) {
        return record(arguments[2]);
    }
    if (argument_count < 3 || strcmp(arguments[1], "print") != 0) {
        fprintf(stderr, "usage: verdicts record FOLDER, or verdicts print FOLDER...\n");
        return 2;
    }
    bool all = true;
    for (int index = 2; index < argument_count; index++) {
        all = print_folder(arguments[index]) && all;
    }
    for (uint32_t index = 0; index < subject_count(); index++) {
        print_random(subject_at(index));
    }
    return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
