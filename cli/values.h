/* values.h - what stands on a command line, turned into what it means; each says in plain words what is wrong with it. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <remlock/harness.h>

#include <argp.h>

/* "10s", "500ms", "5m", "8h", "1d", or a plain number of seconds. False when it is none or not above zero. */
bool value_duration(const char *text, double *seconds);

/* A whole number, in base 10, or in base 16 after "0x"; "k", "M" and "G" multiply. False when it is none or above the limit. */
bool value_number(const char *text, uint64_t limit, uint64_t *number);

/* The same for options: leave the program with a usage message when they are wrong. */
double option_duration(struct argp_state *state, const char *option, const char *text);
uint64_t option_number(struct argp_state *state, const char *option, const char *text, uint64_t minimum, uint64_t limit);

/* Settings given as NAME=VALUE. */
struct fixed_settings {
    struct configuration values;
    bool is_fixed[CONFIGURATION_LIMIT];
};

/* One more of them. False with a message when the subject has no such setting or the value is out of range. */
bool value_setting(const struct subject *subject, const char *text, struct fixed_settings *settings, char *message,
                   size_t size);

/* Appends text to a command line, quoted for a shell when it needs to be. */
void value_quote(char *line, size_t size, const char *text);

/* A seed by chance, short enough to be typed. */
uint64_t value_random_seed(void);

#endif
