/*
 * crt.h - the C run-time that kernel drivers may call. A driver's calls come here and not to libc: wide characters have 16
 * bits, formats are Microsoft's, and what is read and written is watched like the driver's own accesses.
 */
#ifndef WDM_CRT_H
#define WDM_CRT_H

#include "types.h"

#define _TRUNCATE ((size_t)-1)

#ifdef WDM_FOR_DRIVER
#define WDM_CRT(name) __asm__(name)

size_t strlen(const char *text) WDM_CRT("crt_strlen");
size_t strnlen(const char *text, size_t limit) WDM_CRT("crt_strnlen");
char *strcpy(char *destination, const char *source) WDM_CRT("crt_strcpy");
char *strncpy(char *destination, const char *source, size_t count) WDM_CRT("crt_strncpy");
char *strcat(char *destination, const char *source) WDM_CRT("crt_strcat");
char *strncat(char *destination, const char *source, size_t count) WDM_CRT("crt_strncat");
int strcmp(const char *one, const char *other) WDM_CRT("crt_strcmp");
int strncmp(const char *one, const char *other, size_t count) WDM_CRT("crt_strncmp");
char *strchr(const char *text, int character) WDM_CRT("crt_strchr");
char *strrchr(const char *text, int character) WDM_CRT("crt_strrchr");
char *strstr(const char *text, const char *part) WDM_CRT("crt_strstr");
int memcmp(const void *one, const void *other, size_t count) WDM_CRT("crt_memcmp");
void *memchr(const void *memory, int byte, size_t count) WDM_CRT("crt_memchr");
int _stricmp(const char *one, const char *other) WDM_CRT("crt_stricmp");
int _strnicmp(const char *one, const char *other, size_t count) WDM_CRT("crt_strnicmp");
char *_strupr(char *text) WDM_CRT("crt_strupr");
char *_strlwr(char *text) WDM_CRT("crt_strlwr");
void *memcpy(void *destination, const void *source, size_t count);
void *memmove(void *destination, const void *source, size_t count);
void *memset(void *destination, int byte, size_t count);

size_t wcslen(const WCHAR *text) WDM_CRT("crt_wcslen");
size_t wcsnlen(const WCHAR *text, size_t limit) WDM_CRT("crt_wcsnlen");
WCHAR *wcscpy(WCHAR *destination, const WCHAR *source) WDM_CRT("crt_wcscpy");
WCHAR *wcsncpy(WCHAR *destination, const WCHAR *source, size_t count) WDM_CRT("crt_wcsncpy");
WCHAR *wcscat(WCHAR *destination, const WCHAR *source) WDM_CRT("crt_wcscat");
WCHAR *wcsncat(WCHAR *destination, const WCHAR *source, size_t count) WDM_CRT("crt_wcsncat");
int wcscmp(const WCHAR *one, const WCHAR *other) WDM_CRT("crt_wcscmp");
int wcsncmp(const WCHAR *one, const WCHAR *other, size_t count) WDM_CRT("crt_wcsncmp");
WCHAR *wcschr(const WCHAR *text, WCHAR character) WDM_CRT("crt_wcschr");
WCHAR *wcsrchr(const WCHAR *text, WCHAR character) WDM_CRT("crt_wcsrchr");
WCHAR *wcsstr(const WCHAR *text, const WCHAR *part) WDM_CRT("crt_wcsstr");
int _wcsicmp(const WCHAR *one, const WCHAR *other) WDM_CRT("crt_wcsicmp");
int _wcsnicmp(const WCHAR *one, const WCHAR *other, size_t count) WDM_CRT("crt_wcsnicmp");
WCHAR *_wcsupr(WCHAR *text) WDM_CRT("crt_wcsupr");
WCHAR *_wcslwr(WCHAR *text) WDM_CRT("crt_wcslwr");

