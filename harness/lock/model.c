/*
 * model.c - the sequential model of each lock, and the judges.
 *
 * What the model knows for certain at a moment: an acquisition is held from the return of its acquire to the begin of its
 * release. In between calls it may or may not count. Every judgement here holds for each order in which the calls under way can
 * have taken effect; where that cannot be said, nothing is reported.
 */
#include "model.h"

/* ---------------------------------------------------------------------------------------------------------- calls -- */

/*
 * For searches that leave out schedules which nothing tells apart. The judges compare calls in time: whether the removal had
 * begun or was over when an acquire ended, and what was held when the remover's wait returned. What happens to a task's
 * acquisitions stands for an update of its mark, and who judges by those of others reads all of them. The judges of the tracked
 * personalities also ask whether a call was alone. That a lock at rest has the right count is told of each state of rest that a
 * search comes to: were it wrong in one that it leaves out, it would be wrong at the next.
 */
static void touch_mark(struct device *device, const struct acquisition *acquisition)
{
    scheduler_touch(&device->marks[acquisition->task], 1, EFFECT_UPDATE);
}

static void touch_marks(const struct device *device)
{
    scheduler_touch(device->marks, sizeof device->marks, EFFECT_READ);
}

static void begin_call(struct device *device, struct model_call *call, const char *routine)
{
    if (model_tracked()) {
        touch_marks(device);
    }
    call->routine = routine;
    device->lonely = NULL;
    if (device->in_flight++ == 0) {
        device->lonely = call;
        device->heard = 0;
    }
}

/* True when no other call of the lock overlapped this one: then its result is determined. */
static bool end_call(struct device *device, const struct model_call *call)
{
    bool alone = device->lonely == call;
    device->in_flight--;
    if (alone) {
        device->lonely = NULL;
    }
    return alone;
}

static bool heard(const struct device *device, enum remark_kind kind)
{
    return (device->heard & 1u << kind) != 0;
}

report_function *model_reporter(const struct device *device, const char *routine)
{
    scheduler_enter_routine(routine);
    return device->misused ? harness_report_caller : harness_report;
}

/* -------------------------------------------------------------------------------------------------------- acquire -- */

/* The lock may judge by a count that it took at any moment of its acquire, so what matters is the highest one. */
static void raise_peaks(struct device *device)
{
    for (uint32_t index = 0; index < world.acquisition_count; index++) {
        struct acquisition *acquisition = &device->acquisitions[index];
        if (acquisition->state == ACQUISITION_ACQUIRING && acquisition->peak < device->held + device->under_way) {
            acquisition->peak = (uint16_t)(device->held + device->under_way);
        }
    }
}

static struct acquisition *new_acquisition(struct device *device, uint32_t task)
{
    return &device->acquisitions[world.first_acquisition[task] + device->begun[task]++];
}

