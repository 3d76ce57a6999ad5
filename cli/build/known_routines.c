/*
 * known_routines.c - in which header Microsoft's documentation says a routine is.
 *
 * Only for messages: what remlock has is known from remlock itself. Each row is a header and names, with blanks around each.
 */
#include "build.h"

#include <string.h>

struct row {
    const char *header;
    const char *names;
};

static const struct row rows[] = {
    {"wdm.h",
     " CmRegisterCallback CmRegisterCallbackEx CmUnRegisterCallback DbgBreakPointWithStatus DbgPrint DbgPrintEx "
     "EtwActivityIdControl"
     " EtwEventEnabled EtwProviderEnabled EtwRegister EtwUnregister EtwWrite EtwWriteEx EtwWriteString EtwWriteTransfer"
     " ExAcquireFastMutex ExAcquireFastMutexUnsafe ExAcquireResourceExclusiveLite ExAcquireResourceSharedLite"
     " ExAcquireRundownProtection ExAcquireRundownProtectionEx ExAcquireSharedStarveExclusive ExAcquireSharedWaitForExclusive"
     " ExAcquireSpinLockExclusive ExAcquireSpinLockExclusiveAtDpcLevel ExAcquireSpinLockShared"
     " ExAcquireSpinLockSharedAtDpcLevel ExAllocateFromLookasideListEx ExAllocateFromNPagedLookasideList"
     " ExAllocateFromPagedLookasideList ExAllocatePool ExAllocatePool2 ExAllocatePool3 ExAllocatePoolPriorityUninitialized"
     " ExAllocatePoolPriorityZero ExAllocatePoolQuotaUninitialized ExAllocatePoolQuotaZero ExAllocatePoolUninitialized"
     " ExAllocatePoolWithQuota ExAllocatePoolWithQuotaTag ExAllocatePoolWithTag ExAllocatePoolWithTagPriority"
     " ExAllocatePoolZero ExAllocateTimer ExCancelTimer ExConvertExclusiveToSharedLite ExCreateCallback ExDeleteLookasideListEx"
     " ExDeleteNPagedLookasideList ExDeletePagedLookasideList ExDeleteResourceLite ExDeleteTimer ExFlushLookasideListEx"
     " ExFreePool ExFreePool2 ExFreePoolWithTag ExFreeToLookasideListEx ExFreeToNPagedLookasideList ExFreeToPagedLookasideList"
     " ExGetExclusiveWaiterCount ExGetPreviousMode ExGetSharedWaiterCount ExInitializeFastMutex ExInitializeLookasideListEx"
     " ExInitializeNPagedLookasideList ExInitializePagedLookasideList ExInitializeResourceLite ExInitializeRundownProtection"
     " ExInterlockedAddLargeInteger ExInterlockedAddUlong ExInterlockedFlushSList ExInterlockedInsertHeadList"
     " ExInterlockedInsertTailList ExInterlockedPopEntryList ExInterlockedPopEntrySList ExInterlockedPushEntryList"
     " ExInterlockedPushEntrySList ExInterlockedRemoveHeadList ExIsProcessorFeaturePresent ExIsResourceAcquiredExclusiveLite"
     " ExIsResourceAcquiredSharedLite ExLocalTimeToSystemTime ExNotifyCallback ExQueryDepthSList ExQueryTimerResolution"
     " ExQueueWorkItem ExRaiseStatus ExRegisterCallback ExReinitializeResourceLite ExReInitializeRundownProtection"
     " ExReleaseFastMutex ExReleaseFastMutexUnsafe ExReleaseResourceForThreadLite ExReleaseResourceLite"
     " ExReleaseRundownProtection ExReleaseRundownProtectionEx ExReleaseSpinLockExclusive"
     " ExReleaseSpinLockExclusiveFromDpcLevel ExReleaseSpinLockShared ExReleaseSpinLockSharedFromDpcLevel"
     " ExRundownCompleted ExSetResourceOwnerPointer ExSetTimer ExSetTimerResolution ExSystemTimeToLocalTime"
     " ExTryConvertSharedSpinLockExclusive ExTryToAcquireFastMutex ExUnregisterCallback ExUuidCreate"
     " ExWaitForRundownProtectionRelease ExFreeCacheAwareRundownProtection ExAllocateCacheAwareRundownProtection"
     " HalExamineMBR InitializeSListHead"},
    {"wdm.h",
     " IoAcquireCancelSpinLock IoAcquireRemoveLock IoAcquireRemoveLockEx IoAllocateDriverObjectExtension "
     "IoAllocateErrorLogEntry"
     " IoAllocateIrp IoAllocateIrpEx IoAllocateMdl IoAllocateWorkItem IoAttachDevice IoAttachDeviceToDeviceStack"
     " IoBuildAsynchronousFsdRequest IoBuildDeviceIoControlRequest IoBuildPartialMdl IoBuildSynchronousFsdRequest IoCallDriver"
     " IofCallDriver IoCancelIrp IoCheckLinkShareAccess IoCheckShareAccess IoCheckShareAccessEx IoCompleteRequest"
     " IofCompleteRequest IoConnectInterrupt IoConnectInterruptEx IoCopyCurrentIrpStackLocationToNext IoCreateDevice"
     " IoCreateFile IoCreateNotificationEvent IoCreateSymbolicLink IoCreateSynchronizationEvent IoCreateSystemThread"
     " IoCreateUnprotectedSymbolicLink IoCsqInitialize IoCsqInitializeEx IoCsqInsertIrp IoCsqInsertIrpEx IoCsqRemoveIrp"
     " IoCsqRemoveNextIrp IoDeleteDevice IoDeleteSymbolicLink IoDetachDevice IoDisconnectInterrupt IoDisconnectInterruptEx"
     " IoFreeErrorLogEntry IoFreeIrp IoFreeMdl IoFreeWorkItem IoGetAttachedDeviceReference IoGetAffinityInterrupt"
     " IoGetBootDiskInformation IoGetConfigurationInformation IoGetCurrentIrpStackLocation IoGetCurrentProcess"
     " IoGetDeviceInterfaceAlias IoGetDeviceInterfacePropertyData IoGetDeviceInterfaces IoGetDeviceNumaNode"
     " IoGetDeviceObjectPointer IoGetDeviceProperty IoGetDevicePropertyData IoGetDmaAdapter IoGetDriverObjectExtension"
     " IoGetFunctionCodeFromCtlCode IoGetInitialStack IoGetIoPriorityHint IoGetNextIrpStackLocation IoGetRelatedDeviceObject"
     " IoGetRemainingStackSize IoGetStackLimits IoInitializeDpcRequest IoInitializeIrp IoInitializeRemoveLock"
     " IoInitializeRemoveLockEx IoInitializeTimer IoInitializeWorkItem IoInvalidateDeviceRelations IoInvalidateDeviceState"
     " IoIs32bitProcess IoIsErrorUserInduced IoIsWdmVersionAvailable IoMarkIrpPending IoOpenDeviceInterfaceRegistryKey"
     " IoOpenDeviceRegistryKey IoQueueWorkItem IoQueueWorkItemEx IoRegisterBootDriverCallback"
     " IoRegisterBootDriverReinitialization IoRegisterDeviceInterface IoRegisterDriverReinitialization"
     " IoRegisterLastChanceShutdownNotification IoRegisterPlugPlayNotification IoRegisterShutdownNotification"
     " IoReleaseCancelSpinLock IoReleaseRemoveLock IoReleaseRemoveLockAndWait IoReleaseRemoveLockAndWaitEx"
     " IoReleaseRemoveLockEx IoRemoveShareAccess IoReportResourceForDetection IoReportTargetDeviceChange"
     " IoReportTargetDeviceChangeAsynchronous IoRequestDeviceEject IoRequestDeviceEjectEx IoRequestDpc IoReuseIrp"
     " IoSetCancelRoutine IoSetCompletionRoutine IoSetCompletionRoutineEx IoSetDeviceInterfacePropertyData"
     " IoSetDeviceInterfaceState IoSetDevicePropertyData IoSetNextIrpStackLocation IoSetShareAccess IoSetStartIoAttributes"
     " IoSizeofWorkItem IoSkipCurrentIrpStackLocation IoStartNextPacket IoStartNextPacketByKey IoStartPacket IoStartTimer"
     " IoStopTimer IoUninitializeWorkItem IoUnregisterPlugPlayNotification IoUnregisterPlugPlayNotificationEx"
     " IoUnregisterShutdownNotification IoUpdateShareAccess IoValidateDeviceIoControlAccess IoWMIAllocateInstanceIds"
     " IoWMIDeviceObjectToInstanceName IoWMIDeviceObjectToProviderId IoWMIExecuteMethod IoWMIHandleToInstanceName"
     " IoWMIOpenBlock IoWMIQueryAllData IoWMIQueryAllDataMultiple IoWMIQuerySingleInstance"
     " IoWMIQuerySingleInstanceMultiple IoWMIRegistrationControl IoWMISetNotificationCallback IoWMISetSingleInstance"
     " IoWMISetSingleItem IoWMISuggestInstanceName IoWMIWriteEvent IoWriteErrorLogEntry IoAcquireKsrPersistentMemory"
     " MmGetMdlVirtualAddress MmGetSystemAddressForMdl MmGetSystemAddressForMdlSafe"},
    {"wdm.h",
     " KeAcquireGuardedMutex KeAcquireGuardedMutexUnsafe KeAcquireInStackQueuedSpinLock"
     " KeAcquireInStackQueuedSpinLockAtDpcLevel KeAcquireInStackQueuedSpinLockForDpc KeAcquireInterruptSpinLock"
     " KeAcquireSpinLock KeAcquireSpinLockAtDpcLevel KeAcquireSpinLockForDpc KeAcquireSpinLockRaiseToDpc KeAreAllApcsDisabled"
     " KeAreApcsDisabled KeBugCheckEx KeCancelTimer KeClearEvent KeDelayExecutionThread KeDeregisterBugCheckCallback"
     " KeDeregisterBugCheckReasonCallback KeDeregisterNmiCallback KeDeregisterProcessorChangeCallback KeEnterCriticalRegion"
     " KeEnterGuardedRegion KeFlushIoBuffers KeFlushQueuedDpcs KeGetCurrentIrql KeGetCurrentNodeNumber"
     " KeGetCurrentProcessorIndex KeGetCurrentProcessorNumber KeGetCurrentProcessorNumberEx KeGetCurrentThread"
     " KeGetProcessorIndexFromNumber KeInitializeDeviceQueue KeInitializeDpc KeInitializeEvent KeInitializeGuardedMutex"
     " KeInitializeMutex KeInitializeSemaphore KeInitializeSpinLock KeInitializeThreadedDpc KeInitializeTimer"
     " KeInitializeTimerEx KeInsertByKeyDeviceQueue KeInsertDeviceQueue KeInsertQueueDpc KeIpiGenericCall KeLeaveCriticalRegion"
     " KeLeaveGuardedRegion KeLowerIrql KeMemoryBarrier KeQueryActiveProcessorCount KeQueryActiveProcessorCountEx"
     " KeQueryActiveProcessors KeQueryInterruptTime KeQueryInterruptTimePrecise KeQueryPerformanceCounter"
     " KeQueryPriorityThread KeQueryRuntimeThread KeQuerySystemTime KeQuerySystemTimePrecise KeQueryTickCount"
     " KeQueryTimeIncrement KeQueryTotalCycleTimeThread KeQueryUnbiasedInterruptTime KeRaiseIrql KeRaiseIrqlToDpcLevel"
     " KeReadStateEvent KeReadStateMutex KeReadStateSemaphore KeReadStateTimer KeRegisterBugCheckCallback"
     " KeRegisterBugCheckReasonCallback KeRegisterNmiCallback KeRegisterProcessorChangeCallback KeReleaseGuardedMutex"
     " KeReleaseGuardedMutexUnsafe KeReleaseInStackQueuedSpinLock KeReleaseInStackQueuedSpinLockForDpc"
     " KeReleaseInStackQueuedSpinLockFromDpcLevel KeReleaseInterruptSpinLock KeReleaseMutex KeReleaseSemaphore"
     " KeReleaseSpinLock KeReleaseSpinLockForDpc KeReleaseSpinLockFromDpcLevel KeRemoveByKeyDeviceQueue KeRemoveDeviceQueue"
     " KeRemoveEntryDeviceQueue KeRemoveQueueDpc KeResetEvent KeRestoreExtendedProcessorState KeRestoreFloatingPointState"
     " KeRevertToUserAffinityThread KeSaveExtendedProcessorState KeSaveFloatingPointState KeSetBasePriorityThread"
     " KeSetCoalescableTimer KeSetEvent KeSetImportanceDpc KeSetPriorityThread KeSetSystemAffinityThread "
     "KeSetTargetProcessorDpc"
     " KeSetTimer KeSetTimerEx KeStallExecutionProcessor KeSynchronizeExecution KeTestSpinLock KeTryToAcquireGuardedMutex"
     " KeTryToAcquireSpinLockAtDpcLevel KeWaitForMultipleObjects KeWaitForMutexObject KeWaitForSingleObject"
     " KfAcquireSpinLock KfLowerIrql KfRaiseIrql KfReleaseSpinLock"},
    {"wdm.h",
     " MmAdvanceMdl MmAllocateContiguousMemory MmAllocateContiguousMemorySpecifyCache MmAllocateContiguousNodeMemory"
     " MmAllocateMappingAddress MmAllocatePagesForMdl MmAllocatePagesForMdlEx MmBuildMdlForNonPagedPool"
     " MmCreateMdl MmFreeContiguousMemory MmFreeContiguousMemorySpecifyCache MmFreeMappingAddress MmFreePagesFromMdl"
     " MmGetMdlByteCount MmGetMdlByteOffset MmGetMdlPfnArray MmGetSystemRoutineAddress MmInitializeMdl MmIsDriverVerifying"
     " MmLockPagableCodeSection MmLockPagableDataSection MmLockPagableSectionByHandle MmMapIoSpace MmMapIoSpaceEx"
     " MmMapLockedPages MmMapLockedPagesSpecifyCache MmMapLockedPagesWithReservedMapping MmPageEntireDriver "
     "MmPrepareMdlForReuse"
     " MmProbeAndLockPages MmProbeAndLockProcessPages MmProbeAndLockSelectedPages MmProtectMdlSystemAddress MmQuerySystemSize"
     " MmResetDriverPaging MmSizeOfMdl MmUnlockPagableImageSection MmUnlockPages MmUnmapIoSpace MmUnmapLockedPages"
     " MmUnmapReservedMapping ObCloseHandle ObDereferenceObject ObDereferenceObjectDeferDelete"
     " ObDereferenceObjectDeferDeleteWithTag ObDereferenceObjectWithTag ObfDereferenceObject ObfDereferenceObjectWithTag"
     " ObfReferenceObject ObfReferenceObjectWithTag ObGetObjectSecurity ObReferenceObject ObReferenceObjectByHandle"
     " ObReferenceObjectByHandleWithTag ObReferenceObjectByPointer ObReferenceObjectByPointerWithTag ObReferenceObjectSafe"
     " ObReferenceObjectWithTag ObReleaseObjectSecurity ObRegisterCallbacks ObUnRegisterCallbacks ObGetFilterVersion"
     " PoCallDriver PoClearPowerRequest PoCreatePowerRequest PoDeletePowerRequest PoEndDeviceBusy PoFxActivateComponent"
     " PoFxCompleteDevicePowerNotRequired PoFxCompleteIdleCondition PoFxCompleteIdleState PoFxIdleComponent"
     " PoFxNotifySurprisePowerOn PoFxPowerControl PoFxRegisterDevice PoFxReportDevicePoweredOn PoFxSetComponentLatency"
     " PoFxSetComponentResidency PoFxSetComponentWake PoFxSetDeviceIdleTimeout PoFxStartDevicePowerManagement"
     " PoFxUnregisterDevice PoGetSystemWake PoQueryWatchdogTime PoRegisterDeviceForIdleDetection"
     " PoRegisterPowerSettingCallback PoRegisterSystemState PoRequestPowerIrp PoSetDeviceBusy PoSetDeviceBusyEx"
     " PoSetPowerRequest PoSetPowerState PoSetSystemState PoSetSystemWake PoStartDeviceBusy PoStartNextPowerIrp"
     " PoUnregisterPowerSettingCallback PoUnregisterSystemState ProbeForRead ProbeForWrite PsCreateSystemThread"
     " PsGetCurrentProcess PsGetCurrentThread PsGetVersion PsTerminateSystemThread PsAllocateAffinityToken"
     " PsFreeAffinityToken PsGetCurrentProcessId PsGetCurrentThreadId"},
    {"wdm.h",
     " RtlAnsiStringToUnicodeSize RtlAnsiStringToUnicodeString RtlAppendUnicodeStringToString RtlAppendUnicodeToString"
     " RtlAreBitsClear RtlAreBitsSet RtlAssert RtlCheckBit RtlCheckRegistryKey RtlClearAllBits RtlClearBit RtlClearBits"
     " RtlCmDecodeMemIoResource RtlCmEncodeMemIoResource RtlCompareMemory RtlCompareUnicodeString RtlConvertLongToLargeInteger"
     " RtlConvertUlongToLargeInteger RtlCopyBytes RtlCopyMemory RtlCopyMemoryNonTemporal RtlCopyString RtlCopyUnicodeString"
     " RtlCreateRegistryKey RtlCreateSecurityDescriptor RtlDeleteRegistryValue RtlDowncaseUnicodeChar RtlEqualMemory"
     " RtlEqualUnicodeString RtlFillBytes RtlFillMemory RtlFindClearBits RtlFindClearBitsAndSet RtlFindClearRuns"
     " RtlFindFirstRunClear RtlFindLastBackwardRunClear RtlFindLeastSignificantBit RtlFindLongestRunClear"
     " RtlFindMostSignificantBit RtlFindNextForwardRunClear RtlFindSetBits RtlFindSetBitsAndClear RtlFreeAnsiString"
     " RtlFreeUnicodeString RtlFreeUTF8String RtlGetVersion RtlGUIDFromString RtlHashUnicodeString RtlInitAnsiString"
     " RtlInitializeBitMap RtlInitString RtlInitUnicodeString RtlInt64ToUnicodeString RtlIntegerToUnicodeString"
     " RtlIntPtrToUnicodeString RtlIoDecodeMemIoResource RtlIoEncodeMemIoResource RtlIsNtDdiVersionAvailable"
     " RtlIsServicePackVersionInstalled RtlLengthSecurityDescriptor RtlMoveMemory RtlNumberOfClearBits RtlNumberOfSetBits"
     " RtlPrefetchMemoryNonTemporal RtlPrefixUnicodeString RtlQueryRegistryValues RtlRetrieveUlong RtlRetrieveUshort"
     " RtlSanitizeUnicodeStringPadding RtlSecureZeroMemory RtlSetAllBits RtlSetBit RtlSetBits RtlSetDaclSecurityDescriptor"
     " RtlStoreUlong RtlStoreUlonglong RtlStoreUshort RtlStringFromGUID RtlTestBit RtlTimeFieldsToTime RtlTimeToTimeFields"
     " RtlUlongByteSwap RtlUlonglongByteSwap RtlUnicodeStringToAnsiSize RtlUnicodeStringToAnsiString"
     " RtlUnicodeStringToInteger RtlUnicodeToUTF8N RtlUpcaseUnicodeChar RtlUshortByteSwap RtlUTF8ToUnicodeN"
     " RtlUTF8StringToUnicodeString RtlUnicodeStringToUTF8String RtlValidRelativeSecurityDescriptor"
     " RtlValidSecurityDescriptor RtlVerifyVersionInfo RtlVolumeDeviceToDosName RtlWriteRegistryValue"
     " RtlxAnsiStringToUnicodeSize RtlxUnicodeStringToAnsiSize RtlZeroBytes RtlZeroMemory RtlInitUTF8String"
     " SeAccessCheck SeAssignSecurity SeAssignSecurityEx SeDeassignSecurity SeValidSecurityDescriptor SeSinglePrivilegeCheck"
     " WmiQueryTraceInformation WmiTraceMessage WmiTraceMessageVa ZwClose ZwCommitTransaction ZwCreateDirectoryObject"
     " ZwCreateFile ZwCreateKey ZwCreateSection ZwDeleteKey ZwDeleteValueKey ZwEnumerateKey ZwEnumerateValueKey ZwFlushKey"
     " ZwLoadDriver ZwMakeTemporaryObject ZwMapViewOfSection ZwOpenEvent ZwOpenFile ZwOpenKey ZwOpenKeyEx ZwOpenSection"
     " ZwOpenSymbolicLinkObject ZwQueryFullAttributesFile ZwQueryInformationByName ZwQueryInformationFile ZwQueryKey"
     " ZwQuerySymbolicLinkObject ZwQueryValueKey ZwReadFile ZwSetInformationFile ZwSetValueKey ZwUnloadDriver"
     " ZwUnmapViewOfSection ZwWriteFile vDbgPrintEx vDbgPrintExWithPrefix DbgBreakPoint DbgSetDebugFilterState"
     " READ_PORT_BUFFER_UCHAR READ_PORT_BUFFER_ULONG READ_PORT_BUFFER_USHORT READ_PORT_UCHAR READ_PORT_ULONG READ_PORT_USHORT"
     " READ_REGISTER_BUFFER_UCHAR READ_REGISTER_BUFFER_ULONG READ_REGISTER_BUFFER_USHORT READ_REGISTER_UCHAR"
     " READ_REGISTER_ULONG READ_REGISTER_ULONG64 READ_REGISTER_USHORT WRITE_PORT_BUFFER_UCHAR WRITE_PORT_BUFFER_ULONG"
     " WRITE_PORT_BUFFER_USHORT WRITE_PORT_UCHAR WRITE_PORT_ULONG WRITE_PORT_USHORT WRITE_REGISTER_BUFFER_UCHAR"
     " WRITE_REGISTER_BUFFER_ULONG WRITE_REGISTER_BUFFER_USHORT WRITE_REGISTER_UCHAR WRITE_REGISTER_ULONG"
     " WRITE_REGISTER_ULONG64 WRITE_REGISTER_USHORT "},
    {"ntddk.h",
     " ExfInterlockedAddUlong ExfInterlockedInsertHeadList ExfInterlockedInsertTailList ExfInterlockedRemoveHeadList"
     " ExRaiseAccessViolation ExRaiseDatatypeMisalignment ExGetFirmwareEnvironmentVariable ExSetFirmwareEnvironmentVariable"
     " HalAcquireDisplayOwnership HalAdjustResourceList HalAllocateCommonBuffer HalAllocateCrashDumpRegisters "
     "HalAssignSlotResources"
     " HalDisplayString HalFreeCommonBuffer HalGetAdapter HalGetBusData HalGetBusDataByOffset HalGetInterruptVector"
     " HalMakeBeep HalReadDmaCounter HalSetBusData HalSetBusDataByOffset HalTranslateBusAddress IoAllocateAdapterChannel"
     " IoAllocateController IoAssignResources IoAttachDeviceByPointer IoCreateController IoDeleteController "
     "IoFlushAdapterBuffers"
     " IoForwardAndCatchIrp IoForwardIrpSynchronously IoFreeAdapterChannel IoFreeController IoFreeMapRegisters"
     " IoGetAttachedDevice IoGetDeviceToVerify IoGetFileObjectGenericMapping IoGetTransactionParameterBlock "
     "IoIsOperationSynchronous"
     " IoIsFileOriginRemote IoMakeAssociatedIrp IoMapTransfer IoQueryDeviceDescription IoQueryFullDriverPath IoRaiseHardError"
     " IoRaiseInformationalHardError IoReadPartitionTable IoReadPartitionTableEx IoReportDetectedDevice IoReportResourceUsage"
     " IoReportRootDevice IoRegisterBootDriverCallback IoSetCompletionRoutineEx IoSetHardErrorOrVerifyDevice"
     " IoSetPartitionInformation IoSetPartitionInformationEx IoSetSystemPartition IoSetThreadHardErrorMode"
     " IoSynchronousInvalidateDeviceRelations IoTranslateBusAddress IoUnregisterBootDriverCallback IoVerifyPartitionTable"
     " IoVolumeDeviceToDosName IoWithinStackLimits IoWritePartitionTable IoWritePartitionTableEx KeBugCheck "
     "KeExpandKernelStackAndCallout"
     " KeExpandKernelStackAndCalloutEx KeInvalidateAllCaches KePulseEvent KeSetTargetProcessorDpcEx KeUserModeCallback"
     " MmAddPhysicalMemory MmAddVerifierThunks MmAllocateNonCachedMemory MmAllocateContiguousMemoryEx MmFreeNonCachedMemory"
     " MmGetPhysicalAddress MmGetPhysicalMemoryRanges MmGetVirtualForPhysical MmIsAddressValid MmIsDriverSuspectForVerifier"
     " MmIsDriverVerifyingByAddress MmIsIoSpaceActive MmIsNonPagedSystemAddressValid MmIsThisAnNtAsSystem "
     "MmLockPagableImageSection"
     " MmMapUserAddressesToPage MmMapVideoDisplay MmMapViewInSessionSpace MmMapViewInSystemSpace MmRemovePhysicalMemory"
     " MmSecureVirtualMemory MmUnmapVideoDisplay MmUnmapViewInSessionSpace MmUnmapViewInSystemSpace MmUnsecureVirtualMemory"
     " ObOpenObjectByPointer PoQueueShutdownWorkItem PsAssignImpersonationToken PsGetCurrentProcessSessionId"
     " PsGetProcessCreateTimeQuadPart PsGetProcessExitStatus PsGetProcessId PsGetProcessImageFileName PsGetThreadExitStatus"
     " PsGetThreadId PsGetThreadProcessId PsRemoveCreateThreadNotifyRoutine PsRemoveLoadImageNotifyRoutine"
     " PsSetCreateProcessNotifyRoutine PsSetCreateProcessNotifyRoutineEx PsSetCreateThreadNotifyRoutine"
     " PsSetLoadImageNotifyRoutine RtlAnsiCharToUnicodeChar RtlCharToInteger RtlCompareString RtlConvertLargeIntegerToUlong"
     " RtlCopyLuid RtlCopySid RtlEqualString RtlFreeOemString RtlGetCallersAddress RtlInt64ToUnicodeString "
     "RtlIsAnyDebuggerPresent"
     " RtlLookupFirstMatchingElementGenericTableAvl RtlMapGenericMask RtlNtStatusToDosError RtlUnicodeStringToCountedOemString"
     " RtlUpcaseUnicodeString RtlUpperChar RtlUpperString RtlWalkFrameChain RtlInitializeGenericTable"
     " RtlInitializeGenericTableAvl RtlInsertElementGenericTable RtlInsertElementGenericTableAvl RtlDeleteElementGenericTable"
     " RtlDeleteElementGenericTableAvl RtlEnumerateGenericTable RtlEnumerateGenericTableAvl RtlLookupElementGenericTable"
     " RtlLookupElementGenericTableAvl RtlNumberGenericTableElements RtlNumberGenericTableElementsAvl RtlGetElementGenericTable"
     " RtlGetElementGenericTableAvl RtlIsGenericTableEmpty RtlIsGenericTableEmptyAvl RtlRandom RtlRandomEx RtlCaptureContext"
     " RtlCaptureStackBackTrace RtlUnwind RtlDelete RtlSplay RtlDeleteNoSplay RtlRealPredecessor RtlRealSuccessor"
     " RtlSubtreePredecessor RtlSubtreeSuccessor ZwCancelTimer ZwCreateTimer ZwDeviceIoControlFile ZwDisplayString"
     " ZwNotifyChangeKey ZwOpenProcess ZwOpenTimer ZwPowerInformation ZwQueryTimerResolution ZwSetInformationThread"
     " ZwSetTimer ZwTerminateProcess WheaReportHwError WheaGetErrorSource "},
    {"ntifs.h",
     " CcCanIWrite CcCopyRead CcCopyWrite CcFlushCache CcInitializeCacheMap CcMapData CcMdlRead CcPurgeCacheSection "
     "CcSetFileSizes"
     " CcUninitializeCacheMap ExAdjustLookasideDepth ExDisableResourceBoostLite ExQueryPoolBlockSize FsRtlAllocatePool"
     " FsRtlGetFileSize FsRtlIsNameInExpression FsRtlNotifyFullChangeDirectory IoAcquireVpbSpinLock IoCheckDesiredAccess"
     " IoCreateStreamFileObject IoEnumerateDeviceObjectList IoEnumerateRegisteredFiltersList IoGetBaseFileSystemDeviceObject"
     " IoGetDeviceAttachmentBaseRef IoGetDiskDeviceObject IoGetLowerDeviceObject IoGetRequestorProcess IoGetRequestorProcessId"
     " IoGetRequestorSessionId IoGetTopLevelIrp IoIsSystemThread IoPageRead IoQueryFileDosDeviceName IoQueryFileInformation"
     " IoQueryVolumeInformation IoQueueThreadIrp IoRegisterFileSystem IoRegisterFsRegistrationChange IoReleaseVpbSpinLock"
     " IoReplaceFileObjectName IoSetDeviceToVerify IoSetInformation IoSetTopLevelIrp IoSynchronousPageWrite IoThreadToProcess"
     " IoUnregisterFileSystem IoUnregisterFsRegistrationChange IoVerifyVolume KeAttachProcess KeDetachProcess "
     "KeGetProcessorNumberFromIndex"
     " KeInitializeApc KeInsertQueueApc KeInitializeMutant KeInitializeQueue KeInsertHeadQueue KeInsertQueue KeReadStateQueue"
     " KeReleaseMutant KeRemoveQueue KeRundownQueue KeSetIdealProcessorThread KeSetKernelStackSwapEnable KeStackAttachProcess"
     " KeUnstackDetachProcess MapSecurityError MmCanFileBeTruncated MmFlushImageSection MmForceSectionClosed"
     " MmIsRecursiveIoFault MmSetAddressRangeModified ObInsertObject ObIsKernelHandle ObMakeTemporaryObject ObOpenObjectByName"
     " ObQueryNameString ObQueryObjectAuditingByHandle PsChargePoolQuota PsDereferenceImpersonationToken"
     " PsDereferencePrimaryToken PsGetProcessExitTime PsImpersonateClient PsIsSystemThread PsIsThreadTerminating"
     " PsLookupProcessByProcessId PsLookupThreadByThreadId PsReferenceImpersonationToken PsReferencePrimaryToken"
     " PsReturnPoolQuota PsRevertToSelf RtlAbsoluteToSelfRelativeSD RtlAddAccessAllowedAce RtlAddAccessAllowedAceEx RtlAddAce"
     " RtlAllocateAndInitializeSid RtlAllocateHeap RtlAppendStringToString RtlConvertSidToUnicodeString RtlCreateAcl"
     " RtlCreateHeap RtlCreateUnicodeString RtlCustomCPToUnicodeN RtlDecompressBuffer RtlCompressBuffer RtlDeleteAce"
     " RtlDestroyHeap RtlDowncaseUnicodeString RtlEqualPrefixSid RtlEqualSid RtlFreeHeap RtlFreeSid RtlGenerate8dot3Name"
     " RtlGetAce RtlGetDaclSecurityDescriptor RtlGetGroupSecurityDescriptor RtlGetOwnerSecurityDescriptor"
     " RtlGetSaclSecurityDescriptor RtlIdentifierAuthoritySid RtlInitCodePageTable RtlInitializeSid RtlIsNameLegalDOS8Dot3"
     " RtlLengthRequiredSid RtlLengthSid RtlMultiByteToUnicodeN RtlMultiByteToUnicodeSize RtlOemStringToUnicodeString"
     " RtlPrefixString RtlSecondsSince1970ToTime RtlSelfRelativeToAbsoluteSD RtlSetGroupSecurityDescriptor"
     " RtlSetOwnerSecurityDescriptor RtlSubAuthorityCountSid RtlSubAuthoritySid RtlTimeToSecondsSince1970"
     " RtlUnicodeToMultiByteN RtlUnicodeToMultiByteSize RtlUpcaseUnicodeToMultiByteN RtlValidSid SeAppendPrivileges"
     " SeCaptureSubjectContext SeCreateClientSecurity SeDeleteAccessState SeImpersonateClient SeImpersonateClientEx"
     " SeLockSubjectContext SeOpenObjectAuditAlarm SePrivilegeCheck SeQueryAuthenticationIdToken SeQueryInformationToken"
     " SeReleaseSubjectContext SeTokenIsAdmin SeTokenIsRestricted SeTokenType SeUnlockSubjectContext ZwAdjustPrivilegesToken"
     " ZwAllocateVirtualMemory ZwCreateEvent ZwDeleteFile ZwDuplicateObject ZwDuplicateToken ZwFlushBuffersFile"
     " ZwFlushVirtualMemory ZwFreeVirtualMemory ZwFsControlFile ZwLockFile ZwNotifyChangeDirectoryFile ZwOpenDirectoryObject"
     " ZwOpenProcessToken ZwOpenProcessTokenEx ZwOpenThreadToken ZwOpenThreadTokenEx ZwQueryDirectoryFile ZwQueryEaFile"
     " ZwQueryInformationProcess ZwQueryInformationToken ZwQueryObject ZwQuerySecurityObject ZwQuerySystemInformation"
     " ZwQueryVirtualMemory ZwQueryVolumeInformationFile ZwSetEaFile ZwSetEvent ZwSetInformationProcess ZwSetInformationToken"
     " ZwSetSecurityObject ZwSetVolumeInformationFile ZwUnlockFile ZwWaitForSingleObject "},
    {"wdmsec.h", " IoCreateDeviceSecure WdmlibIoCreateDeviceSecure WdmlibIoValidateDeviceIoControlAccess "},
    {"wmilib.h", " WmiCompleteRequest WmiFireEvent WmiSystemControl "},
    {"csq.h", " WdmlibIoCsqInitialize WdmlibIoCsqInsertIrp WdmlibIoCsqRemoveIrp WdmlibIoCsqRemoveNextIrp "},
    {"aux_klib.h",
     " AuxKlibEnumerateSystemFirmwareTables AuxKlibGetBugCheckData AuxKlibGetImageExportDirectory AuxKlibGetSystemFirmwareTable"
     " AuxKlibInitialize AuxKlibQueryModuleInformation "},
    {"poclass.h", " PowerUpdateDeviceState "},
    {"usbdlib.h",
     " USBD_AssignUrbToIoStackLocation USBD_CalculateUsbBandwidth USBD_CloseHandle USBD_CreateConfigurationRequest"
     " USBD_CreateConfigurationRequestEx USBD_CreateHandle USBD_GetInterfaceLength USBD_GetPdoRegistryParameter"
     " USBD_GetUSBDIVersion USBD_InterfaceRequestGetBusTime USBD_IsochUrbAllocate USBD_IsInterfaceVersionSupported"
     " USBD_ParseConfigurationDescriptor USBD_ParseConfigurationDescriptorEx USBD_ParseDescriptors"
     " USBD_QueryBusTime USBD_QueryUsbCapability USBD_RegisterHcFilter USBD_SelectConfigUrbAllocateAndBuild"
     " USBD_SelectInterfaceUrbAllocateAndBuild USBD_UrbAllocate USBD_UrbFree USBD_ValidateConfigurationDescriptor "},
    {"hidport.h", " HidNotifyPresence HidRegisterMinidriver "},
    {"hidpi.h", " HidP_FreeCollectionDescription HidP_GetButtonCaps HidP_GetCaps HidP_GetCollectionDescription HidP_GetUsages"
                " HidP_GetUsageValue HidP_GetValueCaps HidP_MaxUsageListLength HidP_SetUsages HidP_SetUsageValue "},
    {"classpnp.h", " ClassInitialize ClassInitializeEx ClassReleaseRemoveLock ClassAcquireRemoveLockEx ClassCompleteRequest"
                   " ClassForwardIrpSynchronous ClassSendSrbSynchronous ClassDebugPrint "},
    {"storport.h", " StorPortInitialize StorPortNotification StorPortGetDeviceBase StorPortGetUncachedExtension "},
    {"stdio.h", " sprintf snprintf vsnprintf vsprintf swprintf sscanf _snprintf _snwprintf _vsnprintf _vsnwprintf "},
    {"stdlib.h", " atoi atol strtol strtoul rand srand malloc calloc free _wtoi _wtol _itoa _itow "},
    {"string.h",
     " _stricmp _strnicmp _strlwr _strupr _wcsicmp _wcsnicmp _wcslwr _wcsupr wcscat wcschr wcscmp wcscpy wcslen wcsncat"
     " wcsncmp wcsncpy wcsrchr wcsspn wcsstr strtok "},
};

