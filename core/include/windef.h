/* windef.h - the names of basic types that programs use. */
#ifndef _WINDEF_
#define _WINDEF_

#include "wdm/types.h"

#endif
