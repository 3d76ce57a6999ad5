/* catalogue.c - the two tables that a user looks things up in: findings and subjects. */
#include "style.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

enum { TEXT_SIZE = 2048, GENERATED_PROGRAMS = 256 };

/* The catalogue holds phrases; people read sentences. */
static const char *sentence(const char *phrase, char *text)
{
    snprintf(text, TEXT_SIZE, "%s", phrase && phrase[0] ? phrase : "nothing");
    style_sentence(text, TEXT_SIZE);
    return text;
}

/* ------------------------------------------------------------------------------------------------------- findings -- */

static void print_finding(FILE *stream, const struct report_style *style, const struct finding *finding)
{
    char text[TEXT_SIZE];
    fprintf(stream, "%s%s%s\n", style_paint(style, PAINT_BOLD), finding->identifier, style_paint(style, PAINT_PLAIN));
    style_paragraph(stream, style, 4, sentence(finding->meaning, text));
    if (finding->windows && finding->windows[0]) {
        fprintf(stream, "    %sWindows:%s\n", style_paint(style, PAINT_FAINT), style_paint(style, PAINT_PLAIN));
        style_paragraph(stream, style, 6, sentence(finding->windows, text));
    }
    if (finding->remedy && finding->remedy[0]) {
        fprintf(stream, "    %sTo fix it:%s\n", style_paint(style, PAINT_FAINT), style_paint(style, PAINT_PLAIN));
        style_paragraph(stream, style, 6, sentence(finding->remedy, text));
    }
    if (finding->example) {
        fprintf(stream, "    %sExample:%s %s\n", style_paint(style, PAINT_FAINT), style_paint(style, PAINT_PLAIN),
                finding->example);
    }
}

/* A '|' would end the cell of a table. */
static void print_cell(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (*text == '|') {
            fputc('\\', stream);
        }
        fputc(*text == '\n' ? ' ' : *text, stream);
    }
}

static bool is_wanted(const struct finding *finding, const struct finding *only)
{
    return !only || finding == only;
}

static void print_findings_markdown(FILE *stream, const struct finding *only)
{
    char text[TEXT_SIZE];
    fprintf(stream, "# Findings\n\n"
                    "Every finding has a stable identifier. This page is printed from the table in the code by\n"
                    "`remlock findings --format markdown`.\n\n"
                    "| identifier | meaning | what Windows would say | how to fix it | an example of ours |\n"
                    "|---|---|---|---|---|\n");
    for (const struct finding *finding = findings; finding->identifier; finding++) {
        if (!is_wanted(finding, only)) {
            continue;
        }
        fprintf(stream, "| `%s` | ", finding->identifier);
        print_cell(stream, sentence(finding->meaning, text));
        fputs(" | ", stream);
        print_cell(stream, sentence(finding->windows, text));
        fputs(" | ", stream);
        print_cell(stream, sentence(finding->remedy, text));
        fputs(" | ", stream);
        fprintf(stream, finding->example ? "`%s` |\n" : "%s|\n", finding->example ? finding->example : "");
    }
}

void report_findings(FILE *stream, const struct report_style *style, enum report_markup format, const struct finding *only)
{
    if (format == REPORT_MARKDOWN) {
        print_findings_markdown(stream, only);
        return;
    }
    for (const struct finding *finding = findings; finding->identifier; finding++) {
        if (is_wanted(finding, only)) {
            print_finding(stream, style, finding);
        }
    }
}

cJSON *report_findings_json(const struct finding *only)
{
    cJSON *array = cJSON_CreateArray();
    for (const struct finding *finding = findings; finding->identifier; finding++) {
        if (!is_wanted(finding, only)) {
            continue;
        }
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "identifier", finding->identifier);
        cJSON_AddStringToObject(item, "meaning", finding->meaning ? finding->meaning : "");
        cJSON_AddStringToObject(item, "windows", finding->windows ? finding->windows : "");
        cJSON_AddStringToObject(item, "remedy", finding->remedy ? finding->remedy : "");
        cJSON_AddStringToObject(item, "example", finding->example ? finding->example : "");
        cJSON_AddItemToArray(array, item);
    }
    return array;
}

