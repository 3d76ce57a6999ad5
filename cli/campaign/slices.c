/* slices.c - slices: one process of one engine on one subject for some seconds, from its command line to its payment.
 */
#include "run.h"
#include "view.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Engines end by themselves after their time; some take a while for that, and a program under test may have to be waited for. A
 * process that has not ended some seconds after it was asked to does not do so any more.
 */
static const double PATIENCE = 15, GRACE = 10, SHORTEST = 1;

static const char CRASH_WORDS[] = "the code under test crashed its process";

/* Follows from the campaign's and the number that the slice will have. */
static uint64_t next_seed(const struct campaign_run *run)
{
    uint64_t number = (uint64_t)run->last_slice + 1;
    struct generator generator = {.state = run->options.seed ^ number * 0x9E3779B97F4A7C15u};
    return generator_next(&generator) >> 32;
}

/* ---------------------------------------------------------------------------------------------------------- starting -- */

/* Instances of AFL++ that run the same share a folder and go on there; one of them is the main one. */
static void compose_afl(const struct campaign_run *run, struct slot *slot, struct command_words *words)
{
    char text[CAMPAIGN_NAME_SIZE + CAMPAIGN_TEXT_SIZE], name[sizeof(text)];
    snprintf(text, sizeof(text), "%s%s%s", run->subjects.list[slot->subject].row.name, slot->slice.configuration[0] ? "." : "",
             slot->slice.configuration);
    subject_file_name(text, name, sizeof(name));
    slot->is_main = true;
    for (uint32_t index = 0; index < run->options.jobs; index++) {
        const struct slot *other = &run->slots[index];
        bool is_rival = other != slot && other->use == SLOT_SLICE && other->arm == slot->arm && other->is_main;
        slot->is_main = slot->is_main && !is_rival;
    }
    command_add(words, "--afl-sync");
    command_add(words, "%s/afl/%s", run->options.folder, name);
    command_add(words, "--afl-instance");
    command_add(words, "%s", slot->is_main ? "main" : "second-2");
}

static void compose(const struct campaign_run *run, struct slot *slot, enum campaign_engine engine, double seconds,
                    struct command_words *words)
{
    const struct known_subject *subject = &run->subjects.list[slot->subject];
    command_add(words, "remlock");
    command_add(words, engine == CAMPAIGN_SEARCH ? "test" : "fuzz");
    command_add(words, "%s", subject->row.name);
    command_add(words, "--json");
    command_add(words, "--quiet");
    command_add(words, "--keep-going");
    command_add(words, "--no-minimize");
    command_add(words, "--time");
    command_add(words, "%.3fs", seconds);
    command_add(words, "--seed");
    command_add(words, "%" PRIu64, slot->slice.seed);
    command_add(words, "--out");
    command_add(words, "%s", slot->folder);
    configuration_append(slot->slice.configuration, words);
    if (engine == CAMPAIGN_SEARCH) {
        return;
    }
    command_add(words, "--engine");
    command_add(words, "%s", campaign_engine_names[engine]);
    command_add(words, "--corpus");
    command_add(words, "%s", subject->corpus);
    if (run->options.seeds) {
        command_add(words, "--seeds");
        command_add(words, "%s", run->options.seeds);
    }
    if (engine == CAMPAIGN_AFL) {
        compose_afl(run, slot, words);
    }
}

static bool slice_finish(struct campaign_run *run, struct slot *slot);

