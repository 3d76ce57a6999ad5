/*
 * confirm.c - what is said of a finding has been seen before: replayed in fresh processes, minimised, replayed again.
 *
 * A confirmation goes through its stages one process at a time or several, whatever slots are free. Only its end is written
 * down: one that is interrupted begins again with the next session.
 */
#include "run.h"
#include "view.h"

#include "export.h"
#include "files.h"
#include "replays.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLAYS = 10, UNANSWERED_LIMIT = 10 };

static const double REPLAY_SECONDS = 60, MINIMISE_SECONDS = 60, HURRIED_SECONDS = 5, GRACE = 10;

enum stage { AS_FOUND, MINIMISING, MINIMISED, SETTLED };

struct confirmation {
    struct campaign_finding finding; /* owns its texts */
    enum stage stage;
    struct replays found, minimised;
    uint32_t running;
    char folder[PATH_MAX]; /* work/confirm-N: two files, "found" and "minimised" */
    char smaller_fails[160];
    struct confirmation *next;
};

/* ----------------------------------------------------------------------------------------------------------- the list -- */

static char *copy_text(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    return copy;
}

void confirm_add(struct campaign_run *run, const struct campaign_finding *finding)
{
    struct confirmation *confirmation = calloc(1, sizeof(*confirmation)), **end = &run->confirmations;
    if (!confirmation) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    confirmation->finding = *finding;
    confirmation->finding.found = copy_text(finding->found);
    confirmation->finding.minimised = copy_text(finding->minimised);
    snprintf(confirmation->folder, sizeof(confirmation->folder), "%s/work/confirm-%" PRId64, run->options.folder, finding->id);
    while (*end) {
        end = &(*end)->next;
    }
    *end = confirmation;
}

static void release(struct confirmation *confirmation)
{
    free(confirmation->finding.found);
    free(confirmation->finding.minimised);
    free(confirmation);
}

void confirm_free(struct campaign_run *run)
{
    while (run->confirmations) {
        struct confirmation *first = run->confirmations;
        run->confirmations = first->next;
        release(first);
    }
}

uint32_t confirm_open(const struct campaign_run *run)
{
    uint32_t count = 0;
    for (const struct confirmation *confirmation = run->confirmations; confirmation; confirmation = confirmation->next) {
        count++;
    }
    return count;
}

static void path_of(const struct confirmation *confirmation, enum stage stage, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", confirmation->folder, stage == AS_FOUND ? "found" : "minimised");
}

/* ----------------------------------------------------------------------------------------------------------- replaying -- */

static void advance(struct campaign_run *run, struct confirmation *confirmation);

/* Killed, by its limits or from outside: the kernel that needs memory, a person. That says nothing of the finding yet. */
static bool says_nothing(const struct keeper *keeper)
{
    static const int from_outside[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP};
    bool told = keeper->result.ending == KEEPER_ENDED;
    for (size_t index = 0; told && WIFSIGNALED(keeper->result.status) && index < sizeof(from_outside) / sizeof(int); index++) {
        told = WTERMSIG(keeper->result.status) != from_outside[index];
    }
    return !told;
}

static bool replay_finish(struct campaign_run *run, struct slot *slot)
{
    struct confirmation *confirmation = slot->context;
    confirmation->running--;
    if (slot->stopping) {
        return true; /* it says nothing; the next session begins again */
    }
    struct replays *replays = confirmation->stage == AS_FOUND ? &confirmation->found : &confirmation->minimised;
    if (says_nothing(&slot->keeper) && replays->unanswered < UNANSWERED_LIMIT) {
        replays->unanswered++;
        replays->started--;
        return true;
    }
    replays_count(replays, &confirmation->finding, &slot->keeper);
    advance(run, confirmation);
    return true;
}

static bool start_replay(struct campaign_run *run, struct slot *slot, struct confirmation *confirmation,
                         struct replays *replays)
{
    char path[PATH_MAX + 16];
    struct command_words words = {0};
    path_of(confirmation, confirmation->stage, path, sizeof(path));
    command_add(&words, "remlock");
    command_add(&words, "replay");
    command_add(&words, "--json");
    command_add(&words, "%s", path);
    bool started = slot_start(run, slot, words.words, REPLAY_SECONDS, GRACE);
    command_free(&words);
    if (started) {
        replays->started++;
        slot->finish = replay_finish;
        snprintf(slot->label, sizeof(slot->label), "replay %.140s", confirmation->finding.subject);
    }
    return started;
}

/* ---------------------------------------------------------------------------------------------------------- minimising -- */

static void take_size(struct campaign_finding *finding, const cJSON *json)
{
    const cJSON *size = cJSON_GetObjectItem(json, "after");
    finding->tasks = (uint32_t)cJSON_GetNumberValue(cJSON_GetObjectItem(size, "tasks"));
    finding->operations = (uint32_t)cJSON_GetNumberValue(cJSON_GetObjectItem(size, "operations"));
    finding->preemptions = (uint32_t)cJSON_GetNumberValue(cJSON_GetObjectItem(size, "preemptions"));
}

