/* view.c - a lock looked at from outside; reads only memory that is alive. */
#include "../kernel/kernel.h"
#include "lock.h"

enum { BLOCK_LIMIT = 4096 };

static uint32_t count_blocks(const EXTENDED_REMOVE_LOCK *lock)
{
    uint32_t count = 0;
    for (PIO_REMOVE_LOCK_TRACKING_BLOCK block = lock->Dbg.Blocks; block != NULL; block = block->Next) {
        if (count == BLOCK_LIMIT || scheduler_allocation_of(block) == NULL || !scheduler_accessible(block, sizeof *block)) {
            return UINT32_MAX;
        }
        count++;
    }
    return count;
}

bool core_view_lock(const void *lock, struct remove_lock_view *view)
{
    const IO_REMOVE_LOCK *at = VerifierShadow((PVOID)lock);
    bool tracked = at != NULL || kernel.options.personality == PERSONALITY_CHECKED;
    if (at == NULL) {
        at = lock;
    }
    if (!scheduler_accessible(at, tracked ? TRACKED_REMOVE_LOCK_SIZE : FREE_REMOVE_LOCK_SIZE)) {
        return false;
    }
    *view = (struct remove_lock_view){
        .removed = at->Common.Removed,
        .count = at->Common.IoCount,
        .signalled = at->Common.RemoveEvent.Header.SignalState != 0,
        .tracked = tracked,
    };
    if (tracked) {
        const EXTENDED_REMOVE_LOCK *extended = (const EXTENDED_REMOVE_LOCK *)at;
        view->low_memory_count = extended->Dbg.LowMemoryCount;
        view->blocks = count_blocks(extended);
    }
    return true;
}

const char *core_lock_field(size_t offset, size_t size)
{
    static const struct {
        size_t begin, end;
        const char *name;
    } fields[] = {
        {0, 1, "Removed"},         {4, 8, "IoCount"},          {8, 32, "RemoveEvent"},  {32, 36, "Signature"},
        {36, 40, "HighWatermark"}, {40, 48, "MaxLockedTicks"}, {48, 52, "AllocateTag"}, {56, 72, "LockList"},
        {72, 80, "Spin"},          {80, 84, "LowMemoryCount"}, {112, 120, "Blocks"},
    };
    for (size_t index = 0; index < sizeof fields / sizeof fields[0]; index++) {
        if (offset < size && offset >= fields[index].begin && offset < fields[index].end) {
            return fields[index].name;
        }
    }
    return NULL;
}
