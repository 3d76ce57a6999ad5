/*
 * subject.c - the canary: a subject that always fails, soon, and only under a schedule with a preemption.
 *
 * Who searches for hours and finds nothing wants to know that something would have been found. Each `sing` reads a count and
 * writes it back one higher, two steps; when another one came between, that is the finding "canary". It goes through everything
 * that a real finding goes through: search, replay, minimising, reports.
 */
#include "subject.h"

#include <string.h>

enum { SETTING_ALIVE = SETTING_SUBJECT };

static const char canary_name[] = "canary";
static const char *const yes_words[] = {"no", "yes", NULL};
static const struct setting settings[] = {
    {"alive", "no: it does not fail, and whoever relies on it must notice", yes_words, 0, 1, 1},
};

static const struct scheduler_call read_call = {"CanaryRead", 990, EFFECT_READ},
                                   write_call = {"CanaryWrite", 991, EFFECT_UPDATE};

static uint32_t songs;

static void sing(const struct operation_call *call)
{
    (void)call;
    const char *previous = scheduler_enter_routine("CanarySing");
    scheduler_call(&read_call, &songs);
    uint32_t seen = songs;
    scheduler_call_value(seen, seen);
    scheduler_call(&write_call, &songs);
    if (songs != seen && harness_scenario()->configuration.values[SETTING_ALIVE]) {
        harness_report(canary_name, &songs, "the count was %u when it was read, and %u when it was written", seen, songs);
    }
    songs = seen + 1;
    scheduler_call_value(seen, songs);
    scheduler_leave_routine(previous);
}

static void begin(const struct subject *subject, const struct scenario *scenario)
{
    (void)subject, (void)scenario;
    songs = 0;
}

static void end(const struct scenario *scenario)
{
    (void)scenario;
}

static void stuck(void)
{
}

static bool caller_erred(void)
{
    return false;
}

static void describe(const void *address, char *text, size_t size)
{
    if (address == &songs) {
        strncpy(text, "songs", size);
    }
}

static void holders(char *text, size_t size)
{
    (void)text, (void)size;
}

static const struct operation operations[] = {
    {.name = "sing", .summary = "counts a song, in two steps", .weight = 1, .run = sing}};

static const struct subject canary = {
    .name = canary_name,
    .summary = "fails on purpose, soon: proves that whatever looks for findings is alive",
    .story = "Two tasks count without synchronisation. A campaign runs it at its start and every hour; what comes of it is not "
             "among its results.",
    .operations = operations,
    .operation_count = sizeof operations / sizeof operations[0],
    .settings = settings,
    .setting_count = sizeof settings / sizeof settings[0],
    .judging = 1u << (SETTING_ALIVE - SETTING_SUBJECT),
    .begin = begin,
    .end = end,
    .stuck = stuck,
    .caller_erred = caller_erred,
    .describe = describe,
    .holders = holders,
};

uint32_t canary_count(void)
{
    return 0;
}

const struct subject *canary_at(uint32_t index)
{
    (void)index;
    return NULL;
}

const struct subject *canary_open(const char *name, char *problem, size_t size)
{
    (void)problem, (void)size;
    return strcmp(name, canary_name) == 0 ? &canary : NULL;
}
