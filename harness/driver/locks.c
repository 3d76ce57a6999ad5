/* locks.c - the table of the driver's remove locks, and what is wrong with a call of one. */
#include "locks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOCK_LIMIT = 64, ACQUISITION_LIMIT = 512, PAST_LIMIT = 64 };

struct remove_lock {
    const void *address;
    const struct scheduler_allocation *memory; /* NULL: not in the arena, so it lives as long as the driver */
    uint16_t device;                           /* in whose extension it is, or NOBODY */
    uint16_t held;                             /* the youngest acquisition, or NOBODY */
    uint16_t held_count;
    uint8_t waiter;    /* task */
    bool wait_begun;   /* IoReleaseRemoveLockAndWait was called */
    bool wait_over;    /* and has returned */
    bool was_acquired; /* at least once */
    bool incomplete;   /* more acquisitions than the table holds: nothing is said about it any more */
};

/* An acquisition that is over, or never was: tells what a release without one has in mind. */
struct past {
    uint16_t lock;
    bool failed; /* the acquire failed; otherwise it was released */
    uint8_t task;
    NTSTATUS status;
    PVOID tag;
};

static struct {
    struct remove_lock locks[LOCK_LIMIT];
    uint32_t lock_count;
    uint32_t acquired;
    bool full; /* there are locks that the table does not hold */
    uint32_t in_pool;
    struct acquisition acquisitions[ACQUISITION_LIMIT];
    uint32_t acquisition_count;
    uint16_t free;
    struct past past[PAST_LIMIT];
    uint32_t past_count;
} table = {.free = NOBODY};

void locks_reset(void)
{
    table.lock_count = 0;
    table.acquired = 0;
    table.full = false;
    table.in_pool = 0;
    table.acquisition_count = 0;
    table.free = NOBODY;
    table.past_count = 0;
}

bool locks_any(void)
{
    return table.lock_count != 0;
}

uint32_t locks_acquired(void)
{
    return table.acquired;
}

static struct remove_lock *find(const void *address)
{
    for (uint32_t index = table.lock_count; index > 0; index--) {
        if (table.locks[index - 1].address == address) {
            return &table.locks[index - 1];
        }
    }
    return NULL;
}

static uint16_t number_of(const struct remove_lock *lock)
{
    return (uint16_t)(lock - table.locks);
}

static bool is_gone(const struct remove_lock *lock)
{
    return lock->memory != NULL && !lock->memory->live;
}

struct known_device *locks_pnp_device(const void *address)
{
    const struct remove_lock *lock = find(address);
    struct known_device *device = lock == NULL ? NULL : calls_device_at(lock->device);
    return device != NULL && device->attached ? device : NULL;
}

uint16_t locks_device(const void *address)
{
    const struct remove_lock *lock = find(address);
    return lock == NULL ? NOBODY : lock->device;
}

uint32_t locks_waiter(const struct acquisition *acquisition)
{
    const struct remove_lock *lock = &table.locks[acquisition->lock];
    return lock->wait_begun && !lock->wait_over ? lock->waiter : SCHEDULER_NO_TASK;
}

const void *locks_address(const struct acquisition *acquisition)
{
    return table.locks[acquisition->lock].address;
}

/* ----------------------------------------------------------------------------------------------------------- text -- */

static void name_of_tag(const void *tag, char *text, size_t size)
{
    if (tag == NULL) {
        snprintf(text, size, "NULL");
        return;
    }
    harness_describe(tag, text, size);
    char *offset = strrchr(text, '+');
    if (offset != NULL && strtoul(offset + 1, NULL, 0) == 0) {
        *offset = '\0';
    }
    if (text[0] != '\0') {
        return;
    }
    if ((uintptr_t)tag <= UINT32_MAX) {
        snprintf(text, size, "0x%lX", (unsigned long)(uintptr_t)tag);
    } else {
        snprintf(text, size, "an address in the driver");
    }
}

static void name_of_lock(const struct remove_lock *lock, char *text, size_t size)
{
    harness_describe(lock->address, text, size);
    if (text[0] == '\0') {
        snprintf(text, size, "lock %u", number_of(lock) + 1u);
    }
}

static const char *name_of_task(uint32_t task)
{
    return task < scheduler_task_count() ? scheduler_task_name(task) : "the machine";
}

static bool has_ended(uint32_t task)
{
    return task < scheduler_task_count() && scheduler_ended(task);
}

