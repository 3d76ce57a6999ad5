/* sdkddkver.h - versions of Windows. */
#ifndef _INC_SDKDDKVER
#define _INC_SDKDDKVER

#include "wdm/version.h"

#endif
