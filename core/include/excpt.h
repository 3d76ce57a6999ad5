/* excpt.h - guarded blocks; see wdm/compiler.h. */
#ifndef _INC_EXCPT
#define _INC_EXCPT

#include "wdm/annotations.h"

#endif
