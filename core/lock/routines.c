/*
 * routines.c - the four entry points: which lock, whose routine.
 *
 * They check the IRQL, redirect to the verifier's shadow, and call the correct routine or the mutant's in its place. The
 * routine's name travels with the task while it is inside, so that findings can say where they happened.
 */
#include "../kernel/kernel.h"
#include "lock.h"

static const struct remove_lock_routines correct_routines = {
    .Initialize = RemoveLockInitialize,
    .Acquire = RemoveLockAcquire,
    .Release = RemoveLockRelease,
    .ReleaseAndWait = RemoveLockReleaseAndWait,
    .VerifyInitialize = VerifierCheckInitialize,
};

static struct remove_lock_routines routines;

void RemoveLockReset(void)
{
    routines = correct_routines;
    const struct remove_lock_mutant *mutant = kernel.options.mutant;
    if (mutant != NULL) {
        routines.Initialize = mutant->routines.Initialize != NULL ? mutant->routines.Initialize : routines.Initialize;
        routines.Acquire = mutant->routines.Acquire != NULL ? mutant->routines.Acquire : routines.Acquire;
        routines.Release = mutant->routines.Release != NULL ? mutant->routines.Release : routines.Release;
        routines.ReleaseAndWait =
            mutant->routines.ReleaseAndWait != NULL ? mutant->routines.ReleaseAndWait : routines.ReleaseAndWait;
        routines.VerifyInitialize =
            mutant->routines.VerifyInitialize != NULL ? mutant->routines.VerifyInitialize : routines.VerifyInitialize;
    }
    VerifierReset();
}

ULONG core_remove_lock_size(enum personality personality)
{
    return personality == PERSONALITY_CHECKED ? TRACKED_REMOVE_LOCK_SIZE : FREE_REMOVE_LOCK_SIZE;
}

/* The lock whose state is to be used, and its size. A lock that the verifier has not seen initialised is used as it is. */
static PIO_REMOVE_LOCK redirect(PIO_REMOVE_LOCK lock, ULONG *size)
{
    if (kernel.options.personality != PERSONALITY_VERIFIER) {
        return lock;
    }
    scheduler_access(lock, FREE_REMOVE_LOCK_SIZE, false);
    PIO_REMOVE_LOCK shadow = VerifierShadow(lock);
    if (shadow == NULL) {
        return lock;
    }
    *size = TRACKED_REMOVE_LOCK_SIZE;
    return shadow;
}

/*
 * A refused acquirer may set the event that a releaser, who has brought the count to 0, is about to set; then the remover goes
 * on and frees the event under the releaser's hands. That is the algorithm's fault (docs/remove-lock.md), and no driver's:
 * where drivers are judged, acquiring and releasing take one step each, with the scheduling point before it.
 */
static void begin_step(const struct scheduler_call *call, PIO_REMOVE_LOCK lock)
{
    if (kernel.options.lock_in_one_step) {
        scheduler_call(call, lock);
        scheduler_disable_preemption();
    }
}

static void end_step(void)
{
    if (kernel.options.lock_in_one_step) {
        scheduler_enable_preemption();
    }
}

/*
 * The lock's own code is instrumented, these entry points are not: they say who called, as the compiler's instrumentation
 * would, so that the stacks of what happens inside lead back to the driver.
 */
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);

#define BY_CALLER(statement)                                                                                                   \
    do {                                                                                                                       \
        bool recording = scheduler_recording();                                                                                \
        if (recording) {                                                                                                       \
            __tsan_func_entry(__builtin_return_address(0));                                                                    \
        }                                                                                                                      \
        statement;                                                                                                             \
        if (recording) {                                                                                                       \
            __tsan_func_exit();                                                                                                \
        }                                                                                                                      \
    } while (0)

/* Tells whoever judges the driver; the return address of the routine that this stands in is the site. */
#define ANNOUNCE(...) kernel_event((struct core_event){.site = (uintptr_t)__builtin_return_address(0), __VA_ARGS__})

VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark,
                              ULONG RemlockSize)
{
    const char *previous = scheduler_enter_routine("IoInitializeRemoveLockEx");
    kernel_require_irql(PASSIVE_LEVEL, "IoInitializeRemoveLockEx");
    ANNOUNCE(.kind = EVENT_LOCK_INITIALIZE, .lock = Lock);
    bool fresh = kernel.options.personality == PERSONALITY_FREE || routines.VerifyInitialize(Lock);
    if (fresh && kernel.options.personality == PERSONALITY_VERIFIER) {
        PIO_REMOVE_LOCK shadow = VerifierCreateShadow(Lock);
        if (shadow != NULL) {
            routines.Initialize(shadow, AllocateTag, MaxLockedMinutes, HighWatermark, TRACKED_REMOVE_LOCK_SIZE);
        }
    }
    routines.Initialize(Lock, AllocateTag, MaxLockedMinutes, HighWatermark, RemlockSize);
    scheduler_leave_routine(previous);
}

NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    static const struct scheduler_call call = {"IoAcquireRemoveLock", CALL_IO_ACQUIRE_REMOVE_LOCK, EFFECT_UPDATE};
    const char *previous = scheduler_enter_routine("IoAcquireRemoveLockEx");
    kernel_require_irql(DISPATCH_LEVEL, "IoAcquireRemoveLockEx");
    begin_step(&call, RemoveLock);
    ANNOUNCE(.kind = EVENT_LOCK_ACQUIRING, .lock = RemoveLock, .tag = Tag, .file = File, .line = Line);
    PIO_REMOVE_LOCK lock = redirect(RemoveLock, &RemlockSize);
    NTSTATUS status;
    BY_CALLER(status = routines.Acquire(lock, Tag, File, Line, RemlockSize));
    ANNOUNCE(.kind = EVENT_LOCK_ACQUIRE, .lock = RemoveLock, .tag = Tag, .status = status, .file = File, .line = Line);
    end_step();
    scheduler_leave_routine(previous);
    return status;
}

VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    static const struct scheduler_call call = {"IoReleaseRemoveLock", CALL_IO_RELEASE_REMOVE_LOCK, EFFECT_UPDATE};
    const char *previous = scheduler_enter_routine("IoReleaseRemoveLockEx");
    kernel_require_irql(DISPATCH_LEVEL, "IoReleaseRemoveLockEx");
    begin_step(&call, RemoveLock);
    ANNOUNCE(.kind = EVENT_LOCK_RELEASE, .lock = RemoveLock, .tag = Tag);
    PIO_REMOVE_LOCK lock = redirect(RemoveLock, &RemlockSize);
    BY_CALLER(routines.Release(lock, Tag, RemlockSize));
    end_step();
    scheduler_leave_routine(previous);
}

VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    const char *previous = scheduler_enter_routine("IoReleaseRemoveLockAndWaitEx");
    kernel_require_irql(PASSIVE_LEVEL, "IoReleaseRemoveLockAndWaitEx");
    __tsan_func_entry(__builtin_return_address(0)); /* there is no point of its own before the rules judge the call */
    ANNOUNCE(.kind = EVENT_LOCK_RELEASE_AND_WAIT, .lock = RemoveLock, .tag = Tag);
    PIO_REMOVE_LOCK lock = redirect(RemoveLock, &RemlockSize);
    routines.ReleaseAndWait(lock, Tag, RemlockSize);
    ANNOUNCE(.kind = EVENT_LOCK_WAITED, .lock = RemoveLock, .tag = Tag);
    __tsan_func_exit();
    scheduler_leave_routine(previous);
}