bool slice_start(struct campaign_run *run, struct slot *slot, uint32_t subject, uint32_t arm, enum campaign_engine engine,
                 const char *configuration, double seconds)
{
    struct command_words words = {0};
    struct campaign_slice *slice = &slot->slice;
    *slice = (struct campaign_slice){
        .subject = run->subjects.list[subject].row.id, .seed = next_seed(run), .started = wall_clock(), .at = run_elapsed(run)};
    snprintf(slice->engine, sizeof(slice->engine), "%s", campaign_engine_names[engine]);
    snprintf(slice->configuration, sizeof(slice->configuration), "%s", configuration);
    slot->subject = subject;
    slot->arm = arm;
    slot->is_parsed = false;
    if (!run_wrote(run, campaign_slice_begin(run->book, slice))) {
        return false;
    }
    run->last_slice = slice->id;
    compose(run, slot, engine, seconds, &words);
    bool started = slot_start(run, slot, words.words, seconds + PATIENCE, GRACE);
    command_free(&words);
    if (!started) {
        slice->outcome = CAMPAIGN_FAILED;
        run_wrote(run, campaign_slice_end(run->book, slice));
        return false;
    }
    slot->until = slot->started + seconds;
    slot->use = SLOT_SLICE;
    slot->finish = slice_finish;
    run->subjects.list[subject].running++;
    snprintf(slot->label, sizeof(slot->label), "%s %.80s%s%.60s", slice->engine, run->subjects.list[subject].row.name,
             configuration[0] ? " " : "", configuration);
    return true;
}

bool slices_start_next(struct campaign_run *run, struct slot *slot)
{
    uint32_t number;
    double seconds, left = run->options.seconds - run_elapsed(run);
    if (!campaign_plan_next(run->plan, &number, &seconds)) {
        return false;
    }
    const struct known_arm *arm = &run->arms.list[number];
    seconds = seconds < left ? seconds : left;
    if (!run->subjects.list[arm->subject].is_merging && seconds > 0 &&
        slice_start(run, slot, arm->subject, number, arm->engine, arm->configuration, seconds)) {
        return true;
    }
    struct campaign_payment nothing = {0};
    campaign_plan_pay(run->plan, number, &nothing, true);
    return false;
}

/* ----------------------------------------------------------------------------------------------------------- reading -- */

static uint64_t number_of(const cJSON *json, const char *key)
{
    double number = cJSON_GetNumberValue(cJSON_GetObjectItem(json, key));
    return number > 0 ? (uint64_t)number : 0;
}

static void say(struct campaign_slice *slice, enum campaign_outcome outcome, const char *text)
{
    slice->outcome = outcome;
    snprintf(slice->message, sizeof(slice->message), "%.*s", (int)sizeof(slice->message) - 1, text);
    for (char *at = slice->message; *at; at++) {
        *at = *at == '\n' ? ' ' : *at;
    }
}

static void read_document(struct campaign_slice *slice, const struct keeper *keeper)
{
    cJSON *json = cJSON_Parse(keeper->text ? keeper->text : "");
    const cJSON *engine = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "engines"), 0);
    slice->executions = number_of(json, "executions");
    slice->coverage = (uint32_t)number_of(engine, "coverage");
    slice->inputs = (uint32_t)number_of(engine, "inputs");
    slice->outcome = CAMPAIGN_DONE;
    if (!json) {
        say(slice, CAMPAIGN_FAILED, keeper->text_cut ? "it wrote more than can be read" : keeper->words);
    } else if (cJSON_IsTrue(cJSON_GetObjectItem(json, "crashed"))) {
        say(slice, CAMPAIGN_FAILED, CRASH_WORDS);
    } else if (engine && !cJSON_IsTrue(cJSON_GetObjectItem(engine, "ran"))) {
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(engine, "message"));
        say(slice, CAMPAIGN_FAILED, message ? message : "the engine did not run");
    }
    cJSON_Delete(json);
}

static void read_ending(struct campaign_run *run, struct slot *slot)
{
    const struct keeper *keeper = &slot->keeper;
    struct campaign_slice *slice = &slot->slice;
    char text[128];
    slice->seconds = run_seconds(run) - slot->started;
    switch (keeper->result.ending) {
    case KEEPER_OUT_OF_TIME:
        say(slice, CAMPAIGN_KILLED, "did not end when its time was over, and was killed");
        return;
    case KEEPER_OUT_OF_MEMORY:
        snprintf(text, sizeof(text), "killed: used %.0f MB of memory, allowed are %.0f", (double)keeper->result.memory / 1e6,
                 (double)run->options.memory / run->options.jobs / 1e6);
        say(slice, CAMPAIGN_KILLED, text);
        return;
    case KEEPER_LOST:
        say(slice, CAMPAIGN_KILLED, "its keeper was killed");
        return;
    default:
        break;
    }
    read_document(slice, keeper);
    if (WIFSIGNALED(keeper->result.status)) {
        snprintf(text, sizeof(text), "%s: %s", CRASH_WORDS, strsignal(WTERMSIG(keeper->result.status)));
        say(slice, CAMPAIGN_FAILED, text);
    }
}

