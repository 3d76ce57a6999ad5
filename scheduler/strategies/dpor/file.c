/*
 * file.c - a search under way as a text file: the steps on the way to where it is, and what is left to do from each state
 * there.
 *
 * Addresses in the program and in the image under test differ from process to process: they are kept relative to where those
 * begin. The clocks are not kept; the first execution afterwards makes them again.
 */
#include "dpor.h"

#include "../strategies.h"

#include "footprints.h"
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const char title[] = "remlock search 1";

/* The linker's names for the first byte of the program and the first one behind it. Shared objects have no such beginning. */
extern const char __executable_start[] __attribute__((weak)), _end[];

static FILE *stream_of(int file, const char *mode)
{
    int copy = dup(file);
    FILE *stream = copy < 0 ? NULL : fdopen(copy, mode);
    if (stream == NULL && copy >= 0) {
        close(copy);
    }
    return stream;
}

/* --------------------------------------------------------------------------------------------------------- writing -- */

static void write_address(FILE *stream, uintptr_t address)
{
    uintptr_t base, size;
    feedback_image(&base, &size);
    if (address - base < size) {
        fprintf(stream, " i%" PRIxPTR, address - base);
    } else if (address >= (uintptr_t)__executable_start && address < (uintptr_t)_end) {
        fprintf(stream, " e%" PRIxPTR, address - (uintptr_t)__executable_start);
    } else {
        fprintf(stream, " a%" PRIxPTR, address);
    }
}

static void write_footprint(FILE *stream, uint32_t footprint)
{
    uint32_t count;
    const struct step_access *accesses = footprint_accesses(footprint, &count);
    fprintf(stream, " %" PRIu32, count);
    for (uint32_t index = 0; index < count; index++) {
        write_address(stream, accesses[index].address);
        fprintf(stream, " %" PRIu32 " %d %d", accesses[index].size, accesses[index].effect, accesses[index].increment);
    }
}

static void write_choices(FILE *stream, uint32_t number)
{
    uint32_t count;
    const struct step_choice *choices = choices_at(number, &count);
    fprintf(stream, " %" PRIu32, count);
    for (uint32_t index = 0; index < count; index++) {
        fprintf(stream, " %d %d %d", choices[index].kind, choices[index].chosen, choices[index].alternatives);
    }
}

static void write_step(FILE *stream, const char *what, const struct wakeup_step *step)
{
    fprintf(stream, "%s %d %d", what, step->task, step->partial);
    write_footprint(stream, step->footprint);
    write_choices(stream, step->choices);
    fputc('\n', stream);
}

static void write_tree(FILE *stream, uint32_t tree)
{
    for (; tree != 0; tree = wakeup_branch(tree)->next) {
        write_step(stream, "branch", &wakeup_branch(tree)->step);
        write_tree(stream, wakeup_branch(tree)->child);
        fputs("up\n", stream);
    }
}

static void write_node(FILE *stream, const struct node *node)
{
    struct wakeup_step step = {.task = node->task, .footprint = node->footprint, .choices = node->choices};
    fprintf(stream, "node %d %d %d %d %" PRIu32 "\n", node->chosen_freely, node->alone, node->leaf, node->useless,
            node->explored);
    write_step(stream, "step", &step);
    for (uint32_t index = 0; index < node->sleep_count; index++) {
        write_step(stream, "asleep", &dpor.sleep[node->sleep + index]);
    }
    fputs("tree\n", stream);
    write_tree(stream, node->tree);
    fputs("subtree\n", stream);
    write_tree(stream, node->subtree);
    fputs("end\n", stream);
}

static void write_parts(FILE *stream)
{
    fprintf(stream, "part %" PRIu32 " %" PRIu32 " %" PRIu64 "\n", dpor.options.part, dpor.options.parts, dpor.ways);
    for (uint32_t depth = 0; depth < SPLIT_DEPTH; depth++) {
        uint32_t count = depth < dpor.depth && dpor.options.parts > 1 ? dpor.enabled_count[depth] : 0;
        fprintf(stream, "enabled %" PRIu32, count);
        for (uint32_t index = 0; index < count; index++) {
            fprintf(stream, " %d", dpor.enabled[depth][index]);
        }
        fputc('\n', stream);
    }
}