void acquisition_format(const struct acquisition *acquisition, char *text, size_t size)
{
    char tag[64];
    char place[64] = "";
    name_of_tag(acquisition->tag, tag, sizeof tag);
    if (acquisition->file != NULL && acquisition->file[0] != '\0') {
        const char *name = acquisition->file;
        for (const char *letter = name; *letter != '\0'; letter++) {
            name = *letter == '/' || *letter == '\\' ? letter + 1 : name;
        }
        snprintf(place, sizeof place, " at %s:%u", name, acquisition->line);
    }
    const char *routine = driver_routine_name(acquisition->routine, acquisition->major, acquisition->minor);
    snprintf(text, size, "tag %s, acquired%s%s%s by %s", tag, routine[0] != '\0' ? " in " : "", routine, place,
             name_of_task(acquisition->task));
}

static const char *state_of_request(const struct acquisition *acquisition)
{
    const struct request *request = calls_request_at(acquisition->request);
    if (request == NULL) {
        return "";
    }
    if (request->finished) {
        return request->called ? "; the driver is through with the request" : "; the request is complete";
    }
    return request->called ? "; the request is with the lower driver" : "; the driver has the request";
}

static size_t print_holder(const struct remove_lock *lock, const struct acquisition *acquisition, char *text, size_t size)
{
    char name[64];
    char how[192];
    const struct request *request = calls_request_at(acquisition->request);
    name_of_lock(lock, name, sizeof name);
    acquisition_format(acquisition, how, sizeof how);
    uint64_t age = (scheduler_now() - acquisition->since) / 10000;
    int length = snprintf(
        text, size, "%s: %s, %llu ms ago%s%s%s%s\n", name, how, (unsigned long long)age, request != NULL ? ", for " : "",
        request != NULL ? request_name(request) : "", state_of_request(acquisition),
        acquisition->task < scheduler_task_count() && scheduler_ended(acquisition->task) ? "; the task has ended" : "");
    return length < 0 ? 0 : (size_t)length;
}

void locks_holders(char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t index = 0; index < table.lock_count; index++) {
        const struct remove_lock *lock = &table.locks[index];
        for (uint16_t at = lock->held; at != NOBODY && length < size; at = table.acquisitions[at].next) {
            length += print_holder(lock, &table.acquisitions[at], text + length, size - length);
        }
    }
}

/* --------------------------------------------------------------------------------------------------- acquisitions -- */

static struct acquisition *take_entry(uint16_t *index)
{
    if (table.free != NOBODY) {
        *index = table.free;
        table.free = table.acquisitions[*index].next;
        return &table.acquisitions[*index];
    }
    if (table.acquisition_count == ACQUISITION_LIMIT) {
        return NULL;
    }
    *index = (uint16_t)table.acquisition_count++;
    return &table.acquisitions[*index];
}

/* What an acquisition is for: the request that its tag names, otherwise the one that the task works at. */
static uint16_t purpose_of(const struct core_event *event, bool *named)
{
    uint16_t request = calls_request_index(event->tag);
    *named = request != NOBODY;
    return *named ? request : calls_working_at(event->task);
}

static void hold(struct remove_lock *lock, const struct core_event *event)
{
    uint16_t index;
    struct acquisition *acquisition = take_entry(&index);
    if (acquisition == NULL) {
        lock->incomplete = true;
        return;
    }
    bool named;
    uint16_t request = purpose_of(event, &named);
    *acquisition = (struct acquisition){.lock = number_of(lock),
                                        .next = lock->held,
                                        .request = request,
                                        .task = event->task,
                                        .routine = (uint8_t)event->routine,
                                        .major = event->major,
                                        .minor = event->minor,
                                        .named = named,
                                        .tag = event->tag,
                                        .file = event->file,
                                        .line = event->line,
                                        .site = event->site,
                                        .since = scheduler_now()};
    lock->held = index;
    lock->held_count++;
    if (scheduler_recording()) {
        char tag[64];
        name_of_tag(event->tag, tag, sizeof tag);
        harness_held(lock->address, acquisition, event->task, tag, event->site);
    }
    table.acquired += !lock->was_acquired;
    lock->was_acquired = true;
}

