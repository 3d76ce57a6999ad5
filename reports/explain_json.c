/* explain_json.c - the same story for programs. */
#include "source.h"
#include "stacks.h"
#include "trace_json.h"
#include "words.h"

#include <remlock/replay.h>

#include <cjson/cJSON.h>
#include <stdlib.h>

enum { TEXT_WIDTH = 120 };

static cJSON *program_json(const struct scenario *scenario)
{
    const struct program *program = &scenario->program;
    cJSON *tasks = cJSON_CreateArray();
    for (uint32_t number = 0; number < program->task_count; number++) {
        const struct program_task *task = &program->tasks[number];
        cJSON *item = cJSON_CreateObject(), *operations = cJSON_CreateArray();
        for (uint32_t position = 0; position < task->count; position++) {
            char text[160];
            operation_format(scenario->subject, &program->operations[task->first + position], text, sizeof(text));
            cJSON_AddItemToArray(operations, cJSON_CreateString(text));
        }
        cJSON_AddStringToObject(item, "name", task->name);
        cJSON_AddItemToObject(item, "operations", operations);
        cJSON_AddItemToArray(tasks, item);
    }
    return tasks;
}

static cJSON *configuration_json(const struct scenario *scenario)
{
    cJSON *json = cJSON_CreateObject();
    for (uint32_t index = 0; index < subject_setting_count(scenario->subject); index++) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        char value[64];
        replay_setting_text(setting, scenario->configuration.values[index], value, sizeof(value));
        cJSON_AddStringToObject(json, setting->name, value);
    }
    return json;
}

static cJSON *schedule_json(const struct program *program)
{
    struct schedule schedule = scheduler_schedule();
    cJSON *array = cJSON_CreateArray();
    for (uint32_t index = 0; index < schedule.count; index++) {
        char text[160];
        replay_deviation_text(program, &schedule.deviations[index], text, sizeof(text));
        cJSON_AddItemToArray(array, cJSON_CreateString(text));
    }
    return array;
}

static void add_source(cJSON *json, const struct report_execution *execution)
{
    struct report_frame frame;
    if (source_of(execution, &frame)) {
        stacks_add_frame(cJSON_AddObjectToObject(json, "source"), &frame);
    }
}

/* As it looks everywhere: ASCII, and no wider than most windows. What to type is for whoever knows where the file lies. */
static void add_text(cJSON *json, const struct report_execution *execution)
{
    struct report_execution nameless = *execution;
    struct report_style style = {.width = TEXT_WIDTH};
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) {
        return;
    }
    nameless.path = NULL;
    report_explanation(stream, &style, &nameless);
    if (fclose(stream) == 0) {
        cJSON_AddStringToObject(json, "text", text);
    }
    free(text);
}

cJSON *report_explanation_json(const struct report_execution *execution)
{
    cJSON *json = report_verdict_json(execution);
    const struct finding *finding = execution->verdict->finding;
    if (finding) {
        cJSON_AddStringToObject(json, "meaning", finding->meaning);
        cJSON_AddStringToObject(json, "windows", finding->windows ? finding->windows : "");
        cJSON_AddStringToObject(json, "remedy", finding->remedy ? finding->remedy : "");
        cJSON_AddItemToObject(json, "stacks", stacks_json(execution));
        add_source(json, execution);
    }
    cJSON_AddItemToObject(json, "configuration", configuration_json(execution->scenario));
    cJSON_AddItemToObject(json, "program", program_json(execution->scenario));
    cJSON_AddItemToObject(json, "schedule", schedule_json(&execution->scenario->program));
    cJSON_AddNumberToObject(json, "preemptions", scheduler_preemptions());
    trace_json_add(json, execution);
    rows_json_add(json, execution);
    add_text(json, execution);
    return json;
}
