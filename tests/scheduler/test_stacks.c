/* test_stacks.c - plain accesses to a task's own stack are scheduling points only once somebody else has looked at it. */
#include "support.h"

void __tsan_read4(void *address);
void __tsan_write4(void *address);

static int *published;

static void keep_to_oneself(void *unused)
{
    (void)unused;
    int own = 0;
    for (int count = 0; count < 5; count++) {
        __tsan_write4(&own);
        __tsan_read4(&own);
    }
}

static void publish(void *unused)
{
    (void)unused;
    static const struct scheduler_call call = {"publish", 1, EFFECT_UPDATE};
    int own = 0;
    scheduler_call(&call, &published);
    published = &own;
    __tsan_write4(&own);
    scheduler_call(&call, &published);
    __tsan_write4(&own);
    scheduler_call(&call, &published);
}

static void look(void *unused)
{
    (void)unused;
    static const struct scheduler_call call = {"look", 2, EFFECT_UPDATE};
    scheduler_call(&call, &published);
    if (published != NULL) {
        __tsan_read4(published);
    }
}

static void begin_alone(unsigned size)
{
    (void)size;
    scheduler_spawn("alone", keep_to_oneself, NULL);
}

static void begin_shared(unsigned size)
{
    (void)size;
    published = NULL;
    scheduler_spawn("owner", publish, NULL);
    scheduler_spawn("other", look, NULL);
}

static const struct scheduler_options all_points = {.plain_points = true, .record = true};

static void what_nobody_sees_is_no_point(void **unused)
{
    (void)unused;
    const struct world world = {"alone", begin_alone, 0};
    assert_int_equal(run_world(&world, the_default(), &all_points), SCHEDULER_FINISHED);
    assert_int_equal(scheduler_steps(), 0);
}

static uint32_t accesses_of(uint32_t task)
{
    uint32_t count = 0;
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = 0; index < trace.count; index++) {
        const struct scheduler_event *event = &trace.events[index];
        count += event->task == task && (event->operation == OPERATION_PLAIN_READ || event->operation == OPERATION_PLAIN_WRITE);
    }
    return count;
}

/* The owner's second write is a point exactly when the other task came before it. */
static void what_somebody_saw_is_one(void **unused)
{
    (void)unused;
    const struct world world = {"shared", begin_shared, 0};
    uint32_t seen = 0, unseen = 0;
    struct strategy *strategy = exhaustive(UINT32_MAX);
    do {
        assert_int_equal(run_world(&world, strategy, &all_points), SCHEDULER_FINISHED);
        assert_true(accesses_of(1) <= 1);
        assert_true(accesses_of(0) <= accesses_of(1));
        seen += accesses_of(0) == 1;
        unseen += accesses_of(0) == 0;
    } while (scheduler_more());
    assert_true(seen > 0 && unseen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_sees_is_no_point),
        cmocka_unit_test(what_somebody_saw_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
