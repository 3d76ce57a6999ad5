/* subjects.c - see subjects.h. */
#include "subjects.h"

#include "keeper.h"
#include "words.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char canary_name[] = "canary";

enum { ASKING_SECONDS = 60 };

/* ---------------------------------------------------------------------------------------------------------- names -- */

static bool is_pattern(const char *name)
{
    return strpbrk(name, "*?[") != NULL;
}

static void add_once(struct word_list *names, const char *name)
{
    for (uint32_t index = 0; index < names->count; index++) {
        if (strcmp(names->words[index], name) == 0) {
            return;
        }
    }
    word_list_add(names, word_keep(name, strlen(name)));
}

static void add_paths(struct word_list *names, const char *pattern)
{
    glob_t paths;
    if (glob(pattern, 0, NULL, &paths) == 0) {
        for (size_t index = 0; index < paths.gl_pathc; index++) {
            add_once(names, paths.gl_pathv[index]);
        }
        globfree(&paths);
    }
}

static void add_listed(struct word_list *names, const char *pattern)
{
    for (uint32_t index = 0; index < subject_count(); index++) {
        const char *name = subject_at(index)->name;
        if (fnmatch(pattern, name, FNM_CASEFOLD) == 0) {
            add_once(names, name);
        }
    }
}

static bool add_matching(struct word_list *names, const char *word)
{
    uint32_t before = names->count;
    if (!is_pattern(word)) {
        add_once(names, word);
        return true;
    }
    if (subject_is_path(word)) {
        add_paths(names, word);
    } else {
        add_listed(names, word);
    }
    if (names->count == before) {
        complain("no subject matches '%s'; 'remlock drivers' lists all", word);
    }
    return names->count > before;
}

static bool is_excluded(const struct campaign_options *options, const char *name)
{
    for (uint32_t index = 0; index < options->excluded.count; index++) {
        if (fnmatch(options->excluded.words[index], name, FNM_CASEFOLD) == 0) {
            return true;
        }
    }
    return false;
}

static bool find_names(struct word_list *names, const struct campaign_options *options)
{
    bool found = true;
    for (uint32_t index = 0; index < options->subjects.count; index++) {
        found = add_matching(names, options->subjects.words[index]) && found;
    }
    if (options->subjects.count == 0) {
        add_listed(names, "*");
    }
    if (!options->no_canary) {
        add_once(names, canary_name);
    }
    return found;
}

/* -------------------------------------------------------------------------------------------------------- what it is -- */

static bool hash_file(const char *path, uint64_t *hash)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0 || about.st_size == 0) {
        if (file >= 0) {
            close(file);
        }
        return false;
    }
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (bytes == MAP_FAILED) {
        return false;
    }
    *hash = XXH3_64bits(bytes, (size_t)about.st_size);
    munmap(bytes, (size_t)about.st_size);
    return true;
}

/* Drivers of the catalogue lie in folders below one; the lock is part of this program. */
static void find_build(const char *name, char *build, size_t size)
{
    char pattern[PATH_MAX];
    uint64_t hash = 0;
    glob_t paths = {0};
    const char *own = strchr(name, ':');
    snprintf(pattern, sizeof(pattern), "%s/*/%s.so", subject_folder(), own ? own + 1 : name);
    bool is_loaded = !subject_is_path(name) && glob(pattern, 0, NULL, &paths) == 0;
    const char *path = subject_is_path(name) ? name : is_loaded ? paths.gl_pathv[0] : "/proc/self/exe";
    bool known = hash_file(path, &hash);
    globfree(&paths);
    snprintf(build, size, known ? "%016" PRIx64 : "unknown", hash);
}

static bool take_answer(struct known_subject *subject, const char *text)
{
    cJSON *json = cJSON_Parse(text ? text : ""), *about = cJSON_GetObjectItem(json, "subject");
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(about, "name"));
    const char *summary = cJSON_GetStringValue(cJSON_GetObjectItem(about, "summary"));
    if (!name || strlen(name) >= CAMPAIGN_NAME_SIZE) {
        cJSON_Delete(json);
        return false;
    }
    snprintf(subject->row.name, sizeof(subject->row.name), "%s", name);
    snprintf(subject->row.summary, sizeof(subject->row.summary), "%s", summary ? summary : "");
    subject->row.correct = cJSON_IsTrue(cJSON_GetObjectItem(about, "correct"));
    subject->row.canary = strcmp(name, canary_name) == 0;
    subject->weak_memory = cJSON_IsTrue(cJSON_GetObjectItem(about, "weak_memory"));
    subject->fixed_program = cJSON_IsTrue(cJSON_GetObjectItem(about, "fixed_program"));
    subject->settings = cJSON_DetachItemFromObject(about, "settings");
    find_build(name, subject->row.build, sizeof(subject->row.build));
    cJSON_Delete(json);
    return true;
}

