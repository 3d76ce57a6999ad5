/*
 * builtin.c - the builtin engine: coverage-guided fuzzing in one process, without a compiler's help.
 *
 * It keeps the inputs that touched an interleaving counter no other had touched, each with the schedule it really ran, and
 * changes them over and over. A changed program runs as proposed, under PCT and, because it takes longer, now and then under a
 * random walk; proposals refine what is known, the others find what nobody proposed. Short inputs whose counter is rarely
 * touched are preferred, so that attention moves on by itself once a place has become well known.
 */
#include "folder.h"
#include "mutation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FINDING_LIMIT = 256,  /* distinct findings told apart in one run */
    ENERGY = 2,           /* programs made from a chosen input */
    GENERATED_ONE_IN = 2, /* how often a new random program is the base */
    CROSS_ONE_IN = 5,
    ANOTHER_CHANGE_ONE_IN = 3,
    WALK_ONE_IN = 4,
    CONTESTANTS = 4,      /* inputs among which the least familiar one wins */
    CLOCK_INTERVAL = 256, /* executions between looks at the clock and the stop flag */
    LOOK_INTERVAL = 3,    /* seconds between looks at the corpus folder */
    KEPT_SIZE = 4096,     /* bytes of the largest input that is kept */
};

struct kept_input {
    uint8_t *bytes;
    size_t size;
    uint16_t counter; /* the first one that it alone had touched when it came */
    uint32_t steps;   /* what it costs */
};

struct identity {
    const struct finding *finding;
    char routine[sizeof((struct verdict *)0)->routine];
};

struct engine {
    const struct fuzz_campaign *campaign;
    struct generator generator;
    struct fuzz_progress progress;
    struct kept_input *kept;
    uint32_t kept_room;
    uint32_t hits[SCHEDULER_FEEDBACK_SIZE]; /* executions that touched each counter */
    struct identity known[FINDING_LIMIT];
    bool save;               /* new inputs go to the corpus folder as well */
    struct folder_seen seen; /* files of the corpus folder that were tried, or come from here */
    double last_look;        /* at what others have put there */
    bool ended;
    double started, last_report;
    uint64_t last_executions;
    char *message;
    size_t message_size;
    bool failed;
    struct verdict verdict;
    struct fuzz_input base, other, changed, canonical;
};

/* ----------------------------------------------------------------------------------------------------------- time -- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void measure(struct engine *engine)
{
    double time = now();
    struct fuzz_progress *progress = &engine->progress;
    progress->seconds = time - engine->started;
    if (time - engine->last_report < 1.0) {
        return;
    }
    progress->rate = (double)(progress->executions - engine->last_executions) / (time - engine->last_report);
    engine->last_report = time;
    engine->last_executions = progress->executions;
    if (engine->campaign->on_progress != NULL) {
        engine->campaign->on_progress(progress, engine->campaign->context);
    }
}

static void look_at_limits(struct engine *engine)
{
    const struct fuzz_campaign *campaign = engine->campaign;
    uint64_t executions = engine->progress.executions;
    if (campaign->execution_limit != 0 && executions >= campaign->execution_limit) {
        engine->ended = true;
        return;
    }
    if (executions % CLOCK_INTERVAL != 0) {
        return;
    }
    measure(engine);
    engine->ended = engine->ended || (campaign->stop != NULL && *campaign->stop != 0) ||
                    (campaign->seconds > 0 && engine->progress.seconds >= campaign->seconds);
}

/* ------------------------------------------------------------------------------------------------------- findings -- */

static bool is_known(struct engine *engine, const struct verdict *verdict)
{
    for (uint32_t index = 0; index < engine->progress.findings; index++) {
        const struct identity *known = &engine->known[index];
        if (known->finding == verdict->finding && strcmp(known->routine, verdict->routine) == 0) {
            return true;
        }
    }
    return engine->progress.findings == FINDING_LIMIT;
}

static void remember(struct engine *engine, const struct verdict *verdict)
{
    struct identity *known = &engine->known[engine->progress.findings++];
    known->finding = verdict->finding;
    memcpy(known->routine, verdict->routine, sizeof known->routine);
}

static void tell(struct engine *engine, const struct replay *replay)
{
    const struct fuzz_campaign *campaign = engine->campaign;
    char path[4096];
    struct fuzz_finding finding = {.replay = replay, .verdict = &engine->verdict, .executions = engine->progress.executions};
    if (campaign->options.replay_folder != NULL) {
        if (!fuzz_save_finding(replay, &engine->verdict, campaign->options.replay_folder, path, sizeof path)) {
            snprintf(engine->message, engine->message_size, "%s", path);
            engine->failed = engine->ended = true;
            return;
        }
        finding.path = path;
    }
    if (campaign->on_finding != NULL) {
        campaign->on_finding(&finding, campaign->context);
    }
}

