/*
 * codec.c - inputs as bytes.
 *
 * One format byte, two bytes that name the subject (in the other format its name, behind a byte with its length, or two when
 * that is 80 or more), then records until the bytes run out. A record's first byte says what it
 * is; none has a length or a count that could disagree with the rest, so any change of the bytes leaves most records what they
 * were:
 *
 *     00..7E          operation with this code; then its arguments
 *     7F c            operation with code c
 *     8n v            setting n has value v
 *     9k t c p        deviation of kind k: at point p of task t, c was chosen
 *     A0..BE          a task begins, with a usual name (names.c)
 *     BF name         a task begins, with any name; bit 7 marks its last character
 *     C0..FF p        11tttccc: at point p of task t, task c ran instead;
 *                     when t = c (no task takes over from itself) there is no p: task c runs first of all
 *
 * Numbers are little-endian groups of seven bits. Arguments and settings count from their minimum; an argument with at most 256
 * values takes one byte. Codes out of range are taken modulo the number of codes; records beyond a limit are ignored; bytes
 * that are missing at the end are zero.
 */
#include "names.h"

#include <remlock/fuzz.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

enum {
    HEADER_SIZE = 3,
    OPERATION_FAR = 0x7F,
    SETTING = 0x80,
    DEVIATION_FAR = 0x90,
    TASK = 0xA0,
    TASK_NAMED = 0xBF,
    DEVIATION_NEAR = 0xC0,
    NEAR_TASKS = 8,
    LAST_CHARACTER = 0x80,
};

/* --------------------------------------------------------------------------------------------------------- ranges -- */

static uint64_t argument_range(const struct argument *argument)
{
    return (uint64_t)argument->maximum - argument->minimum + 1;
}

static uint32_t setting_minimum(const struct setting *setting)
{
    return setting->words == NULL ? setting->minimum : 0;
}

static uint64_t setting_range(const struct setting *setting)
{
    if (setting->words == NULL) {
        return (uint64_t)setting->maximum - setting->minimum + 1;
    }
    uint64_t count = 0;
    while (setting->words[count] != NULL) {
        count++;
    }
    return count;
}

/* Most numbers are in range already, and dividing takes longer than everything else here. */
static uint32_t within(uint32_t number, uint64_t range)
{
    return number < range ? number : (uint32_t)(number % range);
}

/* By name, so that a number survives when subjects come and go; remembered, because one is asked for millions of times. */
static uint16_t subject_number(const struct subject *subject)
{
    static const struct subject *last;
    static uint16_t number;
    if (subject != last) {
        number = (uint16_t)XXH32(subject->name, strlen(subject->name), 0);
        last = subject;
    }
    return number;
}

/* -------------------------------------------------------------------------------------------------------- reading -- */

struct reader {
    const uint8_t *at, *end;
};

static uint8_t read_byte(struct reader *reader)
{
    return reader->at < reader->end ? *reader->at++ : 0;
}

