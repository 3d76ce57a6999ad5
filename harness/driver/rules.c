/* rules.c - finds the conditions of the rules in what happens, and reports the rule that is broken. */
#include "rules.h"

#include "locks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    enum rules_mode mode;
    bool warn;
    uint64_t enabled;                      /* bit by index of the rule, as everywhere here */
    uint64_t by_condition[2][CONDITIONS];  /* which rules a condition breaks, by mode */
    uint64_t by_class[2][REQUEST_CLASSES]; /* which rules hold for a class, by whether the device is attached */
    uint64_t warnings, always, ends_in_queue, ends_in_failure, ends_in_power;
    bool built;
} engine;

static uint64_t with_flag(uint32_t flag)
{
    uint64_t set = 0;
    for (uint32_t index = 0; index < rule_count; index++) {
        set |= rules[index].flags & flag ? 1ull << index : 0;
    }
    return set;
}

static void build(void)
{
    if (rule_count > 64) {
        abort(); /* rules are bits of 64 */
    }
    _Static_assert(CONDITIONS <= 32, "conditions are bits of 32");
    for (uint32_t index = 0; index < rule_count; index++) {
        const struct rule *rule = &rules[index];
        for (uint32_t condition = 0; condition < CONDITIONS; condition++) {
            engine.by_condition[RULES_MODE_STRICT][condition] |=
                (uint64_t)(rule->conditions[RULES_MODE_STRICT] >> condition & 1) << index;
            engine.by_condition[RULES_MODE_SDV][condition] |= (uint64_t)(rule->conditions[RULES_MODE_SDV] >> condition & 1)
                                                              << index;
        }
        for (uint32_t class = 0; class < REQUEST_CLASSES; class ++) {
            uint64_t holds = (uint64_t)(rule->classes >> class & 1) << index;
            engine.by_class[true][class] |= holds;
            engine.by_class[false][class] |= rule->flags & RULE_ATTACHED ? 0 : holds;
        }
    }
    engine.warnings = with_flag(RULE_WARNING);
    engine.always = with_flag(RULE_ALWAYS);
    engine.ends_in_queue = with_flag(RULE_ENDS_IN_QUEUE);
    engine.ends_in_failure = with_flag(RULE_ENDS_IN_FAILURE);
    engine.ends_in_power = with_flag(RULE_ENDS_IN_POWER);
    engine.built = true;
}

void rules_reset(enum rules_mode mode)
{
    if (!engine.built) {
        build();
    }
    engine.mode = mode;
    engine.warn = false;
    engine.enabled = UINT64_MAX;
    calls_reset();
    locks_reset();
}

bool rules_only(const char *identifier)
{
    for (uint32_t index = 0; index < rule_count; index++) {
        if (strcmp(rules[index].identifier, identifier) == 0) {
            engine.enabled = 1ull << index;
            return true;
        }
    }
    return false;
}

const char *const *rules_names(void)
{
    static const char *words[64 + 2] = {"all"};
    for (uint32_t index = 0; index < rule_count; index++) {
        words[index + 1] = rules[index].identifier;
    }
    return words;
}

void rules_warn(void)
{
    engine.warn = true;
}

/* -------------------------------------------------------------------------------------------------------- reports -- */

static void name_others(uint64_t others, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (; others != 0 && length < size; others &= others - 1) {
        const char *name = rules[__builtin_ctzll(others)].identifier;
        length += (size_t)snprintf(text + length, size - length, "%s%s", length == 0 ? "; it also breaks " : ", ", name);
    }
}

/* Where and about what a condition is seen. */
struct view {
    uint64_t monitored; /* the rules that hold there */
    const void *object;
    UCHAR major, minor; /* of the request */
};

