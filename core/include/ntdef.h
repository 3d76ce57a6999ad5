/* ntdef.h - the basic types. */
#ifndef _NTDEF_
#define _NTDEF_

#include "wdm/types.h"

#endif
