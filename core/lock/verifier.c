/*
 * verifier.c - Driver Verifier's shadow locks.
 *
 * Under I/O Verification Windows keeps a tracked lock of its own for each of a driver's locks and sends all four calls there;
 * the driver's structure is never updated (Holan, "More Vista remove lock changes"). A shadow lives until the I/O manager
 * deletes the device: initialising its lock once more before that is bug check 0xC4/0xD7.
 */
#include "../kernel/kernel.h"
#include "lock.h"

enum { SHADOW_LIMIT = 16 };

struct shadow {
    PVOID lock;
    PIO_REMOVE_LOCK shadow;
};

static struct shadow shadows[SHADOW_LIMIT];
static uint32_t shadow_count;

static void add_state(void)
{
    scheduler_add_state(&shadow_count, sizeof shadow_count);
    scheduler_add_state(shadows, shadow_count * sizeof shadows[0]);
}
SCHEDULER_STATE_BY(add_state);

void VerifierReset(void)
{
    shadow_count = 0;
}

PIO_REMOVE_LOCK VerifierShadow(PVOID Lock)
{
    for (uint32_t index = 0; index < shadow_count; index++) {
        if (shadows[index].lock == Lock) {
            return shadows[index].shadow;
        }
    }
    return NULL;
}

/* A checked lock that is initialised again still carries its signature: fresh memory never does in this model. */
static BOOLEAN CarriesSignature(PVOID Lock)
{
    return scheduler_accessible(Lock, TRACKED_REMOVE_LOCK_SIZE) &&
           ((PEXTENDED_REMOVE_LOCK)Lock)->Dbg.Signature == REMOVE_LOCK_SIGNATURE;
}

BOOLEAN VerifierCheckInitialize(PVOID Lock)
{
    BOOLEAN checked = kernel.options.personality == PERSONALITY_CHECKED;
    if (checked ? !CarriesSignature(Lock) : VerifierShadow(Lock) == NULL) {
        return TRUE;
    }
    RemoveLockRemarkReinitialized(Lock);
    return FALSE;
}

PIO_REMOVE_LOCK VerifierCreateShadow(PVOID Lock)
{
    PIO_REMOVE_LOCK shadow = VerifierShadow(Lock);
    if (shadow != NULL || shadow_count == SHADOW_LIMIT) {
        return shadow;
    }
    shadow = scheduler_allocate(TRACKED_REMOVE_LOCK_SIZE, "verifier's shadow lock");
    if (shadow != NULL) {
        shadows[shadow_count++] = (struct shadow){.lock = Lock, .shadow = shadow};
    }
    return shadow;
}

PVOID VerifierOwner(const void *Shadow)
{
    for (uint32_t index = 0; index < shadow_count; index++) {
        if ((const void *)shadows[index].shadow == Shadow) {
            return shadows[index].lock;
        }
    }
    return (PVOID)Shadow;
}

void VerifierForget(const void *memory, size_t size)
{
    for (uint32_t index = 0; index < shadow_count;) {
        uintptr_t offset = (uintptr_t)shadows[index].lock - (uintptr_t)memory;
        if (offset >= size) {
            index++;
            continue;
        }
        scheduler_free(shadows[index].shadow, "verifier's shadow lock");
        shadows[index] = shadows[--shadow_count];
    }
}

const void *core_shadow_of(const void *lock, size_t *size)
{
    *size = TRACKED_REMOVE_LOCK_SIZE;
    return VerifierShadow((PVOID)lock);
}
