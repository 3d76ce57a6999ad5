/*
 * test_litmus.c - each memory model allows exactly what it should: the litmus tests of the literature, explored completely.
 *
 * The names are those of Alglave, Maranget and Tautschnig, "Herding cats" (TOPLAS 2014) and of Batty, Owens, Sarkar, Sewell and
 * Weber, "Mathematizing C++ concurrency" (POPL 2011); what C11 allows follows RC11 (PLDI 2017). docs/memory-models.md shows the
 * same table; `scheduler_test_litmus --table` prints it in that form.
 */
#include "litmus/litmus.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NO, YES };

static const struct row {
    const char *name, *program, *outcome;
    bool allowed[3]; /* sc, tso, c11 */
} rows[] = {
#include "litmus/table.inc"
};

static struct litmus_outcomes found, accepted;

static const char *const model_names[] = {"sc", "tso", "c11"};

enum { LIMIT = 3000000, MODELS = 3 };

static void print_row(const struct row *row)
{
    printf("| %s | `", row->name);
    for (const char *at = row->program; *at != '\0'; at++) {
        fputs(*at == '|' ? "\\|" : (char[]){*at, '\0'}, stdout);
    }
    printf("` | `%s` |", row->outcome);
    for (uint32_t model = 0; model < 3; model++) {
        printf(" %s |", row->allowed[model] ? "yes" : "-");
    }
    putchar('\n');
}

static void each_test_allows_what_the_literature_says(void **unused)
{
    (void)unused;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        const struct row *row = &rows[index];
        struct litmus litmus = litmus_parse(row->program);
        for (uint32_t model = 0; model < MODELS; model++) {
            if (!litmus_explore(&litmus, (enum scheduler_memory)model, "dpor", LIMIT, &found)) {
                fail_msg("%s under %s: more than %d executions", row->name, model_names[model], LIMIT);
            }
            if (outcomes_match(&litmus, &found, row->outcome) != row->allowed[model]) {
                fail_msg("%s under %s: %s is %s", row->name, model_names[model], row->outcome,
                         row->allowed[model] ? "never seen" : "seen");
            }
        }
    }
}

static void axioms_agree_with_the_literature(void **unused)
{
    (void)unused;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        const struct row *row = &rows[index];
        struct litmus litmus = litmus_parse(row->program);
        for (uint32_t model = 0; model < 3; model++) {
            litmus_judge(&litmus, (enum scheduler_memory)model, &accepted);
            if (outcomes_match(&litmus, &accepted, row->outcome) != row->allowed[model]) {
                fail_msg("%s under %s: %s is %s by the axioms", row->name, model_names[model], row->outcome,
                         row->allowed[model] ? "refused" : "accepted");
            }
        }
    }
}

/* --------------------------------------------------------------------------------------------- generated programs -- */

static uint64_t seed;

static uint32_t below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % limit);
}

static struct litmus_access generate_access(uint32_t locations, uint8_t *written)
{
    static const uint8_t any[] = {__ATOMIC_RELAXED, __ATOMIC_RELAXED, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST,
                                  __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE, __ATOMIC_RELEASE};
    static const uint8_t kinds[] = {LITMUS_STORE, LITMUS_STORE, LITMUS_STORE,    LITMUS_LOAD,
                                    LITMUS_LOAD,  LITMUS_LOAD,  LITMUS_EXCHANGE, LITMUS_COMPARE_EXCHANGE,
                                    LITMUS_FENCE};
    struct litmus_access access = {.kind = kinds[below(COUNT_OF(kinds))], .location = (uint8_t)below(locations)};
    access.order = any[below(COUNT_OF(any))];
    if (access.kind == LITMUS_LOAD) {
        access.order = access.order == __ATOMIC_ACQ_REL || access.order == __ATOMIC_RELEASE ? __ATOMIC_ACQUIRE : access.order;
    } else if (access.kind == LITMUS_STORE) {
        access.order = access.order == __ATOMIC_ACQ_REL || access.order == __ATOMIC_ACQUIRE ? __ATOMIC_RELEASE : access.order;
    } else if (access.kind == LITMUS_FENCE && access.order == __ATOMIC_RELAXED) {
        access.order = __ATOMIC_SEQ_CST;
    }
    access.is_volatile =
        (access.kind == LITMUS_LOAD || access.kind == LITMUS_STORE) && access.order == __ATOMIC_RELAXED && below(3) == 0;
    access.expected = (uint8_t)below(written[access.location] + 1u);
    if (access.kind != LITMUS_LOAD && access.kind != LITMUS_FENCE) {
        access.value = ++written[access.location];
    }
    return access;
}

