/* command.h - what the subcommands share: the table of them, exit codes, common options, messages. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <remlock/reports.h>

#include <argp.h>

struct cJSON;

/* What the process returns; the worst one wins where several files are handled. */
enum exit_code {
    EXIT_CLEAN = 0,     /* done, and nothing was found */
    EXIT_FINDING = 1,   /* a finding; regress: not all as expected; doctor: something needed is missing */
    EXIT_USAGE = 2,     /* the command line, or a file or folder that it names, cannot be used */
    EXIT_DIVERGED = 3,  /* a replay and the code disagree */
    EXIT_MALFORMED = 4, /* a file is no replay */
    EXIT_STOPPED = 5,   /* verify: a limit, or Ctrl-C, came before everything was explored */
};

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argument_count, char **arguments);
};

extern const struct command commands[]; /* ended by an entry without a name */

/* The row of this name, or NULL. */
const struct command *command_named(const struct command *table, const char *name);

/* The actions of a command that has some, as `remlock corpus merge`: a table like commands[]; NULL for the others. */
const struct command *command_actions(const char *name);

extern const struct command campaign_actions[];

int command_build(int argument_count, char **arguments);
int command_test(int argument_count, char **arguments);
int command_verify(int argument_count, char **arguments);
int command_stress(int argument_count, char **arguments);
int command_replay(int argument_count, char **arguments);
int command_minimize(int argument_count, char **arguments);
int command_explain(int argument_count, char **arguments);
int command_report(int argument_count, char **arguments);
int command_convert(int argument_count, char **arguments);
int command_regress(int argument_count, char **arguments);
int command_fuzz(int argument_count, char **arguments);
int command_campaign(int argument_count, char **arguments);
int command_drivers(int argument_count, char **arguments);
int command_findings(int argument_count, char **arguments);
int command_doctor(int argument_count, char **arguments);
int command_version(int argument_count, char **arguments);

/* -------------------------------------------------------------------------------------------------- common options -- */

struct common_options {
    bool json;
    bool quiet;
    enum report_colour colour;
};

/* A child parser for --json, --quiet and --color; its input is the struct common_options. */
extern const struct argp_child common_children[];
extern const struct argp common_argp; /* the same, for commands with several children */

/* When set: called with the options of a command in the place of reading its command line. Does not return. */
extern void (*common_inspect)(const struct argp *argp);

/* How the standard output looks. */
struct report_style common_style(const struct common_options *common);

/* -------------------------------------------------------------------------------------------------------- messages -- */

/* "remlock test: MESSAGE" on stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whose messages they are: "remlock test". */
void complain_as(const char *name);

/* A JSON document of a command, begun with its name and the version. */
struct cJSON *json_begin(const char *command);

/* Prints it as one document and frees it. */
void json_print(FILE *stream, struct cJSON *json);

#endif