/* ------------------------------------------------------------------------------------------------------- subjects -- */

static const char *remark_on(const struct subject *subject)
{
    return subject->correct ? "correct" : subject->weak_memory ? "shows only under a weak memory model" : "";
}

/* Drivers are loaded to hear what they are; of one that cannot be, the reason stands in place of its summary. */
static struct subject subject_of_row(uint32_t index)
{
    static char problem[SUBJECT_PROBLEM_SIZE];
    const struct subject *row = subject_at(index);
    const struct subject *whole = subject_open(row->name, problem, sizeof(problem));
    struct subject subject = whole ? *whole : *row;
    subject.summary = whole ? subject.summary : problem;
    return subject;
}

void report_subjects(FILE *stream, const struct report_style *style, bool stories)
{
    uint32_t width = 0;
    for (uint32_t index = 0; index < subject_count(); index++) {
        uint32_t length = (uint32_t)strlen(subject_at(index)->name);
        width = length > width ? length : width;
    }
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject subject = subject_of_row(index);
        const char *remark = remark_on(&subject);
        fprintf(stream, "%s%-*s%s  %s%s%s%s\n", style_paint(style, PAINT_BOLD), (int)width, subject.name,
                style_paint(style, PAINT_PLAIN), subject.summary, remark[0] ? " (" : "", remark, remark[0] ? ")" : "");
        if (stories && subject.story) {
            style_paragraph(stream, style, 4, subject.story);
        }
    }
}

/* "TAG", "[lockN]": numbers behind a word are shown as that word. */
static void print_argument(FILE *stream, const struct argument *argument)
{
    fprintf(stream, argument->optional ? " [" : " ");
    if (argument->prefix) {
        fprintf(stream, "%sN", argument->prefix);
    }
    for (const char *at = argument->prefix ? "" : argument->name; *at; at++) {
        fputc(toupper((unsigned char)*at), stream);
    }
    fputs(argument->optional ? "]" : "", stream);
}

static void print_suggestions(FILE *stream, const struct argument *argument)
{
    enum { SHOWN = 12 };
    for (uint32_t index = 0; index < argument->suggestion_count && index < SHOWN; index++) {
        char value[32];
        snprintf(value, sizeof(value), argument->style == ARGUMENT_HEX ? "0x%x" : "%u", argument->suggestions[index]);
        fprintf(stream, "%s%s", index ? ", " : "      mostly ", value);
    }
    if (argument->suggestion_count) {
        fprintf(stream, "%s\n", argument->suggestion_count > SHOWN ? ", ..." : "");
    }
}

static void print_operations(FILE *stream, const struct report_style *style, const struct subject *subject)
{
    style_rule(stream, style, "Operations");
    for (uint32_t index = 0; index < subject->operation_count; index++) {
        const struct operation *operation = &subject->operations[index];
        fprintf(stream, "  %s%s%s", style_paint(style, PAINT_BOLD), operation->name, style_paint(style, PAINT_PLAIN));
        for (uint32_t number = 0; number < operation->argument_count; number++) {
            print_argument(stream, &operation->arguments[number]);
        }
        fprintf(stream, "%s\n      %s\n", operation->misuse ? "  (misuse: only with --misuse)" : "", operation->summary);
        for (uint32_t number = 0; number < operation->argument_count; number++) {
            print_suggestions(stream, &operation->arguments[number]);
        }
    }
}

static void print_setting(FILE *stream, const struct report_style *style, const struct setting *setting)
{
    fprintf(stream, "  %s%s%s=", style_paint(style, PAINT_BOLD), setting->name, style_paint(style, PAINT_PLAIN));
    if (!setting->words) {
        fprintf(stream, "%u..%u (standard: %u)", setting->minimum, setting->maximum, setting->standard);
    }
    for (uint32_t index = 0; setting->words && setting->words[index]; index++) {
        fprintf(stream, "%s%s", index ? "|" : "", setting->words[index]);
    }
    if (setting->words) {
        fprintf(stream, " (standard: %s)", setting->words[setting->standard]);
    }
    fprintf(stream, "\n      %s\n", setting->summary);
}

