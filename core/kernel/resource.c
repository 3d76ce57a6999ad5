/*
 * resource.c - ERESOURCE: shared by many owners or owned by one, as often as it asks.
 *
 * The exclusive owner stands in the structure. Who shares it, and how often, stands in a table here. Who asks to share it waits
 * behind those who want it for themselves, unless it has a share already.
 */
#include "kernel.h"

enum { SHARE_LIMIT = 512, OWNED_EXCLUSIVELY = 0x80 };

struct share {
    const ERESOURCE *resource;
    ERESOURCE_THREAD owner;
    ULONG count;
};

static struct share shares[SHARE_LIMIT];
static uint32_t share_count;

void resource_reset(void)
{
    share_count = 0;
}

static struct share *share_of(const ERESOURCE *resource, ERESOURCE_THREAD owner)
{
    for (uint32_t index = 0; index < share_count; index++) {
        if (shares[index].resource == resource && shares[index].owner == owner) {
            return &shares[index];
        }
    }
    return NULL;
}

static bool owns(const ERESOURCE *resource, ERESOURCE_THREAD thread)
{
    return (resource->Flag & OWNED_EXCLUSIVELY) != 0 && resource->OwnerEntry.OwnerThread == thread;
}

NTSTATUS ExInitializeResourceLite(PERESOURCE Resource)
{
    scheduler_access(Resource, sizeof *Resource, true);
    *Resource = (ERESOURCE){.ActiveCount = 0};
    InitializeListHead(&Resource->SystemResourcesList);
    return STATUS_SUCCESS;
}

NTSTATUS ExReinitializeResourceLite(PERESOURCE Resource)
{
    return ExInitializeResourceLite(Resource);
}

NTSTATUS ExDeleteResourceLite(PERESOURCE Resource)
{
    static const struct scheduler_call call = {"ExDeleteResourceLite", CALL_EX_RESOURCE, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "ExDeleteResourceLite");
    scheduler_call(&call, Resource);
    scheduler_access(Resource, sizeof *Resource, true);
    return STATUS_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------- acquiring -- */

enum manner { EXCLUSIVE, SHARED, SHARED_STARVING, SHARED_WAITING };

struct request {
    PERESOURCE resource;
    ERESOURCE_THREAD thread;
    enum manner manner;
};

static bool can_have(const void *argument)
{
    const struct request *request = argument;
    const ERESOURCE *resource = request->resource;
    if (resource->ActiveCount == 0 || owns(resource, request->thread)) {
        return true;
    }
    if (request->manner == EXCLUSIVE || (resource->Flag & OWNED_EXCLUSIVELY) != 0) {
        return false;
    }
    if (request->manner == SHARED_STARVING || resource->NumberOfExclusiveWaiters == 0) {
        return true;
    }
    return request->manner == SHARED && share_of(resource, request->thread) != NULL;
}

static void add_share(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    struct share *share = share_of(resource, thread);
    if (share != NULL) {
        share->count++;
        return;
    }
    if (share_count == SHARE_LIMIT) {
        scheduler_violate(VIOLATION_LIVELOCK, resource, "resources are shared more than %d times", SHARE_LIMIT);
        return;
    }
    shares[share_count++] = (struct share){.resource = resource, .owner = thread, .count = 1};
    resource->ActiveCount++;
}

static void grant(const struct request *request)
{
    PERESOURCE resource = request->resource;
    if (owns(resource, request->thread)) {
        resource->OwnerEntry.OwnerCount++;
    } else if (request->manner == EXCLUSIVE) {
        resource->Flag |= OWNED_EXCLUSIVELY;
        resource->OwnerEntry.OwnerThread = request->thread;
        resource->OwnerEntry.OwnerCount = 1;
        resource->ActiveCount = 1;
    } else {
        add_share(resource, request->thread);
    }
    resource->ActiveEntries = (ULONG)resource->ActiveCount;
    scheduler_changed(resource);
}

static void wait_for(const struct request *request, const struct scheduler_call *call, uintptr_t site)
{
    PERESOURCE resource = request->resource;
    ULONG *waiters = request->manner == EXCLUSIVE ? &resource->NumberOfExclusiveWaiters : &resource->NumberOfSharedWaiters;
    bool has_to_wait = !can_have(request);
    if (has_to_wait && request->manner == EXCLUSIVE && share_of(resource, request->thread) != NULL) {
        kernel_violation(VIOLATION_DEADLOCK, resource, "the task wants a resource for itself that it shares already");
    }
    *waiters += has_to_wait;
    resource->ContentionCount += has_to_wait;
    scheduler_wait_at(call, resource, can_have, request, SCHEDULER_NEVER, site);
    scheduler_access_at(resource, sizeof *resource, true, site);
    *waiters -= has_to_wait;
}

static BOOLEAN acquire(PERESOURCE resource, enum manner manner, BOOLEAN wait, const char *routine, uintptr_t site)
{
    static const struct scheduler_call call = {"acquire resource", CALL_EX_RESOURCE, EFFECT_ANY};
    struct request request = {.resource = resource, .thread = ExGetCurrentResourceThread(), .manner = manner};
    kernel_require_irql(wait ? APC_LEVEL : DISPATCH_LEVEL, routine);
    scheduler_access_at(resource, sizeof *resource, true, site);
    if (wait) {
        wait_for(&request, &call, site);
        grant(&request);
        return TRUE;
    }
    scheduler_call_at(&call, resource, site);
    scheduler_access_at(resource, sizeof *resource, true, site);
    if (!can_have(&request)) {
        return FALSE;
    }
    grant(&request);
    return TRUE;
}

#define SITE ((uintptr_t)__builtin_return_address(0))

BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, EXCLUSIVE, Wait, "ExAcquireResourceExclusiveLite", SITE);
}

