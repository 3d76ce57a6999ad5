/* ntddk.h - the kit's older name for most of wdm.h, which has all that this model knows. */
#ifndef _NTDDK_
#define _NTDDK_

#include "wdm.h"

#endif