/* ----------------------------------------------------------------------------------------------------------- asking -- */

struct question {
    struct keeper keeper;
    const char *name; /* NULL: free */
};

static bool ask(struct question *question, const char *name)
{
    struct command_words words = {0};
    char message[256];
    command_add(&words, "remlock");
    command_add(&words, "drivers");
    command_add(&words, "--json");
    command_add(&words, "%s", name);
    struct keeper_job job = {.words = words.words, .seconds = ASKING_SECONDS, .grace = 1};
    bool asked = keeper_start(&question->keeper, &job, message, sizeof(message));
    command_free(&words);
    question->name = asked ? name : NULL;
    if (!asked) {
        complain("%s", message);
    }
    return asked;
}

static bool hear(struct question *question, struct known_subject *subject)
{
    bool understood = take_answer(subject, question->keeper.text);
    if (!understood) {
        char *end = strchr(question->keeper.words, '\n');
        if (end) {
            *end = 0;
        }
        const char *words = question->keeper.words[0] ? question->keeper.words : "it cannot be loaded";
        const char *own = strstr(words, ": ");
        complain("%s", own && strncmp(words, "remlock drivers", 15) == 0 ? own + 2 : words);
    }
    keeper_free(&question->keeper);
    question->name = NULL;
    return understood;
}

/* Two names may mean the same. */
static void settle(struct known_subjects *subjects, const struct campaign_options *options)
{
    struct known_subject *subject = &subjects->list[subjects->count];
    bool known = known_subjects_number(subjects, subject->row.name) < subjects->count;
    bool left_out = !subject->row.canary && is_excluded(options, subject->row.name);
    if (known || left_out) {
        cJSON_Delete(subject->settings);
        return;
    }
    char name[CAMPAIGN_NAME_SIZE];
    subject_file_name(subject->row.name, name, sizeof(name));
    snprintf(subject->corpus, sizeof(subject->corpus), "%s/corpus/%s", options->folder, name);
    subjects->count++;
}

/* In order, whoever answers first: numbers of subjects must not depend on chance. */
static bool ask_all(struct known_subjects *subjects, const struct word_list *names, const struct campaign_options *options)
{
    struct question *questions = calloc(names->count, sizeof(*questions));
    bool all = questions != NULL;
    for (uint32_t next = 0, oldest = 0; all && oldest < names->count; oldest++) {
        for (; all && next < names->count && next < oldest + options->jobs; next++) {
            all = ask(&questions[next], names->words[next]);
        }
        while (all && !keeper_poll(&questions[oldest].keeper)) {
            struct pollfd end = {.fd = questions[oldest].keeper.report, .events = POLLIN};
            poll(&end, 1, 100);
        }
        subjects->list[subjects->count] = (struct known_subject){0};
        all = all && hear(&questions[oldest], &subjects->list[subjects->count]);
        if (all) {
            settle(subjects, options);
        }
    }
    for (uint32_t index = 0; questions && index < names->count; index++) {
        if (questions[index].name) {
            keeper_free(&questions[index].keeper);
        }
    }
    free(questions);
    return all;
}

static bool find_all(struct known_subjects *subjects, struct word_list *names, const struct campaign_options *options)
{
    if (!find_names(names, options)) {
        return false;
    }
    subjects->list = calloc(names->count + 1, sizeof(*subjects->list));
    if (!subjects->list || !ask_all(subjects, names, options)) {
        return false;
    }
    subjects->canary = known_subjects_number(subjects, canary_name);
    if (subjects->count == (subjects->canary < subjects->count)) {
        complain("no subject is left; 'remlock drivers' lists all");
        return false;
    }
    return true;
}

bool known_subjects_find(struct known_subjects *subjects, const struct campaign_options *options)
{
    struct word_list names = {0};
    *subjects = (struct known_subjects){0};
    bool found = find_all(subjects, &names, options);
    word_list_free(&names);
    return found;
}

void known_subjects_free(struct known_subjects *subjects)
{
    for (uint32_t index = 0; index < subjects->count; index++) {
        cJSON_Delete(subjects->list[index].settings);
    }
    free(subjects->list);
    *subjects = (struct known_subjects){0};
}

uint32_t known_subjects_number(const struct known_subjects *subjects, const char *name)
{
    uint32_t index = 0;
    while (index < subjects->count && strcmp(subjects->list[index].row.name, name) != 0) {
        index++;
    }
    return index;
}

void subject_file_name(const char *name, char *text, size_t size)
{
    size_t hidden = strspn(name, "./-");
    snprintf(text, size, "%s", name[hidden] ? name + hidden : name);
    for (char *at = text; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("-_.", *at)) {
            *at = '-';
        }
    }
}