bool dpor_save(const struct strategy *strategy, int file)
{
    (void)strategy;
    FILE *stream = stream_of(file, "w");
    if (stream == NULL) {
        return false;
    }
    const struct strategy_coverage *coverage = &dpor.coverage;
    fprintf(stream, "%s\n", title);
    fprintf(stream, "coverage %" PRIu64 " %" PRIu64 " %d %d %d\n", coverage->executions, coverage->abandoned,
            coverage->truncated, dpor.over, dpor.loose);
    write_parts(stream);
    fprintf(stream, "root %" PRIu32, dpor.root_count);
    for (uint32_t index = 0; index < 2 * dpor.root_count; index++) {
        fprintf(stream, " %" PRIu32, dpor.root[index]);
    }
    fprintf(stream, "\nnodes %" PRIu32 "\n", dpor.depth);
    for (uint32_t number = 0; number < dpor.depth; number++) {
        write_node(stream, &dpor.nodes[number]);
    }
    bool right = ferror(stream) == 0;
    return fclose(stream) == 0 && right;
}

/* --------------------------------------------------------------------------------------------------------- reading -- */

static bool read_word(FILE *stream, const char *expected)
{
    char word[16];
    return fscanf(stream, " %15s", word) == 1 && strcmp(word, expected) == 0;
}

static bool read_number(FILE *stream, uint32_t most, uint32_t *number)
{
    return fscanf(stream, " %" SCNu32, number) == 1 && *number <= most;
}

static bool read_address(FILE *stream, uintptr_t *address)
{
    char where;
    uintptr_t base, size;
    feedback_image(&base, &size);
    if (fscanf(stream, " %c%" SCNxPTR, &where, address) != 2) {
        return false;
    }
    *address += where == 'i' ? base : where == 'e' ? (uintptr_t)__executable_start : 0;
    return where == 'i' || where == 'e' || where == 'a';
}

enum { MOST_ACCESSES = 64, MOST_CHOICES = 256 };

static bool read_footprint(FILE *stream, uint32_t *footprint)
{
    struct step_access accesses[MOST_ACCESSES];
    uint32_t count, effect, increment;
    memset(accesses, 0, sizeof accesses);
    if (!read_number(stream, MOST_ACCESSES, &count)) {
        return false;
    }
    for (uint32_t index = 0; index < count; index++) {
        if (!read_address(stream, &accesses[index].address) || !read_number(stream, UINT32_MAX, &accesses[index].size) ||
            !read_number(stream, EFFECT_NONE, &effect) || !read_number(stream, 1, &increment)) {
            return false;
        }
        accesses[index].effect = (uint8_t)effect;
        accesses[index].increment = increment;
    }
    *footprint = footprint_known(accesses, count);
    return true;
}

static bool read_choices(FILE *stream, uint32_t *number)
{
    struct step_choice choices[MOST_CHOICES];
    uint32_t count, kind, chosen, alternatives;
    if (!read_number(stream, MOST_CHOICES, &count)) {
        return false;
    }
    for (uint32_t index = 0; index < count; index++) {
        if (!read_number(stream, CHOICE_KINDS - 1, &kind) || !read_number(stream, UINT8_MAX, &chosen) ||
            !read_number(stream, UINT8_MAX, &alternatives)) {
            return false;
        }
        choices[index] =
            (struct step_choice){.kind = (uint8_t)kind, .chosen = (uint8_t)chosen, .alternatives = (uint8_t)alternatives};
    }
    *number = choices_of(choices, count);
    return true;
}

static bool read_step(FILE *stream, struct wakeup_step *step)
{
    uint32_t task, partial;
    memset(step, 0, sizeof *step);
    if (!read_number(stream, SCHEDULER_TASK_LIMIT - 1, &task) || !read_number(stream, 1, &partial)) {
        return false;
    }
    step->task = (uint8_t)task;
    step->partial = partial;
    return read_footprint(stream, &step->footprint) && read_choices(stream, &step->choices);
}

/* The branches up to a word that ends them. */
static bool read_tree(FILE *stream, uint32_t *tree, const char *last)
{
    char word[16];
    while (fscanf(stream, " %15s", word) == 1) {
        struct wakeup_step step;
        uint32_t children = 0;
        if (strcmp(word, last) == 0) {
            return true;
        }
        if (strcmp(word, "branch") != 0 || !read_step(stream, &step) || !read_tree(stream, &children, "up")) {
            wakeup_free(children);
            return false;
        }
        wakeup_append(tree, &step, children);
    }
    return false;
}

