/* arms.c - see arms.h. */
#include "arms.h"

#include "subject_options.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { COMBINATION_LIMIT = 64, TEXT_SIZE = CAMPAIGN_TEXT_SIZE };

/*
 * General settings and their values beside the standard ones, and how promising they are: of the drivers of ours with one bug
 * each some show it only as a data race, and then within a hundred executions; hardly any needs one of the others.
 */
static const struct variant {
    const char *setting, *value;
    double prior;
    bool everywhere;   /* with every engine; otherwise with those that start quickly */
    bool programs;     /* for C programs: there volatile accesses are no atomic ones */
    bool not_programs; /* for all others */
} variants[] = {
    {"memory", "c11", 0.4, true, true, true},   {"memory", "tso", 0.2, true, true, true},
    {"races", "nt", 0.8, false, false, true},   {"races", "c11", 0.8, false, true, false},
    {"points", "all", 0.25, false, true, true},
};

static const double WEAK_PRIOR = 2, OWN_SETTING_PRIOR = 0.12, STRATEGY_PRIOR = 0.1;

/* Engines differ in what a start of theirs costs, so in how short a slice may be. */
static const struct engine_manners {
    double prior, least_seconds;
    uint32_t most_at_once;
    bool quick;
} manners[CAMPAIGN_ENGINES] = {
    [CAMPAIGN_SEARCH] = {1, 1, 4, true},
    [CAMPAIGN_BUILTIN] = {0.6, 2, 2, true},
    [CAMPAIGN_LIBFUZZER] = {0.3, 10, 1, false},
    [CAMPAIGN_AFL] = {0.2, 20, 2, false},
};

struct maker {
    struct known_arms *arms;
    const struct known_subject *subject;
    uint32_t number; /* of the subject */
    const struct campaign_options *options;
    char combinations[COMBINATION_LIMIT][TEXT_SIZE]; /* of the values that --set lists */
    uint32_t combination_count;
};

/* -------------------------------------------------------------------------------------------------------- settings -- */

static const cJSON *find_setting(const struct known_subject *subject, const char *name, size_t length)
{
    const cJSON *setting;
    cJSON_ArrayForEach(setting, subject->settings)
    {
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(setting, "name"));
        if (text && strlen(text) == length && strncmp(text, name, length) == 0) {
            return setting;
        }
    }
    return NULL;
}

bool setting_is_of(const struct known_subject *subject, const char *text)
{
    return find_setting(subject, text, strcspn(text, "=")) != NULL;
}

static bool is_set(const struct campaign_options *options, const char *name)
{
    for (uint32_t index = 0; index < options->settings.count; index++) {
        const char *text = options->settings.words[index];
        if (strncmp(text, name, strlen(name)) == 0 && text[strlen(name)] == '=') {
            return true;
        }
    }
    return false;
}

static bool has_value(const cJSON *setting, const char *value, size_t length)
{
    const cJSON *word, *words = cJSON_GetObjectItem(setting, "words");
    cJSON_ArrayForEach(word, words)
    {
        if (strlen(word->valuestring) == length && strncmp(word->valuestring, value, length) == 0) {
            return true;
        }
    }
    char *end;
    double number = strtod(value, &end);
    return !words && end == value + length && number >= cJSON_GetNumberValue(cJSON_GetObjectItem(setting, "minimum")) &&
           number <= cJSON_GetNumberValue(cJSON_GetObjectItem(setting, "maximum"));
}

/* Each --set must mean something to some subject, and all of its values to each that has it. */
static bool check_setting(const struct known_subjects *subjects, const char *text)
{
    size_t name = strcspn(text, "=");
    bool known = false;
    for (uint32_t index = 0; index < subjects->count; index++) {
        const cJSON *setting = find_setting(&subjects->list[index], text, name);
        known = known || setting;
        for (const char *value = text + name; setting && *value; value += strcspn(value, ",")) {
            size_t length = strcspn(++value, ",");
            if (!has_value(setting, value, length)) {
                complain("--set %s: '%.*s' is no value of it for %s; 'remlock drivers %s' lists them", text, (int)length, value,
                         subjects->list[index].row.name, subjects->list[index].row.name);
                return false;
            }
        }
    }
    if (!known) {
        complain("--set %s: none of the subjects has this setting; 'remlock drivers SUBJECT' lists them", text);
    }
    return known;
}