struct acquisition *model_acquire_begins(struct device *device, struct model_call *call, uint32_t task, uint32_t tag,
                                         uint32_t position)
{
    begin_call(device, call, "IoAcquireRemoveLockEx");
    struct acquisition *acquisition = new_acquisition(device, task);
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

uint32_t model_allowed_by_watermark(void)
{
    bool reached = world.scenario->configuration.values[SETTING_WATERMARK_READING] == WATERMARK_REACHED;
    return reached ? world.watermark - 1 : world.watermark;
}

static void judge_watermark(const struct device *device, const struct model_call *call, bool alone)
{
    if (!model_tracked() || world.watermark == 0 || !alone || device->misused) {
        return;
    }
    if (device->held > model_allowed_by_watermark() && !heard(device, REMARK_WATERMARK)) {
        model_reporter(device, call->routine)("missed-diagnostic", device->lock,
                                              "%u acquisition%s held at a time, HighWatermark is %u, and the lock said nothing",
                                              PLURAL(device->held), world.watermark);
    }
}

void model_acquire_ends(struct device *device, struct model_call *call, struct acquisition *acquisition, NTSTATUS status)
{
    touch_mark(device, acquisition);
    scheduler_touch(&device->wait_began, 1, EFFECT_READ);
    bool alone = end_call(device, call);
    device->under_way--;
    acquisition->ended = scheduler_now();
    acquisition->state = NT_SUCCESS(status) ? ACQUISITION_HELD : ACQUISITION_FAILED;
    device->held += NT_SUCCESS(status);
    device->outstanding[acquisition->tag] -= !NT_SUCCESS(status);
    if (NT_SUCCESS(status) && scheduler_recording()) {
        char tag[32];
        tag_name(acquisition->tag, tag, sizeof tag);
        harness_held(device->lock, acquisition, acquisition->task, tag, 0);
    }
    if (status == STATUS_SUCCESS && device->wait_returned) {
        model_reporter(device, call->routine)("acquire-after-remove", device->lock,
                                              "an acquire succeeded although the remover's wait had returned before");
    }
    if (status == STATUS_DELETE_PENDING && !device->wait_began) {
        model_reporter(device, call->routine)("not-linearisable", device->lock,
                                              "an acquire failed although no removal had begun");
    }
    if (status != STATUS_SUCCESS && status != STATUS_DELETE_PENDING) {
        model_reporter(device, call->routine)("not-linearisable", device->lock,
                                              "an acquire returned 0x%08X, which is neither success nor delete pending",
                                              (unsigned)status);
    }
    judge_watermark(device, call, alone);
    model_judge_quiescent(device, call->routine);
}

/* -------------------------------------------------------------------------------------------------------- release -- */

bool model_overdue(uint64_t since)
{
    return world.minutes != 0 && scheduler_now() - since > (uint64_t)world.minutes * UNITS_PER_MINUTE;
}

void model_release_begins(struct device *device, struct model_call *call, struct acquisition *acquisition)
{
    begin_call(device, call, "IoReleaseRemoveLockEx");
    touch_mark(device, acquisition);
    call->was_overdue = model_overdue(acquisition->ended);
    acquisition->state = ACQUISITION_RELEASING;
    harness_given_back(device->lock, acquisition);
    device->held--;
    device->under_way++;
}

/* An acquisition that was too old before its release began must have been called so by then or in that release. */
static void judge_age(const struct device *device, const struct acquisition *acquisition, const struct model_call *call)
{
    if (!model_tracked() || !call->was_overdue || device->misused || core_failed_allocations() != 0) {
        return;
    }
    if ((device->heard_tags & 1ull << acquisition->tag) == 0) {
        model_reporter(device, call->routine)("missed-diagnostic", device->lock,
                                              "an acquisition was held longer than %u minute%s, and the lock said nothing",
                                              PLURAL(world.minutes));
    }
}

void model_release_ends(struct device *device, struct model_call *call, struct acquisition *acquisition)
{
    if (model_tracked()) {
        touch_mark(device, acquisition);
    }
    end_call(device, call);
    device->under_way--;
    device->outstanding[acquisition->tag]--;
    acquisition->state = ACQUISITION_OVER;
    judge_age(device, acquisition, call);
    model_judge_quiescent(device, call->routine);
}

/* ----------------------------------------------------------------------------------------------- release and wait -- */

void model_wait_begins(struct device *device, struct model_call *call, struct acquisition *own, uint32_t task)
{
    begin_call(device, call, "IoReleaseRemoveLockAndWaitEx");
    touch_mark(device, own);
    scheduler_touch(&device->wait_began, 1, EFFECT_UPDATE);
    own->state = ACQUISITION_RELEASING;
    harness_given_back(device->lock, own);
    device->held--;
    device->under_way++;
    device->wait_began = true;
    device->waiter = (uint8_t)task;
}

void model_wait_ends(struct device *device, struct model_call *call, struct acquisition *own)
{
    touch_marks(device);
    touch_mark(device, own);
    scheduler_touch(&device->wait_began, 1, EFFECT_UPDATE);
    end_call(device, call);
    device->under_way--;
    device->outstanding[own->tag]--;
    own->state = ACQUISITION_OVER;
    device->wait_returned = true;
    if (device->held != 0) {
        model_reporter(device, call->routine)("early-return", device->lock, "the remover's wait returned while %u %s held%s",
                                              device->held, device->held == 1 ? "acquisition was" : "acquisitions were",
                                              device->misused ? ", after a misuse by a caller" : "");
    }
    model_judge_quiescent(device, call->routine);
}

/* --------------------------------------------------------------------------------------------------------- misuse -- */

void model_misuse_begins(struct device *device, struct model_call *call, const char *routine)
{
    begin_call(device, call, routine);
    scheduler_touch(device->marks, sizeof device->marks, EFFECT_UPDATE);
    device->misused = true;
}

void model_misuse_ends(struct device *device, struct model_call *call, bool must_be_noticed, const char *misuse)
{
    bool alone = end_call(device, call);
    if (model_tracked() && must_be_noticed && alone) {
        scheduler_enter_routine(call->routine);
        harness_report("missed-diagnostic", device->lock, "%s, and the lock said nothing", misuse);
    }
    if (world.scenario->configuration.values[SETTING_BLAME] == BLAME_LOCK) {
        harness_end_clean();
    }
    model_judge_quiescent(device, call->routine);
}
