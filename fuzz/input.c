/* input.c - inputs as objects: copying, comparing, and to and from replays. */
#include <remlock/fuzz.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdio.h>
#include <string.h>

static void copy_program(struct program *to, const struct program *from)
{
    to->task_count = from->task_count;
    to->operation_count = from->operation_count;
    memcpy(to->tasks, from->tasks, from->task_count * sizeof from->tasks[0]);
    memcpy(to->operations, from->operations, from->operation_count * sizeof from->operations[0]);
}

void fuzz_copy(struct fuzz_input *to, const struct fuzz_input *from)
{
    if (to == from) {
        return;
    }
    to->scenario.subject = from->scenario.subject;
    to->scenario.configuration = from->scenario.configuration;
    copy_program(&to->scenario.program, &from->scenario.program);
    to->deviation_count = from->deviation_count;
    memcpy(to->deviations, from->deviations, from->deviation_count * sizeof from->deviations[0]);
}

static bool same_deviation(const struct deviation *one, const struct deviation *other)
{
    return one->kind == other->kind && one->task == other->task && one->chosen == other->chosen && one->point == other->point;
}

bool fuzz_equal(const struct fuzz_input *one, const struct fuzz_input *other)
{
    if (one->scenario.subject != other->scenario.subject || one->deviation_count != other->deviation_count ||
        !program_equal(&one->scenario.program, &other->scenario.program)) {
        return false;
    }
    for (uint32_t index = 0; index < subject_setting_count(one->scenario.subject); index++) {
        if (one->scenario.configuration.values[index] != other->scenario.configuration.values[index]) {
            return false;
        }
    }
    for (uint32_t index = 0; index < one->deviation_count; index++) {
        if (!same_deviation(&one->deviations[index], &other->deviations[index])) {
            return false;
        }
    }
    return true;
}

bool fuzz_is_text(const uint8_t *bytes, size_t size)
{
    return replay_recognise(bytes, size);
}

const char *fuzz_format_of(const uint8_t *bytes, size_t size)
{
    if (fuzz_is_text(bytes, size)) {
        return "text";
    }
    if (size > 0 && bytes[0] == FUZZ_FORMAT) {
        return "F1";
    }
    return size > 0 && bytes[0] == FUZZ_FORMAT_NAMED ? "F2" : "unversioned";
}

bool fuzz_from_replay(const struct replay *replay, struct fuzz_input *input)
{
    if (replay->schedule.count > FUZZ_DEVIATION_LIMIT) {
        return false;
    }
    input->scenario.subject = replay->scenario.subject;
    input->scenario.configuration = replay->scenario.configuration;
    copy_program(&input->scenario.program, &replay->scenario.program);
    input->deviation_count = replay->schedule.count;
    if (replay->schedule.count > 0) {
        memcpy(input->deviations, replay->schedule.deviations, replay->schedule.count * sizeof input->deviations[0]);
    }
    return true;
}

bool fuzz_to_replay(const struct fuzz_input *input, struct replay *replay)
{
    struct schedule schedule = {.deviations = (struct deviation *)input->deviations, .count = input->deviation_count};
    if (!replay_set_schedule(replay, schedule)) {
        return false;
    }
    memset(&replay->scenario, 0, sizeof replay->scenario);
    replay->scenario.subject = input->scenario.subject;
    replay->scenario.configuration = input->scenario.configuration;
    copy_program(&replay->scenario.program, &input->scenario.program);
    replay->expectation = REPLAY_EXPECTS_NOTHING;
    replay->identifier[0] = 0;
    replay->routine[0] = 0;
    return true;
}

/* As if it were for this subject; where its operations are others, those take their place. */
static bool load_text(const uint8_t *bytes, size_t size, const struct subject *subject, struct fuzz_input *input)
{
    struct replay replay = {0};
    struct replay_error error;
    if (!replay_parse_for(&replay, subject, (const char *)bytes, size, "input", &error) &&
        !replay_parse(&replay, (const char *)bytes, size, "input", &error)) {
        return false;
    }
    bool loaded = fuzz_from_replay(&replay, input);
    replay_free(&replay);
    if (loaded && input->scenario.subject != subject) {
        input->scenario.subject = subject;
        scenario_clamp(&input->scenario);
    }
    return loaded;
}

void fuzz_load(const uint8_t *bytes, size_t size, const struct subject *subject, struct fuzz_input *input)
{
    if (!fuzz_is_text(bytes, size) || !load_text(bytes, size, subject, input)) {
        fuzz_decode(bytes, size, subject, input);
    }
}

uint64_t fuzz_seed_of(const uint8_t *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}

void fuzz_describe(const struct fuzz_input *input, char *text, size_t size)
{
    const struct program *program = &input->scenario.program;
    snprintf(text, size, "%u-tasks-%u-operations-%u-deviations", program->task_count, program->operation_count,
             input->deviation_count);
}
