/* show.c - `remlock corpus show`. */
#include "corpus.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SHORT = 0x200 };

struct show {
    struct corpus_paths paths;
    bool brief;
};

static const struct argp_option option_list[] = {
    {"short", KEY_SHORT, NULL, 0, "One line for each", 1},
    {"subject", 'S', "SUBJECT", 0, "Read all inputs as ones of this subject, whatever they say they are for", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct show *show = state->input;
    switch (key) {
    case KEY_SHORT:
        show->brief = true;
        return 0;
    case ARGP_KEY_END:
        if (show->paths.count == 0) {
            argp_error(state, "a file is missing");
        }
        return 0;
    default:
        return corpus_parse_paths(key, argument, state, &show->paths);
    }
}

static const struct argp show_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE...",
    .doc = "Tells what is in inputs, without running them: program and schedule as in a replay file. FILE may be a folder."
           "\vExamples:\n"
           "  remlock corpus show corpus/1f0c6d2a9b3e4455\n"
           "  remlock corpus show --short corpus\n"
           "\nExit codes: 0 done, 2 usage, 4 a file is no input.",
    .children = common_children,
};

static char *text_of(const struct fuzz_specimen *specimen, const struct fuzz_input *input, size_t *size)
{
    struct replay replay = {0};
    struct replay_remarks remarks = {.heading = specimen->path, .task = replay_task_name};
    char *text = fuzz_to_replay(input, &replay) ? replay_text(&replay, &remarks, size) : NULL;
    replay_free(&replay);
    return text;
}

static void show_text(const struct show *show, const struct fuzz_specimen *specimen, const struct fuzz_input *input, bool first)
{
    char summary[128];
    size_t size;
    fuzz_describe(input, summary, sizeof(summary));
    if (show->brief) {
        printf("%s: %s, %s, %zu bytes, %s\n", specimen->path, specimen->subject->name, summary, specimen->size,
               fuzz_format_of(specimen->bytes, specimen->size));
        return;
    }
    char *text = text_of(specimen, input, &size);
    if (!first) {
        putchar('\n');
    }
    if (text) {
        fwrite(text, 1, size, stdout);
    }
    free(text);
}

static cJSON *show_json(const struct fuzz_specimen *specimen, const struct fuzz_input *input)
{
    size_t size;
    char *text = text_of(specimen, input, &size);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file", specimen->path);
    cJSON_AddStringToObject(json, "subject", specimen->subject->name);
    cJSON_AddStringToObject(json, "format", fuzz_format_of(specimen->bytes, specimen->size));
    cJSON_AddNumberToObject(json, "bytes", (double)specimen->size);
    cJSON_AddNumberToObject(json, "tasks", input->scenario.program.task_count);
    cJSON_AddNumberToObject(json, "operations", input->scenario.program.operation_count);
    cJSON_AddNumberToObject(json, "deviations", input->deviation_count);
    cJSON_AddStringToObject(json, "text", text ? text : "");
    free(text);
    return json;
}

static int show_all(const struct show *show, const struct fuzz_corpus *corpus)
{
    static struct fuzz_input input;
    int code = EXIT_CLEAN;
    bool first = true;
    cJSON *list = cJSON_CreateArray();
    for (uint32_t index = 0; index < corpus->count; index++) {
        const struct fuzz_specimen *specimen = &corpus->specimens[index];
        if (specimen->outcome == FUZZ_FOREIGN) {
            complain("%s: %s; --subject names the subject of bytes that do not", specimen->path, specimen->remark);
            code = EXIT_MALFORMED;
            continue;
        }
        fuzz_load(specimen->bytes, specimen->size, specimen->subject, &input);
        if (show->paths.common.json) {
            cJSON_AddItemToArray(list, show_json(specimen, &input));
        } else {
            show_text(show, specimen, &input, first);
        }
        first = false;
    }
    if (!show->paths.common.json) {
        cJSON_Delete(list);
        return code;
    }
    cJSON *json = json_begin("corpus show");
    cJSON_AddItemToObject(json, "inputs", list);
    json_print(stdout, json);
    return code;
}

int corpus_show(int argument_count, char **arguments)
{
    static struct show show;
    struct fuzz_corpus corpus = {0};
    argp_parse(&show_argp, argument_count, arguments, 0, NULL, &show);
    int code = corpus_read(&show.paths, &corpus) ? show_all(&show, &corpus) : EXIT_USAGE;
    fuzz_corpus_free(&corpus);
    return code;
}
