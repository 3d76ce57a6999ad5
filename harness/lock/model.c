/*
 * model.c - the sequential model of each lock, and the judges.
 *
 * What the model knows for certain at a moment: an acquisition is held from the return of its acquire to the begin of its
 * release. In between calls it may or may not count. Every judgement here holds for each order in which the calls under way can
 * have taken effect; where that cannot be said, nothing is reported.
 */
#include "world.h"

#include <stdio.h>

enum { UNITS_PER_MINUTE = 600000000 };

/* ---------------------------------------------------------------------------------------------------------- calls -- */

static void begin_call(struct device *device, struct model_call *call, const char *routine)
{
    call->routine = routine;
    call->number = ++device->calls;
    call->alone = device->in_flight++ == 0;
    if (call->alone) {
        device->heard = 0;
    }
}

/* True when no other call of the lock overlapped this one: then its result is determined. */
static bool end_call(struct device *device, const struct model_call *call)
{
    device->in_flight--;
    return call->alone && device->calls == call->number;
}

static bool heard(const struct device *device, enum remark_kind kind)
{
    return (device->heard & 1u << kind) != 0;
}

static bool tracked(void)
{
    return world.personality != PERSONALITY_FREE;
}

typedef void report_function(const char *identifier, const void *object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* After a misuse everything that goes wrong with the lock is its caller's fault. */
static report_function *reporter(const struct device *device, const char *routine)
{
    scheduler_enter_routine(routine);
    return device->misused ? harness_report_caller : harness_report;
}

/* ----------------------------------------------------------------------------------------------------- quiescence -- */

static void report_count(const struct device *device, const char *routine, const char *identifier, LONG count, LONG expected)
{
    reporter(device, routine)(identifier, (const void *)&device->lock->Common.IoCount,
                              "IoCount is %d where %d is right: %s%u acquisitions are held%s", count, expected,
                              device->wait_began ? "removal has begun and " : "the bias and ", device->held,
                              device->misused ? ", and a caller has misused the lock" : "");
}

/* Nothing is under way: the count and the list must be what the model says. */
static void judge_quiescent(struct device *device, const char *routine)
{
    struct remove_lock_view view;
    if (device->in_flight != 0 || device->extension == NULL || !core_view_lock(device->lock, &view)) {
        return;
    }
    LONG expected = (LONG)device->held + (device->wait_began ? 0 : 1);
    if (view.count < 0) {
        report_count(device, routine, "negative-count", view.count, expected);
    } else if (view.count != expected) {
        report_count(device, routine, "count-mismatch", view.count, expected);
    }
    if (!view.tracked || device->misused) {
        return;
    }
    if (view.blocks == UINT32_MAX || (LONG)view.blocks + view.low_memory_count != (LONG)device->held) {
        reporter(device, routine)("count-mismatch", device->lock,
                                  "%d tracking blocks and %d failed allocations stand for %u acquisitions", (int)view.blocks,
                                  view.low_memory_count, device->held);
    }
}

/* -------------------------------------------------------------------------------------------------------- acquire -- */

/* The lock may judge by a count that it took at any moment of its acquire, so what matters is the highest one. */
static void raise_peaks(struct device *device)
{
    for (uint32_t index = 0; index < device->acquisition_count; index++) {
        struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->state == ACQUISITION_ACQUIRING && acquisition->peak < device->held + device->under_way) {
            acquisition->peak = (uint16_t)(device->held + device->under_way);
        }
    }
}

struct acquisition *model_acquire_begins(struct device *device, struct model_call *call, uint32_t task, uint32_t tag,
                                         uint32_t position)
{
    if (device->acquisition_count == ACQUISITION_LIMIT) {
        return NULL;
    }
    begin_call(device, call, "IoAcquireRemoveLockEx");
    struct acquisition *acquisition = &device->acquisitions[device->acquisition_count++];
    acquisition->state = ACQUISITION_ACQUIRING;
    acquisition->task = (uint8_t)task;
    acquisition->tag = (uint8_t)tag;
    acquisition->position = (uint16_t)position;
    acquisition->began = scheduler_now();
    acquisition->peak = 0;
    if (device->outstanding[tag]++ == 0) {
        device->outstanding_since[tag] = acquisition->began;
    }
    device->under_way++;
    if (world.watermark != 0) {
        raise_peaks(device);
    }
    return acquisition;
}

static uint32_t allowed_by_watermark(void)
{
    bool reached = world.scenario->configuration.values[SETTING_WATERMARK_READING] == WATERMARK_REACHED;
    return reached ? world.watermark - 1 : world.watermark;
}

static void judge_watermark(const struct device *device, const struct model_call *call, bool alone)
{
    if (!tracked() || world.watermark == 0 || !alone || device->misused) {
        return;
    }
    if (device->held > allowed_by_watermark() && !heard(device, REMARK_WATERMARK)) {
        reporter(device, call->routine)("missed-diagnostic", device->lock,
                                        "%u acquisitions are held, HighWatermark is %u, and the lock said nothing",
                                        device->held, world.watermark);
    }
}