static uint32_t read_number(struct reader *reader)
{
    uint32_t number = 0;
    for (uint32_t shift = 0; shift < 35; shift += 7) {
        uint8_t byte = read_byte(reader);
        number |= (uint32_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return number;
}

static uint32_t read_argument(struct reader *reader, const struct argument *argument)
{
    uint64_t range = argument_range(argument);
    return argument->minimum + within(range <= 256 ? read_byte(reader) : read_number(reader), range);
}

/* `name` has PROGRAM_NAME_SIZE bytes. */
static void begin_task(struct program *program, const char *name)
{
    struct program_task *task = &program->tasks[program->task_count++];
    memcpy(task->name, name, sizeof task->name);
    task->first = (uint16_t)program->operation_count;
    task->count = 0;
}

static void read_usual_task(struct program *program, uint32_t code)
{
    if (program->task_count == PROGRAM_TASK_LIMIT) {
        return;
    }
    begin_task(program, name_of_code(code));
    name_make_unique(program);
}

static void read_named_task(struct program *program, struct reader *reader)
{
    char name[PROGRAM_NAME_SIZE] = {0};
    bool last = false;
    for (uint32_t position = 0; position < PROGRAM_NAME_SIZE - 1 && !last; position++) {
        uint8_t byte = read_byte(reader);
        last = (byte & LAST_CHARACTER) != 0 || reader->at == reader->end;
        name[position] = name_character(byte & (uint8_t)~LAST_CHARACTER, position);
    }
    if (program->task_count == PROGRAM_TASK_LIMIT) {
        return;
    }
    begin_task(program, name);
    name_make_unique(program);
}

static void read_operation(struct fuzz_input *input, struct reader *reader, uint32_t code)
{
    const struct subject *subject = input->scenario.subject;
    struct program *program = &input->scenario.program;
    struct program_operation operation = {.code = (uint8_t)within(code, subject->operation_count)};
    const struct operation *description = &subject->operations[operation.code];
    for (uint32_t index = 0; index < description->argument_count; index++) {
        operation.arguments[index] = read_argument(reader, &description->arguments[index]);
    }
    if (program->operation_count == PROGRAM_OPERATION_LIMIT) {
        return;
    }
    if (program->task_count == 0) {
        begin_task(program, name_of_code(0));
    }
    program->operations[program->operation_count++] = operation;
    program->tasks[program->task_count - 1].count++;
}

static void read_setting(struct scenario *scenario, struct reader *reader, uint32_t index)
{
    uint32_t raw = read_number(reader);
    if (index < subject_setting_count(scenario->subject)) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        scenario->configuration.values[index] = setting_minimum(setting) + within(raw, setting_range(setting));
    }
}

static void add_deviation(struct fuzz_input *input, struct deviation deviation)
{
    if (input->deviation_count < FUZZ_DEVIATION_LIMIT) {
        input->deviations[input->deviation_count++] = deviation;
    }
}

static void read_deviation(struct fuzz_input *input, struct reader *reader, uint32_t kind)
{
    struct deviation deviation = {.kind = (uint8_t)(kind % CHOICE_KINDS)};
    deviation.task = read_byte(reader);
    deviation.chosen = read_byte(reader);
    deviation.point = read_number(reader);
    add_deviation(input, deviation);
}

static void read_near_deviation(struct fuzz_input *input, struct reader *reader, uint8_t lead)
{
    struct deviation deviation = {.kind = CHOICE_TASK, .task = lead >> 3 & 7, .chosen = lead & 7};
    if (deviation.task == deviation.chosen) {
        deviation.task = SCHEDULER_NO_TASK;
    } else {
        deviation.point = read_number(reader);
    }
    add_deviation(input, deviation);
}

static void read_record(struct fuzz_input *input, struct reader *reader)
{
    struct program *program = &input->scenario.program;
    uint8_t lead = read_byte(reader);
    if (lead < OPERATION_FAR) {
        read_operation(input, reader, lead);
    } else if (lead == OPERATION_FAR) {
        read_operation(input, reader, read_byte(reader));
    } else if (lead < DEVIATION_FAR) {
        read_setting(&input->scenario, reader, lead - SETTING);
    } else if (lead < TASK) {
        read_deviation(input, reader, lead - DEVIATION_FAR);
    } else if (lead < TASK_NAMED) {
        read_usual_task(program, lead - TASK);
    } else if (lead == TASK_NAMED) {
        read_named_task(program, reader);
    } else {
        read_near_deviation(input, reader, lead);
    }
}

/* The name in the header of the other format; NULL when there is none. */
static const uint8_t *read_subject_name(struct reader *reader, uint32_t *length)
{
    if (reader->at == reader->end || *reader->at != FUZZ_FORMAT_NAMED) {
        return NULL;
    }
    reader->at++;
    *length = read_number(reader);
    const uint8_t *name = reader->at;
    if (*length > SUBJECT_NAME_LIMIT || *length > reader->end - name) {
        return NULL;
    }
    reader->at += *length;
    return name;
}

static void skip_header(struct reader *reader)
{
    struct reader start = *reader;
    uint32_t length;
    if (read_subject_name(reader, &length) == NULL) {
        *reader = start;
        reader->at += reader->end - reader->at < HEADER_SIZE ? reader->end - reader->at : HEADER_SIZE;
    }
}

void fuzz_decode(const uint8_t *bytes, size_t size, const struct subject *subject, struct fuzz_input *input)
{
    struct reader reader = {.at = bytes, .end = bytes + size};
    input->scenario.subject = subject;
    input->scenario.configuration = configuration_standard(subject);
    input->scenario.program.task_count = 0;
    input->scenario.program.operation_count = 0;
    input->deviation_count = 0;
    skip_header(&reader);
    while (reader.at < reader.end) {
        read_record(input, &reader);
    }
}

static const struct subject *subject_of_name(const uint8_t *name, uint32_t length)
{
    char text[SUBJECT_NAME_LIMIT + 1];
    memcpy(text, name, length);
    text[length] = 0;
    return subject_find(text);
}

const struct subject *fuzz_subject_of(const uint8_t *bytes, size_t size)
{
    struct reader reader = {.at = bytes, .end = bytes + size};
    uint32_t length;
    const uint8_t *name = read_subject_name(&reader, &length);
    if (name != NULL) {
        return subject_of_name(name, length);
    }
    if (size < HEADER_SIZE || bytes[0] != FUZZ_FORMAT) {
        return NULL;
    }
    uint32_t number = bytes[1] | (uint32_t)bytes[2] << 8;
    for (uint32_t index = 0; index < subject_count(); index++) {
        if (subject_number(subject_at(index)) == number) {
            return subject_find(subject_at(index)->name);
        }
    }
    return NULL;
}

/* -------------------------------------------------------------------------------------------------------- writing -- */

/* Writes as long as there is room and counts on when there is none. */
struct writer {
    uint8_t *bytes;
    size_t size, capacity;
};

static void write_byte(struct writer *writer, uint32_t byte)
{
    if (writer->size < writer->capacity) {
        writer->bytes[writer->size] = (uint8_t)byte;
    }
    writer->size++;
}

static void write_number(struct writer *writer, uint32_t number)
{
    for (; number >= 0x80; number >>= 7) {
        write_byte(writer, (number & 0x7F) | 0x80);
    }
    write_byte(writer, number);
}

static void write_settings(struct writer *writer, const struct scenario *scenario)
{
    uint32_t count = subject_setting_count(scenario->subject);
    for (uint32_t index = 0; index < count; index++) {
        const struct setting *setting = subject_setting(scenario->subject, index);
        uint32_t value = scenario->configuration.values[index];
        if (value != setting->standard) {
            write_byte(writer, SETTING + index);
            write_number(writer, value - setting_minimum(setting));
        }
    }
}

static void write_task(struct writer *writer, const char *name)
{
    uint32_t code = name_code(name);
    if (code < NAME_CODES) {
        write_byte(writer, TASK + code);
        return;
    }
    write_byte(writer, TASK_NAMED);
    for (; *name != 0; name++) {
        write_byte(writer, (uint8_t)*name | (name[1] == 0 ? LAST_CHARACTER : 0));
    }
}

static void write_operation(struct writer *writer, const struct subject *subject, const struct program_operation *operation)
{
    const struct operation *description = &subject->operations[operation->code];
    if (operation->code >= OPERATION_FAR) {
        write_byte(writer, OPERATION_FAR);
    }
    write_byte(writer, operation->code);
    for (uint32_t index = 0; index < description->argument_count; index++) {
        const struct argument *argument = &description->arguments[index];
        uint32_t raw = operation->arguments[index] - argument->minimum;
        if (argument_range(argument) <= 256) {
            write_byte(writer, raw);
        } else {
            write_number(writer, raw);
        }
    }
}

static bool is_near(const struct deviation *deviation)
{
    if (deviation->kind != CHOICE_TASK || deviation->chosen >= NEAR_TASKS) {
        return false;
    }
    if (deviation->task == SCHEDULER_NO_TASK) {
        return deviation->point == 0;
    }
    return deviation->task < NEAR_TASKS && deviation->task != deviation->chosen;
}

static void write_deviation(struct writer *writer, const struct deviation *deviation)
{
    if (!is_near(deviation)) {
        write_byte(writer, DEVIATION_FAR + (uint32_t)deviation->kind);
        write_byte(writer, deviation->task);
        write_byte(writer, deviation->chosen);
        write_number(writer, deviation->point);
        return;
    }
    bool first = deviation->task == SCHEDULER_NO_TASK;
    uint32_t task = first ? deviation->chosen : deviation->task;
    write_byte(writer, DEVIATION_NEAR | task << 3 | deviation->chosen);
    if (!first) {
        write_number(writer, deviation->point);
    }
}

static void write_records(struct writer *writer, const struct fuzz_input *input)
{
    const struct program *program = &input->scenario.program;
    write_settings(writer, &input->scenario);
    for (uint32_t index = 0; index < program->task_count; index++) {
        const struct program_task *task = &program->tasks[index];
        write_task(writer, task->name);
        for (uint32_t position = 0; position < task->count; position++) {
            write_operation(writer, input->scenario.subject, &program->operations[task->first + position]);
        }
    }
    for (uint32_t index = 0; index < input->deviation_count; index++) {
        write_deviation(writer, &input->deviations[index]);
    }
}

size_t fuzz_encode(const struct fuzz_input *input, uint8_t *bytes, size_t capacity)
{
    struct writer writer = {.bytes = bytes, .capacity = capacity};
    uint16_t number = subject_number(input->scenario.subject);
    write_byte(&writer, FUZZ_FORMAT);
    write_byte(&writer, number & 0xFF);
    write_byte(&writer, number >> 8);
    write_records(&writer, input);
    return writer.size <= capacity ? writer.size : 0;
}

size_t fuzz_encode_named(const struct fuzz_input *input, uint8_t *bytes, size_t capacity)
{
    struct writer writer = {.bytes = bytes, .capacity = capacity};
    const char *name = input->scenario.subject->name;
    write_byte(&writer, FUZZ_FORMAT_NAMED);
    write_number(&writer, (uint32_t)strlen(name));
    for (; *name != 0; name++) {
        write_byte(&writer, (uint8_t)*name);
    }
    write_records(&writer, input);
    return writer.size <= capacity ? writer.size : 0;
}