void report_subject(FILE *stream, const struct report_style *style, const struct subject *subject)
{
    fprintf(stream, "%s%s%s: %s\n", style_paint(style, PAINT_BOLD), subject->name, style_paint(style, PAINT_PLAIN),
            subject->summary);
    if (subject->story) {
        fputc('\n', stream);
        style_paragraph(stream, style, 2, subject->story);
    }
    print_operations(stream, style, subject);
    style_rule(stream, style, "Settings (--set NAME=VALUE)");
    for (uint32_t index = 0; index < subject_setting_count(subject); index++) {
        print_setting(stream, style, subject_setting(subject, index));
    }
}

static cJSON *operation_json(const struct operation *operation)
{
    cJSON *json = cJSON_CreateObject(), *arguments = cJSON_CreateArray();
    cJSON_AddStringToObject(json, "name", operation->name);
    cJSON_AddStringToObject(json, "summary", operation->summary);
    cJSON_AddBoolToObject(json, "misuse", operation->misuse);
    for (uint32_t index = 0; index < operation->argument_count; index++) {
        cJSON_AddItemToArray(arguments, cJSON_CreateString(operation->arguments[index].name));
    }
    cJSON_AddItemToObject(json, "arguments", arguments);
    return json;
}

/* Whether generated programs come with other values than the standard one. */
static bool is_varied(const struct subject *subject, uint32_t index)
{
    static struct scenario scenario; /* too large for the stack */
    struct generator generator = {.state = 1};
    bool varied = false;
    for (uint32_t round = 0; round < GENERATED_PROGRAMS && !varied && !subject->fixed_program; round++) {
        generator_scenario(&generator, subject, &scenario);
        varied = scenario.configuration.values[index] != subject_setting(subject, index)->standard;
    }
    return varied;
}

static cJSON *setting_json(const struct subject *subject, uint32_t number)
{
    const struct setting *setting = subject_setting(subject, number);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", setting->name);
    cJSON_AddStringToObject(json, "summary", setting->summary);
    cJSON_AddBoolToObject(json, "varied", is_varied(subject, number));
    if (!setting->words) {
        cJSON_AddNumberToObject(json, "minimum", setting->minimum);
        cJSON_AddNumberToObject(json, "maximum", setting->maximum);
        cJSON_AddNumberToObject(json, "standard", setting->standard);
        return json;
    }
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (uint32_t index = 0; setting->words[index]; index++) {
        cJSON_AddItemToArray(words, cJSON_CreateString(setting->words[index]));
    }
    cJSON_AddStringToObject(json, "standard", setting->words[setting->standard]);
    return json;
}

static cJSON *headline_json(const struct subject *subject)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", subject->name);
    cJSON_AddStringToObject(json, "summary", subject->summary);
    cJSON_AddStringToObject(json, "story", subject->story ? subject->story : "");
    cJSON_AddBoolToObject(json, "correct", subject->correct);
    cJSON_AddBoolToObject(json, "weak_memory", subject->weak_memory);
    return json;
}

cJSON *report_subjects_json(void)
{
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject subject = subject_of_row(index);
        cJSON_AddItemToArray(array, headline_json(&subject));
    }
    return array;
}

cJSON *report_subject_json(const struct subject *subject)
{
    cJSON *json = headline_json(subject);
    cJSON_AddBoolToObject(json, "fixed_program", subject->fixed_program);
    cJSON *operations = cJSON_AddArrayToObject(json, "operations");
    cJSON *settings = cJSON_AddArrayToObject(json, "settings");
    for (uint32_t index = 0; index < subject->operation_count; index++) {
        cJSON_AddItemToArray(operations, operation_json(&subject->operations[index]));
    }
    for (uint32_t index = 0; index < subject_setting_count(subject); index++) {
        cJSON_AddItemToArray(settings, setting_json(subject, index));
    }
    return json;
}
