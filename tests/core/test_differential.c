/*
 * test_differential.c - the lock against a sequential model of it, over random sequences of calls by one task.
 *
 * The model is written from the description of the lock, with a counter and an array. After every call the result, the count,
 * the removed flag, the event, the list of tags, the low-memory count and everything that was remarked must agree.
 */
#include "support.h"

#include "../../core/lock/lock.h"

enum { SEQUENCES = 20000, MUTANT_SEQUENCES = 2000, CALLS = 40, TAGS = 4, BLOCKS = 64 };

struct block {
    uintptr_t tag;
    uint64_t tick;
};

struct model {
    bool tracked;
    bool removed;
    bool signalled;
    LONG count;
    LONG low_memory;
    uint32_t allowed; /* acquisitions; UINT32_MAX: no limit */
    uint64_t limit;   /* ticks; 0: no limit */
    uint64_t tick;
    uint32_t to_fail; /* allocations */
    uint32_t block_count;
    struct block blocks[BLOCKS]; /* the oldest first */
    uint32_t remarks[REMARK_BUG_CHECK + 1];
};

/* ----------------------------------------------------------------------------------------------------------- model -- */

static void model_require(struct model *model, bool holds)
{
    model->remarks[REMARK_ASSERTION] += model->tracked && !holds;
}

static void model_track(struct model *model, uintptr_t tag)
{
    model->remarks[REMARK_WATERMARK] += model->count - 1 > (LONGLONG)model->allowed;
    if (model->to_fail > 0) {
        model->to_fail--;
        model->low_memory++;
        return;
    }
    model->blocks[model->block_count++] = (struct block){.tag = tag, .tick = model->tick};
}

static NTSTATUS model_acquire(struct model *model, uintptr_t tag)
{
    model->count++;
    model_require(model, model->count > 0);
    if (model->removed) {
        model->count--;
        model->signalled = model->signalled || model->count == 0;
        return STATUS_DELETE_PENDING;
    }
    if (model->tracked) {
        model_track(model, tag);
    }
    return STATUS_SUCCESS;
}

static void model_remove_block(struct model *model, uint32_t index)
{
    model->block_count--;
    memmove(&model->blocks[index], &model->blocks[index + 1], (model->block_count - index) * sizeof model->blocks[0]);
}

static void model_miss_block(struct model *model)
{
    if (model->low_memory > 0) {
        model->low_memory--;
    } else {
        model->remarks[REMARK_UNKNOWN_TAG]++;
    }
}

static void model_untrack(struct model *model, uintptr_t tag)
{
    uint32_t found = UINT32_MAX;
    for (uint32_t index = 0; index < model->block_count; index++) {
        model->remarks[REMARK_HELD_TOO_LONG] += model->limit != 0 && model->tick - model->blocks[index].tick > model->limit;
        found = model->blocks[index].tag == tag ? index : found;
    }
    if (found == UINT32_MAX) {
        model_miss_block(model);
    } else {
        model_remove_block(model, found);
    }
}

static void model_release(struct model *model, uintptr_t tag)
{
    if (model->tracked) {
        model_untrack(model, tag);
    }
    model->count--;
    model_require(model, model->count >= 0);
    if (model->count == 0) {
        model_require(model, model->removed);
        model->signalled = true;
    }
}

/* Whether the remover would come back. */
static bool model_can_wait(const struct model *model)
{
    return model->count <= 2 || model->signalled;
}

static void model_release_and_wait(struct model *model, uintptr_t tag)
{
    model->removed = true;
    model_require(model, model->count > 1);
    model->count -= 2;
    model->signalled = model->signalled && model->count <= 0;
    if (!model->tracked) {
        return;
    }
    if (model->block_count == 0) {
        model_miss_block(model);
        return;
    }
    model->remarks[REMARK_LAST_TAG] += model->blocks[model->block_count - 1].tag != tag;
    model->block_count--;
}

/* ---------------------------------------------------------------------------------------------------------- compare -- */

static PIO_REMOVE_LOCK lock;

static void compare_blocks(const struct model *model)
{
    const void *shadow = VerifierShadow(lock);
    const EXTENDED_REMOVE_LOCK *state = shadow == NULL ? (const EXTENDED_REMOVE_LOCK *)lock : shadow;
    const IO_REMOVE_LOCK_TRACKING_BLOCK *block = state->Dbg.Blocks;
    for (uint32_t index = model->block_count; index > 0; index--) {
        CHECK(block != NULL && (uintptr_t)block->Tag == model->blocks[index - 1].tag);
        CHECK(block != NULL && (uint64_t)block->LockMoment == model->blocks[index - 1].tick);
        block = block == NULL ? NULL : block->Next;
    }
    CHECK(block == NULL);
}

static void compare(const struct model *model)
{
    struct remove_lock_view now;
    CHECK(core_view_lock(lock, &now));
    CHECK(now.count == model->count);
    CHECK(now.removed == model->removed);
    CHECK(now.signalled == model->signalled);
    CHECK(now.tracked == model->tracked);
    if (model->tracked) {
        CHECK(now.low_memory_count == model->low_memory);
        CHECK(now.blocks == model->block_count);
    }
    if (model->tracked && now.blocks == model->block_count) {
        compare_blocks(model);
    }
    for (uint32_t kind = 0; kind <= REMARK_BUG_CHECK; kind++) {
        CHECK(heard_of(kind) == model->remarks[kind]);
    }
}