/* The second run of a capture may show another finding than the first ("nondeterminism"): both are remembered. */
static void handle_finding(struct engine *engine, const struct fuzz_input *input)
{
    struct replay replay = {0};
    if (is_known(engine, &engine->verdict)) {
        return;
    }
    remember(engine, &engine->verdict);
    const struct finding *first = engine->verdict.finding;
    fuzz_capture(input, &engine->verdict, &replay);
    if (engine->verdict.finding == first || !is_known(engine, &engine->verdict)) {
        if (engine->verdict.finding != first) {
            remember(engine, &engine->verdict);
        }
        tell(engine, &replay);
    }
    replay_free(&replay);
    engine->ended = engine->ended || engine->campaign->stop_at_first;
}

/* --------------------------------------------------------------------------------------------------------- corpus -- */

static bool make_room(struct engine *engine)
{
    if (engine->progress.inputs < engine->kept_room) {
        return true;
    }
    uint32_t room = engine->kept_room == 0 ? 256 : engine->kept_room * 2;
    struct kept_input *kept = realloc(engine->kept, room * sizeof *kept);
    if (kept == NULL) {
        return false;
    }
    engine->kept = kept;
    engine->kept_room = room;
    return true;
}

static void save(struct engine *engine, const uint8_t *bytes, size_t size)
{
    char name[FOLDER_NAME_SIZE];
    const char *folder = engine->campaign->corpus_folder;
    if (!engine->save || folder == NULL) {
        return;
    }
    if (!folder_add(folder, bytes, size, engine->message, engine->message_size)) {
        engine->failed = engine->ended = true;
    }
    folder_name_of(bytes, size, name);
    folder_note(&engine->seen, folder_name_hash(name));
}

/* Keeps the input with the schedule that it really ran. */
static void keep(struct engine *engine, const struct fuzz_input *input, uint16_t counter)
{
    uint8_t bytes[KEPT_SIZE];
    struct schedule ran = scheduler_schedule();
    struct fuzz_input *canonical = &engine->canonical;
    canonical->scenario.subject = input->scenario.subject;
    canonical->scenario.configuration = input->scenario.configuration;
    canonical->scenario.program = input->scenario.program;
    canonical->deviation_count = ran.count;
    memcpy(canonical->deviations, ran.deviations, ran.count * sizeof ran.deviations[0]);
    size_t size = fuzz_encode(canonical, bytes, sizeof bytes);
    uint8_t *copy = size == 0 || !make_room(engine) ? NULL : malloc(size);
    if (copy == NULL) {
        return;
    }
    memcpy(copy, bytes, size);
    engine->kept[engine->progress.inputs++] =
        (struct kept_input){.bytes = copy, .size = size, .counter = counter, .steps = engine->verdict.steps};
    save(engine, bytes, size);
}

/* Counts what the last execution touched; the first counter that nothing had touched before, or -1. */
static int32_t count_feedback(struct engine *engine)
{
    const uint16_t *touched;
    int32_t first = -1;
    uint32_t count = scheduler_feedback_touched(&touched);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t *hits = &engine->hits[touched[index]];
        if (*hits == 0) {
            engine->progress.coverage++;
            first = first < 0 ? touched[index] : first;
        }
        *hits += *hits != UINT32_MAX;
    }
    return first;
}

static void execute(struct engine *engine, const struct fuzz_input *input, struct strategy *strategy)
{
    bool feedback = engine->campaign->options.feedback;
    harness_execute(&input->scenario, strategy, feedback ? HARNESS_FEEDBACK : HARNESS_PLAIN, &engine->verdict);
    engine->progress.executions++;
    if (feedback && engine->verdict.finding == NULL) {
        int32_t counter = count_feedback(engine);
        if (counter >= 0) {
            keep(engine, input, (uint16_t)counter);
        }
    }
    if (engine->verdict.finding != NULL) {
        handle_finding(engine, input);
    }
    look_at_limits(engine);
}

static bool try_input(const uint8_t *bytes, size_t size, void *context)
{
    struct engine *engine = context;
    fuzz_load(bytes, size, engine->campaign->options.subject, &engine->base);
    fuzz_fit(&engine->base, &engine->campaign->options);
    execute(engine, &engine->base, fuzz_strategy(engine->base.deviations, engine->base.deviation_count));
    return !engine->ended;
}

static bool try_named(const char *name, const uint8_t *bytes, size_t size, void *context)
{
    (void)name;
    return try_input(bytes, size, context);
}

