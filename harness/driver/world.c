/* world.c - the begin and the end of an execution of a driver, and who hears what the kernel remarks. */
#include "world.h"

#include "rules.h"

#include <stdio.h>
#include <string.h>

static void hear(const struct remark *remark)
{
    switch (remark->kind) {
    case REMARK_VIOLATION:
        harness_report(remark->identifier, remark->lock, "%s", remark->text);
        return;
    case REMARK_IRQL:
        harness_report("irql", remark->lock, "%s", remark->text);
        return;
    case REMARK_SIGNAL_AFTER_FREE:
        harness_report("signal-after-free", remark->lock, "KeSetEvent touches an event whose memory has been freed");
        return;
    case REMARK_ASSERTION:
        harness_report("assertion", remark->lock, "the assertion '%s' fails at %s:%u", remark->text,
                       remark->file == NULL ? "?" : remark->file, remark->line);
        return;
    case REMARK_BUG_CHECK:
        harness_report("bug-check", NULL, "bug check 0x%X (0x%lX, 0x%lX, 0x%lX, 0x%lX)", remark->bug_check,
                       remark->parameters[0], remark->parameters[1], remark->parameters[2], remark->parameters[3]);
        return;
    case REMARK_UNKNOWN_TAG:
    case REMARK_LAST_TAG:
        harness_report("tag-mismatch", remark->lock, "tag %p is not outstanding%s", remark->tag,
                       remark->kind == REMARK_LAST_TAG ? ": the last acquisition has another" : "");
        return;
    case REMARK_REINITIALIZED:
        harness_report("reinitialised", remark->lock, "the lock is initialised again");
        return;
    case REMARK_WATERMARK:
        harness_report("watermark", remark->lock, "the lock is acquired more often than its HighWatermark allows");
        return;
    case REMARK_HELD_TOO_LONG:
        harness_report("held-too-long", remark->lock, "an acquisition is older than the lock's MaxLockedMinutes");
        return;
    }
}

static bool uses_late(const struct program *program)
{
    for (uint32_t index = 0; index < program->operation_count; index++) {
        uint8_t code = program->operations[index].code;
        if (code >= DRIVER_LATE_READ && code <= DRIVER_LATE_IOCTL) {
            return true;
        }
    }
    return false;
}

static void reload(void)
{
    subject_image_restore(driver_of(harness_scenario()->subject)->image);
}

void driver_begin(const struct subject *subject, const struct scenario *scenario)
{
    const struct driver_subject *driver = driver_of(subject);
    const uint32_t *values = scenario->configuration.values;
    subject_image_restore(driver->image);
    scheduler_watch_image(subject_image_base(driver->image), subject_image_size(driver->image));
    core_on_remark(hear);
    core_on_event(values[SETTING_RULES] == RULES_OFF ? NULL : rules_hear);
    core_reset(&(struct core_options){
        .personality = values[SETTING_DRIVER_LOCK] == 0 ? PERSONALITY_FREE : PERSONALITY_VERIFIER,
        .processors = values[SETTING_CPUS],
        .allocation_failures = values[SETTING_ALLOCATION_FAILURES] != 0,
        .lock_in_one_step = true,
    });
    machine_reset(&(struct machine_options){
        .entry = (PDRIVER_INITIALIZE)(uintptr_t)subject_image_entry(driver->image),
        .name = subject_image_name(driver->image),
        .upper = values[SETTING_UPPER] != 0,
        .legacy = values[SETTING_LEGACY] != 0,
        .faults = values[SETTING_FAULTS] != 0,
        .force_pending = values[SETTING_FORCE_PENDING] != 0,
        .reload = reload,
        .late = uses_late(&scenario->program),
    });
    rules_reset(values[SETTING_RULES] == RULES_SDV ? RULES_MODE_SDV : RULES_MODE_STRICT);
    if (values[SETTING_RULE] != 0) {
        rules_only(rules[values[SETTING_RULE] - 1].identifier);
    }
    if (values[SETTING_WARNINGS] != 0) {
        rules_warn();
    }
}

void driver_conduct(void)
{
    if (NT_SUCCESS(machine_load())) {
        machine_plug();
    }
    harness_start_tasks();
    harness_wait_for_tasks();
    machine_shut_down();
    if (harness_scenario()->configuration.values[SETTING_RULES] != RULES_OFF) {
        rules_end();
    }
}

void driver_task_ends(uint32_t task)
{
    machine_run_down(task);
}

bool driver_idle(void)
{
    return machine_pull_device();
}

void driver_stuck(void)
{
    if (harness_scenario()->configuration.values[SETTING_RULES] != RULES_OFF) {
        rules_stuck();
    }
    machine_stuck();
}

/* A request that is gone, touched by the dispatch routine that got it: it was passed on, or completed, before. */
const char *driver_refine(const struct violation *violation)
{
    const struct driver_frame *frames;
    const struct scheduler_allocation *memory = scheduler_allocation_of(violation->object);
    if (strcmp(violation->identifier, VIOLATION_USE_AFTER_FREE) != 0 || memory == NULL) {
        return NULL;
    }
    uint32_t count = core_driver_frames(violation->task, &frames);
    for (uint32_t index = 0; index < count; index++) {
        if (frames[index].routine == ROUTINE_DISPATCH && (const void *)frames[index].irp == memory->address) {
            return "touched-after-call";
        }
    }
    return NULL;
}

void driver_describe(const void *address, char *text, size_t size)
{
    machine_describe(address, text, size);
}

void driver_holders(char *text, size_t size)
{
    rules_holders(text, size);
}
