/* convert.c - `remlock convert`. */
#include "files.h"
#include "one_file.h"

#include <remlock/fuzz.h>

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp convert_argp = {
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Turns a replay file into a raw fuzz input, and a raw fuzz input into a replay file, without loss (a raw input has "
           "no place for comments and for what is expected). Writes to the standard output unless --out is given."
           "\vExamples:\n"
           "  remlock convert seed.replay -o corpus/seed    a seed for libFuzzer or AFL++\n"
           "  remlock convert crash-1f0c...                 read what a fuzzer found\n"
           "\nExit codes: 0 done, 2 usage, 4 malformed or unreadable.",
    .children = one_file_children,
};

/* A conversion: bytes in, bytes out. */
struct conversion {
    const struct one_file_options *options;
    const uint8_t *bytes;
    size_t size;
    struct fuzz_input input;
    struct replay replay;
    uint8_t *result;
    size_t result_size;
    bool to_text;
    char message[PATH_MAX + REPLAY_MESSAGE_SIZE];
};

/* With the subject's name in full where the short form would not lead back to it. */
static size_t encode(const struct fuzz_input *input, uint8_t *bytes)
{
    size_t size = fuzz_encode(input, bytes, FUZZ_INPUT_LIMIT);
    bool leads_back = size > 0 && fuzz_subject_of(bytes, size) == input->scenario.subject;
    return leads_back ? size : fuzz_encode_named(input, bytes, FUZZ_INPUT_LIMIT);
}

static bool to_binary(struct conversion *conversion)
{
    struct replay_error error;
    if (!replay_parse_for(&conversion->replay, conversion->options->subject, (const char *)conversion->bytes, conversion->size,
                          conversion->options->path, &error)) {
        snprintf(conversion->message, sizeof(conversion->message), "%s", error.message);
        return false;
    }
    conversion->result = malloc(FUZZ_INPUT_LIMIT);
    if (conversion->result && fuzz_from_replay(&conversion->replay, &conversion->input)) {
        conversion->result_size = encode(&conversion->input, conversion->result);
    }
    if (!conversion->result_size) {
        snprintf(conversion->message, sizeof(conversion->message), "%s: does not fit into a fuzz input",
                 conversion->options->path);
    }
    return conversion->result_size != 0;
}

static bool to_text(struct conversion *conversion)
{
    const struct subject *subject =
        input_subject(conversion->options->path, conversion->bytes, conversion->size, conversion->options->subject,
                      conversion->message, sizeof(conversion->message));
    if (!subject) {
        return false;
    }
    conversion->to_text = true;
    fuzz_decode(conversion->bytes, conversion->size, subject, &conversion->input);
    if (fuzz_to_replay(&conversion->input, &conversion->replay)) {
        conversion->result = (uint8_t *)case_text(&conversion->replay, NULL, &conversion->result_size);
    }
    if (!conversion->result) {
        snprintf(conversion->message, sizeof(conversion->message), "%s: out of memory", conversion->options->path);
    }
    return conversion->result != NULL;
}

static void print_json(const struct conversion *conversion)
{
    cJSON *json = json_begin("convert");
    cJSON_AddStringToObject(json, "file", conversion->options->path);
    cJSON_AddStringToObject(json, "format", conversion->to_text ? "text" : "binary");
    cJSON_AddNumberToObject(json, "bytes", (double)conversion->result_size);
    if (conversion->options->out) {
        cJSON_AddStringToObject(json, "result", conversion->options->out);
    }
    if (conversion->to_text) {
        cJSON_AddStringToObject(json, "text", (const char *)conversion->result);
        json_print(stdout, json);
        return;
    }
    char *digits = calloc(conversion->result_size * 2 + 1, 1);
    for (size_t index = 0; digits && index < conversion->result_size; index++) {
        sprintf(digits + index * 2, "%02x", conversion->result[index]);
    }
    cJSON_AddStringToObject(json, "hexadecimal", digits ? digits : "");
    free(digits);
    json_print(stdout, json);
}

static int write_result(struct conversion *conversion)
{
    const struct one_file_options *options = conversion->options;
    struct replay_error error;
    if (options->out && !replay_replace_file(options->out, conversion->result, conversion->result_size, &error)) {
        complain("%s", error.message);
        return EXIT_USAGE;
    }
    if (options->common.json) {
        print_json(conversion);
        return EXIT_CLEAN;
    }
    if (options->out) {
        return EXIT_CLEAN;
    }
    if (!conversion->to_text && isatty(STDOUT_FILENO)) {
        complain("a fuzz input is binary: name a file with --out, or send the output to one");
        return EXIT_USAGE;
    }
    fwrite(conversion->result, 1, conversion->result_size, stdout);
    return EXIT_CLEAN;
}

static int convert(struct conversion *conversion)
{
    bool is_text = replay_recognise(conversion->bytes, conversion->size);
    bool converted = is_text ? to_binary(conversion) : to_text(conversion);
    int code = EXIT_MALFORMED;
    if (converted) {
        code = write_result(conversion);
    } else {
        complain("%s", conversion->message);
    }
    free(conversion->result);
    replay_free(&conversion->replay);
    return code;
}

int command_convert(int argument_count, char **arguments)
{
    static struct conversion conversion; /* an input is too large for the stack */
    struct one_file_options options = {0};
    size_t size;
    argp_parse(&convert_argp, argument_count, arguments, 0, NULL, &options);
    uint8_t *bytes = file_read(options.path, &size, conversion.message, sizeof(conversion.message));
    if (!bytes) {
        complain("%s", conversion.message);
        return EXIT_MALFORMED;
    }
    conversion.options = &options;
    conversion.bytes = bytes;
    conversion.size = size;
    int code = convert(&conversion);
    free(bytes);
    return code;
}
