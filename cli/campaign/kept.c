/* kept.c - see kept.h. */
#include "kept.h"

#include "files.h"
#include "subject_options.h"
#include "values.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char kept_name[] = "options.json";

static void kept_path(const char *folder, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", folder, kept_name);
}

/* The words that were given when the campaign began, and since. */
static cJSON *load_kept(const char *folder)
{
    char path[PATH_MAX], message[PATH_MAX + 256];
    size_t size;
    kept_path(folder, path, sizeof(path));
    uint8_t *bytes = file_read(path, &size, message, sizeof(message));
    if (!bytes) {
        complain("%s; is there a campaign in '%s'? Without --resume one is begun", message, folder);
        exit(EXIT_USAGE);
    }
    cJSON *json = cJSON_ParseWithLength((const char *)bytes, size);
    free(bytes);
    if (!cJSON_IsArray(cJSON_GetObjectItem(json, "arguments"))) {
        complain("%s: damaged: expected {\"arguments\": [...]}; write the options of the campaign there", path);
        exit(EXIT_USAGE);
    }
    return json;
}

static void check_place(const cJSON *kept)
{
    char here[PATH_MAX];
    const char *there = cJSON_GetStringValue(cJSON_GetObjectItem(kept, "folder"));
    if (there && getcwd(here, sizeof(here)) && strcmp(here, there) != 0) {
        complain("the campaign was begun in %s: paths of subjects are relative to that folder", there);
    }
}

void campaign_kept_load(const char *folder, struct word_list *words)
{
    const cJSON *word;
    cJSON *kept = load_kept(folder);
    check_place(kept);
    cJSON_ArrayForEach(word, cJSON_GetObjectItem(kept, "arguments"))
    {
        if (cJSON_IsString(word)) {
            word_list_add(words, word_keep(word->valuestring, strlen(word->valuestring)));
        }
    }
    cJSON_Delete(kept);
}

/* ----------------------------------------------------------------------------------------------------------- writing -- */

static void say_number(struct word_list *list, const char *option, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRIu64, number);
    word_list_add(list, option);
    word_list_add(list, word_keep(text, strlen(text)));
}

static void say_list(struct word_list *list, const char *option, const struct word_list *words)
{
    for (uint32_t index = 0; index < words->count; index++) {
        word_list_add(list, option);
        word_list_add(list, words->words[index]);
    }
}

static void say_engines(struct word_list *list, const struct campaign_options *options)
{
    char text[64] = "";
    for (int engine = 0; engine < CAMPAIGN_ENGINES; engine++) {
        if (options->engines[engine]) {
            line_append(text, sizeof(text), "%s%s", text[0] ? "," : "", campaign_engine_names[engine]);
        }
    }
    word_list_add(list, "--engines");
    word_list_add(list, word_keep(text, strlen(text)));
}

void campaign_options_say(struct campaign_options *options)
{
    struct word_list *list = &options->invocation;
    char time[32];
    snprintf(time, sizeof(time), "%.15gs", options->seconds);
    word_list_add(list, "--time");
    word_list_add(list, word_keep(time, strlen(time)));
    say_number(list, "--jobs", options->jobs);
    say_number(list, "--seed", options->seed);
    say_number(list, "--disk", options->disk);
    say_number(list, "--memory", options->memory);
    say_engines(list, options);
    say_list(list, "--set", &options->settings);
    say_list(list, "--exclude", &options->excluded);
    if (options->seeds) {
        word_list_add(list, "--seeds");
        word_list_add(list, options->seeds);
    }
    if (options->no_html) {
        word_list_add(list, "--no-html");
    }
    if (options->no_canary) {
        word_list_add(list, "--no-canary");
    }
    for (uint32_t index = 0; index < options->subjects.count; index++) {
        word_list_add(list, options->subjects.words[index]);
    }
}

bool campaign_options_keep(const struct campaign_options *options, char *message, size_t size)
{
    char path[PATH_MAX], here[PATH_MAX];
    struct replay_error error;
    cJSON *json = cJSON_CreateObject();
    kept_path(options->folder, path, sizeof(path));
    cJSON_AddStringToObject(json, "folder", getcwd(here, sizeof(here)) ? here : "");
    cJSON_AddItemToObject(json, "arguments",
                          cJSON_CreateStringArray(options->invocation.words, (int)options->invocation.count));
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    bool kept = text && replay_replace_file(path, text, strlen(text), &error);
    if (!kept) {
        snprintf(message, size, "%s", text ? error.message : "out of memory");
    }
    free(text);
    return kept;
}

void campaign_options_write(const struct campaign_options *options, char *line, size_t size)
{
    snprintf(line, size, "remlock campaign");
    for (uint32_t index = 0; index < options->invocation.count; index++) {
        line_append(line, size, " ");
        value_quote(line, size, options->invocation.words[index]);
    }
    line_append_quoted(line, size, "--out", options->folder);
}