/* ----------------------------------------------------------------------------------------------------- combinations -- */

static void multiply(struct maker *maker, const char *text)
{
    size_t name = strcspn(text, "=");
    uint32_t before = maker->combination_count, made = 0;
    static char result[COMBINATION_LIMIT][TEXT_SIZE];
    for (uint32_t index = 0; index < before; index++) {
        for (const char *value = text + name; *value && made < COMBINATION_LIMIT; value += strcspn(value, ",")) {
            int length = (int)strcspn(++value, ",");
            const char *other = maker->combinations[index];
            int written =
                snprintf(result[made], TEXT_SIZE, "%s%s%.*s=%.*s", other, other[0] ? " " : "", (int)name, text, length, value);
            made += written < TEXT_SIZE;
        }
    }
    memcpy(maker->combinations, result, made * sizeof(result[0]));
    maker->combination_count = made;
}

static void combine(struct maker *maker)
{
    maker->combinations[0][0] = 0;
    maker->combination_count = 1;
    for (uint32_t index = 0; index < maker->options->settings.count; index++) {
        const char *text = maker->options->settings.words[index];
        if (setting_is_of(maker->subject, text)) {
            multiply(maker, text);
        }
    }
}

/* ------------------------------------------------------------------------------------------------------------- arms -- */

static void add_arm(struct maker *maker, enum campaign_engine engine, const char *configuration, double prior)
{
    struct known_arms *arms = maker->arms;
    if ((arms->count & (arms->count + 1)) == 0) {
        size_t capacity = 2 * ((size_t)arms->count + 1);
        arms->list = realloc(arms->list, capacity * sizeof(*arms->list));
        arms->arms = realloc(arms->arms, capacity * sizeof(*arms->arms));
    }
    char *copy = strdup(configuration);
    if (!arms->list || !arms->arms || !copy) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    arms->list[arms->count] = (struct known_arm){.subject = maker->number, .engine = engine, .configuration = copy};
    arms->arms[arms->count] = (struct campaign_arm){.subject = maker->number,
                                                    .engine = (uint32_t)engine,
                                                    .configuration = arms->count,
                                                    .least_seconds = manners[engine].least_seconds,
                                                    .most_at_once = manners[engine].most_at_once,
                                                    .prior = prior * manners[engine].prior};
    arms->count++;
}

/* The configuration with every combination, and every engine that is to run it. */
static void add_configuration(struct maker *maker, const char *configuration, double prior, bool everywhere, bool search_only)
{
    char text[TEXT_SIZE];
    for (uint32_t index = 0; index < maker->combination_count; index++) {
        const char *combination = maker->combinations[index];
        int length =
            snprintf(text, sizeof(text), "%s%s%s", combination, combination[0] && configuration[0] ? " " : "", configuration);
        for (int engine = 0; engine < CAMPAIGN_ENGINES && length < (int)sizeof(text); engine++) {
            bool wanted = maker->options->engines[engine] && !maker->subject->lacks_engine[engine] &&
                          (everywhere || manners[engine].quick) && (!search_only || engine == CAMPAIGN_SEARCH);
            if (wanted) {
                add_arm(maker, (enum campaign_engine)engine, text, prior);
            }
        }
    }
}

static void add_variants(struct maker *maker)
{
    const struct known_subject *subject = maker->subject;
    for (size_t index = 0; index < sizeof(variants) / sizeof(variants[0]); index++) {
        const struct variant *variant = &variants[index];
        char text[TEXT_SIZE];
        bool fits = subject->fixed_program ? variant->programs : variant->not_programs;
        const cJSON *setting = find_setting(subject, variant->setting, strlen(variant->setting));
        const char *standard = cJSON_GetStringValue(cJSON_GetObjectItem(setting, "standard"));
        if (!fits || !setting || is_set(maker->options, variant->setting) || (standard && !strcmp(standard, variant->value))) {
            continue;
        }
        bool weak = subject->weak_memory && strcmp(variant->setting, "memory") == 0;
        snprintf(text, sizeof(text), "%s=%s", variant->setting, variant->value);
        add_configuration(maker, text, weak ? WEAK_PRIOR : variant->prior, variant->everywhere, false);
    }
}