int sprintf(char *buffer, const char *format, ...) WDM_CRT("crt_sprintf");
int vsprintf(char *buffer, const char *format, va_list arguments) WDM_CRT("crt_vsprintf");
int snprintf(char *buffer, size_t count, const char *format, ...) WDM_CRT("crt_snprintf");
int vsnprintf(char *buffer, size_t count, const char *format, va_list arguments) WDM_CRT("crt_vsnprintf");
int _snprintf(char *buffer, size_t count, const char *format, ...) WDM_CRT("crt__snprintf");
int _vsnprintf(char *buffer, size_t count, const char *format, va_list arguments) WDM_CRT("crt__vsnprintf");
int _snwprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...) WDM_CRT("crt__snwprintf");
int _vsnwprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments) WDM_CRT("crt__vsnwprintf");
int wdm_swprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...) WDM_CRT("crt_swprintf");
int vswprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments) WDM_CRT("crt_vswprintf");
int _swprintf(WCHAR *buffer, const WCHAR *format, ...) WDM_CRT("crt__swprintf");

/* Older kits' swprintf has no count. */
#define swprintf(buffer, next, ...)                                                                                            \
    _Generic((next), WCHAR * : _swprintf, const WCHAR * : _swprintf, default : wdm_swprintf)((buffer), (next), ##__VA_ARGS__)

int atoi(const char *text) WDM_CRT("crt_atoi");
LONG atol(const char *text) WDM_CRT("crt_atol");
int _wtoi(const WCHAR *text) WDM_CRT("crt_wtoi");
LONG _wtol(const WCHAR *text) WDM_CRT("crt_wtol");
char *_itoa(int value, char *buffer, int base) WDM_CRT("crt_itoa");
WCHAR *_itow(int value, WCHAR *buffer, int base) WDM_CRT("crt_itow");
int tolower(int character) WDM_CRT("crt_tolower");
int toupper(int character) WDM_CRT("crt_toupper");
unsigned int towlower(unsigned int character) WDM_CRT("crt_towlower");
unsigned int towupper(unsigned int character) WDM_CRT("crt_towupper");
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *one, const void *other)) WDM_CRT("crt_qsort");

errno_t strcpy_s(char *destination, size_t size, const char *source) WDM_CRT("crt_strcpy_s");
errno_t strncpy_s(char *destination, size_t size, const char *source, size_t count) WDM_CRT("crt_strncpy_s");
errno_t strcat_s(char *destination, size_t size, const char *source) WDM_CRT("crt_strcat_s");
errno_t wcscpy_s(WCHAR *destination, size_t size, const WCHAR *source) WDM_CRT("crt_wcscpy_s");
errno_t wcsncpy_s(WCHAR *destination, size_t size, const WCHAR *source, size_t count) WDM_CRT("crt_wcsncpy_s");
errno_t wcscat_s(WCHAR *destination, size_t size, const WCHAR *source) WDM_CRT("crt_wcscat_s");
errno_t memcpy_s(void *destination, size_t size, const void *source, size_t count) WDM_CRT("crt_memcpy_s");
errno_t memmove_s(void *destination, size_t size, const void *source, size_t count) WDM_CRT("crt_memmove_s");
int sprintf_s(char *buffer, size_t size, const char *format, ...) WDM_CRT("crt_sprintf_s");
int swprintf_s(WCHAR *buffer, size_t size, const WCHAR *format, ...) WDM_CRT("crt_swprintf_s");
int _snprintf_s(char *buffer, size_t size, size_t count, const char *format, ...) WDM_CRT("crt__snprintf_s");
int _snwprintf_s(WCHAR *buffer, size_t size, size_t count, const WCHAR *format, ...) WDM_CRT("crt__snwprintf_s");

int abs(int value);

#define EOF (-1)
#define stricmp _stricmp
#define strnicmp _strnicmp
#define strcmpi _stricmp
#define wcsicmp _wcsicmp
#define wcsnicmp _wcsnicmp

#endif
#endif