/* ----------------------------------------------------------------------------------------------------------- paying -- */

static enum campaign_engine engine_of(const char *name)
{
    int engine = 0;
    while (engine < CAMPAIGN_ENGINES - 1 && strcmp(campaign_engine_names[engine], name) != 0) {
        engine++;
    }
    return (enum campaign_engine)engine;
}

/* What this slice has reached beyond all before it, and the sums. */
static uint32_t add_up(struct campaign_run *run, uint32_t subject, const struct campaign_slice *slice)
{
    struct known_subject *known = &run->subjects.list[subject];
    uint32_t *best = &known->best_coverage[engine_of(slice->engine)];
    uint32_t gained = slice->coverage > *best ? slice->coverage - *best : 0;
    *best += gained;
    if (slice->coverage > known->row.coverage) {
        run->coverage += known->row.canary ? 0 : slice->coverage - known->row.coverage;
        known->row.coverage = slice->coverage;
    }
    known->row.executions += slice->executions;
    run->executions += known->row.canary ? 0 : slice->executions;
    run->slices++;
    run->counts.crashes += strncmp(slice->message, CRASH_WORDS, sizeof(CRASH_WORDS) - 1) == 0;
    return gained;
}

static void pay(struct campaign_run *run, const struct campaign_slice *slice, uint32_t subject, uint32_t arm, bool was_running)
{
    struct campaign_payment payment = {.seconds = slice->seconds,
                                       .new_coverage = add_up(run, subject, slice),
                                       .new_findings = slice->found,
                                       .failed = slice->outcome == CAMPAIGN_FAILED || slice->message[0]};
    if (arm < run->arms.count) {
        campaign_plan_pay(run->plan, arm, &payment, was_running);
    }
}

static bool slice_finish(struct campaign_run *run, struct slot *slot)
{
    struct known_subject *subject = &run->subjects.list[slot->subject];
    bool whole;
    if (!slot->is_parsed) {
        read_ending(run, slot);
        slot->is_parsed = true;
    }
    slot->slice.found += ingest_folder(run, slot->folder, slot, &whole);
    if (!whole || !run_wrote(run, campaign_slice_end(run->book, &slot->slice))) {
        return false;
    }
    folder_empty(slot->folder);
    if (slot->slice.outcome == CAMPAIGN_FAILED && slot->slice.seconds < SHORTEST) {
        run->rests_until = run_seconds(run) + SHORTEST;
    }
    subject->running--;
    pay(run, &slot->slice, slot->subject, slot->arm, true);
    view_slice(run, slot);
    if (slot->slice.message[0]) {
        view_trouble_once(run, slot->slice.message, "%s: %s", slot->label, slot->slice.message);
    }
    if (subject->row.canary) {
        canary_slice_ended(run);
    }
    return true;
}

/* ---------------------------------------------------------------------------------------------------------- recalling -- */

static bool recall(const struct campaign_slice *slice, void *context)
{
    struct campaign_run *run = context;
    run->last_slice = slice->id > run->last_slice ? slice->id : run->last_slice;
    for (uint32_t subject = 0; subject < run->subjects.count; subject++) {
        if (run->subjects.list[subject].row.id == slice->subject) {
            uint32_t arm = known_arms_number(&run->arms, subject, slice->engine, slice->configuration);
            pay(run, slice, subject, arm, false);
            break;
        }
    }
    return true;
}

bool slices_recall(struct campaign_run *run)
{
    return run_wrote(run, campaign_each_slice(run->book, recall, run));
}
