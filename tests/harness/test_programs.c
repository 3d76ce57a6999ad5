/* test_programs.c - editing programs, comparing them, showing their operations. */
#include "support.h"

enum { EDITS = 200000 };

/* ----------------------------------------------------------------------------------------- edits against a model -- */

/* The same program as a list of lists. */
struct model {
    uint32_t tasks;
    char names[PROGRAM_TASK_LIMIT][PROGRAM_NAME_SIZE];
    uint32_t counts[PROGRAM_TASK_LIMIT];
    struct program_operation operations[PROGRAM_TASK_LIMIT][PROGRAM_OPERATION_LIMIT];
};

static uint32_t total(const struct model *model)
{
    uint32_t sum = 0;
    for (uint32_t task = 0; task < model->tasks; task++) {
        sum += model->counts[task];
    }
    return sum;
}

static bool model_insert(struct model *model, uint32_t task, uint32_t position, struct program_operation operation)
{
    if (task >= model->tasks || position > model->counts[task] || total(model) == PROGRAM_OPERATION_LIMIT) {
        return false;
    }
    struct program_operation *operations = model->operations[task];
    memmove(&operations[position + 1], &operations[position], (model->counts[task] - position) * sizeof operations[0]);
    operations[position] = operation;
    model->counts[task]++;
    return true;
}

static bool model_remove_operation(struct model *model, uint32_t task, uint32_t position)
{
    if (task >= model->tasks || position >= model->counts[task]) {
        return false;
    }
    struct program_operation *operations = model->operations[task];
    model->counts[task]--;
    memmove(&operations[position], &operations[position + 1], (model->counts[task] - position) * sizeof operations[0]);
    return true;
}

static bool model_add_task(struct model *model, const char *name)
{
    if (model->tasks == PROGRAM_TASK_LIMIT) {
        return false;
    }
    memset(model->names[model->tasks], 0, PROGRAM_NAME_SIZE);
    strcpy(model->names[model->tasks], name);
    model->counts[model->tasks++] = 0;
    return true;
}

static bool model_remove_task(struct model *model, uint32_t task)
{
    if (task >= model->tasks) {
        return false;
    }
    model->tasks--;
    for (uint32_t at = task; at < model->tasks; at++) {
        memcpy(model->names[at], model->names[at + 1], PROGRAM_NAME_SIZE);
        model->counts[at] = model->counts[at + 1];
        memcpy(model->operations[at], model->operations[at + 1], sizeof model->operations[at]);
    }
    return true;
}

static void assert_same(const struct program *program, const struct model *model)
{
    uint32_t first = 0;
    assert_int_equal(program->task_count, model->tasks);
    assert_int_equal(program->operation_count, total(model));
    for (uint32_t task = 0; task < model->tasks; task++) {
        assert_string_equal(program->tasks[task].name, model->names[task]);
        assert_int_equal(program->tasks[task].first, first);
        assert_int_equal(program->tasks[task].count, model->counts[task]);
        for (uint32_t position = 0; position < model->counts[task]; position++) {
            const struct program_operation *operation = &program->operations[first + position];
            assert_int_equal(operation->code, model->operations[task][position].code);
            assert_int_equal(operation->arguments[0], model->operations[task][position].arguments[0]);
        }
        first += model->counts[task];
    }
}

static void edit(struct program *program, struct model *model, struct generator *generator)
{
    static const char *const names[] = {"io", "pnp", "a", "fifteen-letters"};
    uint32_t task = generator_below(generator, PROGRAM_TASK_LIMIT + 1);
    uint32_t position = generator_below(generator, 24);
    struct program_operation operation = {.code = (uint8_t)generator_below(generator, 9),
                                          .arguments = {generator_below(generator, 9)}};
    switch (generator_below(generator, 120)) {
    case 0:
        assert_int_equal(program_remove_task(program, task), model_remove_task(model, task));
        return;
    case 1:
    case 2: {
        const char *name = names[generator_below(generator, COUNT_OF(names))];
        assert_int_equal(program_add_task(program, name), model_add_task(model, name));
        return;
    }
    case 3: {
        uint32_t end = task < model->tasks ? model->counts[task] : 0;
        assert_int_equal(program_append(program, task, operation), model_insert(model, task, end, operation));
        return;
    }
    default:
        break;
    }
    if (generator_chance(generator, 3)) {
        assert_int_equal(program_remove_operation(program, task, position), model_remove_operation(model, task, position));
    } else {
        assert_int_equal(program_insert(program, task, position, operation), model_insert(model, task, position, operation));
    }
}