static struct litmus generate(uint32_t tasks, uint32_t accesses)
{
    struct litmus litmus;
    memset(&litmus, 0, sizeof litmus);
    uint8_t written[LITMUS_LOCATIONS] = {0};
    uint32_t locations = 1 + below(3) % 2 + (below(8) == 0);
    litmus.task_count = tasks;
    for (uint32_t task = 0; task < tasks; task++) {
        for (uint32_t index = 0; index < accesses; index++) {
            struct litmus_access access = generate_access(locations, written);
            if (access.kind != LITMUS_STORE && access.kind != LITMUS_FENCE) {
                access.read = (uint8_t)litmus.read_count++;
            }
            litmus.tasks[task].accesses[litmus.tasks[task].count++] = access;
        }
    }
    return litmus;
}

static void print_difference(const struct litmus *litmus, const struct litmus_outcomes *some,
                             const struct litmus_outcomes *others, const char *what)
{
    for (uint32_t index = 0; index < some->count; index++) {
        bool common = false;
        for (uint32_t other = 0; other < others->count; other++) {
            common |= some->outcomes[index] == others->outcomes[other];
        }
        if (!common) {
            char text[64];
            outcome_print(litmus, some->outcomes[index], text, sizeof text);
            print_message("%s %s\n", what, text);
        }
    }
}

/* Programs with too many executions for plain search are counted, and must be few. */
static uint32_t compare(const char *strategy, uint32_t model, uint32_t tasks, uint32_t accesses, uint32_t programs,
                        uint64_t limit)
{
    uint32_t skipped = 0;
    for (uint32_t number = 0; number < programs; number++) {
        struct litmus litmus = generate(tasks, accesses);
        if (!litmus_explore(&litmus, (enum scheduler_memory)model, strategy, limit, &found)) {
            skipped++;
            continue;
        }
        litmus_judge(&litmus, (enum scheduler_memory)model, &accepted);
        if (!outcomes_equal(&found, &accepted)) {
            char text[256];
            litmus_print(&litmus, text, sizeof text);
            print_difference(&litmus, &found, &accepted, "only by execution:");
            print_difference(&litmus, &accepted, &found, "only by the axioms:");
            fail_msg("%s, program %u of %u tasks under %s: %s", strategy, number, tasks, model_names[model], text);
        }
    }
    return skipped;
}

static void executions_and_axioms_have_the_same_outcomes(void **unused)
{
    (void)unused;
    static const struct {
        const char *strategy;
        uint32_t tasks, accesses, programs;
    } sizes[] = {{"exhaustive", 2, 2, 100 / SLOWNESS}, {"exhaustive", 2, 3, 20 / SLOWNESS}, {"exhaustive", 3, 2, 10 / SLOWNESS},
                 {"dpor", 2, 3, 100 / SLOWNESS},       {"dpor", 3, 2, 60 / SLOWNESS},       {"dpor", 2, 4, 10 / SLOWNESS}};
    const char *other = getenv("LITMUS_SEED"); /* other programs than usual */
    uint64_t first = other == NULL ? 1 : strtoull(other, NULL, 10);
    for (uint32_t model = 0; model < MODELS; model++) {
        for (size_t index = 0; index < COUNT_OF(sizes); index++) {
            seed = first + index;
            uint32_t skipped =
                compare(sizes[index].strategy, model, sizes[index].tasks, sizes[index].accesses, sizes[index].programs, 4000);
            assert_true(skipped <= sizes[index].programs / 2);
        }
    }
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "--table") == 0) {
        for (size_t index = 0; index < COUNT_OF(rows); index++) {
            print_row(&rows[index]);
        }
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axioms_agree_with_the_literature),
        cmocka_unit_test(each_test_allows_what_the_literature_says),
        cmocka_unit_test(executions_and_axioms_have_the_same_outcomes),
    };
    return cmocka_run_group_tests_name("litmus", tests, NULL, NULL);
}
