/* ntifs.h - the kit's header for file systems: here what other drivers find in it. */
#ifndef _NTIFS_
#define _NTIFS_

#include "ntddk.h"

#endif
