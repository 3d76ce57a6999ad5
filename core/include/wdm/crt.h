/*
 * crt.h - the C run-time that kernel drivers may call. A driver's calls come here and not to libc: wide characters have 16
 * bits, formats are Microsoft's, and what is read and written is watched like the driver's own accesses.
 */
#ifndef WDM_CRT_H
#define WDM_CRT_H

#include "types.h"

#define _TRUNCATE ((size_t)-1)

#ifdef WDM_FOR_DRIVER
#define WDM_CRT(name) __asm__("crt_" #name)

size_t strlen(const char *text) WDM_CRT(strlen);
size_t strnlen(const char *text, size_t limit) WDM_CRT(strnlen);
char *strcpy(char *destination, const char *source) WDM_CRT(strcpy);
char *strncpy(char *destination, const char *source, size_t count) WDM_CRT(strncpy);
char *strcat(char *destination, const char *source) WDM_CRT(strcat);
char *strncat(char *destination, const char *source, size_t count) WDM_CRT(strncat);
int strcmp(const char *one, const char *other) WDM_CRT(strcmp);
int strncmp(const char *one, const char *other, size_t count) WDM_CRT(strncmp);
char *strchr(const char *text, int character) WDM_CRT(strchr);
char *strrchr(const char *text, int character) WDM_CRT(strrchr);
char *strstr(const char *text, const char *part) WDM_CRT(strstr);
int memcmp(const void *one, const void *other, size_t count) WDM_CRT(memcmp);
void *memchr(const void *memory, int byte, size_t count) WDM_CRT(memchr);
int _stricmp(const char *one, const char *other) WDM_CRT(stricmp);
int _strnicmp(const char *one, const char *other, size_t count) WDM_CRT(strnicmp);
char *_strupr(char *text) WDM_CRT(strupr);
char *_strlwr(char *text) WDM_CRT(strlwr);
void *memcpy(void *destination, const void *source, size_t count);
void *memmove(void *destination, const void *source, size_t count);
void *memset(void *destination, int byte, size_t count);

size_t wcslen(const WCHAR *text) WDM_CRT(wcslen);
size_t wcsnlen(const WCHAR *text, size_t limit) WDM_CRT(wcsnlen);
WCHAR *wcscpy(WCHAR *destination, const WCHAR *source) WDM_CRT(wcscpy);
WCHAR *wcsncpy(WCHAR *destination, const WCHAR *source, size_t count) WDM_CRT(wcsncpy);
WCHAR *wcscat(WCHAR *destination, const WCHAR *source) WDM_CRT(wcscat);
WCHAR *wcsncat(WCHAR *destination, const WCHAR *source, size_t count) WDM_CRT(wcsncat);
int wcscmp(const WCHAR *one, const WCHAR *other) WDM_CRT(wcscmp);
int wcsncmp(const WCHAR *one, const WCHAR *other, size_t count) WDM_CRT(wcsncmp);
WCHAR *wcschr(const WCHAR *text, WCHAR character) WDM_CRT(wcschr);
WCHAR *wcsrchr(const WCHAR *text, WCHAR character) WDM_CRT(wcsrchr);
WCHAR *wcsstr(const WCHAR *text, const WCHAR *part) WDM_CRT(wcsstr);
int _wcsicmp(const WCHAR *one, const WCHAR *other) WDM_CRT(wcsicmp);
int _wcsnicmp(const WCHAR *one, const WCHAR *other, size_t count) WDM_CRT(wcsnicmp);
WCHAR *_wcsupr(WCHAR *text) WDM_CRT(wcsupr);
WCHAR *_wcslwr(WCHAR *text) WDM_CRT(wcslwr);

int sprintf(char *buffer, const char *format, ...) WDM_CRT(sprintf);
int vsprintf(char *buffer, const char *format, va_list arguments) WDM_CRT(vsprintf);
int snprintf(char *buffer, size_t count, const char *format, ...) WDM_CRT(snprintf);
int vsnprintf(char *buffer, size_t count, const char *format, va_list arguments) WDM_CRT(vsnprintf);
int _snprintf(char *buffer, size_t count, const char *format, ...) WDM_CRT(_snprintf);
int _vsnprintf(char *buffer, size_t count, const char *format, va_list arguments) WDM_CRT(_vsnprintf);
int _snwprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...) WDM_CRT(_snwprintf);
int _vsnwprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments) WDM_CRT(_vsnwprintf);
int swprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...) WDM_CRT(swprintf);
int vswprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list arguments) WDM_CRT(vswprintf);
int _swprintf(WCHAR *buffer, const WCHAR *format, ...) WDM_CRT(_swprintf);

int atoi(const char *text) WDM_CRT(atoi);
LONG wdm_atol(const char *text) WDM_CRT(atol);
int _wtoi(const WCHAR *text) WDM_CRT(wtoi);
LONG _wtol(const WCHAR *text) WDM_CRT(wtol);
char *_itoa(int value, char *buffer, int base) WDM_CRT(itoa);
WCHAR *_itow(int value, WCHAR *buffer, int base) WDM_CRT(itow);
int tolower(int character) WDM_CRT(tolower);
int toupper(int character) WDM_CRT(toupper);
WCHAR wdm_towlower(WCHAR character) WDM_CRT(towlower);
WCHAR wdm_towupper(WCHAR character) WDM_CRT(towupper);
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *one, const void *other)) WDM_CRT(qsort);

errno_t strcpy_s(char *destination, size_t size, const char *source) WDM_CRT(strcpy_s);
errno_t strncpy_s(char *destination, size_t size, const char *source, size_t count) WDM_CRT(strncpy_s);
errno_t strcat_s(char *destination, size_t size, const char *source) WDM_CRT(strcat_s);
errno_t wcscpy_s(WCHAR *destination, size_t size, const WCHAR *source) WDM_CRT(wcscpy_s);
errno_t wcsncpy_s(WCHAR *destination, size_t size, const WCHAR *source, size_t count) WDM_CRT(wcsncpy_s);
errno_t wcscat_s(WCHAR *destination, size_t size, const WCHAR *source) WDM_CRT(wcscat_s);
errno_t memcpy_s(void *destination, size_t size, const void *source, size_t count) WDM_CRT(memcpy_s);
errno_t memmove_s(void *destination, size_t size, const void *source, size_t count) WDM_CRT(memmove_s);
int sprintf_s(char *buffer, size_t size, const char *format, ...) WDM_CRT(sprintf_s);
int swprintf_s(WCHAR *buffer, size_t size, const WCHAR *format, ...) WDM_CRT(swprintf_s);
int _snprintf_s(char *buffer, size_t size, size_t count, const char *format, ...) WDM_CRT(_snprintf_s);
int _snwprintf_s(WCHAR *buffer, size_t size, size_t count, const WCHAR *format, ...) WDM_CRT(_snwprintf_s);

#define stricmp _stricmp
#define strnicmp _strnicmp
#define strcmpi _stricmp
#define wcsicmp _wcsicmp
#define wcsnicmp _wcsnicmp
#define atol wdm_atol
#define towlower wdm_towlower
#define towupper wdm_towupper

#endif
#endif
