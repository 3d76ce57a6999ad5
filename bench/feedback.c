/*
 * feedback.c - whether interleaving feedback pays: the builtin engine looks for each mutant, with the feedback and without it,
 * from the same seeds; the median of the executions it took is what counts.
 */
#include "measure.h"
#include "sections.h"

#include <remlock/fuzz.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUND_LIMIT = 101, EXECUTION_LIMIT = 2000000 };

uint32_t feedback_rounds = 15;

static void note_finding(const struct fuzz_finding *finding, void *context)
{
    uint64_t *taken = context;
    if (*taken == 0) {
        *taken = finding->executions;
    }
}

/* Executions until the first finding; the limit when there is none. */
static uint64_t search(const struct subject *subject, bool feedback, uint64_t seed)
{
    char message[512];
    uint64_t taken = 0;
    struct fuzz_progress progress;
    struct fuzz_campaign campaign = {.options = fuzz_options_standard(subject),
                                     .seed = seed,
                                     .execution_limit = EXECUTION_LIMIT,
                                     .stop_at_first = true,
                                     .on_finding = note_finding,
                                     .context = &taken};
    campaign.options.feedback = feedback;
    if (!fuzz_builtin(&campaign, &progress, message, sizeof message)) {
        fprintf(stderr, "remlock-bench: %s\n", message);
        exit(EXIT_FAILURE);
    }
    return taken == 0 ? EXECUTION_LIMIT : taken;
}

static int compare_counts(const void *one, const void *other)
{
    uint64_t first = *(const uint64_t *)one, second = *(const uint64_t *)other;
    return (first > second) - (first < second);
}

static uint64_t median(const struct subject *subject, bool feedback)
{
    uint64_t counts[ROUND_LIMIT];
    for (uint32_t round = 0; round < feedback_rounds; round++) {
        counts[round] = search(subject, feedback, round + 1);
    }
    qsort(counts, feedback_rounds, sizeof counts[0], compare_counts);
    return counts[feedback_rounds / 2];
}

void bench_feedback(void)
{
    section("executions until a mutant is found (median), without interleaving feedback and with it");
    feedback_rounds = feedback_rounds > ROUND_LIMIT ? ROUND_LIMIT : feedback_rounds;
    double logarithms = 0;
    uint32_t mutants = 0, better = 0, worse = 0;
    for (uint32_t index = 0; index < subject_count(); index++) {
        const struct subject *subject = subject_at(index);
        if (subject->correct || subject->weak_memory || subject->operation_count == 0) {
            continue;
        }
        uint64_t without = median(subject, false), with = median(subject, true);
        row_pair(subject->name, (double)without, (double)with);
        logarithms += log((double)without / (double)with);
        mutants++;
        better += with < without;
        worse += with > without;
    }
    if (mutants > 0) {
        row_number("mutants found sooner with feedback", better, "");
        row_number("mutants found later with feedback", worse, "");
        row_number("geometric mean of without / with", exp(logarithms / mutants), "");
    }
}