void model_acquire_ends(struct device *device, struct model_call *call, struct acquisition *acquisition, NTSTATUS status)
{
    bool alone = end_call(device, call);
    device->under_way--;
    acquisition->ended = scheduler_now();
    acquisition->state = NT_SUCCESS(status) ? ACQUISITION_HELD : ACQUISITION_FAILED;
    device->held += NT_SUCCESS(status);
    device->outstanding[acquisition->tag] -= !NT_SUCCESS(status);
    if (status == STATUS_SUCCESS && device->wait_returned) {
        reporter(device, call->routine)("acquire-after-remove", device->lock,
                                        "an acquire succeeded although the remover's wait had returned before");
    }
    if (status == STATUS_DELETE_PENDING && !device->wait_began) {
        reporter(device, call->routine)("not-linearisable", device->lock, "an acquire failed although no removal had begun");
    }
    if (status != STATUS_SUCCESS && status != STATUS_DELETE_PENDING) {
        reporter(device, call->routine)("not-linearisable", device->lock,
                                        "an acquire returned 0x%08X, which is neither success nor delete pending",
                                        (unsigned)status);
    }
    judge_watermark(device, call, alone);
    judge_quiescent(device, call->routine);
}

/* -------------------------------------------------------------------------------------------------------- release -- */

static bool overdue(uint64_t since)
{
    return world.minutes != 0 && scheduler_now() - since > (uint64_t)world.minutes * UNITS_PER_MINUTE;
}

void model_release_begins(struct device *device, struct model_call *call, struct acquisition *acquisition)
{
    begin_call(device, call, "IoReleaseRemoveLockEx");
    call->was_overdue = overdue(acquisition->ended);
    acquisition->state = ACQUISITION_RELEASING;
    device->held--;
    device->under_way++;
}

/* An acquisition that was too old before its release began must have been called so by then or in that release. */
static void judge_age(const struct device *device, const struct acquisition *acquisition, const struct model_call *call)
{
    if (!tracked() || !call->was_overdue || device->misused || core_failed_allocations() != 0) {
        return;
    }
    if ((device->heard_tags & 1ull << acquisition->tag) == 0) {
        reporter(device, call->routine)("missed-diagnostic", device->lock,
                                        "an acquisition was held longer than %u minutes, and the lock said nothing",
                                        world.minutes);
    }
}

void model_release_ends(struct device *device, struct model_call *call, struct acquisition *acquisition)
{
    end_call(device, call);
    device->under_way--;
    device->outstanding[acquisition->tag]--;
    acquisition->state = ACQUISITION_OVER;
    judge_age(device, acquisition, call);
    judge_quiescent(device, call->routine);
}

/* ----------------------------------------------------------------------------------------------- release and wait -- */

void model_wait_begins(struct device *device, struct model_call *call, struct acquisition *own, uint32_t task)
{
    begin_call(device, call, "IoReleaseRemoveLockAndWaitEx");
    own->state = ACQUISITION_RELEASING;
    device->held--;
    device->under_way++;
    device->wait_began = true;
    device->waiter = (uint8_t)task;
}

void model_wait_ends(struct device *device, struct model_call *call, struct acquisition *own)
{
    end_call(device, call);
    device->under_way--;
    device->outstanding[own->tag]--;
    own->state = ACQUISITION_OVER;
    device->wait_returned = true;
    if (device->held != 0) {
        reporter(device, call->routine)("early-return", device->lock, "the remover's wait returned while %u %s held%s",
                                        device->held, device->held == 1 ? "acquisition was" : "acquisitions were",
                                        device->misused ? ", after a misuse by a caller" : "");
    }
    judge_quiescent(device, call->routine);
}

/* --------------------------------------------------------------------------------------------------------- misuse -- */

void model_misuse_begins(struct device *device, struct model_call *call, const char *routine)
{
    begin_call(device, call, routine);
    device->misused = true;
}

void model_misuse_ends(struct device *device, struct model_call *call, bool must_be_noticed, const char *misuse)
{
    bool alone = end_call(device, call);
    if (tracked() && must_be_noticed && alone) {
        scheduler_enter_routine(call->routine);
        harness_report("missed-diagnostic", device->lock, "%s, and the lock said nothing", misuse);
    }
    if (world.scenario->configuration.values[SETTING_BLAME] == BLAME_LOCK) {
        harness_end_clean();
    }
    judge_quiescent(device, call->routine);
}

static bool is_waited_for(const struct device *device)
{
    return device->wait_began && !device->wait_returned;
}

/* A task has ended without releasing what the remover waits for. */
static bool is_waited_for_in_vain(const struct device *device)
{
    for (uint32_t index = 0; is_waited_for(device) && index < device->acquisition_count; index++) {
        const struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->state == ACQUISITION_HELD && scheduler_ended(acquisition->task)) {
            return true;
        }
    }
    return false;
}

