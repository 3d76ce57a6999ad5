/* rtl.h - the run-time library: memory and strings. */
#ifndef WDM_RTL_H
#define WDM_RTL_H

#include "status.h"

#define RtlZeroMemory(Destination, Length) __builtin_memset((Destination), 0, (Length))
#define RtlCopyMemory(Destination, Source, Length) __builtin_memcpy((Destination), (Source), (Length))
#define RtlFillMemory(Destination, Length, Fill) __builtin_memset((Destination), (Fill), (Length))

#endif