/* -------------------------------------------------------------------------------------------------------- sequences -- */

struct sequence {
    struct core_options options;
    ULONG minutes, watermark;
    uint64_t seed;
};

static struct {
    uint64_t calls, refusals, removals;
    uint64_t remarks[REMARK_BUG_CHECK + 1];
} covered;

static struct model model_of(const struct sequence *sequence)
{
    bool reached = sequence->options.watermark_reading == WATERMARK_REACHED;
    return (struct model){
        .tracked = sequence->options.personality != PERSONALITY_FREE,
        .count = 1,
        .allowed = sequence->watermark == 0 ? UINT32_MAX : sequence->watermark - reached,
        .limit = (uint64_t)sequence->minutes * TICKS_PER_MINUTE,
    };
}

static void call_once(struct model *model, uint64_t *seed)
{
    uintptr_t tag = draw_below(seed, TAGS);
    uint32_t drawn = draw_below(seed, 16);
    if (drawn < 6) {
        NTSTATUS status = model_acquire(model, tag);
        CHECK(acquire(lock, tag) == status);
        covered.refusals += status != STATUS_SUCCESS;
    } else if (drawn < 12) {
        model_release(model, tag);
        release(lock, tag);
    } else if (drawn == 12) {
        core_fail_allocations(1);
        model->to_fail++;
    } else if (drawn == 13) {
        core_advance_minutes(1);
        model->tick += TICKS_PER_MINUTE;
    } else if (drawn == 14 && model_can_wait(model) && draw_below(seed, 2) == 0) {
        model_release_and_wait(model, tag);
        release_and_wait(lock, tag);
        covered.removals++;
    }
    covered.calls++;
}

static void run_sequence(void *argument)
{
    const struct sequence *sequence = argument;
    uint64_t seed = sequence->seed;
    struct model model = model_of(sequence);
    compare(&model);
    for (uint32_t call = 0; call < CALLS && heard.count < REMARK_LIMIT / 2; call++) {
        call_once(&model, &seed);
        compare(&model);
    }
    for (uint32_t kind = 0; kind <= REMARK_BUG_CHECK; kind++) {
        covered.remarks[kind] += model.remarks[kind];
    }
}

static struct sequence draw_sequence(uint64_t *seed)
{
    struct sequence sequence = {
        .options = {.personality = draw_below(seed, 3), .watermark_reading = draw_below(seed, 2)},
        .minutes = draw_below(seed, 3),
        .watermark = draw_below(seed, 5),
    };
    sequence.seed = draw(seed);
    return sequence;
}

static void the_lock_and_the_model_agree(void **state)
{
    uint64_t seed = 0x9E3779B97F4A7C15;
    (void)state;
    for (uint32_t number = 0; number < SEQUENCES; number++) {
        struct sequence sequence = draw_sequence(&seed);
        start(&sequence.options);
        lock = new_lock(sequence.options.personality, sequence.minutes, sequence.watermark);
        run_alone(run_sequence, &sequence);
    }
    print_message("%lu calls, %lu refused acquires, %lu removals\n", covered.calls, covered.refusals, covered.removals);
    assert_true(covered.calls > SEQUENCES * 10 && covered.refusals > SEQUENCES / 10 && covered.removals > SEQUENCES / 10);
    static const enum remark_kind kinds[] = {REMARK_UNKNOWN_TAG, REMARK_LAST_TAG, REMARK_WATERMARK, REMARK_HELD_TOO_LONG,
                                             REMARK_ASSERTION};
    for (size_t index = 0; index < COUNT_OF(kinds); index++) {
        assert_true(covered.remarks[kinds[index]] > 100);
    }
}

/* ---------------------------------------------------------------------------------------------------------- mutants -- */

/* Mutants that do what the model does as long as there is one task and one initialisation. */
static bool needs_more(const struct remove_lock_mutant *mutant)
{
    static const char *const names[] = {
        "m03-removed-set-late", "m08a-plain-increment", "m08b-plain-decrement",         "m09a-relaxed-increment",
        "m09b-hoisted-load",    "m13-live-lock-reset",  "m15-event-touched-after-wake", "m16-wait-gives-up",
    };
    for (size_t index = 0; index < COUNT_OF(names); index++) {
        if (strcmp(mutant->name, names[index]) == 0) {
            return true;
        }
    }
    return false;
}

static bool agrees_with_model(const struct remove_lock_mutant *mutant)
{
    uint64_t seed = 5;
    for (uint32_t number = 0; number < MUTANT_SEQUENCES; number++) {
        struct sequence sequence = draw_sequence(&seed);
        sequence.options.mutant = mutant;
        start(&sequence.options);
        lock = new_lock(sequence.options.personality, sequence.minutes, sequence.watermark);
        if (!holds_alone(run_sequence, &sequence)) {
            return false;
        }
    }
    return true;
}

/* The comparison is worth something: it tells every mutant apart that one task can tell apart. */
static void mutants_and_the_model_disagree(void **state)
{
    (void)state;
    for (size_t index = 0; remove_lock_mutants[index] != NULL; index++) {
        const struct remove_lock_mutant *mutant = remove_lock_mutants[index];
        if (agrees_with_model(mutant) != needs_more(mutant)) {
            fail_msg("%s %s with the model", mutant->name, needs_more(mutant) ? "disagrees" : "agrees");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lock_and_the_model_agree),
        cmocka_unit_test(mutants_and_the_model_disagree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