static void see(const struct view *view, enum condition condition, const char *detail)
{
    uint64_t broken = view->monitored & engine.by_condition[engine.mode][condition] & engine.enabled;
    broken &= locks_any() ? UINT64_MAX : engine.always;
    if (broken == 0) {
        return;
    }
    const char *request = driver_routine_name(ROUTINE_DISPATCH, view->major, view->minor);
    if (!engine.warn && (broken & ~engine.warnings) == 0) {
        scheduler_note(view->object, "warning: %s: %s", rules[__builtin_ctzll(broken)].identifier, condition_texts[condition]);
        return;
    }
    broken &= engine.warn ? UINT64_MAX : ~engine.warnings;
    char others[160];
    name_others(broken & (broken - 1), others, sizeof others);
    harness_report(rules[__builtin_ctzll(broken)].identifier, view->object, "%s: %s%s%s", request, condition_texts[condition],
                   detail, others);
}

/* ---------------------------------------------------------------------------------------------- the static tool's -- */

static struct view view_of_call(const struct routine_call *call, const void *object)
{
    return (struct view){.monitored = call->monitored, .object = object, .major = call->major, .minor = call->minor};
}

static void sdv_lock(const struct core_event *event, struct routine_call *call)
{
    struct view view = view_of_call(call, event->lock);
    switch (event->kind) {
    case EVENT_LOCK_ACQUIRE:
        if (!NT_SUCCESS(event->status)) {
            call->monitored &= call->depth != 0 ? 0 : ~engine.ends_in_failure;
            return;
        }
        call->depth++;
        call->acquired = true;
        return;
    case EVENT_LOCK_RELEASE:
        if (call->depth == 0) {
            see(&view, CONDITION_RELEASE_UNHELD, "");
        }
        call->depth -= call->depth != 0;
        return;
    default: /* EVENT_LOCK_RELEASE_AND_WAIT */
        if (call->depth == 0) {
            see(&view, CONDITION_WAIT_UNHELD, "");
        }
        call->depth -= call->depth != 0;
        call->waited = true;
        return;
    }
}

static void sdv_exit(const struct core_event *event, struct routine_call *call)
{
    struct view view = view_of_call(call, event->irp);
    bool excused = event->status == STATUS_DELETE_PENDING || event->status == STATUS_INVALID_DEVICE_STATE ||
                   event->status == STATUS_NOT_SUPPORTED || event->status == STATUS_NO_SUCH_DEVICE;
    if (call->depth != 0) {
        if (call->completion_ran_held) {
            see(&view, CONDITION_EXIT_HELD_COMPLETED, "");
        }
        see(&view, CONDITION_EXIT_HELD, "");
        if (event->status != STATUS_PENDING) {
            see(&view, CONDITION_EXIT_HELD_FINAL, "");
        }
    }
    if (call->waited && calls_any_attached()) {
        see(&view, CONDITION_EXIT_WAITED, "");
    }
    if (event->status == STATUS_NOT_SUPPORTED) {
        see(&view, CONDITION_NOT_SUPPORTED, "");
    }
    if (call->completion_set && call->called && !call->marked && !excused) {
        see(&view, CONDITION_UNMARKED, "");
    }
    if (call->power_pending && !call->marked) {
        see(&view, CONDITION_UNMARKED_POWER, "");
    }
    if (!NT_SUCCESS(event->status)) {
        see(&view, CONDITION_FAILED, "");
    }
    if (call->wmi_forward && !call->called) {
        see(&view, CONDITION_NOT_FORWARDED, "");
    }
}

static void sdv_leave(const struct core_event *event, struct routine_call *call)
{
    if (event->routine == ROUTINE_COMPLETION) {
        call->completion_ran_held |= call->depth != 0;
        call->monitored &= event->status == STATUS_SUCCESS ? ~engine.ends_in_power : UINT64_MAX;
    } else if (calls_innermost(event->task) == call) {
        sdv_exit(event, call);
    }
}

static void sdv_complete(const struct core_event *event, const struct routine_call *call)
{
    struct view view = view_of_call(call, event->irp);
    if (call->called && event->status == STATUS_PENDING && !call->wait_succeeded) {
        see(&view, CONDITION_COMPLETE_PENDING, "");
    }
    if (call->called && call->lower_failed && NT_SUCCESS(event->status) && event->status != STATUS_PENDING) {
        see(&view, CONDITION_COMPLETE_MASKED, "");
    }
}

