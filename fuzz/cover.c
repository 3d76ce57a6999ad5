/*
 * cover.c - the inputs of a corpus that are worth keeping: a set cover, greedily.
 *
 * Inputs wait in a heap by what they would have added when that was last looked at. What the best one really adds can only have
 * become less; when it has, it goes back, otherwise it is the next. In the end those whose counters others touch as well are
 * dropped, the largest first.
 */
#include <remlock/fuzz.h>

#include <stdlib.h>
#include <string.h>

enum { SUBJECT_LIMIT = 1024 };

struct candidate {
    struct fuzz_specimen *specimen;
    uint32_t gain; /* counters that nobody touches yet, at most */
    uint32_t base; /* where the counters of its subject begin */
};

struct cover {
    struct candidate *candidates;
    uint32_t count;
    uint32_t *touched; /* how many of the kept ones touch each counter */
    const struct subject *subjects[SUBJECT_LIMIT];
    uint32_t subject_count;
};

/* Names say nothing: smaller ones first, then by what is in them. */
static int compare_content(const struct fuzz_specimen *one, const struct fuzz_specimen *other)
{
    if (one->size != other->size) {
        return one->size < other->size ? -1 : 1;
    }
    return memcmp(one->bytes, other->bytes, one->size);
}

static bool is_before(const struct candidate *one, const struct candidate *other)
{
    if (one->gain != other->gain) {
        return one->gain > other->gain;
    }
    int order = compare_content(one->specimen, other->specimen);
    return order != 0 ? order < 0 : strcmp(one->specimen->path, other->specimen->path) < 0;
}

/* ------------------------------------------------------------------------------------------------------------ a heap -- */

static void swap(struct candidate *one, struct candidate *other)
{
    struct candidate kept = *one;
    *one = *other;
    *other = kept;
}

static void sink(struct cover *cover, uint32_t index)
{
    for (;;) {
        uint32_t first = index;
        for (uint32_t child = 2 * index + 1; child <= 2 * index + 2 && child < cover->count; child++) {
            if (is_before(&cover->candidates[child], &cover->candidates[first])) {
                first = child;
            }
        }
        if (first == index) {
            return;
        }
        swap(&cover->candidates[index], &cover->candidates[first]);
        index = first;
    }
}

static void drop_first(struct cover *cover)
{
    cover->candidates[0] = cover->candidates[--cover->count];
    sink(cover, 0);
}

/* ---------------------------------------------------------------------------------------------------------- choosing -- */

static uint32_t gain_of(const struct cover *cover, const struct candidate *candidate)
{
    uint32_t gain = 0;
    for (uint32_t index = 0; index < candidate->specimen->count; index++) {
        gain += cover->touched[candidate->base + candidate->specimen->counters[index]] == 0;
    }
    return gain;
}

static void count_touches(struct cover *cover, const struct candidate *candidate, int32_t change)
{
    for (uint32_t index = 0; index < candidate->specimen->count; index++) {
        cover->touched[candidate->base + candidate->specimen->counters[index]] += (uint32_t)change;
    }
}

static uint32_t base_of(struct cover *cover, const struct subject *subject)
{
    uint32_t index = 0;
    while (index < cover->subject_count && cover->subjects[index] != subject) {
        index++;
    }
    if (index == cover->subject_count && index < SUBJECT_LIMIT - 1) {
        cover->subjects[cover->subject_count++] = subject;
    }
    return index * SCHEDULER_FEEDBACK_SIZE;
}

static bool open_cover(struct cover *cover, const struct fuzz_corpus *corpus)
{
    memset(cover, 0, sizeof *cover);
    cover->candidates = calloc(corpus->count + 1, sizeof *cover->candidates);
    for (uint32_t index = 0; cover->candidates != NULL && index < corpus->count; index++) {
        struct fuzz_specimen *specimen = &corpus->specimens[index];
        if (specimen->outcome == FUZZ_CLEAN && specimen->count > 0) {
            cover->candidates[cover->count++] =
                (struct candidate){.specimen = specimen, .gain = specimen->count, .base = base_of(cover, specimen->subject)};
        }
    }
    cover->touched = calloc((size_t)(cover->subject_count + 1) * SCHEDULER_FEEDBACK_SIZE, sizeof *cover->touched);
    return cover->candidates != NULL && cover->touched != NULL;
}

/* The chosen ones come to stand at the beginning of `chosen`. */
static uint32_t choose_greedily(struct cover *cover, struct candidate *chosen)
{
    uint32_t count = 0;
    for (uint32_t index = cover->count; index > 0; index--) {
        sink(cover, index - 1);
    }
    while (cover->count > 0) {
        struct candidate *best = &cover->candidates[0];
        uint32_t gain = gain_of(cover, best);
        if (gain == 0) {
            drop_first(cover);
        } else if (gain < best->gain) {
            best->gain = gain;
            sink(cover, 0);
        } else {
            count_touches(cover, best, 1);
            best->specimen->kept = true;
            chosen[count++] = *best;
            drop_first(cover);
        }
    }
    return count;
}

static int largest_first(const void *one, const void *other)
{
    return compare_content(((const struct candidate *)other)->specimen, ((const struct candidate *)one)->specimen);
}

static bool is_superfluous(const struct cover *cover, const struct candidate *candidate)
{
    for (uint32_t index = 0; index < candidate->specimen->count; index++) {
        if (cover->touched[candidate->base + candidate->specimen->counters[index]] == 1) {
            return false;
        }
    }
    return true;
}

static void drop_superfluous(struct cover *cover, struct candidate *chosen, uint32_t count)
{
    qsort(chosen, count, sizeof *chosen, largest_first);
    for (uint32_t index = 0; index < count; index++) {
        if (is_superfluous(cover, &chosen[index])) {
            count_touches(cover, &chosen[index], -1);
            chosen[index].specimen->kept = false;
        }
    }
}

static uint32_t count_covered(const struct cover *cover)
{
    uint32_t covered = 0;
    for (uint32_t index = 0; index < cover->subject_count * SCHEDULER_FEEDBACK_SIZE; index++) {
        covered += cover->touched[index] > 0;
    }
    return covered;
}

uint32_t fuzz_corpus_choose(struct fuzz_corpus *corpus)
{
    static struct cover cover;
    struct candidate *chosen = calloc(corpus->count + 1, sizeof *chosen);
    uint32_t covered = 0;
    for (uint32_t index = 0; index < corpus->count; index++) {
        corpus->specimens[index].kept = false;
    }
    if (open_cover(&cover, corpus) && chosen != NULL) {
        uint32_t count = choose_greedily(&cover, chosen);
        drop_superfluous(&cover, chosen, count);
        covered = count_covered(&cover);
    }
    free(chosen);
    free(cover.candidates);
    free(cover.touched);
    return covered;
}

uint32_t fuzz_corpus_coverage(const struct fuzz_corpus *corpus, bool kept)
{
    static struct cover cover;
    uint32_t covered = 0;
    if (open_cover(&cover, corpus)) {
        for (uint32_t index = 0; index < cover.count; index++) {
            const struct candidate *candidate = &cover.candidates[index];
            count_touches(&cover, candidate, !kept || candidate->specimen->kept);
        }
        covered = count_covered(&cover);
    }
    free(cover.candidates);
    free(cover.touched);
    return covered;
}
