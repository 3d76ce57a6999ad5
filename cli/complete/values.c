/* values.c - what the arguments of options and commands can be; see complete.h. */
#include "complete.h"

#include <remlock/fuzz.h>

#include <string.h>

/* What an argument is told by: the option, or the name of the argument as --help shows it. */
struct kind {
    const char *option;   /* or NULL: of any */
    const char *argument; /* or NULL: any */
    void (*offer)(const struct complete_line *line, const char *before);
};

static const char *typed_on(const struct complete_line *line)
{
    return line->words[line->count - 1];
}

static void offer_words(const struct complete_line *line, const char *before, const char *const words[])
{
    for (uint32_t index = 0; words[index] != NULL; index++) {
        complete_offer(typed_on(line), before, words[index], "");
    }
}

/* ----------------------------------------------------------------------------------------------------- from tables -- */

static void offer_subjects(const struct complete_line *line, const char *before)
{
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        complete_offer(typed_on(line), before, subject->name, subject->summary);
    }
    puts(":files.so");
}

static void offer_strategies(const struct complete_line *line, const char *before)
{
    complete_offer(typed_on(line), before, "mix", "several, allotted by what has paid so far");
    for (const struct strategy_description *strategy = strategy_descriptions; strategy->name != NULL; strategy++) {
        if (strategy->explores) {
            complete_offer(typed_on(line), before, strategy->name, strategy->summary);
        }
    }
}

static void offer_findings(const struct complete_line *line, const char *before)
{
    for (const struct finding *finding = findings; finding->identifier != NULL; finding++) {
        complete_offer(typed_on(line), before, finding->identifier, finding->meaning);
    }
}

/* Of several separated by commas the last one is being typed. */
static void offer_engines(const struct complete_line *line, const char *before)
{
    const char *comma = strrchr(typed_on(line), ',');
    char head[256];
    snprintf(head, sizeof(head), "%s", before);
    if (comma != NULL) {
        snprintf(head, sizeof(head), "%.*s", (int)(comma - typed_on(line)) + 1, typed_on(line));
    }
    for (int engine = 0; engine < FUZZ_ENGINES; engine++) {
        complete_offer(typed_on(line), head, fuzz_engine_name((enum fuzz_engine)engine), "");
    }
}

static void offer_formats(const struct complete_line *line, const char *before)
{
    for (const struct report_format *format = report_formats; format->name != NULL; format++) {
        complete_offer(typed_on(line), before, format->name, format->summary);
    }
}

static void offer_markups(const struct complete_line *line, const char *before)
{
    offer_words(line, before, (const char *const[]){"text", "markdown", "json", NULL});
}

static void offer_colours(const struct complete_line *line, const char *before)
{
    offer_words(line, before, (const char *const[]){"auto", "always", "never", NULL});
}

static void offer_compilers(const struct complete_line *line, const char *before)
{
    offer_words(line, before, (const char *const[]){"gcc", "clang", NULL});
    puts(":files");
}

/* -------------------------------------------------------------------------------------------------------- settings -- */

/* The subject that the line names, else the first one. */
static const struct subject *subject_on(const struct complete_line *line)
{
    char problem[SUBJECT_PROBLEM_SIZE];
    const struct subject *named = line->count > 1 ? subject_open(line->words[0], problem, sizeof(problem)) : NULL;
    return named != NULL ? named : subject_at(0);
}

static void offer_setting_values(const struct complete_line *line, const struct setting *setting, const char *before)
{
    for (uint32_t index = 0; setting->words != NULL && setting->words[index] != NULL; index++) {
        complete_offer(typed_on(line), before, setting->words[index], "");
    }
}

/* "memory=" and so on; behind that, its values. */
static void offer_settings(const struct complete_line *line, const char *before)
{
    const struct subject *subject = subject_on(line);
    for (uint32_t index = 0; subject != NULL && index < subject_setting_count(subject); index++) {
        const struct setting *setting = subject_setting(subject, index);
        char whole[256];
        snprintf(whole, sizeof(whole), "%s%s=", before, setting->name);
        if (strncmp(typed_on(line), whole, strlen(whole)) == 0) {
            offer_setting_values(line, setting, whole);
        } else {
            complete_offer(typed_on(line), before, whole + strlen(before), setting->summary);
        }
    }
}

/* An option that is called as a setting takes its values: --memory, --points. */
static bool offer_as_setting(const struct complete_line *line, const char *option, const char *before)
{
    const struct subject *subject = subject_on(line);
    for (uint32_t index = 0; subject != NULL && index < subject_setting_count(subject); index++) {
        const struct setting *setting = subject_setting(subject, index);
        if (strcmp(setting->name, option) == 0 && setting->words != NULL) {
            offer_setting_values(line, setting, before);
            return true;
        }
    }
    return false;
}

/* ----------------------------------------------------------------------------------------------------------- files -- */

static void offer_files(const struct complete_line *line, const char *before)
{
    (void)line, (void)before;
    puts(":files");
}

static void offer_replays(const struct complete_line *line, const char *before)
{
    (void)line, (void)before;
    puts(":files.replay");
}

static void offer_sources(const struct complete_line *line, const char *before)
{
    (void)line, (void)before;
    puts(":files.c");
}

static void offer_folders(const struct complete_line *line, const char *before)
{
    (void)line, (void)before;
    puts(":folders");
}

/* ------------------------------------------------------------------------------------------------------------ kinds -- */

/* The first row that fits counts. What fits none has no words: numbers, times, names to be invented. */
static const struct kind kinds[] = {
    {"set", NULL, offer_settings},    {"strategy", NULL, offer_strategies}, {"engine", NULL, offer_engines},
    {"engines", NULL, offer_engines}, {"color", NULL, offer_colours},       {"cc", NULL, offer_compilers},
    {"resume", "FILE", offer_files},  {NULL, "REPLAY", offer_replays},      {NULL, "DIR", offer_folders},
    {NULL, "FOLDER", offer_folders},  {NULL, "FILE", offer_files},          {NULL, "SUBJECT", offer_subjects},
    {NULL, "FORMAT", offer_formats},  {"format", "NAME", offer_markups},    {NULL, "IDENTIFIER", offer_findings},
};

void complete_value(const struct complete_line *line, const char *option, const char *argument, const char *before)
{
    for (uint32_t index = 0; index < sizeof(kinds) / sizeof(kinds[0]); index++) {
        const struct kind *kind = &kinds[index];
        if ((kind->option == NULL || strcmp(kind->option, option) == 0) &&
            (kind->argument == NULL || strcmp(kind->argument, argument) == 0)) {
            kind->offer(line, before);
            return;
        }
    }
    offer_as_setting(line, option, before);
}

/* The words that --help uses for arguments of commands; FILE.c stands before FILE. */
static const struct kind arguments_of_commands[] = {
    {NULL, "SUBJECT", offer_subjects}, {NULL, "IDENTIFIER", offer_findings}, {NULL, "FILE.c", offer_sources},
    {NULL, "FILE", offer_replays},     {NULL, "REPLAY", offer_replays},      {NULL, "DIR", offer_folders},
    {NULL, "IN", offer_replays},
};

void complete_argument(const struct complete_line *line, const char *arguments)
{
    for (uint32_t index = 0; index < sizeof(arguments_of_commands) / sizeof(arguments_of_commands[0]); index++) {
        if (strstr(arguments, arguments_of_commands[index].argument) != NULL) {
            arguments_of_commands[index].offer(line, "");
            return;
        }
    }
}
