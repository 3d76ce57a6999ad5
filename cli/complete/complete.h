/*
 * complete.h - what can stand at the end of a command line that is being typed.
 *
 * Shells ask by `remlock --complete WORD...`, where the last word is the one being typed: see the scripts in this folder. All
 * that they know comes from here, and all that is here comes from the tables of commands, their options as argp has them,
 * subjects, settings, strategies and findings: nothing has to be told of a new one.
 *
 * The answer is lines: "WORD<tab>WHAT IT IS" for a word; ":filesENDING" or ":folders" for what the shell itself is to find.
 */
#ifndef CLI_COMPLETE_COMPLETE_H
#define CLI_COMPLETE_COMPLETE_H

#include "../command.h"

/* The words of a line, the last of which is being typed. */
struct complete_line {
    int count;
    char **words;
};

/* `remlock --complete WORD...`, with the words alone. Exit status 0 whatever comes. */
int complete(int word_count, char **words);

/* Prints a line of the answer when the word begins as the one that is being typed. */
void complete_offer(const char *typed, const char *before, const char *word, const char *what);

/* The values of an option of this name with an argument of that name; `before` stands in front of each ("--engine="). */
void complete_value(const struct complete_line *line, const char *option, const char *argument, const char *before);

/* What a command takes beside options, by its args_doc: "SUBJECT", "FILE...", "[IDENTIFIER]". */
void complete_argument(const struct complete_line *line, const char *arguments);

#endif
