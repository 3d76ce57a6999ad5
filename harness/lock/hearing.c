/*
 * hearing.c - the judges of what the lock itself says.
 *
 * A remark is right when a caller did what it says, and then it is the caller's fault; a remark about callers who did nothing
 * of the kind is the lock's.
 */
#include "model.h"

#include <string.h>

static struct device *device_of_lock(const void *lock)
{
    for (uint32_t index = world.device_count; index > 0; index--) {
        struct device *device = &world.devices[index - 1];
        size_t offset = (size_t)((const char *)lock - (const char *)device->lock);
        if (offset < world.size) {
            return device;
        }
    }
    return NULL;
}

static void name_of_tag(const void *tag, char *text, size_t size)
{
    tag_name(tag_number(tag), text, size);
}

/*
 * Whether an acquisition of the tag can be as old as the lock says. Of several with the same tag a release takes out the
 * youngest block, so the oldest block can be as old as the moment since which the tag has been outstanding without a break.
 */
static bool some_overdue(const struct device *device, uint32_t tag)
{
    return device->outstanding[tag] != 0 && model_overdue(device->outstanding_since[tag]);
}

/* Whether the place that the lock names is that of an old acquisition with the tag; which one of several is not told. */
static bool some_acquired_at(const struct device *device, uint32_t tag, PCSTR file, ULONG line)
{
    for (uint32_t index = 0; index < world.acquisition_count; index++) {
        const struct acquisition *acquisition = &device->acquisitions[index];
        bool is_old = acquisition->state != ACQUISITION_NONE && model_overdue(acquisition->began);
        bool is_there = is_old && acquisition->tag == tag && acquisition->position + 1u == line;
        if (is_there && strcmp(world.scenario->program.tasks[acquisition->task].name, file) == 0) {
            return true;
        }
    }
    return false;
}

static void hear_held_too_long(struct device *device, const struct remark *remark)
{
    uint32_t tag = tag_number(remark->tag);
    char name[32];
    tag_name(tag, name, sizeof name);
    if (!device->misused && (tag == TAG_LIMIT || !some_overdue(device, tag))) {
        harness_report("false-diagnostic", device->lock,
                       "the lock says that tag %s is held too long, which it is not (the limit is %u minute%s)", name,
                       PLURAL(world.minutes));
    }
    if (!device->misused && !some_acquired_at(device, tag, remark->file, remark->line)) {
        harness_report("false-diagnostic", device->lock,
                       "the lock says that tag %s was acquired by %s at its operation %u, which it was not", name, remark->file,
                       remark->line);
    }
    device->heard_tags |= 1ull << (tag % TAG_LIMIT);
    if (world.scenario->configuration.values[SETTING_BLAME] == BLAME_ALL) {
        harness_report_caller("held-too-long", device->lock,
                              "tag %s, acquired by %s at its operation %u, is held longer than %u minute%s", name, remark->file,
                              remark->line, PLURAL(world.minutes));
    }
}

/* The most acquisitions that the running task's acquire can have counted. */
static uint32_t peak_of_running(const struct device *device)
{
    for (uint32_t index = 0; index < world.acquisition_count; index++) {
        const struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->state == ACQUISITION_ACQUIRING && acquisition->task == scheduler_running()) {
            return acquisition->peak;
        }
    }
    return 0;
}

static void hear_watermark(struct device *device)
{
    uint32_t peak = peak_of_running(device);
    if (!device->misused && (world.watermark == 0 || peak <= model_allowed_by_watermark())) {
        harness_report("false-diagnostic", device->lock,
                       "the lock says that HighWatermark (%u) is passed, with %u acquisition%s at most", world.watermark,
                       PLURAL(peak));
    }
    if (world.scenario->configuration.values[SETTING_BLAME] == BLAME_ALL) {
        harness_report_caller("watermark", device->lock, "up to %u acquisitions at a time, HighWatermark is %u", peak,
                              world.watermark);
    }
}

static void hear_tag(struct device *device, const struct remark *remark)
{
    char name[32];
    name_of_tag(remark->tag, name, sizeof name);
    if (!device->misused) {
        harness_report("false-diagnostic", device->lock,
                       "the lock says that tag %s is wrong, but it was acquired and not yet released", name);
    }
    if (remark->kind == REMARK_UNKNOWN_TAG) {
        bool others = device->held + device->under_way != 0;
        harness_report_caller(others ? "tag-mismatch" : "double-release", device->lock,
                              "tag %s was released without having been acquired", name);
    }
    char last[32];
    name_of_tag(remark->other_tag, last, sizeof last);
    harness_report_caller("tag-mismatch", device->lock, "the remover gives back tag %s, but the last acquisition has tag %s",
                          name, last);
}

static void hear_assertion(const struct device *device, const struct remark *remark)
{
    if (device != NULL && device->misused) {
        harness_report_caller("double-release", device->lock, "the lock's assertion \"%s\" fails after a misuse by the caller",
                              remark->text);
        return;
    }
    harness_report("assertion", device == NULL ? NULL : device->lock, "the lock's assertion \"%s\" fails", remark->text);
}

void model_hear(const struct remark *remark)
{
    struct device *device = remark->lock == NULL ? NULL : device_of_lock(remark->lock);
    if (device != NULL) {
        device->heard |= 1u << remark->kind;
    }
    if (remark->kind == REMARK_IRQL) {
        harness_report_caller("irql", NULL, "%s", remark->text);
        return;
    }
    if (remark->kind == REMARK_SIGNAL_AFTER_FREE) {
        report_function *report = model_caller_erred() ? harness_report_caller : harness_report;
        report("signal-after-free", remark->lock, "KeSetEvent touches an event whose memory has been freed");
        return;
    }
    if (remark->kind == REMARK_BUG_CHECK) {
        harness_report("bug-check", NULL, "bug check 0x%X (0x%lX, 0x%lX, 0x%lX, 0x%lX)", remark->bug_check,
                       remark->parameters[0], remark->parameters[1], remark->parameters[2], remark->parameters[3]);
        return;
    }
    if (remark->kind == REMARK_ASSERTION || device == NULL) {
        hear_assertion(device, remark);
        return;
    }
    switch (remark->kind) {
    case REMARK_HELD_TOO_LONG:
        hear_held_too_long(device, remark);
        return;
    case REMARK_WATERMARK:
        hear_watermark(device);
        return;
    case REMARK_REINITIALIZED:
        if (!device->misused) {
            harness_report("false-diagnostic", device->lock, "the lock says that it is initialised again, which it is not");
        }
        harness_report_caller("reinitialised", device->lock, "the lock is initialised again while the device exists");
        return;
    default:
        hear_tag(device, remark);
        return;
    }
}
