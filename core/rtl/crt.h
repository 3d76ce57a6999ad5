/* crt.h - the C run-time of drivers under the names that wdm/crt.h gives their calls. */
#ifndef CORE_RTL_CRT_H
#define CORE_RTL_CRT_H

#include "rtl.h"

size_t crt_strlen(const char *text);
size_t crt_strnlen(const char *text, size_t limit);
char *crt_strcpy(char *destination, const char *source);
char *crt_strncpy(char *destination, const char *source, size_t count);
char *crt_strcat(char *destination, const char *source);
char *crt_strncat(char *destination, const char *source, size_t count);
int crt_strcmp(const char *one, const char *other);
int crt_strncmp(const char *one, const char *other, size_t count);
char *crt_strchr(const char *text, int character);
char *crt_strrchr(const char *text, int character);
char *crt_strstr(const char *text, const char *part);
int crt_memcmp(const void *one, const void *other, size_t count);
void *crt_memchr(const void *memory, int byte, size_t count);
int crt_stricmp(const char *one, const char *other);
int crt_strnicmp(const char *one, const char *other, size_t count);
char *crt_strupr(char *text);
char *crt_strlwr(char *text);
size_t crt_wcslen(const WCHAR *text);
size_t crt_wcsnlen(const WCHAR *text, size_t limit);
WCHAR *crt_wcscpy(WCHAR *destination, const WCHAR *source);
WCHAR *crt_wcsncpy(WCHAR *destination, const WCHAR *source, size_t count);
WCHAR *crt_wcscat(WCHAR *destination, const WCHAR *source);
WCHAR *crt_wcsncat(WCHAR *destination, const WCHAR *source, size_t count);
int crt_wcscmp(const WCHAR *one, const WCHAR *other);
int crt_wcsncmp(const WCHAR *one, const WCHAR *other, size_t count);
WCHAR *crt_wcschr(const WCHAR *text, WCHAR character);
WCHAR *crt_wcsrchr(const WCHAR *text, WCHAR character);
WCHAR *crt_wcsstr(const WCHAR *text, const WCHAR *part);
int crt_wcsicmp(const WCHAR *one, const WCHAR *other);
int crt_wcsnicmp(const WCHAR *one, const WCHAR *other, size_t count);
WCHAR *crt_wcsupr(WCHAR *text);
WCHAR *crt_wcslwr(WCHAR *text);
int crt_sprintf(char *buffer, const char *format, ...);
int crt_vsprintf(char *buffer, const char *format, va_list arguments);
int crt_snprintf(char *buffer, size_t count, const char *format, ...);
int crt_vsnprintf(char *buffer, size_t count, const char *format, va_list arguments);
int crt__snprintf(char *buffer, size_t count, const char *format, ...);
int crt__vsnprintf(char *buffer, size_t count, const char *format, va_list arguments);
int crt__snwprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...);
int crt__vsnwprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments);
int crt_swprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...);
int crt_vswprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments);
int crt__swprintf(WCHAR *buffer, const WCHAR *format, ...);
int crt_atoi(const char *text);
LONG crt_atol(const char *text);
int crt_wtoi(const WCHAR *text);
LONG crt_wtol(const WCHAR *text);
char *crt_itoa(int value, char *buffer, int base);
WCHAR *crt_itow(int value, WCHAR *buffer, int base);
int crt_tolower(int character);
int crt_toupper(int character);
unsigned int crt_towlower(unsigned int character);
unsigned int crt_towupper(unsigned int character);
void crt_qsort(void *base, size_t count, size_t size, int (*compare)(const void *one, const void *other));
errno_t crt_strcpy_s(char *destination, size_t size, const char *source);
errno_t crt_strncpy_s(char *destination, size_t size, const char *source, size_t count);
errno_t crt_strcat_s(char *destination, size_t size, const char *source);
errno_t crt_wcscpy_s(WCHAR *destination, size_t size, const WCHAR *source);
errno_t crt_wcsncpy_s(WCHAR *destination, size_t size, const WCHAR *source, size_t count);
errno_t crt_wcscat_s(WCHAR *destination, size_t size, const WCHAR *source);
errno_t crt_memcpy_s(void *destination, size_t size, const void *source, size_t count);
errno_t crt_memmove_s(void *destination, size_t size, const void *source, size_t count);
int crt_sprintf_s(char *buffer, size_t size, const char *format, ...);
int crt_swprintf_s(WCHAR *buffer, size_t size, const WCHAR *format, ...);
int crt__snprintf_s(char *buffer, size_t size, size_t count, const char *format, ...);
int crt__snwprintf_s(WCHAR *buffer, size_t size, size_t count, const WCHAR *format, ...);

#endif