static void sdv_call(const struct core_event *event, const struct routine_call *call)
{
    struct view view = view_of_call(call, event->irp);
    if (!call->acquired) {
        see(&view, CONDITION_CALL_NEVER_ACQUIRED, "");
    }
    if (call->depth == 0) {
        see(&view, CONDITION_CALL_UNHELD, "");
    }
}

static void see_second_lock(const struct core_event *event)
{
    if (event->kind == EVENT_LOCK_ACQUIRE && NT_SUCCESS(event->status) && locks_acquired() > 1) {
        struct view view = {.monitored = UINT64_MAX, .object = event->lock, .major = event->major, .minor = event->minor};
        see(&view, CONDITION_SECOND_LOCK, "");
    }
}

static void hear_sdv(const struct core_event *event)
{
    struct routine_call *call = calls_dispatch(event->task);
    if (call == NULL) {
        return;
    }
    struct view view = view_of_call(call, event->device);
    switch (event->kind) {
    case EVENT_LOCK_ACQUIRE:
    case EVENT_LOCK_RELEASE:
    case EVENT_LOCK_RELEASE_AND_WAIT:
        sdv_lock(event, call);
        return;
    case EVENT_CALL:
        sdv_call(event, call);
        return;
    case EVENT_EXIT:
        sdv_leave(event, call);
        return;
    case EVENT_COMPLETE:
        sdv_complete(event, call);
        return;
    case EVENT_DETACH:
    case EVENT_DELETE_DEVICE:
        if (!call->waited) {
            see(&view, CONDITION_TORN_DOWN, "");
        }
        return;
    case EVENT_QUEUE:
        call->monitored &= ~engine.ends_in_queue;
        return;
    case EVENT_ALLOCATE:
        see(&view, CONDITION_ALLOCATE, "");
        return;
    default:
        return;
    }
}

/* ------------------------------------------------------------------------------------------------------ as it is -- */

static struct view view_of_request(const struct request *request, const void *object)
{
    const struct known_device *device = calls_device_at(request->device);
    bool attached = device != NULL && device->attached;
    uint64_t monitored = engine.by_class[attached][request->class];
    if (request->acquire_failed) {
        monitored &= ~engine.ends_in_failure;
    }
    return (struct view){.monitored = monitored, .object = object, .major = request->major, .minor = request->minor};
}

/* A request goes on to another device: something must keep the driver's own from being removed meanwhile. */
static void strict_call(const struct core_event *event)
{
    uint16_t index = calls_request_index(event->irp);
    const struct request *request = calls_request_at(index);
    if (request == NULL) {
        return;
    }
    const struct known_device *device = calls_device_at(request->device);
    if (device == NULL || device->device == event->device) {
        return;
    }
    struct view view = view_of_request(request, event->irp);
    if (device->detached) {
        see(&view, CONDITION_FORWARD_DETACHED, "");
    }
    if (!device->has_lock) {
        return;
    }
    if (request->class == CLASS_REMOVE && (request->acquired || request->waited || device->waited_for)) {
        return;
    }
    const struct routine_call *innermost = calls_innermost(event->task);
    bool in_own_dispatch = innermost != NULL && innermost->routine == ROUTINE_DISPATCH && innermost->request == index;
    if (!locks_protect(index, event->task, in_own_dispatch)) {
        see(&view, request->completion_set ? CONDITION_FORWARD_COMPLETION : CONDITION_FORWARD, "");
    }
}

static void strict_acquire(const struct core_event *event)
{
    struct request *request = calls_request(event->tag);
    if (request == NULL) {
        request = calls_request_at(calls_working_at(event->task));
    }
    if (request != NULL) {
        request->acquired |= NT_SUCCESS(event->status);
        request->acquire_failed |= !NT_SUCCESS(event->status);
        request->refused |= !NT_SUCCESS(event->status) && locks_device(event->lock) == request->device;
    }
}

