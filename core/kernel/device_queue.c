/* device_queue.c - KDEVICE_QUEUE: the first entry is not queued but makes the queue busy; each routine is one step. */
#include "kernel.h"

#define SITE ((uintptr_t)__builtin_return_address(0))

static PKDEVICE_QUEUE_ENTRY entry_of(PLIST_ENTRY link)
{
    return CONTAINING_RECORD(link, KDEVICE_QUEUE_ENTRY, DeviceListEntry);
}

static void begin(PKDEVICE_QUEUE queue, const char *routine, uintptr_t site)
{
    static const struct scheduler_call call = {"device queue", CALL_KE_DEVICE_QUEUE, EFFECT_ANY};
    if (routine != NULL) {
        kernel_require_exact_irql(DISPATCH_LEVEL, routine);
    }
    scheduler_call_at(&call, queue, site);
    scheduler_access_at(queue, sizeof *queue, true, site);
}

VOID KeInitializeDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    enum { DEVICE_QUEUE_OBJECT = 20 };
    scheduler_access(DeviceQueue, sizeof *DeviceQueue, true);
    *DeviceQueue = (KDEVICE_QUEUE){.Type = DEVICE_QUEUE_OBJECT, .Size = sizeof *DeviceQueue};
    InitializeListHead(&DeviceQueue->DeviceListHead);
}

/* False when the queue was idle: the caller goes on with the entry. */
static bool must_queue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry)
{
    scheduler_access(entry, sizeof *entry, true);
    entry->Inserted = queue->Busy;
    queue->Busy = TRUE;
    scheduler_call_value(!entry->Inserted, 1);
    return entry->Inserted;
}

BOOLEAN KeInsertDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    begin(DeviceQueue, "KeInsertDeviceQueue", SITE);
    if (!must_queue(DeviceQueue, DeviceQueueEntry)) {
        return FALSE;
    }
    InsertTailList(&DeviceQueue->DeviceListHead, &DeviceQueueEntry->DeviceListEntry);
    return TRUE;
}

BOOLEAN KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry, ULONG SortKey)
{
    begin(DeviceQueue, "KeInsertByKeyDeviceQueue", SITE);
    DeviceQueueEntry->SortKey = SortKey;
    if (!must_queue(DeviceQueue, DeviceQueueEntry)) {
        return FALSE;
    }
    PLIST_ENTRY behind = DeviceQueue->DeviceListHead.Blink;
    while (behind != &DeviceQueue->DeviceListHead && entry_of(behind)->SortKey > SortKey) {
        behind = behind->Blink;
    }
    InsertHeadList(behind, &DeviceQueueEntry->DeviceListEntry);
    return TRUE;
}

static PKDEVICE_QUEUE_ENTRY take(PKDEVICE_QUEUE_ENTRY entry)
{
    scheduler_access(entry, sizeof *entry, true);
    RemoveEntryList(&entry->DeviceListEntry);
    entry->Inserted = FALSE;
    return entry;
}

/* NULL when there is none left; then the queue is idle. */
static PKDEVICE_QUEUE_ENTRY take_first(PKDEVICE_QUEUE queue)
{
    if (IsListEmpty(&queue->DeviceListHead)) {
        queue->Busy = FALSE;
        return NULL;
    }
    return take(entry_of(queue->DeviceListHead.Flink));
}

PKDEVICE_QUEUE_ENTRY KeRemoveDeviceQueue(PKDEVICE_QUEUE DeviceQueue)
{
    begin(DeviceQueue, "KeRemoveDeviceQueue", SITE);
    return take_first(DeviceQueue);
}

/* The first one with this key or a higher one; when there is none, the first of all. */
static PKDEVICE_QUEUE_ENTRY take_by_key(PKDEVICE_QUEUE queue, ULONG key)
{
    PLIST_ENTRY link = queue->DeviceListHead.Flink;
    for (; link != &queue->DeviceListHead; link = link->Flink) {
        if (entry_of(link)->SortKey >= key) {
            return take(entry_of(link));
        }
    }
    return take_first(queue);
}

PKDEVICE_QUEUE_ENTRY KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE DeviceQueue, ULONG SortKey)
{
    begin(DeviceQueue, "KeRemoveByKeyDeviceQueue", SITE);
    return take_by_key(DeviceQueue, SortKey);
}

PKDEVICE_QUEUE_ENTRY KeRemoveByKeyDeviceQueueIfBusy(PKDEVICE_QUEUE DeviceQueue, ULONG SortKey)
{
    begin(DeviceQueue, "KeRemoveByKeyDeviceQueueIfBusy", SITE);
    return DeviceQueue->Busy ? take_by_key(DeviceQueue, SortKey) : NULL;
}

BOOLEAN KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE DeviceQueue, PKDEVICE_QUEUE_ENTRY DeviceQueueEntry)
{
    kernel_require_irql(DISPATCH_LEVEL, "KeRemoveEntryDeviceQueue");
    begin(DeviceQueue, NULL, SITE);
    scheduler_access(DeviceQueueEntry, sizeof *DeviceQueueEntry, true);
    if (!DeviceQueueEntry->Inserted) {
        return FALSE;
    }
    take(DeviceQueueEntry);
    return TRUE;
}
