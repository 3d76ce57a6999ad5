/* values.c - times, numbers, subjects and settings from the command line. */
#include "values.h"

#include <remlock/replay.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

bool value_duration(const char *text, double *seconds)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"ms", 0.001}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    char *end;
    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    double number = strtod(text, &end);
    for (size_t index = 0; index < sizeof(units) / sizeof(units[0]); index++) {
        if (strcmp(end, units[index].name) == 0) {
            *seconds = number * units[index].seconds;
            return isfinite(*seconds) && *seconds > 0;
        }
    }
    return false;
}

static bool multiplier(const char *text, uint64_t *factor)
{
    static const char *const names[] = {"", "k", "M", "G"};
    *factor = 1;
    for (size_t index = 0; index < 4; index++, *factor *= 1000) {
        if (strcmp(text, names[index]) == 0) {
            return true;
        }
    }
    return false;
}

bool value_number(const char *text, uint64_t limit, uint64_t *number)
{
    char *end;
    uint64_t factor;
    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    errno = 0;
    unsigned long long value = strtoull(text, &end, hexadecimal ? 16 : 10);
    if (errno || !multiplier(end, &factor) || __builtin_mul_overflow((uint64_t)value, factor, number)) {
        return false;
    }
    return *number <= limit;
}

double option_duration(struct argp_state *state, const char *option, const char *text)
{
    double seconds = 0;
    if (!value_duration(text, &seconds)) {
        argp_error(state, "%s=%s: expected a time such as 10s, 5m or 8h", option, text);
    }
    return seconds;
}

uint64_t option_number(struct argp_state *state, const char *option, const char *text, uint64_t minimum, uint64_t limit)
{
    uint64_t number = 0;
    if (!value_number(text, limit, &number) || number < minimum) {
        argp_error(state, "%s=%s: expected a number from %llu to %llu", option, text, (unsigned long long)minimum,
                   (unsigned long long)limit);
    }
    return number;
}

/* -------------------------------------------------------------------------------------------------------- settings -- */

static const char *setting_name_at(const void *context, uint32_t index)
{
    const struct subject *subject = context;
    return index < subject_setting_count(subject) ? subject_setting(subject, index)->name : NULL;
}

static const struct setting *find_setting(const struct subject *subject, const char *name, size_t length, uint32_t *index)
{
    for (*index = 0; *index < subject_setting_count(subject); ++*index) {
        const struct setting *setting = subject_setting(subject, *index);
        if (strncmp(setting->name, name, length) == 0 && !setting->name[length]) {
            return setting;
        }
    }
    return NULL;
}

static bool parse_setting_value(const struct setting *setting, const char *text, uint32_t *value)
{
    uint64_t number;
    for (uint32_t index = 0; setting->words && setting->words[index]; index++) {
        if (strcmp(setting->words[index], text) == 0) {
            *value = index;
            return true;
        }
    }
    if (setting->words || !value_number(text, setting->maximum, &number) || number < setting->minimum) {
        return false;
    }
    *value = (uint32_t)number;
    return true;
}

static void describe_range(const struct setting *setting, char *text, size_t size)
{
    if (!setting->words) {
        snprintf(text, size, "a number from %u to %u", setting->minimum, setting->maximum);
        return;
    }
    size_t length = 0;
    for (uint32_t index = 0; setting->words[index] && length < size; index++) {
        length += (size_t)snprintf(text + length, size - length, "%s%s", index ? ", " : "", setting->words[index]);
    }
}

bool value_setting(const struct subject *subject, const char *text, struct fixed_settings *settings, char *message, size_t size)
{
    const char *equals = strchr(text, '=');
    uint32_t index;
    if (!equals || equals == text) {
        snprintf(message, size, "'%s': expected NAME=VALUE", text);
        return false;
    }
    const struct setting *setting = find_setting(subject, text, (size_t)(equals - text), &index);
    if (!setting) {
        char name[80];
        snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
        const char *nearest = nearest_name(name, setting_name_at, subject);
        snprintf(message, size, "%s has no setting '%s'; %s%s%s", subject->name, name,
                 nearest ? "did you mean '" : "'remlock drivers ", nearest ? nearest : subject->name,
                 nearest ? "'?" : "' lists them");
        return false;
    }
    if (!parse_setting_value(setting, equals + 1, &settings->values.values[index])) {
        char range[200];
        describe_range(setting, range, sizeof(range));
        snprintf(message, size, "%s=%s: expected %s", setting->name, equals + 1, range);
        return false;
    }
    settings->is_fixed[index] = true;
    return true;
}

/* --------------------------------------------------------------------------------------------------------- quoting -- */

static bool is_plain(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("-_./:=,@+%", *at)) {
            return false;
        }
    }
    return *text != 0;
}

void value_quote(char *line, size_t size, const char *text)
{
    size_t length = strlen(line);
    if (is_plain(text)) {
        snprintf(line + length, size - length, "%s", text);
        return;
    }
    snprintf(line + length, size - length, "'");
    for (const char *at = text; *at; at++) {
        length = strlen(line);
        snprintf(line + length, size - length, *at == '\'' ? "'\\''" : "%c", *at);
    }
    length = strlen(line);
    snprintf(line + length, size - length, "'");
}

uint64_t value_random_seed(void)
{
    uint32_t seed;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        seed = (uint32_t)time(NULL) ^ (uint32_t)getpid();
    }
    return seed;
}
