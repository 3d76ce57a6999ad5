/* replay.c - the object: what it owns, copying and comparing. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

void replay_free(struct replay *replay)
{
    free(replay->schedule.deviations);
    memset(replay, 0, sizeof *replay);
}

bool replay_set_schedule(struct replay *replay, struct schedule schedule)
{
    struct deviation *copy = NULL;
    if (schedule.count > SCHEDULER_DEVIATION_LIMIT) {
        return false;
    }
    if (schedule.count > 0) {
        copy = malloc(schedule.count * sizeof *copy);
        if (copy == NULL) {
            return false;
        }
        memcpy(copy, schedule.deviations, schedule.count * sizeof *copy);
    }
    free(replay->schedule.deviations);
    replay->schedule = (struct schedule){.deviations = copy, .count = schedule.count};
    return true;
}

/* A file writes routine and identifier as words: what cannot stand in one becomes '_'. */
static char word_byte(char byte)
{
    return byte > ' ' && byte < 0x7f && byte != '#' ? byte : '_';
}

static void copy_word(char *target, size_t size, const char *source)
{
    memset(target, 0, size);
    for (size_t at = 0; at + 1 < size && source[at] != '\0'; at++) {
        target[at] = word_byte(source[at]);
    }
}

static const char *routine_of(const struct verdict *verdict)
{
    return verdict->routine[0] == '\0' ? NO_ROUTINE : verdict->routine;
}

static bool same_word(const char *word, size_t size, const char *source)
{
    size_t at = 0;
    while (at + 1 < size && source[at] != '\0' && word[at] == word_byte(source[at])) {
        at++;
    }
    return word[at] == '\0' && (source[at] == '\0' || at + 1 == size);
}

void replay_expect(struct replay *replay, const struct verdict *verdict)
{
    bool clean = verdict->finding == NULL;
    replay->expectation = clean ? REPLAY_EXPECTS_CLEAN : REPLAY_EXPECTS_FINDING;
    copy_word(replay->identifier, sizeof replay->identifier, clean ? "" : verdict->finding->identifier);
    copy_word(replay->routine, sizeof replay->routine, clean ? "" : routine_of(verdict));
}

bool is_expected_finding(const struct replay *replay, const struct verdict *verdict)
{
    return replay->expectation == REPLAY_EXPECTS_FINDING && verdict->finding != NULL &&
           same_word(replay->identifier, sizeof replay->identifier, verdict->finding->identifier) &&
           same_word(replay->routine, sizeof replay->routine, routine_of(verdict));
}

bool replay_capture(struct replay *replay, const struct scenario *scenario, const struct verdict *verdict)
{
    if (scheduler_schedule_truncated() || !replay_set_schedule(replay, scheduler_schedule())) {
        return false;
    }
    replay->scenario = *scenario;
    replay_expect(replay, verdict);
    return true;
}

bool replay_copy(struct replay *target, const struct replay *source)
{
    if (target == source) {
        return true;
    }
    if (!replay_set_schedule(target, source->schedule)) {
        return false;
    }
    struct schedule schedule = target->schedule;
    *target = *source;
    target->schedule = schedule;
    return true;
}

static bool same_configuration(const struct scenario *one, const struct scenario *other)
{
    uint32_t count = one->subject == NULL ? 0 : subject_setting_count(one->subject);
    for (uint32_t index = 0; index < count; index++) {
        if (one->configuration.values[index] != other->configuration.values[index]) {
            return false;
        }
    }
    return true;
}

static bool same_schedule(struct schedule one, struct schedule other)
{
    if (one.count != other.count) {
        return false;
    }
    for (uint32_t index = 0; index < one.count; index++) {
        const struct deviation *left = &one.deviations[index];
        const struct deviation *right = &other.deviations[index];
        if (left->kind != right->kind || left->task != right->task || left->chosen != right->chosen ||
            left->point != right->point) {
            return false;
        }
    }
    return true;
}

static bool same_expectation(const struct replay *one, const struct replay *other)
{
    if (one->expectation != other->expectation) {
        return false;
    }
    return one->expectation != REPLAY_EXPECTS_FINDING ||
           (strcmp(one->identifier, other->identifier) == 0 && strcmp(one->routine, other->routine) == 0);
}

bool replay_equal(const struct replay *one, const struct replay *other)
{
    return one->scenario.subject == other->scenario.subject && same_configuration(&one->scenario, &other->scenario) &&
           program_equal(&one->scenario.program, &other->scenario.program) && same_schedule(one->schedule, other->schedule) &&
           same_expectation(one, other);
}