bool model_caller_erred(void)
{
    for (uint32_t index = 0; index < world.device_count; index++) {
        if (world.devices[index].misused || is_waited_for_in_vain(&world.devices[index])) {
            return true;
        }
    }
    return false;
}

/* -------------------------------------------------------------------------------------------------------- remarks -- */

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
    return device->outstanding[tag] != 0 && overdue(device->outstanding_since[tag]);
}

static void hear_held_too_long(struct device *device, const struct remark *remark)
{
    uint32_t tag = tag_number(remark->tag);
    char name[32];
    tag_name(tag, name, sizeof name);
    if (!device->misused && (tag == TAG_LIMIT || !some_overdue(device, tag))) {
        harness_report("false-diagnostic", device->lock,
                       "the lock says that tag %s is held too long, which it is not (the limit is %u minutes)", name,
                       world.minutes);
    }
    device->heard_tags |= 1ull << (tag % TAG_LIMIT);
    if (world.scenario->configuration.values[SETTING_BLAME] == BLAME_ALL) {
        harness_report_caller("held-too-long", device->lock,
                              "tag %s, acquired by %s at its operation %u, is held longer than %u minutes", name, remark->file,
                              remark->line, world.minutes);
    }
}

/* The most acquisitions that the running task's acquire can have counted. */
static uint32_t peak_of_running(const struct device *device)
{
    for (uint32_t index = 0; index < device->acquisition_count; index++) {
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
    if (!device->misused && (world.watermark == 0 || peak <= allowed_by_watermark())) {
        harness_report("false-diagnostic", device->lock,
                       "the lock says that HighWatermark (%u) is passed, with %u acquisitions at most", world.watermark, peak);
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

/* ------------------------------------------------------------------------------------------------------ the end -- */

static void judge_leaked_acquisitions(struct device *device)
{
    for (uint32_t index = 0; index < device->acquisition_count; index++) {
        const struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->state == ACQUISITION_HELD) {
            char name[32];
            tag_name(acquisition->tag, name, sizeof name);
            harness_report_caller("leak", device->lock, "tag %s, acquired by %s at its operation %u, was never released", name,
                                  world.scenario->program.tasks[acquisition->task].name, acquisition->position + 1u);
            return;
        }
    }
}

/* Pool blocks that no lock's list accounts for. */
static void judge_leaked_blocks(void)
{
    uint32_t listed = 0;
    uint32_t live = 0;
    for (uint32_t index = 0; index < world.device_count; index++) {
        struct remove_lock_view view;
        if (world.devices[index].misused) {
            return;
        }
        if (world.devices[index].extension != NULL && core_view_lock(world.devices[index].lock, &view) &&
            view.blocks != UINT32_MAX) {
            listed += view.blocks;
        }
    }
    const struct scheduler_allocation *leaked = NULL;
    for (uint32_t index = 0; index < scheduler_allocation_count(); index++) {
        const struct scheduler_allocation *allocation = scheduler_allocation_at(index);
        if (allocation->live && allocation->kind[0] == 'p') {
            live++;
            leaked = allocation;
        }
    }
    if (live > listed && leaked != NULL) {
        harness_report("leak", leaked->address, "%u tracking blocks were never freed; the last one was allocated in %s",
                       live - listed, leaked->allocation_routine);
    }
}

void model_judge_at_end(void)
{
    for (uint32_t index = 0; index < world.device_count; index++) {
        judge_quiescent(&world.devices[index], "");
    }
    if (tracked()) {
        judge_leaked_blocks();
    }
    for (uint32_t index = 0; index < world.device_count; index++) {
        judge_leaked_acquisitions(&world.devices[index]);
    }
}

/* ---------------------------------------------------------------------------------------------------------- stuck -- */

static const char *waiter_of(const struct device *device)
{
    return world.scenario->program.tasks[device->waiter].name;
}

static void judge_lost_wakeups(void)
{
    for (uint32_t index = 0; index < world.device_count; index++) {
        const struct device *device = &world.devices[index];
        if (is_waited_for(device) && !device->misused && device->held == 0 && device->in_flight == 1) {
            harness_report("lost-wakeup", device->lock, "%s waits for ever although nobody holds the lock", waiter_of(device));
        }
    }
}

/* Nobody can run, so whoever holds the lock has ended, or waits for another lock: callers' faults both. */
void model_stuck(void)
{
    judge_lost_wakeups();
    for (uint32_t index = 0; index < world.device_count; index++) {
        const struct device *device = &world.devices[index];
        if (!is_waited_for(device)) {
            continue;
        }
        if (device->misused) {
            harness_report_caller("deadlock", device->lock, "%s waits for ever, after a misuse by the caller",
                                  waiter_of(device));
        } else if (device->held != 0) {
            harness_report_caller("deadlock", device->lock, "%s waits for %u acquisitions that nobody will release",
                                  waiter_of(device), device->held);
        }
    }
}