/* Of its own settings those that generated programs vary: each other value is a way the subject may be used. */
static void add_own_settings(struct maker *maker)
{
    const cJSON *setting, *word;
    cJSON_ArrayForEach(setting, maker->subject->settings)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(setting, "name"));
        const char *standard = cJSON_GetStringValue(cJSON_GetObjectItem(setting, "standard"));
        if (!name || !standard || !cJSON_IsTrue(cJSON_GetObjectItem(setting, "varied")) || is_set(maker->options, name)) {
            continue;
        }
        cJSON_ArrayForEach(word, cJSON_GetObjectItem(setting, "words"))
        {
            char text[TEXT_SIZE];
            if (strcmp(word->valuestring, standard) != 0) {
                snprintf(text, sizeof(text), "%s=%s", name, word->valuestring);
                add_configuration(maker, text, OWN_SETTING_PRIOR, false, true);
            }
        }
    }
}

static void add_strategies(struct maker *maker)
{
    const struct strategy_description *strategy = strategy_descriptions;
    for (; strategy->name; strategy++) {
        char text[64];
        if (strategy->explores && !strategy->runs_out) {
            snprintf(text, sizeof(text), "strategy=%s", strategy->name);
            add_configuration(maker, text, STRATEGY_PRIOR, false, true);
        }
    }
}

bool known_arms_make(struct known_arms *arms, const struct known_subjects *subjects, const struct campaign_options *options)
{
    static struct maker maker; /* holds all combinations: too large for the stack */
    *arms = (struct known_arms){0};
    for (uint32_t index = 0; index < options->settings.count; index++) {
        if (!check_setting(subjects, options->settings.words[index])) {
            return false;
        }
    }
    for (uint32_t number = 0; number < subjects->count; number++) {
        maker = (struct maker){.arms = arms, .subject = &subjects->list[number], .number = number, .options = options};
        if (number == subjects->canary) {
            continue; /* it has its own hours */
        }
        combine(&maker);
        add_configuration(&maker, "", subjects->list[number].weak_memory ? 0.2 : 1, true, false);
        add_variants(&maker);
        add_own_settings(&maker);
        add_strategies(&maker);
    }
    if (arms->count == 0) {
        complain("no engine of --engines can run any of the subjects; 'remlock doctor' tells what is missing");
    }
    return arms->count > 0;
}

void known_arms_free(struct known_arms *arms)
{
    for (uint32_t index = 0; index < arms->count; index++) {
        free((void *)arms->list[index].configuration);
    }
    free(arms->list);
    free(arms->arms);
    *arms = (struct known_arms){0};
}

uint32_t known_arms_number(const struct known_arms *arms, uint32_t subject, const char *engine, const char *configuration)
{
    uint32_t index = 0;
    for (; index < arms->count; index++) {
        const struct known_arm *arm = &arms->list[index];
        if (arm->subject == subject && strcmp(campaign_engine_names[arm->engine], engine) == 0 &&
            strcmp(arm->configuration, configuration) == 0) {
            break;
        }
    }
    return index;
}

void configuration_append(const char *configuration, struct command_words *words)
{
    static const char strategy[] = "strategy=";
    while (*configuration) {
        int length = (int)strcspn(configuration, " ");
        if (strncmp(configuration, strategy, sizeof(strategy) - 1) == 0) {
            command_add(words, "--strategy");
            command_add(words, "%.*s", length - (int)sizeof(strategy) + 1, configuration + sizeof(strategy) - 1);
        } else {
            command_add(words, "--set");
            command_add(words, "%.*s", length, configuration);
        }
        configuration += length + (configuration[length] == ' ');
    }
}
