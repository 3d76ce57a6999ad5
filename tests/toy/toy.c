/* toy.c - see toy.h. */
#include "toy.h"

#include <stdio.h>
#include <string.h>

enum { INSTANCES = 4, NAME_SIZE = 16, IOCTL_POINTS = 4, DEVICE_ANSWERS = 4, BAD_ANSWER = 2, CODE_MASK = 3 };

const uint32_t toy_codes[3] = {0x222003, 0x222007, 0xFFFFFFFF};

static struct {
    uint32_t answer; /* of the device */
    uint32_t busy;   /* ioctls under way that matter */
} world;

static const struct scheduler_call step_call = {"ToyStep", 900, EFFECT_UPDATE}, queue_call = {"ToyQueue", 901, EFFECT_UPDATE},
                                   arm_call = {"ToyArm", 902, EFFECT_UPDATE}, try_call = {"ToyTry", 903, EFFECT_UPDATE};

static void run_dpc(void *argument)
{
    scheduler_call(&step_call, &world);
    if ((uintptr_t)argument == BAD_ANSWER && world.busy > 0) {
        harness_report("leak", &world, "the dpc ran while an ioctl was under way");
    }
}

static void run_ioctl(const struct operation_call *call)
{
    bool matters = (call->arguments[0] & CODE_MASK) == CODE_MASK;
    scheduler_call(&step_call, &world);
    world.busy += matters;
    for (uint32_t point = 0; point < IOCTL_POINTS; point++) {
        scheduler_call(&step_call, &world);
    }
    world.busy -= matters;
}

static void run_queue(const struct operation_call *call)
{
    (void)call;
    scheduler_call(&queue_call, &world);
    scheduler_spawn("dpc", run_dpc, (void *)(uintptr_t)world.answer);
    world.answer = 0;
}

static void run_arm(const struct operation_call *call)
{
    (void)call;
    scheduler_call(&arm_call, &world);
    world.answer = scheduler_choose(CHOICE_DEVICE, DEVICE_ANSWERS);
}

static void run_try(const struct operation_call *call)
{
    (void)call;
    scheduler_call(&try_call, &world);
    scheduler_choose(CHOICE_FAULT, 2);
}

static void run_spare(const struct operation_call *call)
{
    (void)call;
}

static void begin(const struct subject *subject, const struct scenario *scenario)
{
    (void)subject, (void)scenario;
    memset(&world, 0, sizeof world);
}

static const char *const mode_words[] = {"plain", "odd", NULL};

static const struct setting settings[] = {
    {"depth", "a number that matters nothing", NULL, 0, UINT32_MAX, 3},
    {"mode", "a word that matters nothing", mode_words, 0, 1, 0},
};

static struct operation tables[INSTANCES][TOY_OPERATIONS];
static char names[TOY_OPERATIONS][NAME_SIZE];
static struct subject subjects[INSTANCES];

static void fill(struct operation *table)
{
    table[TOY_IOCTL] = (struct operation){
        .name = "ioctl",
        .summary = "a device control",
        .argument_count = 2,
        .arguments =
            {{.name = "code", .style = ARGUMENT_HEX, .maximum = UINT32_MAX, .suggestions = toy_codes, .suggestion_count = 3},
             {.name = "length", .style = ARGUMENT_NUMBER, .maximum = UINT32_MAX, .optional = true}},
        .weight = 4,
        .run = run_ioctl,
    };
    table[TOY_QUEUE] = (struct operation){.name = "queue", .summary = "starts a dpc", .weight = 3, .run = run_queue};
    table[TOY_ARM] = (struct operation){.name = "arm", .summary = "asks the device", .weight = 2, .run = run_arm};
    table[TOY_TRY] = (struct operation){.name = "try", .summary = "may fail", .weight = 2, .run = run_try};
    for (uint32_t code = TOY_FIRST_SPARE; code < TOY_OPERATIONS; code++) {
        snprintf(names[code], NAME_SIZE, "spare-%u", code);
        table[code] = (struct operation){.name = names[code], .summary = "does nothing", .run = run_spare};
    }
}

const struct subject *toy_subject(void)
{
    static uint32_t made;
    uint32_t instance = made < INSTANCES ? made++ : INSTANCES - 1;
    fill(tables[instance]);
    subjects[instance] = (struct subject){
        .name = "toy:driver",
        .summary = "a subject that is no lock",
        .operations = tables[instance],
        .operation_count = TOY_OPERATIONS,
        .settings = settings,
        .setting_count = sizeof settings / sizeof settings[0],
        .chooses = true,
        .started_tasks = 2,
        .operation_points = 6,
        .begin = begin,
    };
    return &subjects[instance];
}