static bool minimise_finish(struct campaign_run *run, struct slot *slot)
{
    struct confirmation *confirmation = slot->context;
    char path[PATH_MAX + 16], message[PATH_MAX + 256];
    size_t size = 0;
    confirmation->running--;
    path_of(confirmation, MINIMISING, path, sizeof(path));
    cJSON *json = cJSON_Parse(slot->keeper.text ? slot->keeper.text : "");
    uint8_t *bytes = json ? file_read(path, &size, message, sizeof(message)) : NULL;
    char *text = bytes ? realloc(bytes, size + 1) : NULL;
    if (text) {
        text[size] = 0;
        free(confirmation->finding.minimised);
        confirmation->finding.minimised = text;
        take_size(&confirmation->finding, json);
    } else {
        free(bytes);
        snprintf(confirmation->smaller_fails, sizeof(confirmation->smaller_fails), "it could not be minimised");
    }
    cJSON_Delete(json);
    confirmation->stage = text ? MINIMISED : SETTLED;
    advance(run, confirmation);
    return true;
}

/* When it is stopped it keeps the best so far. */
static bool start_minimising(struct campaign_run *run, struct slot *slot, struct confirmation *confirmation)
{
    char found[PATH_MAX + 16], minimised[PATH_MAX + 16];
    struct command_words words = {0};
    path_of(confirmation, AS_FOUND, found, sizeof(found));
    path_of(confirmation, MINIMISED, minimised, sizeof(minimised));
    command_add(&words, "remlock");
    command_add(&words, "minimize");
    command_add(&words, "--json");
    command_add(&words, "--quiet");
    command_add(&words, "%s", found);
    command_add(&words, "--out");
    command_add(&words, "%s", minimised);
    bool started = slot_start(run, slot, words.words, run->hurried ? HURRIED_SECONDS : MINIMISE_SECONDS, GRACE);
    command_free(&words);
    if (started) {
        slot->finish = minimise_finish;
        snprintf(slot->label, sizeof(slot->label), "minimize %.140s", confirmation->finding.subject);
    }
    return started;
}

/* ------------------------------------------------------------------------------------------------------------- stages -- */

static void judge(struct confirmation *confirmation)
{
    struct campaign_finding *finding = &confirmation->finding;
    const struct replays *found = &confirmation->found, *minimised = &confirmation->minimised;
    finding->attempts = found->ended + minimised->ended;
    finding->reproduced = found->same + minimised->same;
    if (found->same < found->ended) {
        finding->state = CAMPAIGN_UNREPRODUCIBLE;
        snprintf(finding->message, sizeof(finding->message),
                 "%s in %s was seen, and then in %u of %u replays in fresh processes; %s came instead", finding->identifier,
                 finding->routine, found->same, found->ended, found->other);
        return;
    }
    finding->state = CAMPAIGN_CONFIRMED;
    if (minimised->same < minimised->ended) {
        snprintf(confirmation->smaller_fails, sizeof(confirmation->smaller_fails),
                 "the minimised one showed it in %u of %u, the one as found is kept", minimised->same, minimised->ended);
        free(finding->minimised);
        finding->minimised = NULL;
    }
}

static void advance(struct campaign_run *run, struct confirmation *confirmation)
{
    (void)run;
    if (confirmation->stage == AS_FOUND && confirmation->found.ended == REPLAYS) {
        confirmation->stage = confirmation->found.same == REPLAYS ? MINIMISING : SETTLED;
    }
    if (confirmation->stage == MINIMISED && confirmation->minimised.ended == REPLAYS) {
        confirmation->stage = SETTLED;
    }
    if (confirmation->stage == SETTLED && confirmation->finding.state == CAMPAIGN_FOUND) {
        judge(confirmation);
    }
}

static bool prepare_files(struct campaign_run *run, struct confirmation *confirmation)
{
    char path[PATH_MAX + 16], message[PATH_MAX + 256];
    struct replay_error error;
    path_of(confirmation, AS_FOUND, path, sizeof(path));
    if (access(path, F_OK) == 0) {
        return true;
    }
    if (!folder_prepare(confirmation->folder, message, sizeof(message))) {
        view_trouble_once(run, "confirm", "%s", message);
        return false;
    }
    const char *text = confirmation->finding.found;
    if (!replay_replace_file(path, text, strlen(text), &error)) {
        view_trouble_once(run, "confirm", "%s", error.message);
        return false;
    }
    return true;
}

