/* explain.c - the whole story of an execution, for a person. */
#include "columns.h"
#include "stacks.h"
#include "words.h"

#include <remlock/replay.h>

#include <string.h>

static void print_title(FILE *stream, const struct report_style *style, const struct report_execution *execution)
{
    const struct verdict *verdict = execution->verdict;
    const struct subject *subject = execution->scenario->subject;
    const char *routine = words_routine(verdict);
    if (verdict->finding) {
        fprintf(stream, "%s%s%s%s%s\n", style_paint(style, PAINT_BAD), verdict->finding->identifier, routine[0] ? " in " : "",
                routine, style_paint(style, PAINT_PLAIN));
    } else {
        fprintf(stream, "%sclean%s\n", style_paint(style, PAINT_GOOD), style_paint(style, PAINT_PLAIN));
    }
    fprintf(stream, "%s: %s\n", subject->name, subject->summary);
}

static void print_sentence(FILE *stream, const struct report_style *style, const struct report_execution *execution)
{
    char sentence[768];
    report_sentence(execution, sentence, sizeof(sentence));
    style_rule(stream, style, "What went wrong");
    style_paragraph(stream, style, 2, sentence);
}

static void print_configuration(FILE *stream, const struct scenario *scenario)
{
    const struct configuration standard = configuration_standard(scenario->subject);
    const char *separator = "  with ";
    for (uint32_t index = 0; index < subject_setting_count(scenario->subject); index++) {
        if (scenario->configuration.values[index] == standard.values[index]) {
            continue;
        }
        const struct setting *setting = subject_setting(scenario->subject, index);
        char value[64];
        replay_setting_text(setting, scenario->configuration.values[index], value, sizeof(value));
        fprintf(stream, "%s%s=%s", separator, setting->name, value);
        separator = ", ";
    }
    if (separator[0] == ',') {
        fputc('\n', stream);
    }
}

static void print_program(FILE *stream, const struct report_style *style, const struct report_execution *execution)
{
    const struct program *program = &execution->scenario->program;
    char title[160];
    uint32_t preemptions = scheduler_preemptions();
    snprintf(title, sizeof(title), "The program: %u task%s, interrupted %u time%s, %u step%s in all", program->task_count,
             program->task_count == 1 ? "" : "s", preemptions, preemptions == 1 ? "" : "s", execution->verdict->steps,
             execution->verdict->steps == 1 ? "" : "s");
    style_rule(stream, style, title);
    for (uint32_t number = 0; number < program->task_count; number++) {
        const struct program_task *task = &program->tasks[number];
        fprintf(stream, "  %s%-*s%s", style_paint(style, style_task(number)), PROGRAM_NAME_SIZE, task->name,
                style_paint(style, PAINT_PLAIN));
        for (uint32_t position = 0; position < task->count; position++) {
            char text[160];
            const struct program_operation *operation = &program->operations[task->first + position];
            operation_format(execution->scenario->subject, operation, text, sizeof(text));
            fprintf(stream, "%s%s", position ? "; " : "", text);
        }
        fputc('\n', stream);
    }
    print_configuration(stream, execution->scenario);
}

static void print_legend(FILE *stream, const struct report_style *style)
{
    const struct glyphs *glyphs = style_glyphs(style);
    fprintf(stream,
            "  %s%s operation of the program   %s interrupted by the scheduler   %s waits   %s goes on   %s the finding%s\n",
            style_paint(style, PAINT_FAINT), glyphs->operation, glyphs->preempted, glyphs->waits, glyphs->wakes, glyphs->bad,
            style_paint(style, PAINT_PLAIN));
}

static void print_interleaving(FILE *stream, const struct report_style *style, const struct report_execution *execution)
{
    struct timeline timeline = timeline_make(style, execution);
    if (!style->everything) {
        timeline_fold_operations(style, &timeline, execution);
        timeline_fold(style, &timeline);
    }
    style_rule(stream, style, "What happened: time goes down, TASK@N is the Nth scheduling point of a task");
    columns_print(stream, style, &timeline);
    print_legend(stream, style);
    if (scheduler_trace().truncated) {
        fprintf(stream, "  the execution was too long to keep all of it: the end is missing\n");
    }
    timeline_free(&timeline);
}

static void print_section(FILE *stream, const struct report_style *style, const char *title, const char *text)
{
    char sentences[2048];
    if (text && text[0]) {
        snprintf(sentences, sizeof(sentences), "%s", text);
        style_sentence(sentences, sizeof(sentences));
        style_rule(stream, style, title);
        style_paragraph(stream, style, 2, sentences);
    }
}

static void print_commands(FILE *stream, const struct report_style *style, const char *path)
{
    if (!path) {
        return;
    }
    style_rule(stream, style, "To see it again");
    fprintf(stream, "  remlock replay %s\n  remlock explain --full %s\n", path, path);
}

void report_explanation(FILE *stream, const struct report_style *style, const struct report_execution *execution)
{
    const struct verdict *verdict = execution->verdict;
    print_title(stream, style, execution);
    if (verdict->finding) {
        print_sentence(stream, style, execution);
    }
    print_program(stream, style, execution);
    print_interleaving(stream, style, execution);
    if (verdict->holders[0]) {
        style_rule(stream, style, "Who held what at that moment");
        char holders[2 * sizeof(verdict->holders)];
        words_with_fields(verdict->holders, holders, sizeof(holders));
        style_paragraph(stream, style, 2, holders);
    }
    if (verdict->finding) {
        stacks_print(stream, style, execution);
        print_section(stream, style, "What the finding means", verdict->finding->meaning);
        print_section(stream, style, "What Windows would say", verdict->finding->windows);
        print_section(stream, style, "How to fix it", verdict->finding->remedy);
        const struct subject *subject = execution->scenario->subject;
        print_section(stream, style, subject_is_path(subject->name) ? "What its author says of it" : "The bug in this subject",
                      subject->story);
    }
    print_commands(stream, style, execution->path);
}

void report_point(uint32_t task, uint32_t point, char *text, size_t size)
{
    struct scheduler_trace trace = scheduler_trace();
    text[0] = 0;
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        if (event->task != task || event->point != point || event->operation == OPERATION_NOTE) {
            continue;
        }
        char name[64], object[128], place[64];
        const char *operation = words_operation(event, name, sizeof(name));
        words_object_of(event, object, sizeof(object));
        words_place(event, place, sizeof(place));
        const char *relation = event->operation == OPERATION_WAIT ? "waiting in" : "before";
        snprintf(text, size, "%s %s%s%s%s%s%s", relation, operation, object[0] ? "(" : "", object, object[0] ? ")" : "",
                 place[0] ? ", " : "", place);
        return;
    }
}
