/* options.c - what to fuzz and how, from words and environment. */
#include <remlock/fuzz.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEDULES_MAXIMUM = 4096, CONFIG_TEXT_SIZE = 1024, WORD_SIZE = 64 };

struct fuzz_options fuzz_options_standard(const struct subject *subject)
{
    struct fuzz_options options = {.subject = subject, .feedback = true, .schedules = 1};
    if (subject != NULL) {
        options.fixed = configuration_standard(subject);
    }
    return options;
}

/* ------------------------------------------------------------------------------------------------------- settings -- */

static int32_t find_setting(const struct subject *subject, const char *name)
{
    for (uint32_t index = 0; index < subject_setting_count(subject); index++) {
        if (strcmp(subject_setting(subject, index)->name, name) == 0) {
            return (int32_t)index;
        }
    }
    return -1;
}

static bool parse_word(const struct setting *setting, const char *text, uint32_t *value)
{
    for (*value = 0; setting->words[*value] != NULL; ++*value) {
        if (strcmp(setting->words[*value], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool parse_number(const char *text, uint32_t minimum, uint32_t maximum, uint32_t *value)
{
    char *end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    unsigned long long number = strtoull(text, &end, 10);
    *value = (uint32_t)number;
    return *end == 0 && number >= minimum && number <= maximum;
}

static bool parse_setting_value(const struct setting *setting, const char *text, uint32_t *value)
{
    return setting->words != NULL ? parse_word(setting, text, value)
                                  : parse_number(text, setting->minimum, setting->maximum, value);
}

static void list_values(const struct setting *setting, char *text, size_t size)
{
    if (setting->words == NULL) {
        snprintf(text, size, "%u to %u", setting->minimum, setting->maximum);
        return;
    }
    size_t used = 0;
    for (uint32_t index = 0; setting->words[index] != NULL && used < size; index++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", index == 0 ? "" : ", ", setting->words[index]);
    }
}

static bool fix_setting(struct fuzz_options *options, char *assignment, char *message, size_t message_size)
{
    char *value_text = strchr(assignment, '=');
    if (value_text == NULL) {
        snprintf(message, message_size, "setting '%s' has no value, expected NAME=VALUE", assignment);
        return false;
    }
    *value_text++ = 0;
    int32_t index = find_setting(options->subject, assignment);
    if (index < 0) {
        snprintf(message, message_size, "subject %s has no setting '%s'", options->subject->name, assignment);
        return false;
    }
    const struct setting *setting = subject_setting(options->subject, (uint32_t)index);
    uint32_t value = 0;
    if (!parse_setting_value(setting, value_text, &value)) {
        char values[256];
        list_values(setting, values, sizeof values);
        snprintf(message, message_size, "setting '%s' cannot be '%s', expected one of %s", assignment, value_text, values);
        return false;
    }
    options->fixed.values[index] = value;
    options->is_fixed[index] = true;
    return true;
}

static bool set_config(struct fuzz_options *options, const char *text, char *message, size_t message_size)
{
    char copy[CONFIG_TEXT_SIZE];
    if (strlen(text) >= sizeof copy) {
        snprintf(message, message_size, "configuration of more than %zu bytes", sizeof copy - 1);
        return false;
    }
    strcpy(copy, text);
    char *rest = copy;
    for (char *word = strtok_r(copy, " ,", &rest); word != NULL; word = strtok_r(NULL, " ,", &rest)) {
        if (!fix_setting(options, word, message, message_size)) {
            return false;
        }
    }
    return true;
}

/* --------------------------------------------------------------------------------------------------- other options -- */

static bool set_subject(struct fuzz_options *options, const char *name, char *message, size_t message_size)
{
    const struct subject *subject = subject_open(name, message, message_size);
    if (subject == NULL) {
        return false;
    }
    options->subject = subject;
    options->fixed = configuration_standard(subject);
    memset(options->is_fixed, 0, sizeof options->is_fixed);
    return true;
}

static bool set_truth(bool *truth, const char *name, const char *value, char *message, size_t message_size)
{
    if (strcmp(value, "yes") == 0 || strcmp(value, "1") == 0 || strcmp(value, "") == 0) {
        *truth = true;
        return true;
    }
    if (strcmp(value, "no") == 0 || strcmp(value, "0") == 0) {
        *truth = false;
        return true;
    }
    snprintf(message, message_size, "option '%s' cannot be '%s', expected yes or no", name, value);
    return false;
}

static bool set_schedules(struct fuzz_options *options, const char *value, char *message, size_t message_size)
{
    uint32_t number;
    if (!parse_number(value, 1, SCHEDULES_MAXIMUM, &number)) {
        snprintf(message, message_size, "option 'schedules' cannot be '%s', expected 1 to %d", value, SCHEDULES_MAXIMUM);
        return false;
    }
    options->schedules = number;
    return true;
}

bool fuzz_options_set(struct fuzz_options *options, const char *name, const char *value, char *message, size_t message_size)
{
    if (strcmp(name, "subject") == 0) {
        return set_subject(options, value, message, message_size);
    }
    if (strcmp(name, "config") == 0) {
        return set_config(options, value, message, message_size);
    }
    if (strcmp(name, "misuse") == 0) {
        return set_truth(&options->misuse, name, value, message, message_size);
    }
    if (strcmp(name, "feedback") == 0) {
        return set_truth(&options->feedback, name, value, message, message_size);
    }
    if (strcmp(name, "schedules") == 0) {
        return set_schedules(options, value, message, message_size);
    }
    if (strcmp(name, "replay-dir") == 0) {
        options->replay_folder = value;
        return true;
    }
    snprintf(message, message_size,
             "no option is called '%s', expected subject, config, misuse, feedback, schedules or replay-dir", name);
    return false;
}

/* ---------------------------------------------------------------------------------------------------- environment -- */

/* The subject comes first, because setting it forgets the configuration. */
static const struct {
    const char *variable, *name;
} variables[] = {
    {"REMLOCK_SUBJECT", "subject"},   {"REMLOCK_CONFIG", "config"},       {"REMLOCK_MISUSE", "misuse"},
    {"REMLOCK_FEEDBACK", "feedback"}, {"REMLOCK_SCHEDULES", "schedules"}, {"REMLOCK_REPLAY_DIR", "replay-dir"},
};

bool fuzz_options_environment(struct fuzz_options *options, char *message, size_t message_size)
{
    for (size_t index = 0; index < sizeof variables / sizeof variables[0]; index++) {
        const char *value = getenv(variables[index].variable);
        if (value == NULL) {
            continue;
        }
        int used = snprintf(message, message_size, "%s: ", variables[index].variable);
        size_t offset = (size_t)used < message_size ? (size_t)used : message_size;
        if (!fuzz_options_set(options, variables[index].name, value, message + offset, message_size - offset)) {
            return false;
        }
    }
    if (message_size > 0) {
        message[0] = 0;
    }
    return true;
}

static void config_text(const struct fuzz_options *options, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (uint32_t index = 0; index < subject_setting_count(options->subject) && used < size; index++) {
        if (options->is_fixed[index]) {
            const struct setting *setting = subject_setting(options->subject, index);
            char value[WORD_SIZE];
            replay_setting_text(setting, options->fixed.values[index], value, sizeof value);
            used += (size_t)snprintf(text + used, size - used, "%s%s=%s", used == 0 ? "" : ",", setting->name, value);
        }
    }
}

void fuzz_options_export(const struct fuzz_options *options)
{
    char text[CONFIG_TEXT_SIZE];
    setenv("REMLOCK_SUBJECT", options->subject->name, 1);
    setenv("REMLOCK_DRIVERS", subject_folder(), 1);
    config_text(options, text, sizeof text);
    setenv("REMLOCK_CONFIG", text, 1);
    setenv("REMLOCK_MISUSE", options->misuse ? "yes" : "no", 1);
    setenv("REMLOCK_FEEDBACK", options->feedback ? "yes" : "no", 1);
    snprintf(text, sizeof text, "%u", options->schedules);
    setenv("REMLOCK_SCHEDULES", text, 1);
    if (options->replay_folder != NULL) {
        setenv("REMLOCK_REPLAY_DIR", options->replay_folder, 1);
    }
}