static void strict_wait(const struct core_event *event, struct routine_call *call)
{
    const struct known_device *device = locks_pnp_device(event->lock);
    if (call == NULL) {
        return;
    }
    struct request *request = calls_request_at(call->request);
    call->waited = true;
    if (request != NULL) {
        request->waited = true;
    }
    if (device == NULL) {
        return;
    }
    struct view view = {
        .monitored = engine.by_class[true][call->class], .object = event->lock, .major = call->major, .minor = call->minor};
    if (device->removing == 0 && !calls_inside(event->task, CLASS_REMOVE)) {
        see(&view, CONDITION_WAIT_OUTSIDE, "");
    }
    if (call->class == CLASS_REMOVE && calls_device_at(call->device) == device && request != NULL && !request->called) {
        see(&view, CONDITION_WAIT_BEFORE_FORWARD, "");
    }
}

static void strict_teardown(const struct core_event *event, const struct routine_call *call)
{
    if (call == NULL) {
        return;
    }
    const struct known_device *device = calls_device_at(call->device);
    const struct request *request = calls_request_at(call->request);
    PDEVICE_OBJECT concerned = event->kind == EVENT_DETACH ? event->other : event->device;
    if (device == NULL || request == NULL || device->device != concerned) {
        return;
    }
    struct view view = view_of_request(request, concerned);
    if (call->class == CLASS_SURPRISE_REMOVAL) {
        see(&view, CONDITION_TORN_DOWN_SURPRISED, "");
    }
    if (call->class != CLASS_REMOVE || call->waited || !device->has_lock || device->waited_for) {
        return;
    }
    enum condition condition = CONDITION_TORN_DOWN_BARE;
    if (request->acquired) {
        condition = call->released ? CONDITION_TORN_DOWN_RELEASED : CONDITION_TORN_DOWN_HELD;
    }
    see(&view, condition, "");
}

/* The driver keeps a request that it has neither marked pending nor answered as the lower driver did. */
static bool is_unmarked(const struct request *request, NTSTATUS status)
{
    bool passed_on_with_routine = request->called && request->had_completion;
    return passed_on_with_routine && !request->marked && !request->finished && request->called_back &&
           request->returned != status;
}

static void strict_exit(const struct core_event *event, const struct routine_call *call)
{
    const struct request *request = call == NULL ? NULL : calls_request_at(call->request);
    if (request == NULL) {
        return;
    }
    struct view view = view_of_request(request, event->irp);
    if (event->status == STATUS_NOT_SUPPORTED && !(request->lower_known && request->lower == STATUS_NOT_SUPPORTED)) {
        see(&view, CONDITION_NOT_SUPPORTED, "");
    }
    if (is_unmarked(request, event->status)) {
        see(&view, CONDITION_UNMARKED, "");
    }
    bool from_below = request->called_back && request->returned == STATUS_PENDING;
    if (event->status == STATUS_PENDING && call->power_pending && !request->marked && !from_below) {
        see(&view, CONDITION_UNMARKED_POWER, "");
    }
    if (call->wmi_forward && !request->called && event->status != STATUS_PENDING) {
        see(&view, CONDITION_NOT_FORWARDED, "");
    }
}

/* A device that is going, or was never asked to stay, may refuse power. */
static void strict_complete(const struct core_event *event)
{
    const struct request *request = calls_request(event->irp);
    if (request == NULL) {
        return;
    }
    const struct known_device *device = calls_device_at(request->device);
    struct view view = view_of_request(request, event->irp);
    if (event->status == STATUS_PENDING && request->called) {
        see(&view, CONDITION_COMPLETE_PENDING, "");
    }
    if (request->refused && !request->acquired && NT_SUCCESS(event->status)) {
        see(&view, CONDITION_REFUSAL_MASKED, "");
    }
    bool lower_failed = request->called && request->lower_known && !NT_SUCCESS(request->lower);
    if (request->class == CLASS_START && lower_failed && request->lower != STATUS_NOT_SUPPORTED && NT_SUCCESS(event->status)) {
        see(&view, CONDITION_COMPLETE_MASKED, "");
    }
    if (!NT_SUCCESS(event->status) && !request->called && device != NULL && device->attached && !device->going) {
        see(&view, CONDITION_FAILED, "");
    }
}

static void strict_release(const struct core_event *event)
{
    struct routine_call *call = calls_dispatch(event->task);
    if (call != NULL) {
        call->released = true;
    }
}