static bool start_for(struct campaign_run *run, struct slot *slot, struct confirmation *confirmation)
{
    bool minimising = confirmation->stage == MINIMISING;
    struct replays *replays = confirmation->stage == AS_FOUND ? &confirmation->found : &confirmation->minimised;
    bool started = prepare_files(run, confirmation) &&
                   (minimising ? start_minimising(run, slot, confirmation) : start_replay(run, slot, confirmation, replays));
    if (started) {
        slot->use = SLOT_CONFIRMS;
        slot->context = confirmation;
        confirmation->running++;
    }
    return started;
}

static uint32_t *settled_of(struct campaign_run *run, const struct campaign_finding *finding)
{
    static uint32_t of_others;
    uint32_t number = known_subjects_number(&run->subjects, finding->subject);
    return number < run->subjects.count ? &run->subjects.list[number].settled : &of_others;
}

/* What has begun goes on; then comes whoever has the fewest results to show so far. */
static bool is_before(struct campaign_run *run, const struct confirmation *one, const struct confirmation *other)
{
    bool began = one->found.started > 0, other_began = other->found.started > 0;
    return began != other_began ? began : *settled_of(run, &one->finding) < *settled_of(run, &other->finding);
}

static bool wants_process(const struct confirmation *confirmation)
{
    const struct replays *replays = confirmation->stage == AS_FOUND ? &confirmation->found : &confirmation->minimised;
    return confirmation->stage == MINIMISING ? confirmation->running == 0
                                             : confirmation->stage != SETTLED && replays->started < REPLAYS;
}

bool confirm_start_next(struct campaign_run *run, struct slot *slot)
{
    struct confirmation *best = NULL;
    for (struct confirmation *confirmation = run->confirmations; confirmation; confirmation = confirmation->next) {
        if (wants_process(confirmation) && (!best || is_before(run, confirmation, best))) {
            best = confirmation;
        }
    }
    return best && start_for(run, slot, best);
}

/* ----------------------------------------------------------------------------------------------------------- settling -- */

/* In this order, so that a kill in between repeats and forgets nothing: judged, exported, announced. */
static bool settle(struct campaign_run *run, struct confirmation *confirmation)
{
    struct campaign_finding *finding = &confirmation->finding;
    char message[PATH_MAX + 256];
    if (!run_wrote(run, campaign_finding_update(run->book, finding))) {
        return false;
    }
    if (!export_finding(run->options.folder, finding, message, sizeof(message))) {
        view_trouble_once(run, "export", "%s", message);
        return false;
    }
    if (!finding->announced) {
        view_finding(run, finding, confirmation->smaller_fails);
    }
    finding->announced = true;
    return run_wrote(run, campaign_finding_update(run->book, finding));
}

static void settled(struct campaign_run *run, const struct confirmation *confirmation)
{
    const struct campaign_finding *finding = &confirmation->finding;
    ++*settled_of(run, finding);
    folder_empty(confirmation->folder);
    rmdir(confirmation->folder);
    if (finding->canary) {
        canary_settled(run, finding->state, finding->message);
        return;
    }
    run->counts.confirmed += finding->state == CAMPAIGN_CONFIRMED;
    run->counts.unreproducible += finding->state == CAMPAIGN_UNREPRODUCIBLE;
}

void confirm_settle(struct campaign_run *run)
{
    for (struct confirmation **place = &run->confirmations; *place;) {
        struct confirmation *confirmation = *place;
        if (confirmation->stage != SETTLED || confirmation->running > 0 || !settle(run, confirmation)) {
            place = &confirmation->next;
            continue;
        }
        *place = confirmation->next;
        settled(run, confirmation);
        release(confirmation);
    }
}

/* ---------------------------------------------------------------------------------------------------------- recalling -- */

static bool recall(const struct campaign_finding *finding, void *context)
{
    struct campaign_run *run = context;
    char path[PATH_MAX];
    export_path(run->options.folder, finding, path, sizeof(path));
    bool is_done = finding->state != CAMPAIGN_FOUND && finding->announced && access(path, F_OK) == 0;
    run->counts.found += !finding->canary;
    if (finding->canary || finding->state == CAMPAIGN_UNREPRODUCIBLE) {
        /* Every session proves itself; and what a crowded machine kept from showing again may show in this one. */
        struct campaign_finding again = *finding;
        again.state = CAMPAIGN_FOUND;
        again.announced = finding->announced && finding->canary;
        confirm_add(run, &again);
    } else if (!is_done) {
        confirm_add(run, finding);
    } else {
        run->counts.confirmed++;
    }
    return true;
}

/* Those that are settled, and were not announced or not exported, only need that. */
static void skip_stages(struct campaign_run *run)
{
    for (struct confirmation *confirmation = run->confirmations; confirmation; confirmation = confirmation->next) {
        if (confirmation->finding.state != CAMPAIGN_FOUND) {
            confirmation->stage = SETTLED;
        }
    }
}

bool confirm_recall(struct campaign_run *run)
{
    bool read = run_wrote(run, campaign_each_finding(run->book, recall, run));
    skip_stages(run);
    return read;
}
