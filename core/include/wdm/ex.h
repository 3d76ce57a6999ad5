/* ex.h - the executive: pool. */
#ifndef WDM_EX_H
#define WDM_EX_H

#include "ke.h"

typedef enum _WORK_QUEUE_TYPE {
    CriticalWorkQueue,
    DelayedWorkQueue,
    HyperCriticalWorkQueue,
    NormalWorkQueue,
    MaximumWorkQueue
} WORK_QUEUE_TYPE;

/* -------------------------------------------------------------------------------------------------------- pool -- */

typedef enum _POOL_TYPE { NonPagedPool = 0, PagedPool = 1, NonPagedPoolNx = 512 } POOL_TYPE;

PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
VOID ExFreePoolWithTag(PVOID P, ULONG Tag);
VOID ExFreePool(PVOID P);

#endif