/* Of several with the tag: the one of the request that the task works at, else the task's own, else the youngest. */
static uint16_t *match(struct remove_lock *lock, const struct core_event *event)
{
    uint16_t working_at = calls_working_at(event->task);
    uint16_t *best = NULL;
    uint32_t best_rank = 0;
    for (uint16_t *link = &lock->held; *link != NOBODY; link = &table.acquisitions[*link].next) {
        const struct acquisition *acquisition = &table.acquisitions[*link];
        if (acquisition->tag != event->tag) {
            continue;
        }
        uint32_t rank = 1;
        if (acquisition->request != NOBODY && acquisition->request == working_at) {
            rank = 3;
        } else if (acquisition->task == event->task) {
            rank = 2;
        }
        if (rank > best_rank) {
            best = link;
            best_rank = rank;
        }
    }
    return best;
}

static void remember(const struct remove_lock *lock, const struct core_event *event, bool failed)
{
    table.past[table.past_count++ % PAST_LIMIT] = (struct past){
        .lock = number_of(lock), .failed = failed, .task = event->task, .status = event->status, .tag = event->tag};
}

static const struct past *recall(const struct remove_lock *lock, const struct core_event *event)
{
    uint32_t oldest = table.past_count > PAST_LIMIT ? table.past_count - PAST_LIMIT : 0;
    for (uint32_t at = table.past_count; at > oldest; at--) {
        const struct past *past = &table.past[(at - 1) % PAST_LIMIT];
        if (past->lock == number_of(lock) && past->tag == event->tag) {
            return past;
        }
    }
    return NULL;
}

static void drop(struct remove_lock *lock, uint16_t *link)
{
    uint16_t index = *link;
    harness_given_back(lock->address, &table.acquisitions[index]);
    *link = table.acquisitions[index].next;
    table.acquisitions[index].next = table.free;
    table.free = index;
    lock->held_count--;
}

/* --------------------------------------------------------------------------------------------------------- judges -- */

static void hear_initialize(const struct core_event *event)
{
    struct remove_lock *lock = find(event->lock);
    const struct scheduler_allocation *memory = scheduler_allocation_of(event->lock);
    if (lock != NULL && !is_gone(lock)) {
        const char *state = lock->wait_over         ? "after its removal; somebody may still come late with a reference"
                            : lock->held_count != 0 ? "while it is held"
                                                    : "while it is in use";
        harness_report("reinitialised", event->lock, "the lock is initialised again %s", state);
        return;
    }
    if (lock == NULL) {
        if (table.lock_count == LOCK_LIMIT) {
            table.full = true;
            return;
        }
        lock = &table.locks[table.lock_count++];
    }
    *lock = (struct remove_lock){
        .address = event->lock, .memory = memory, .device = calls_device_holding(event->lock), .held = NOBODY};
    struct known_device *device = calls_device_at(lock->device);
    if (device != NULL) {
        device->has_lock = true;
    }
    table.in_pool += device == NULL && memory != NULL;
}

/* The lock that is called, or NULL when there is nothing to say about it. */
static struct remove_lock *called_lock(const struct core_event *event, const char *what)
{
    struct remove_lock *lock = find(event->lock);
    if (lock != NULL) {
        return is_gone(lock) || lock->incomplete ? NULL : lock;
    }
    if (!table.full && scheduler_accessible(event->lock, sizeof(IO_REMOVE_LOCK_COMMON_BLOCK))) {
        harness_report("uninitialised-lock", event->lock, "a lock is %s that was never initialised", what);
    }
    return NULL;
}

static void hear_acquire(const struct core_event *event)
{
    struct remove_lock *lock = find(event->lock);
    if (lock == NULL || is_gone(lock)) {
        return;
    }
    if (NT_SUCCESS(event->status)) {
        hold(lock, event);
    } else {
        remember(lock, event, true);
    }
}

static void report_unheld(const struct remove_lock *lock, const struct core_event *event)
{
    char tag[64];
    const struct past *past = recall(lock, event);
    name_of_tag(event->tag, tag, sizeof tag);
    if (past != NULL && past->failed) {
        harness_report(
            "double-release", event->lock,
            "tag %s is released, but its acquire by %s had failed with status 0x%08X: a failed acquire is not released", tag,
            name_of_task(past->task), (unsigned)past->status);
    } else if (past != NULL) {
        harness_report("double-release", event->lock,
                       "tag %s is released once more than it was acquired; %s released it before", tag,
                       name_of_task(past->task));
    } else if (lock->held_count == 0) {
        harness_report("double-release", event->lock, "tag %s is released, but the lock is not held", tag);
    } else {
        char held[192];
        acquisition_format(&table.acquisitions[lock->held], held, sizeof held);
        harness_report("tag-mismatch", event->lock, "tag %s is released, which was never acquired; held is %s", tag, held);
    }
}

