/* native_driver.c - see native_driver.h. */
#include "native_driver.h"

static struct {
    const struct native_driver *driver;
    uint32_t tasks[NATIVE_TASK_LIMIT];
    uint32_t count;
    uint32_t ended;
} world;

static bool all_ended(const void *argument)
{
    (void)argument;
    return world.ended == world.count;
}

static void conduct(void *argument)
{
    static const struct scheduler_call call = {"wait for the test's tasks", 240, EFFECT_UPDATE};
    (void)argument;
    CHECK(NT_SUCCESS(machine_load()));
    if (world.driver->pnp) {
        CHECK(machine_plug());
    }
    for (uint32_t index = 0; index < world.count; index++) {
        scheduler_start(world.tasks[index]);
    }
    scheduler_wait(&call, &world, all_ended, NULL, SCHEDULER_NEVER);
    machine_shut_down();
}

static void run_task(void *argument)
{
    world.driver->tasks[(uintptr_t)argument]();
    world.ended++;
    scheduler_changed(&world);
}

void begin_native_driver(const struct native_driver *driver)
{
    static const char *const names[NATIVE_TASK_LIMIT] = {"one", "two", "three", "four"};
    world.driver = driver;
    world.count = 0;
    world.ended = 0;
    machine_reset(&(struct machine_options){.entry = driver->entry, .name = "native", .force_pending = driver->force_pending});
    scheduler_spawn("conductor", conduct, NULL);
    while (world.count < NATIVE_TASK_LIMIT && driver->tasks[world.count] != NULL) {
        world.tasks[world.count] = scheduler_spawn_held(names[world.count], run_task, (void *)(uintptr_t)world.count);
        world.count++;
    }
}

void judge_clean(enum scheduler_outcome outcome)
{
    if (outcome != SCHEDULER_FINISHED) {
        fail_msg("%s: %s", scheduler_violation()->identifier, scheduler_violation()->message);
    }
    if (heard.count != 0) {
        fail_msg("the kernel remarks: %s", heard.texts[0]);
    }
}

bool heard_violation(const char *identifier)
{
    for (uint32_t index = 0; index < heard.count; index++) {
        const struct remark *remark = &heard.remarks[index];
        if (remark->kind == REMARK_VIOLATION && strcmp(remark->identifier, identifier) == 0) {
            return true;
        }
    }
    return false;
}

PDEVICE_OBJECT make_device(PDRIVER_OBJECT driver, ULONG extension_size)
{
    PDEVICE_OBJECT device = NULL;
    CHECK(NT_SUCCESS(IoCreateDevice(driver, extension_size, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)));
    return device;
}