BOOLEAN ExTryToAcquireResourceExclusiveLite(PERESOURCE Resource)
{
    return acquire(Resource, EXCLUSIVE, FALSE, "ExTryToAcquireResourceExclusiveLite", SITE);
}

BOOLEAN ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, SHARED, Wait, "ExAcquireResourceSharedLite", SITE);
}

BOOLEAN ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, SHARED_STARVING, Wait, "ExAcquireSharedStarveExclusive", SITE);
}

BOOLEAN ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return acquire(Resource, SHARED_WAITING, Wait, "ExAcquireSharedWaitForExclusive", SITE);
}

PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    acquire(Resource, EXCLUSIVE, TRUE, "ExEnterCriticalRegionAndAcquireResourceExclusive", SITE);
    return NULL;
}

PVOID ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    acquire(Resource, SHARED, TRUE, "ExEnterCriticalRegionAndAcquireResourceShared", SITE);
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- releasing -- */

static void release_exclusive(PERESOURCE resource)
{
    if (--resource->OwnerEntry.OwnerCount == 0) {
        resource->Flag &= (USHORT)~OWNED_EXCLUSIVELY;
        resource->OwnerEntry.OwnerThread = 0;
        resource->ActiveCount = 0;
    }
}

static void release_share(PERESOURCE resource, struct share *share)
{
    if (--share->count == 0) {
        *share = shares[--share_count];
        resource->ActiveCount--;
    }
}

static void release(PERESOURCE resource, ERESOURCE_THREAD thread, uintptr_t site)
{
    static const struct scheduler_call call = {"release resource", CALL_EX_RESOURCE, EFFECT_ANY};
    kernel_require_irql(DISPATCH_LEVEL, "ExReleaseResourceLite");
    scheduler_call_at(&call, resource, site);
    scheduler_access_at(resource, sizeof *resource, true, site);
    struct share *share = share_of(resource, thread);
    if (owns(resource, thread)) {
        release_exclusive(resource);
    } else if (share != NULL) {
        release_share(resource, share);
    } else {
        kernel_violation("lock-not-owned", resource, "a resource is released by a thread that does not own it");
    }
    resource->ActiveEntries = (ULONG)resource->ActiveCount;
    scheduler_changed(resource);
}

VOID ExReleaseResourceLite(PERESOURCE Resource)
{
    release(Resource, ExGetCurrentResourceThread(), SITE);
}

VOID ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId)
{
    release(Resource, ResourceThreadId, SITE);
}

VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource)
{
    release(Resource, ExGetCurrentResourceThread(), SITE);
    KeLeaveCriticalRegion();
}

VOID ExConvertExclusiveToSharedLite(PERESOURCE Resource)
{
    static const struct scheduler_call call = {"ExConvertExclusiveToSharedLite", CALL_EX_RESOURCE, EFFECT_ANY};
    ERESOURCE_THREAD thread = ExGetCurrentResourceThread();
    scheduler_call(&call, Resource);
    scheduler_access(Resource, sizeof *Resource, true);
    if (!owns(Resource, thread)) {
        kernel_violation("lock-not-owned", Resource, "a resource is converted by a thread that does not own it");
        return;
    }
    ULONG count = Resource->OwnerEntry.OwnerCount;
    Resource->OwnerEntry.OwnerCount = 1;
    release_exclusive(Resource);
    for (ULONG index = 0; index < count; index++) {
        add_share(Resource, thread);
    }
    Resource->ActiveEntries = (ULONG)Resource->ActiveCount;
    scheduler_changed(Resource);
}

/* --------------------------------------------------------------------------------------------------------- looking -- */

BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource)
{
    scheduler_access(Resource, sizeof *Resource, false);
    return owns(Resource, ExGetCurrentResourceThread());
}

ULONG ExIsResourceAcquiredSharedLite(PERESOURCE Resource)
{
    scheduler_access(Resource, sizeof *Resource, false);
    ERESOURCE_THREAD thread = ExGetCurrentResourceThread();
    const struct share *share = share_of(Resource, thread);
    return owns(Resource, thread) ? Resource->OwnerEntry.OwnerCount : share != NULL ? share->count : 0;
}

ULONG ExGetExclusiveWaiterCount(PERESOURCE Resource)
{
    scheduler_access(Resource, sizeof *Resource, false);
    return Resource->NumberOfExclusiveWaiters;
}

ULONG ExGetSharedWaiterCount(PERESOURCE Resource)
{
    scheduler_access(Resource, sizeof *Resource, false);
    return Resource->NumberOfSharedWaiters;
}
