/*
 * reports.h - verdicts, traces and catalogues, for people and for programs.
 *
 * Everything about an execution is read from the harness and the scheduler while they still hold it: call the functions that
 * take a struct report_execution after harness_execute() and before the next one. Those that show the interleaving or stacks
 * need an execution that was run with HARNESS_RECORD.
 *
 *     struct report_style style = report_style_for(stdout, REPORT_COLOUR_AUTO);
 *     struct report_execution execution = {.scenario = &scenario, .verdict = &verdict, .path = "a.replay"};
 *     report_explanation(stdout, &style, &execution);
 *
 * The JSON of these functions is described in docs/cli.md; its keys are stable.
 */
#ifndef REMLOCK_REPORTS_H
#define REMLOCK_REPORTS_H

#include <remlock/harness.h>

#include <stdio.h>

struct cJSON;

/* ---------------------------------------------------------------------------------------------------------- style -- */

enum report_colour { REPORT_COLOUR_AUTO, REPORT_COLOUR_ALWAYS, REPORT_COLOUR_NEVER };

/* How text looks. */
struct report_style {
    bool colour;     /* ANSI colours */
    bool unicode;    /* box drawing and arrows outside ASCII */
    bool everything; /* fold nothing */
    uint32_t width;  /* columns of a line */
};

/*
 * What suits a stream: with REPORT_COLOUR_AUTO colour only on a terminal that is not "dumb", and never when NO_COLOR is set;
 * other characters than ASCII only in a UTF-8 locale (call setlocale() first); the width of the terminal, or COLUMNS, between
 * 80 and 200, or 120 when neither is known.
 */
struct report_style report_style_for(FILE *stream, enum report_colour colour);

/* ------------------------------------------------------------------------------------------------- source locations -- */

enum { REPORT_FRAME_LIMIT = 8 }; /* functions inlined into one another at one address */

/* A place in the source. Strings live as long as the process. */
struct report_frame {
    const char *function; /* "?" when unknown */
    const char *file;     /* as the compiler was given it, or "" when unknown */
    const char *name;     /* the last component of `file` */
    uint32_t line;        /* 0 when unknown */
    bool is_program;      /* it lies in this program itself, not in a driver that was loaded */
};

/*
 * The functions at a code address of this process, innermost first: more than one when functions were inlined. The address is
 * a return address, as in traces, stacks and verdicts: the call before it is looked up. Returns how many were found; without
 * debug information, one with the name from the symbol table; 0 when not even that is known.
 */
uint32_t report_locate(uintptr_t address, struct report_frame *frames, uint32_t limit);

/*
 * The one place that says most about an address: the innermost function, but a function that a header defines gives way to
 * whoever uses it. False when unknown.
 */
bool report_place(uintptr_t address, struct report_frame *place);

/* The same as text, "remove_lock.c:88", or "" when unknown. */
void report_place_text(uintptr_t address, char *text, size_t size);

/* ------------------------------------------------------------------------------------------------------ executions -- */

/* An execution to report: the last one that harness_execute() ran. */
struct report_execution {
    const struct scenario *scenario;
    const struct verdict *verdict;
    const char *path; /* the replay file that holds it, for the commands that are printed; NULL: none */
};

/* The one stable line of a finding, without numbers or addresses: "ASSERTION FAILED: <identifier> <subject> <routine>". */
void report_assertion(FILE *stream, const struct report_execution *execution);

/* A few lines: the stable line and what went wrong, or that the execution was clean. */
void report_verdict(FILE *stream, const struct report_style *style, const struct report_execution *execution);

/* The sentence that says what went wrong, for somebody who has never seen the project. */
void report_sentence(const struct report_execution *execution, char *text, size_t size);

/*
 * The whole story: program, interleaving in columns, who holds what, stacks, what went wrong, what Windows would say, how to
 * fix it, how to replay it.
 */
void report_explanation(FILE *stream, const struct report_style *style, const struct report_execution *execution);

/* The same two as JSON; the caller frees with cJSON_Delete(). */
struct cJSON *report_verdict_json(const struct report_execution *execution);
struct cJSON *report_explanation_json(const struct report_execution *execution);

/*
 * For the comments in replay files: what `task` was about to do at its point `point` in the last recorded execution,
 * "before InterlockedDecrement(lock0.IoCount), remove_lock.c:88", or "" when the trace does not know.
 */
void report_point(uint32_t task, uint32_t point, char *text, size_t size);

/* ------------------------------------------------------------------------------------------------------- documents -- */

/*
 * The report document holds many executions, and what is known of the campaign that found them: one JSON object, described by
 * docs/report.md and docs/report.schema.json. `remlock report` makes it; a format turns it into what somebody reads. Formats
 * know the document alone, so that they do the same with one that was made elsewhere.
 */
struct report_format {
    const char *name;
    const char *summary;
    bool (*write)(FILE *stream, const struct cJSON *document); /* false without memory, or when the stream fails */
};

extern const struct report_format report_formats[]; /* ended by an entry without a name */

/* The one of this name, or NULL. */
const struct report_format *report_format_named(const char *name);

/* ------------------------------------------------------------------------------------------------------ catalogues -- */

enum report_markup { REPORT_TEXT, REPORT_MARKDOWN };

/* Every finding, or `only` one. */
void report_findings(FILE *stream, const struct report_style *style, enum report_markup format, const struct finding *only);
struct cJSON *report_findings_json(const struct finding *only);

/* One subject with everything known about it: story, operations, settings. */
void report_subject(FILE *stream, const struct report_style *style, const struct subject *subject);

/* All subjects; `stories`: with the story of each. */
void report_subjects(FILE *stream, const struct report_style *style, bool stories);
struct cJSON *report_subjects_json(void);
struct cJSON *report_subject_json(const struct subject *subject);

#endif
