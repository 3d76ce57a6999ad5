/* options.h - the options of `remlock campaign`, kept in the campaign's folder so that --resume needs none of them. */
#ifndef CLI_CAMPAIGN_OPTIONS_H
#define CLI_CAMPAIGN_OPTIONS_H

#include "command.h"

/* "search" is remlock test; the others are the engines of remlock fuzz. */
enum campaign_engine { CAMPAIGN_SEARCH, CAMPAIGN_BUILTIN, CAMPAIGN_LIBFUZZER, CAMPAIGN_AFL, CAMPAIGN_ENGINES };

extern const char *const campaign_engine_names[CAMPAIGN_ENGINES];

/* The file of a campaign's folder in which the options are kept. */
#define CAMPAIGN_OPTIONS_FILE "options.json"

/* Words of the command line. */
struct word_list {
    const char **words;
    uint32_t count;
};

void word_list_add(struct word_list *list, const char *word);

/* Frees the list, not its words. */
void word_list_free(struct word_list *list);

/* A copy that stays as long as the process. */
const char *word_keep(const char *word, size_t length);

struct campaign_options {
    struct common_options common;
    const char *folder;
    double seconds; /* that the whole campaign runs for, all its sessions together */
    uint32_t jobs;
    struct word_list subjects, excluded; /* names, patterns and paths; none: all that are built in */
    struct word_list settings;           /* NAME=VALUE or NAME=VALUE,VALUE */
    bool engines[CAMPAIGN_ENGINES];
    uint64_t seed;
    uint64_t disk, memory; /* bytes */
    const char *seeds;     /* folder of inputs to start from, or NULL */
    bool resume, no_html, no_canary;
    struct word_list invocation; /* everything that says what the campaign is: the words to be kept */
};

/*
 * Reads the command line, and with --resume what was kept before, which it overrides. Leaves the program when it is wrong.
 */
void campaign_options_parse(struct campaign_options *options, int argument_count, char **arguments);

void campaign_options_free(struct campaign_options *options);

/* Keeps them in the campaign's folder. False with a message. */
bool campaign_options_keep(const struct campaign_options *options, char *message, size_t size);

/* The command that does the same, quoted for a shell. */
void campaign_options_write(const struct campaign_options *options, char *line, size_t size);

#endif
