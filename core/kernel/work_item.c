/* work_item.c - ExQueueWorkItem: the routine runs in a task of its own at PASSIVE_LEVEL. */
#include "kernel.h"

static void run(void *argument)
{
    PWORK_QUEUE_ITEM item = argument;
    struct driver_call call;
    scheduler_access(item, sizeof *item, true);
    item->List.Flink = NULL;
    PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine;
    PVOID parameter = item->Parameter;
    kernel_enter_driver(&call, ROUTINE_WORK_ITEM, NULL, NULL);
    routine(parameter);
    kernel_leave_driver(&call, STATUS_SUCCESS);
}

VOID ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    static const struct scheduler_call call = {"ExQueueWorkItem", CALL_EX_QUEUE_WORK_ITEM, EFFECT_ANY};
    UNREFERENCED_PARAMETER(QueueType);
    kernel_require_irql(DISPATCH_LEVEL, "ExQueueWorkItem");
    scheduler_call(&call, WorkItem);
    scheduler_access(WorkItem, sizeof *WorkItem, true);
    if (WorkItem->List.Flink != NULL) {
        kernel_violation("work-item-queued-twice", WorkItem, "ExQueueWorkItem is called for an item that is queued already");
        return;
    }
    WorkItem->List.Flink = &WorkItem->List;
    WorkItem->List.Blink = &WorkItem->List;
    kernel_spawn("worker", PASSIVE_LEVEL, run, WorkItem);
}