static bool read_node(FILE *stream, struct node *node)
{
    uint32_t freely, alone, leaf, useless;
    char word[16];
    struct wakeup_step step;
    memset(node, 0, sizeof *node);
    if (!read_word(stream, "node") || !read_number(stream, 1, &freely) || !read_number(stream, 1, &alone) ||
        !read_number(stream, 1, &leaf) || !read_number(stream, 1, &useless) ||
        !read_number(stream, UINT32_MAX, &node->explored) || !read_word(stream, "step") || !read_step(stream, &step)) {
        return false;
    }
    node->chosen_freely = freely;
    node->alone = alone;
    node->leaf = leaf;
    node->useless = useless;
    node->task = step.task;
    node->footprint = step.footprint;
    node->choices = step.choices;
    node->sleep = dpor.depth == 0 ? 0 : dpor.nodes[dpor.depth - 1].sleep + dpor.nodes[dpor.depth - 1].sleep_count;
    while (fscanf(stream, " %15s", word) == 1 && strcmp(word, "asleep") == 0) {
        if (!read_step(stream, &step)) {
            return false;
        }
        MEMORY_RESERVE(dpor.sleep, dpor.sleep_limit, node->sleep + node->sleep_count + 1u);
        dpor.sleep[node->sleep + node->sleep_count++] = step;
    }
    return strcmp(word, "tree") == 0 && read_tree(stream, &node->tree, "subtree") && read_tree(stream, &node->subtree, "end");
}

static bool read_parts(FILE *stream)
{
    uint32_t part, parts;
    if (!read_word(stream, "part") || !read_number(stream, UINT32_MAX, &part) || !read_number(stream, UINT32_MAX, &parts) ||
        fscanf(stream, " %" SCNu64, &dpor.ways) != 1 || part != dpor.options.part || parts != dpor.options.parts) {
        return false;
    }
    for (uint32_t depth = 0; depth < SPLIT_DEPTH; depth++) {
        if (!read_word(stream, "enabled") || !read_number(stream, SCHEDULER_TASK_LIMIT, &dpor.enabled_count[depth])) {
            return false;
        }
        for (uint32_t index = 0; index < dpor.enabled_count[depth]; index++) {
            uint32_t task;
            if (!read_number(stream, SCHEDULER_TASK_LIMIT - 1, &task)) {
                return false;
            }
            dpor.enabled[depth][index] = (uint8_t)task;
        }
    }
    return true;
}

static bool read_root(FILE *stream)
{
    if (!read_word(stream, "root") || !read_number(stream, 1 << 14, &dpor.root_count)) {
        return false;
    }
    MEMORY_RESERVE(dpor.root, dpor.root_limit, 2 * dpor.root_count);
    for (uint32_t index = 0; index < 2 * dpor.root_count; index++) {
        if (!read_number(stream, UINT8_MAX, &dpor.root[index])) {
            return false;
        }
    }
    return true;
}

static bool read_search(FILE *stream)
{
    char line[sizeof title + 1];
    uint32_t truncated, over, loose, count;
    if (fgets(line, sizeof line, stream) == NULL || strncmp(line, title, sizeof title - 1) != 0 ||
        !read_word(stream, "coverage") ||
        fscanf(stream, " %" SCNu64 " %" SCNu64, &dpor.coverage.executions, &dpor.coverage.abandoned) != 2 ||
        !read_number(stream, 1, &truncated) || !read_number(stream, 1, &over) || !read_number(stream, 1, &loose) ||
        !read_parts(stream) || !read_root(stream) || !read_word(stream, "nodes") || !read_number(stream, 1 << 16, &count)) {
        return false;
    }
    dpor.coverage.truncated = truncated;
    dpor.over = over;
    dpor.loose = loose;
    MEMORY_RESERVE(dpor.nodes, dpor.node_limit, count);
    for (dpor.depth = 0; dpor.depth < count; dpor.depth++) {
        if (!read_node(stream, &dpor.nodes[dpor.depth])) {
            return false;
        }
    }
    return true;
}

bool dpor_load(struct strategy *strategy, int file)
{
    FILE *stream = stream_of(file, "r");
    if (stream == NULL) {
        return false;
    }
    bool right = read_search(stream);
    fclose(stream);
    if (!right) {
        strategy_open(strategy->name, &dpor.options);
        errno = 0;
    }
    return right;
}
