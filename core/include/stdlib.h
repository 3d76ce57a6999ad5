/* stdlib.h - for drivers the C run-time of the kernel; for everybody else the system's header of this name. */
#if __SIZEOF_WCHAR_T__ == 2
#include "wdm/crt.h"
#else
#include_next <stdlib.h>
#endif