static void hear_release(const struct core_event *event)
{
    struct remove_lock *lock = called_lock(event, "released");
    if (lock == NULL) {
        return;
    }
    uint16_t *link = match(lock, event);
    if (link == NULL) {
        report_unheld(lock, event);
        return;
    }
    drop(lock, link);
    remember(lock, event, false);
}

/* The remover has nothing to give back under its tag. Has it under another one? */
static void report_wait_unheld(const struct remove_lock *lock, const struct core_event *event)
{
    char tag[64];
    char held[192];
    uint16_t working_at = calls_working_at(event->task);
    name_of_tag(event->tag, tag, sizeof tag);
    for (uint16_t at = lock->held; at != NOBODY; at = table.acquisitions[at].next) {
        const struct acquisition *acquisition = &table.acquisitions[at];
        bool own = acquisition->request == NOBODY ? acquisition->task == event->task : acquisition->request == working_at;
        if (own) {
            acquisition_format(acquisition, held, sizeof held);
            harness_report("tag-mismatch", event->lock, "the remover gives back tag %s, but what it holds is %s", tag, held);
            return;
        }
    }
    harness_report("wait-without-acquire", event->lock,
                   "IoReleaseRemoveLockAndWait with tag %s, which was not acquired: it gives back what others hold%s", tag,
                   lock->held_count == 0 ? ", or the lock's own count" : "");
}

static void hear_wait(const struct core_event *event)
{
    struct remove_lock *lock = called_lock(event, "waited for");
    if (lock == NULL) {
        return;
    }
    if (lock->wait_begun) {
        harness_report("waited-twice", event->lock, "IoReleaseRemoveLockAndWait is called a second time for the lock; %s %s",
                       name_of_task(lock->waiter), lock->wait_over ? "has waited before" : "waits already");
        return;
    }
    uint16_t *link = match(lock, event);
    if (link == NULL) {
        report_wait_unheld(lock, event);
        return;
    }
    drop(lock, link);
    remember(lock, event, false);
    lock->wait_begun = true;
    lock->waiter = event->task;
    struct known_device *device = calls_device_at(lock->device);
    if (device != NULL) {
        device->waited_for = true;
    }
}

static void hear_waited(const struct core_event *event)
{
    struct remove_lock *lock = find(event->lock);
    if (lock == NULL || lock->incomplete) {
        return;
    }
    lock->wait_over = true;
    if (lock->held_count != 0) {
        char held[192];
        acquisition_format(&table.acquisitions[lock->held], held, sizeof held);
        harness_report("early-return", event->lock, "the remover's wait returned while the lock was still held: %s", held);
    }
}

/* Pool goes: what holds a lock in it can only touch freed memory. */
static void hear_free(const struct core_event *event)
{
    if (table.in_pool == 0) {
        return;
    }
    for (uint32_t index = 0; index < table.lock_count; index++) {
        const struct remove_lock *lock = &table.locks[index];
        if (lock->device == NOBODY && lock->memory != NULL && lock->memory->address == event->tag && lock->held_count != 0 &&
            !lock->incomplete) {
            char held[192];
            acquisition_format(&table.acquisitions[lock->held], held, sizeof held);
            harness_report("freed-while-held", lock->address, "the memory of a lock is freed while the lock is held: %s", held);
        }
    }
}

/* A driver that is loaded again has its variables anew, and a device object in used memory its extension. */
static void forget_locks(const struct known_device *device)
{
    for (uint32_t index = 0; index < table.lock_count; index++) {
        struct remove_lock *lock = &table.locks[index];
        const char *address = lock->address;
        bool inside = device == NULL ? lock->memory == NULL : address >= device->begin && address < device->end;
        if (inside) {
            lock->address = NULL;
            lock->held = NOBODY;
            lock->held_count = 0;
        }
    }
}