static void strict_allocate(const struct core_event *event)
{
    const struct routine_call *call = calls_dispatch(event->task);
    if (call != NULL) {
        struct view view = view_of_call(call, event->tag);
        see(&view, CONDITION_ALLOCATE, "");
    }
}

static void hear_strict(const struct core_event *event)
{
    switch (event->kind) {
    case EVENT_CALL:
        strict_call(event);
        return;
    case EVENT_LOCK_ACQUIRE:
        strict_acquire(event);
        return;
    case EVENT_LOCK_RELEASE:
        strict_release(event);
        return;
    case EVENT_LOCK_RELEASE_AND_WAIT:
        strict_wait(event, calls_dispatch(event->task));
        return;
    case EVENT_DETACH:
    case EVENT_DELETE_DEVICE:
        strict_teardown(event, calls_dispatch(event->task));
        return;
    case EVENT_EXIT:
        if (event->routine == ROUTINE_DISPATCH) {
            strict_exit(event, calls_innermost(event->task));
        }
        return;
    case EVENT_COMPLETE:
        strict_complete(event);
        return;
    case EVENT_ALLOCATE:
        strict_allocate(event);
        return;
    default:
        return;
    }
}

/* The remover itself: that is a deadlock of its own making, whatever the acquisition is for. */
static bool is_remover(const struct acquisition *acquisition)
{
    uint32_t waiter = locks_waiter(acquisition);
    return waiter != SCHEDULER_NO_TASK && (acquisition->task == waiter && acquisition->request == calls_working_at(waiter));
}

/* Nobody will release the acquisition: whose rule is broken depends on what became of the request that it was acquired for. */
static void judge_leak(const struct acquisition *acquisition)
{
    const struct request *request = calls_request_at(acquisition->request);
    bool for_request = acquisition->named || acquisition->tag == NULL;
    if (request == NULL || !request->finished || !for_request || is_remover(acquisition)) {
        return;
    }
    enum condition condition = CONDITION_LEAK;
    if (request->called) {
        condition = request->had_completion ? CONDITION_LEAK_COMPLETION : CONDITION_LEAK_FORWARD;
    }
    char detail[200];
    memcpy(detail, ": ", 2);
    acquisition_format(acquisition, detail + 2, sizeof detail - 2);
    struct view view = view_of_request(request, locks_address(acquisition));
    see(&view, condition, detail);
}

/* ------------------------------------------------------------------------------------------------------ interface -- */

/* Frequent events that no judge wants to know of. */
static bool is_idle(const struct core_event *event)
{
    return event->kind == EVENT_SKIP || event->kind == EVENT_START_NEXT_POWER || event->kind == EVENT_ALLOCATE_IRP;
}

/* A call begins: which rules hold for it. */
static void watch(struct routine_call *call)
{
    if (call == NULL || call->routine != ROUTINE_DISPATCH) {
        return;
    }
    const struct known_device *device = calls_device_at(call->device);
    call->monitored = engine.by_class[device != NULL && device->attached][call->class];
}

void rules_hear(const struct core_event *event)
{
    if (is_idle(event)) {
        return;
    }
    calls_hear(event);
    if (event->kind == EVENT_ENTER) {
        watch(calls_innermost(event->task));
    }
    if (engine.mode == RULES_MODE_SDV) {
        hear_sdv(event);
        locks_hear(event);
        see_second_lock(event);
    } else {
        locks_hear(event);
        hear_strict(event);
    }
    calls_heard(event);
}

void rules_stuck(void)
{
    if (engine.mode == RULES_MODE_STRICT) {
        for (const struct acquisition *at = locks_waited_for(NULL); at != NULL; at = locks_waited_for(at)) {
            judge_leak(at);
        }
    }
    locks_stuck();
}

void rules_end(void)
{
    if (engine.mode == RULES_MODE_STRICT) {
        for (const struct acquisition *at = locks_lost(NULL); at != NULL; at = locks_lost(at)) {
            judge_leak(at);
        }
    }
    locks_end();
}

void rules_holders(char *text, size_t size)
{
    locks_holders(text, size);
}