/* What is in the corpus folder already is not written there again. */
static bool read_corpus(struct engine *engine)
{
    const char *folder = engine->campaign->corpus_folder;
    engine->save = false;
    bool read = folder == NULL ||
                folder_read_new(folder, &engine->seen, try_named, engine, engine->message, engine->message_size) ||
                engine->ended;
    engine->save = true;
    engine->last_look = now();
    return read;
}

static bool read_folders(struct engine *engine)
{
    const char *seeds = engine->campaign->seed_folder;
    if (!read_corpus(engine)) {
        return false;
    }
    return engine->ended || seeds == NULL || folder_read(seeds, try_input, engine, engine->message, engine->message_size) ||
           engine->ended;
}

/* A run without a time limit depends on nothing that others do. */
static void look_at_others(struct engine *engine)
{
    if (engine->campaign->seconds > 0 && now() - engine->last_look >= LOOK_INTERVAL) {
        engine->failed = !read_corpus(engine);
    }
}

/* -------------------------------------------------------------------------------------------------------- fuzzing -- */

static uint64_t familiarity(const struct engine *engine, const struct kept_input *kept)
{
    return (uint64_t)engine->hits[kept->counter] * (1 + kept->steps);
}

static const struct kept_input *choose_kept(struct engine *engine)
{
    const struct kept_input *best = NULL;
    for (uint32_t contestant = 0; contestant < CONTESTANTS; contestant++) {
        const struct kept_input *kept = &engine->kept[generator_below(&engine->generator, engine->progress.inputs)];
        if (best == NULL || familiarity(engine, kept) < familiarity(engine, best)) {
            best = kept;
        }
    }
    return best;
}

static void choose_base(struct engine *engine)
{
    const struct fuzz_options *options = &engine->campaign->options;
    if (engine->progress.inputs == 0 || generator_chance(&engine->generator, GENERATED_ONE_IN)) {
        fuzz_generate(&engine->base, options, &engine->generator);
        return;
    }
    const struct kept_input *kept = choose_kept(engine);
    fuzz_decode(kept->bytes, kept->size, options->subject, &engine->base);
}

static void make_child(struct engine *engine)
{
    const struct fuzz_options *options = &engine->campaign->options;
    struct generator *generator = &engine->generator;
    fuzz_copy(&engine->changed, &engine->base);
    if (engine->progress.inputs > 0 && generator_chance(generator, CROSS_ONE_IN)) {
        const struct kept_input *kept = &engine->kept[generator_below(generator, engine->progress.inputs)];
        fuzz_decode(kept->bytes, kept->size, options->subject, &engine->other);
        fuzz_cross(&engine->changed, &engine->other, options, generator);
        return;
    }
    do {
        fuzz_mutate(&engine->changed, options, generator);
    } while (generator_chance(generator, ANOTHER_CHANGE_ONE_IN));
}

static void fuzz_one_base(struct engine *engine)
{
    const struct fuzz_input *changed = &engine->changed;
    choose_base(engine);
    struct strategy_options random = {.seed = generator_next(&engine->generator), .depth = 3};
    struct strategy *pct = strategy_open("pct", &random);
    struct strategy *walk = strategy_open("random", &random);
    for (uint32_t child = 0; child < ENERGY && !engine->ended; child++) {
        make_child(engine);
        execute(engine, changed, fuzz_strategy(changed->deviations, changed->deviation_count));
        if (!engine->ended) {
            execute(engine, changed, pct);
        }
        if (!engine->ended && generator_chance(&engine->generator, WALK_ONE_IN)) {
            execute(engine, changed, walk);
        }
    }
}

static void release(struct engine *engine)
{
    for (uint32_t index = 0; index < engine->progress.inputs; index++) {
        free(engine->kept[index].bytes);
    }
    free(engine->kept);
    folder_forget(&engine->seen);
    free(engine);
}

bool fuzz_builtin(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        snprintf(message, message_size, "no memory for the engine");
        return false;
    }
    engine->campaign = campaign;
    engine->generator.state = campaign->seed;
    engine->message = message;
    engine->message_size = message_size;
    engine->started = engine->last_report = now();
    engine->failed = !read_folders(engine) || engine->failed;
    while (!engine->ended && !engine->failed) {
        fuzz_one_base(engine);
        look_at_others(engine);
    }
    engine->progress.seconds = now() - engine->started;
    engine->progress.rate = (double)engine->progress.executions / (engine->progress.seconds > 0 ? engine->progress.seconds : 1);
    *result = engine->progress;
    bool done = !engine->failed;
    release(engine);
    return done;
}