void locks_hear(const struct core_event *event)
{
    switch (event->kind) {
    case EVENT_ENTER:
        if (event->routine == ROUTINE_INITIALIZE) {
            forget_locks(NULL);
        }
        return;
    case EVENT_CREATE_DEVICE:
        if (table.lock_count != 0 && calls_device(event->device) != NULL) {
            forget_locks(calls_device(event->device));
        }
        return;
    case EVENT_LOCK_INITIALIZE:
        hear_initialize(event);
        return;
    case EVENT_LOCK_ACQUIRING:
        called_lock(event, "acquired");
        return;
    case EVENT_LOCK_ACQUIRE:
        hear_acquire(event);
        return;
    case EVENT_LOCK_RELEASE:
        hear_release(event);
        return;
    case EVENT_LOCK_RELEASE_AND_WAIT:
        hear_wait(event);
        return;
    case EVENT_LOCK_WAITED:
        hear_waited(event);
        return;
    case EVENT_FREE:
        hear_free(event);
        return;
    default:
        return;
    }
}

/* ------------------------------------------------------------------------------------------------------ questions -- */

static bool protects(const struct acquisition *acquisition, uint16_t request, uint32_t task, bool in_own_dispatch)
{
    if (acquisition->request == request || acquisition->task == task) {
        return true;
    }
    return !in_own_dispatch && !acquisition->named;
}

bool locks_protect(uint16_t request, uint32_t task, bool in_own_dispatch)
{
    for (uint32_t index = 0; index < table.lock_count; index++) {
        const struct remove_lock *lock = &table.locks[index];
        if (lock->incomplete) {
            return true;
        }
        for (uint16_t at = lock->held; at != NOBODY; at = table.acquisitions[at].next) {
            if (protects(&table.acquisitions[at], request, task, in_own_dispatch)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_waited_for(const struct remove_lock *lock)
{
    return lock->wait_begun && !lock->wait_over && !lock->incomplete;
}

/* A lock of a device that is only deleted may live on, for a reference: its memory decides. */
static bool is_lost(const struct remove_lock *lock)
{
    return is_gone(lock) && !lock->incomplete;
}

/* The next acquisition, after one of the same kind, of a lock of which `wanted` is true. */
static const struct acquisition *next_of(const struct acquisition *after, bool (*wanted)(const struct remove_lock *lock))
{
    uint32_t index = 0;
    if (after != NULL) {
        if (after->next != NOBODY) {
            return &table.acquisitions[after->next];
        }
        index = after->lock + 1u;
    }
    for (; index < table.lock_count; index++) {
        if (table.locks[index].held != NOBODY && wanted(&table.locks[index])) {
            return &table.acquisitions[table.locks[index].held];
        }
    }
    return NULL;
}

const struct acquisition *locks_waited_for(const struct acquisition *after)
{
    return next_of(after, is_waited_for);
}

const struct acquisition *locks_lost(const struct acquisition *after)
{
    return next_of(after, is_lost);
}

/* ------------------------------------------------------------------------------------------------- end and hang -- */

/* Why nobody will release it, as far as that can be told. */
static const char *hopeless(const struct acquisition *acquisition, const struct remove_lock *lock)
{
    const struct request *request = calls_request_at(acquisition->request);
    if (acquisition->task == lock->waiter && !has_ended(lock->waiter)) {
        return ", the remover itself, which cannot release it while it waits";
    }
    if (request == NULL || request->finished || !request->called) {
        return "";
    }
    const struct known_device *device = calls_device_at(lock->device);
    return device != NULL && device->removing != 0
               ? ", whose request the lower driver keeps, perhaps until it sees IRP_MN_REMOVE_DEVICE"
               : ", whose request the lower driver keeps";
}

void locks_stuck(void)
{
    const struct acquisition *acquisition = locks_waited_for(NULL);
    if (acquisition == NULL) {
        return;
    }
    const struct remove_lock *lock = &table.locks[acquisition->lock];
    for (const struct acquisition *other = acquisition; other != NULL && other->lock == acquisition->lock;
         other = locks_waited_for(other)) {
        acquisition = other->task == lock->waiter ? other : acquisition;
    }
    char held[192];
    acquisition_format(acquisition, held, sizeof held);
    harness_report("deadlock", lock->address, "%s waits in IoReleaseRemoveLockAndWait for %u acquisition%s: %s%s",
                   name_of_task(lock->waiter), lock->held_count, lock->held_count == 1 ? "" : "s", held,
                   hopeless(acquisition, lock));
}

void locks_end(void)
{
    const struct acquisition *acquisition = locks_lost(NULL);
    if (acquisition != NULL) {
        char held[192];
        acquisition_format(acquisition, held, sizeof held);
        harness_report("leak", locks_address(acquisition), "a lock's memory is gone, and it was never released: %s", held);
    }
}
