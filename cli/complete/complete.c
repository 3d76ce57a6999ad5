/* complete.c - commands and their options; see complete.h. */
#include "complete.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What is being completed, for inspect(), which argp's parser calls. */
static struct complete_line line;

void complete_offer(const char *typed, const char *before, const char *word, const char *what)
{
    char whole[512];
    int length = snprintf(whole, sizeof(whole), "%s%s", before, word);
    if (length < (int)sizeof(whole) && strncmp(whole, typed, strlen(typed)) == 0) {
        printf("%s\t%s\n", whole, what);
    }
}

/* -------------------------------------------------------------------------------------------------------- options -- */

static bool ends_list(const struct argp_option *option)
{
    return option->name == NULL && option->key == 0 && option->doc == NULL && option->group == 0;
}

/* The first option for which `is` holds, of a parser and of those below it. An alias has the argument of what it stands for. */
static const struct argp_option *find_option(const struct argp *argp, bool (*is)(const struct argp_option *, const char *),
                                             const char *text)
{
    const struct argp_option *original = NULL;
    for (const struct argp_option *option = argp->options; option != NULL && !ends_list(option); option++) {
        original = option->flags & OPTION_ALIAS ? original : option;
        if (is(option, text)) {
            return original;
        }
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL; child++) {
        const struct argp_option *found = find_option(child->argp, is, text);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static bool has_name(const struct argp_option *option, const char *name)
{
    size_t length = strcspn(name, "=");
    return option->name != NULL && strncmp(option->name, name, length) == 0 && option->name[length] == 0;
}

static bool has_letter(const struct argp_option *option, const char *letter)
{
    return option->key == *letter && isprint((unsigned char)*letter);
}

/* Which option a word is: "--out", "--out=x", "-o", "-kqo"; NULL when it is none. */
static const struct argp_option *option_of(const struct argp *argp, const char *word)
{
    if (word[0] != '-' || word[1] == 0) {
        return NULL;
    }
    return word[1] == '-' ? find_option(argp, has_name, word + 2) : find_option(argp, has_letter, word + strlen(word) - 1);
}

/* Whether the next word is the argument of this one. */
static bool takes_next(const struct argp *argp, const char *word)
{
    const struct argp_option *option = option_of(argp, word);
    return option != NULL && option->arg != NULL && !(option->flags & OPTION_ARG_OPTIONAL) && strchr(word, '=') == NULL;
}

static void offer_options(const struct argp *argp, const char *typed)
{
    for (const struct argp_option *option = argp->options; option != NULL && !ends_list(option); option++) {
        if (option->name != NULL && !(option->flags & (OPTION_HIDDEN | OPTION_DOC))) {
            complete_offer(typed, "--", option->name, option->doc != NULL ? option->doc : "");
        }
    }
    for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL; child++) {
        offer_options(child->argp, typed);
    }
}

/* ------------------------------------------------------------------------------------------------------- the word -- */

/* Leaves on the line what is neither an option nor the argument of one; the last word stays the last. */
static struct complete_line without_options(const struct argp *argp)
{
    struct complete_line rest = {0, line.words};
    for (int index = 0; index < line.count; index++) {
        bool last = index == line.count - 1;
        if (!last && takes_next(argp, line.words[index])) {
            index += index + 1 < line.count - 1;
        } else if (last || line.words[index][0] != '-') {
            rest.words[rest.count++] = line.words[index];
        }
    }
    return rest;
}

/* argp has put a parser of its own, with --help, above that of the command. */
static const char *arguments_of(const struct argp *argp)
{
    const char *arguments = argp->args_doc;
    for (const struct argp_child *child = argp->children; arguments == NULL && child != NULL && child->argp != NULL; child++) {
        arguments = arguments_of(child->argp);
    }
    return arguments;
}

/* Called by the parser of what all commands have in common, before it has read anything. */
static void inspect(const struct argp *argp)
{
    const char *typed = line.words[line.count - 1], *previous = line.count > 1 ? line.words[line.count - 2] : "";
    const char *equals = typed[0] == '-' && typed[1] == '-' ? strchr(typed, '=') : NULL;
    const struct argp_option *option = equals != NULL ? option_of(argp, typed) : NULL;
    char before[128] = "";
    if (equals == NULL && takes_next(argp, previous)) {
        option = option_of(argp, previous);
    } else if (equals != NULL) {
        snprintf(before, sizeof(before), "%.*s", (int)(equals - typed) + 1, typed);
    }
    if (option != NULL && option->arg != NULL) {
        struct complete_line rest = without_options(argp);
        complete_value(&rest, option->name, option->arg, before);
    } else if (typed[0] == '-') {
        offer_options(argp, typed);
    } else {
        struct complete_line rest = without_options(argp);
        const char *arguments = arguments_of(argp);
        complete_argument(&rest, arguments != NULL ? arguments : "");
    }
    fflush(stdout);
    exit(EXIT_CLEAN);
}

static void offer_commands(const struct command *table, const char *typed)
{
    for (const struct command *command = table; command->name; command++) {
        complete_offer(typed, "", command->name, command->summary);
    }
}

int complete(int word_count, char **words)
{
    if (word_count < 1) {
        return EXIT_CLEAN;
    }
    const char *typed = words[word_count - 1];
    if (freopen("/dev/null", "w", stderr) == NULL) { /* somebody is typing: no complaints */
        return EXIT_CLEAN;
    }
    if (word_count == 1 || (word_count == 2 && strcmp(words[0], "help") == 0)) {
        offer_commands(commands, typed);
        complete_offer(typed, "", "help", "all about one command");
        complete_offer(typed, "--", "help", "lists the commands");
        complete_offer(typed, "--", "version", "tells the version and how it was built");
        return EXIT_CLEAN;
    }
    bool help = strcmp(words[0], "help") == 0;
    const struct command *command = command_named(commands, words[help]);
    const struct command *actions = command != NULL ? command_actions(command->name) : NULL;
    if (help) {
        offer_commands(actions != NULL && word_count == 3 ? actions : &(struct command){0}, typed);
        return EXIT_CLEAN;
    }
    if (actions != NULL && word_count == 2) {
        offer_commands(actions, typed);
    }
    if (actions != NULL && word_count > 2 && command_named(actions, words[1]) != NULL) {
        command = command_named(actions, words[1]);
        words++;
        word_count--;
    }
    if (command == NULL) {
        return EXIT_CLEAN;
    }
    line = (struct complete_line){word_count - 1, words + 1};
    common_inspect = inspect;
    char name[] = "remlock", *arguments[] = {name, NULL};
    command->run(1, arguments);
    return EXIT_CLEAN;
}
