/* run.c - executes a replay and compares what comes with what the file says. */
#include "follow.h"
#include "text.h"

#include <string.h>

const char *replay_outcome_name(enum replay_outcome outcome)
{
    static const char *const names[REPLAY_OUTCOMES] = {
        [REPLAY_AS_EXPECTED] = "as-expected",
        [REPLAY_OTHER_FINDING] = "other-finding",
        [REPLAY_CLEAN] = "clean",
        [REPLAY_DIVERGED] = "diverged",
    };
    return outcome < REPLAY_OUTCOMES ? names[outcome] : "unknown";
}

static enum replay_outcome judge(const struct replay *replay, const struct verdict *verdict)
{
    if (replay->expectation == REPLAY_EXPECTS_NOTHING) {
        return REPLAY_AS_EXPECTED;
    }
    if (verdict->finding == NULL) {
        return replay->expectation == REPLAY_EXPECTS_CLEAN ? REPLAY_AS_EXPECTED : REPLAY_CLEAN;
    }
    return is_expected_finding(replay, verdict) ? REPLAY_AS_EXPECTED : REPLAY_OTHER_FINDING;
}

void replay_run(const struct replay *replay, unsigned mode, struct replay_result *result)
{
    struct strategy *strategy = strategy_replay(replay->schedule);
    harness_execute(&replay->scenario, strategy, mode, &result->verdict);
    int64_t divergence = strategy_replay_divergence(strategy);
    result->outcome = divergence >= 0 ? REPLAY_DIVERGED : judge(replay, &result->verdict);
    result->diverged_at = divergence >= 0 ? (uint32_t)divergence : 0;
}

/* ------------------------------------------------------------------------------------------------------- divergence -- */

/* Follows the schedule as before and watches the choice at which it parts from the code. */
struct witness {
    struct strategy strategy;
    struct strategy *followed;
    const struct deviation *deviation;
    bool came;          /* there was such a choice ... */
    bool offered;       /* ... and what the deviation wants was among the alternatives */
    bool absent, ended; /* at that moment, the task it wants */
};

static void witness_begin(struct strategy *strategy, uint32_t task_count)
{
    struct witness *witness = (struct witness *)strategy;
    witness->followed->begin(witness->followed, task_count);
}

static uint32_t witness_choose(struct strategy *strategy, const struct choice *choice)
{
    struct witness *witness = (struct witness *)strategy;
    const struct deviation *deviation = witness->deviation;
    if (choice->kind == deviation->kind && choice->task == deviation->task && choice->point == deviation->point) {
        witness->came = true;
        witness->offered = alternative_of(deviation, choice) != 0;
        witness->absent = deviation->chosen >= scheduler_task_count();
        witness->ended = scheduler_ended(deviation->chosen);
    }
    return witness->followed->choose(witness->followed, choice);
}

static bool witness_end(struct strategy *strategy)
{
    struct witness *witness = (struct witness *)strategy;
    return witness->followed->end(witness->followed);
}

static uint32_t last_point(uint32_t task)
{
    struct scheduler_trace trace = scheduler_trace();
    uint32_t last = 0;
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        last = event->task == task && event->point > last ? event->point : last;
    }
    return last;
}

static void explain_choice(const struct witness *witness, const char *chosen, char *text, size_t size)
{
    if (witness->offered) {
        snprintf(text, size, "its place is earlier: the lines of a schedule stand in the order in which they happen");
    } else if (witness->deviation->kind != CHOICE_TASK) {
        snprintf(text, size, "there is no such alternative");
    } else if (witness->absent) {
        snprintf(text, size, "there was no %s", chosen);
    } else {
        snprintf(text, size, "%s could not run there, it %s", chosen, witness->ended ? "had ended" : "was waiting");
    }
}

static void explain_absence(const struct deviation *deviation, const char *task, char *text, size_t size)
{
    uint32_t last = last_point(deviation->task);
    if (deviation->task == SCHEDULER_NO_TASK) {
        snprintf(text, size, "there was no choice who starts");
    } else if (deviation->task >= scheduler_task_count()) {
        snprintf(text, size, "there was no %s", task);
    } else if (last >= deviation->point && deviation->kind == CHOICE_TASK) {
        snprintf(text, size, "nobody but %s could run there", task);
    } else if (last >= deviation->point) {
        snprintf(text, size, "%s made no %s there", task, choice_kind_name((enum choice_kind)deviation->kind));
    } else if (scheduler_ended(deviation->task)) {
        snprintf(text, size, "%s ended after its point %u", task, last);
    } else {
        snprintf(text, size, "the execution ended when %s was at its point %u", task, last);
    }
}

void replay_explain_divergence(const struct replay *replay, const struct replay_result *result, char *text, size_t size)
{
    const struct program *program = &replay->scenario.program;
    const struct deviation *deviation = &replay->schedule.deviations[result->diverged_at];
    struct witness witness = {
        .strategy = {.name = "replay", .begin = witness_begin, .choose = witness_choose, .end = witness_end},
        .followed = strategy_replay(replay->schedule),
        .deviation = deviation,
    };
    struct verdict verdict;
    harness_execute(&replay->scenario, &witness.strategy, HARNESS_RECORD, &verdict);

    char line[DEVIATION_TEXT_SIZE], task[TASK_TEXT_SIZE], chosen[TASK_TEXT_SIZE], reason[REPLAY_MESSAGE_SIZE];
    replay_deviation_text(program, deviation, line, sizeof line);
    replay_task_text(program, deviation->task, task, sizeof task);
    replay_task_text(program, deviation->chosen, chosen, sizeof chosen);
    if (witness.came) {
        explain_choice(&witness, chosen, reason, sizeof reason);
    } else {
        explain_absence(deviation, task, reason, sizeof reason);
    }
    snprintf(text, size, "deviation %u of %u, '%s', does not fit: %s", result->diverged_at + 1, replay->schedule.count, line,
             reason);
}