static void edits_keep_the_program_in_shape(void **state)
{
    static struct program program;
    static struct model model;
    struct generator generator = {.state = 1};
    uint32_t most = 0;
    (void)state;
    for (uint32_t count = 0; count < EDITS; count++) {
        edit(&program, &model, &generator);
        assert_same(&program, &model);
        most = program.operation_count > most ? program.operation_count : most;
    }
    assert_int_equal(most, PROGRAM_OPERATION_LIMIT);
}

static void limits_and_wrong_places_are_refused(void **state)
{
    static struct program program;
    const struct program_operation operation = {.code = 1};
    (void)state;
    assert_false(program_append(&program, 0, operation));
    assert_false(program_remove_operation(&program, 0, 0));
    assert_false(program_remove_task(&program, 0));
    assert_false(program_add_task(&program, "sixteen-letters-"));
    assert_true(program_add_task(&program, "fifteen-letters"));
    assert_false(program_insert(&program, 0, 1, operation));
    assert_false(program_insert(&program, 1, 0, operation));
    for (uint32_t count = 0; count < PROGRAM_OPERATION_LIMIT; count++) {
        assert_true(program_append(&program, 0, operation));
    }
    assert_false(program_append(&program, 0, operation));
    assert_false(program_insert(&program, 0, 0, operation));
    assert_int_equal(program.operation_count, PROGRAM_OPERATION_LIMIT);
}

/* ------------------------------------------------------------------------------------------------------- comparison -- */

static void programs_are_compared_by_what_they_do(void **state)
{
    static const char *const texts[] = {
        "io: acquire A",    "io: acquire B",         "io: acquire A lock1",        "io: release A",
        "write: acquire A", "io: acquire A; remove", "io: acquire A\npnp: remove", "pnp: remove\nio: acquire A",
    };
    (void)state;
    for (size_t one = 0; one < COUNT_OF(texts); one++) {
        for (size_t other = 0; other < COUNT_OF(texts); other++) {
            struct scenario first = scenario_of("lock", "", texts[one]);
            struct scenario second = scenario_of("lock", "", texts[other]);
            assert_int_equal(program_equal(&first.program, &second.program), one == other);
        }
    }
}

/* What lies behind the last task and the last operation does not count. */
static void leftovers_do_not_count(void **state)
{
    struct scenario one = scenario_of("lock", "", "io: acquire A");
    struct scenario other = one;
    (void)state;
    assert_true(program_add_task(&other.program, "pnp"));
    assert_true(program_append(&other.program, 1, (struct program_operation){.code = 3}));
    assert_false(program_equal(&one.program, &other.program));
    assert_true(program_remove_task(&other.program, 1));
    assert_true(program_equal(&one.program, &other.program));
}

/* ------------------------------------------------------------------------------------------------------------ text -- */

static void operations_are_shown_as_they_are_written(void **state)
{
    static const char *const texts[] = {
        "acquire A",           "acquire H lock2",
        "release B",           "remove",
        "remove lock1",        "hold 8",
        "hold 1 lock1",        "advance 60",
        "acquire-sized A odd", "acquire-sized A free lock2",
        "raise dispatch",      "fail-alloc 4",
        "surprise-remove",     "init lock1",
    };
    (void)state;
    for (size_t index = 0; index < COUNT_OF(texts); index++) {
        char program[64] = "io: ";
        char text[64];
        struct scenario scenario = scenario_of("lock", "", strcat(program, texts[index]));
        int length = operation_format(scenario.subject, &scenario.program.operations[0], text, sizeof text);
        assert_string_equal(text, texts[index]);
        assert_int_equal(length, strlen(texts[index]));
    }
}

static void a_small_buffer_gets_a_beginning(void **state)
{
    struct scenario scenario = scenario_of("lock", "", "io: acquire-sized A odd lock2");
    char whole[64];
    (void)state;
    int length = operation_format(scenario.subject, &scenario.program.operations[0], whole, sizeof whole);
    for (size_t size = 1; size < sizeof whole; size++) {
        char part[sizeof whole + 1];
        memset(part, '#', sizeof part);
        assert_int_equal(operation_format(scenario.subject, &scenario.program.operations[0], part, size), length);
        assert_int_equal(strlen(part), size <= (size_t)length ? size - 1 : (size_t)length);
        assert_memory_equal(part, whole, strlen(part));
        assert_int_equal(part[size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_keep_the_program_in_shape),          cmocka_unit_test(limits_and_wrong_places_are_refused),
        cmocka_unit_test(programs_are_compared_by_what_they_do),    cmocka_unit_test(leftovers_do_not_count),
        cmocka_unit_test(operations_are_shown_as_they_are_written), cmocka_unit_test(a_small_buffer_gets_a_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
