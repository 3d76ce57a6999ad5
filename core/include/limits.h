/* limits.h - the system's limits; for drivers those of long are 32 bits wide, as on Windows. */
#include_next <limits.h>

#if __SIZEOF_WCHAR_T__ == 2
#undef LONG_MIN
#undef LONG_MAX
#undef ULONG_MAX
#define LONG_MIN (-2147483647 - 1)
#define LONG_MAX 2147483647
#define ULONG_MAX 0xffffffffu
#endif