/* Families of routines beyond the kernel's own, by how their names begin. */
static const struct row families[] = {
    {"ndis.h", "Ndis"},
    {"wdf.h", "Wdf"},
    {"fltkernel.h", "Flt"},
    {"ks.h", "Ks"},
    {"portcls.h", "Pc"},
    {"hidpi.h", "HidP_"},
    {"usbdlib.h", "USBD_"},
    {"scsi.h", "ScsiPort"},
    {"storport.h", "StorPort"},
    {"classpnp.h", "Class"},
    {"video.h", "VideoPort"},
    {"fwpsk.h", "Fwps"},
    {"wsk.h", "Wsk"},
    {"ntstrsafe.h", "RtlString"},
    {"ntstrsafe.h", "RtlUnicodeStringPrintf"},
    {"ntifs.h", "FsRtl"},
};

static bool has_name(const struct row *row, const char *name)
{
    const char *found = row->names;
    size_t length = strlen(name);
    while ((found = strstr(found, name)) != NULL) {
        if (found[-1] == ' ' && (found[length] == ' ' || found[length] == 0)) {
            return true;
        }
        found += length;
    }
    return false;
}

/* The prefix is followed by a capital letter. */
static bool is_of_family(const struct row *row, const char *name)
{
    size_t length = strlen(row->names);
    return strncmp(name, row->names, length) == 0 && name[length] >= 'A' && name[length] <= 'Z';
}

const char *known_routine_header(const char *routine)
{
    for (uint32_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        if (has_name(&rows[index], routine)) {
            return rows[index].header;
        }
    }
    for (uint32_t index = 0; index < sizeof families / sizeof families[0]; index++) {
        if (is_of_family(&families[index], routine)) {
            return families[index].header;
        }
    }
    return NULL;
}
