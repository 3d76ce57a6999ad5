/* main.c - finds the subcommand and hands over to it. */
#include "command.h"
#include "complete/complete.h"
#include "corpus/corpus.h"
#include "version.h"

#include <remlock/replay.h>

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

const struct command commands[] = {
    {"build", "compiles the C files of a driver into a subject", command_build},
    {"test", "generated programs under mixed strategies: looks for findings in a subject", command_test},
    {"stress", "programs on real threads, and a deterministic search for what they find", command_stress},
    {"verify", "every distinguishable schedule of a program, or of all small programs", command_verify},
    {"fuzz", "coverage-guided search, by our own engine, libFuzzer or AFL++", command_fuzz},
    {"campaign", "many subjects, engines and configurations for a night: one database, one report", command_campaign},
    {"corpus", "merges, shows, packs and exchanges inputs that are worth keeping", command_corpus},
    {"replay", "runs replay files or raw fuzz inputs", command_replay},
    {"explain", "tells what happens in a replay, for a person", command_explain},
    {"report", "what replays, or a campaign, have found: for people, code scanning and continuous integration", command_report},
    {"minimize", "makes a replay as simple as possible, keeping its finding", command_minimize},
    {"regress", "replays all files of a folder and compares with what they expect", command_regress},
    {"convert", "turns a replay file into a fuzz input and back", command_convert},
    {"drivers", "lists the subjects, or tells about one", command_drivers},
    {"findings", "lists everything that can be found", command_findings},
    {"doctor", "tells what is missing on this machine and what to do", command_doctor},
    {"version", "tells the version, how it was built and what it reads", command_version},
    {NULL, NULL, NULL},
};

static void print_usage(FILE *stream)
{
    fprintf(stream, "Usage: remlock COMMAND [OPTION...] [ARGUMENT...]\n\n"
                    "Finds device-removal bugs in code that uses a remove lock: runs it under schedules that\n"
                    "remlock controls, and turns every finding into a small file that replays it exactly.\n\n");
    for (const struct command *command = commands; command->name; command++) {
        fprintf(stream, "  %-10s %s\n", command->name, command->summary);
    }
    fprintf(stream, "\nExamples:\n"
                    "  remlock test lock:p02               find the bug in a wrong lock\n"
                    "  remlock explain FILE.replay         see what went wrong\n"
                    "  remlock test --help                 all about one command\n\n"
                    "Exit codes: 0 clean, 1 finding, 2 usage, 3 replay diverged, 4 malformed replay,\n"
                    "5 verify was stopped before it was complete\n");
}

static const char *command_name(const void *context, uint32_t index)
{
    (void)context;
    return commands[index].name;
}

/* Commands with actions of their own: name, table. */
static const struct {
    const char *name;
    const struct command *actions;
} groups[] = {
    {"campaign", campaign_actions},
    {"corpus", corpus_actions},
    {NULL, NULL},
};

const struct command *command_actions(const char *name)
{
    uint32_t index = 0;
    while (groups[index].name && strcmp(groups[index].name, name) != 0) {
        index++;
    }
    return groups[index].actions;
}

const struct command *command_named(const struct command *table, const char *name)
{
    for (const struct command *command = table; command->name; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *nearest = nearest_name(name, command_name, NULL);
    if (nearest) {
        complain("unknown command '%s'; did you mean '%s'?", name, nearest);
    } else {
        complain("unknown command '%s'; 'remlock --help' lists all", name);
    }
    return EXIT_USAGE;
}

static bool is_one_of(const char *word, const char *one, const char *two, const char *three)
{
    return strcmp(word, one) == 0 || strcmp(word, two) == 0 || strcmp(word, three) == 0;
}

/* "remlock test --version". */
static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    version_print(stream);
}

/* "remlock help test" means "remlock test --help"; "remlock help corpus merge", "remlock corpus merge --help". */
static int run_help(int argument_count, char **arguments)
{
    if (argument_count < 3) {
        print_usage(stdout);
        return EXIT_CLEAN;
    }
    const struct command *command = command_named(commands, arguments[2]);
    if (!command) {
        return unknown_command(arguments[2]);
    }
    const struct command *actions = command_actions(command->name);
    const struct command *action = actions && argument_count > 3 ? command_named(actions, arguments[3]) : NULL;
    char name[64], help[] = "--help";
    snprintf(name, sizeof(name), "remlock %s%s%s", command->name, action ? " " : "", action ? action->name : "");
    command = action ? action : command;
    char *replaced[] = {name, help, NULL};
    return command->run(2, replaced);
}

static int run_command(int argument_count, char **arguments)
{
    const struct command *command = command_named(commands, arguments[1]);
    if (!command) {
        return unknown_command(arguments[1]);
    }
    /* argp and our own messages call the program by its first argument. */
    static char name[64];
    snprintf(name, sizeof(name), "remlock %s", command->name);
    arguments[1] = name;
    complain_as(name);
    return command->run(argument_count - 1, arguments + 1);
}

static int dispatch(int argument_count, char **arguments)
{
    if (argument_count < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(arguments[1], "--complete") == 0) {
        return complete(argument_count - 2, arguments + 2);
    }
    if (is_one_of(arguments[1], "--help", "-?", "-h")) {
        print_usage(stdout);
        return EXIT_CLEAN;
    }
    if (strcmp(arguments[1], "help") == 0) {
        return run_help(argument_count, arguments);
    }
    if (is_one_of(arguments[1], "--version", "-V", "version")) {
        static char version[] = "version";
        arguments[1] = version;
    }
    return run_command(argument_count, arguments);
}

/* Results that could not be written are no results. */
static int close_output(int code)
{
    if (ferror(stdout) || fflush(stdout) != 0) {
        complain("cannot write to the standard output: %s", strerror(errno));
        return EXIT_USAGE;
    }
    return code;
}

int main(int argument_count, char **arguments)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    argp_program_version_hook = print_version;
    argp_err_exit_status = EXIT_USAGE;
    setenv("ARGP_HELP_FMT", "rmargin=100,opt-doc-col=32", 0);
    return close_output(dispatch(argument_count, arguments));
}
