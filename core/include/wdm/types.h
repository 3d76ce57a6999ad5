/* types.h - the basic types, with their Windows sizes although longs have 64 bits here. */
#ifndef WDM_TYPES_H
#define WDM_TYPES_H

#include "annotations.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef void *PVOID, *LPVOID, *PVOID64;
typedef const void *PCVOID, *LPCVOID;
typedef PVOID HANDLE, *PHANDLE, *LPHANDLE;
typedef char CHAR, *PCHAR, *LPCH, *PCH, *PSTR, *LPSTR, *NPSTR;
typedef const char *PCSTR, *LPCSTR, *PCCH, *LPCCH, *PCCHAR;
typedef PSTR *PPSTR;
typedef unsigned char UCHAR, *PUCHAR, BOOLEAN, *PBOOLEAN;
typedef const unsigned char *PCUCHAR;
typedef short SHORT, *PSHORT, CSHORT, *PCSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef uint16_t WCHAR, *PWCHAR, *PWCH, *LPWCH, *PWSTR, *LPWSTR, *NWPSTR, WCH;
typedef const WCHAR *PCWCHAR, *PCWCH, *PCWSTR, *LPCWSTR, *LPCWCH;
typedef PWSTR PZZWSTR, PNZWCH;
typedef PCWSTR PCZZWSTR, PCNZWCH, PCUNZWCH;
typedef int32_t LONG, *PLONG;
typedef uint32_t ULONG, *PULONG, LOGICAL, *PLOGICAL, CLONG, *PCLONG;
typedef int64_t LONGLONG, *PLONGLONG, LONG64, *PLONG64, USN;
typedef uint64_t ULONGLONG, *PULONGLONG, ULONG64, *PULONG64;
typedef const uint64_t *PCULONGLONG;
typedef intptr_t LONG_PTR, *PLONG_PTR, INT_PTR, *PINT_PTR, SSIZE_T, *PSSIZE_T;
typedef uintptr_t ULONG_PTR, *PULONG_PTR, UINT_PTR, *PUINT_PTR, DWORD_PTR, *PDWORD_PTR;
typedef int32_t HALF_PTR, *PHALF_PTR;
typedef uint32_t UHALF_PTR, *PUHALF_PTR;
typedef size_t SIZE_T, *PSIZE_T;
typedef int INT, *PINT, *LPINT;
typedef unsigned int UINT, *PUINT, *LPUINT;
typedef float FLOAT, *PFLOAT;
typedef double DOUBLE, *PDOUBLE;
typedef uint32_t DWORD, *PDWORD, *LPDWORD, ULONG32, *PULONG32, UINT32, *PUINT32, DWORD32, *PDWORD32;
typedef int32_t LONG32, *PLONG32, INT32, *PINT32, BOOL, *PBOOL, *LPBOOL;
typedef int64_t INT64, *PINT64;
typedef uint64_t UINT64, *PUINT64, DWORD64, *PDWORD64, DWORDLONG, *PDWORDLONG;
typedef uint8_t UINT8, *PUINT8, BYTE, *PBYTE, *LPBYTE;
typedef uint16_t UINT16, *PUINT16, WORD, *PWORD, *LPWORD;
typedef int8_t INT8, *PINT8;
typedef int16_t INT16, *PINT16;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;
typedef USHORT LANGID;
typedef ULONG ACCESS_MASK, *PACCESS_MASK, DEVICE_TYPE, SECURITY_INFORMATION, *PSECURITY_INFORMATION, LCID, *PLCID;
typedef CHAR CCHAR, KPROCESSOR_MODE;
typedef UCHAR KIRQL, *PKIRQL;
typedef LONG NTSTATUS, *PNTSTATUS, HRESULT, SECURITY_STATUS;
typedef LONG KPRIORITY;
typedef int errno_t;
typedef PVOID PSID, PSECURITY_DESCRIPTOR, PACCESS_TOKEN;

typedef union _LARGE_INTEGER {
    struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *PRLIST_ENTRY;
typedef const LIST_ENTRY *PCLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _STRING {
    USHORT Length; /* bytes, without a terminator */
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING, *PUTF8_STRING;
typedef const STRING *PCANSI_STRING, *PCOEM_STRING, *PCSTRING;

typedef struct _UNICODE_STRING {
    USHORT Length; /* bytes, without a terminator */
    USHORT MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

#include "../guiddef.h"

#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif
#ifndef NULL
#define NULL ((void *)0)
#endif

#define ANSI_NULL ((CHAR)0)
#define UNICODE_NULL ((WCHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS 32767

/* ------------------------------------------------------------------------------------------------------- limits -- */

#define MINCHAR 0x80
#define MAXCHAR 0x7f
#define MINSHORT 0x8000
#define MAXSHORT 0x7fff
#define MINLONG 0x80000000
#define MAXLONG 0x7fffffff
#define MAXUCHAR 0xff
#define MAXUSHORT 0xffff
#define MAXULONG 0xffffffffu
#define MAXULONG_PTR (~(ULONG_PTR)0)
#define MAXLONG_PTR ((LONG_PTR)(MAXULONG_PTR >> 1))
#define MAXSIZE_T (~(SIZE_T)0)
#define MAXULONGLONG (~(ULONGLONG)0)
#define MAXLONGLONG ((LONGLONG)0x7fffffffffffffff)
#define MAXULONG64 MAXULONGLONG
#define MAXULONG32 MAXULONG
#define MAXBYTE 0xff
#define MAXWORD 0xffff
#define MAXDWORD 0xffffffffu
#define MAXUINT 0xffffffffu
#define MAXINT 0x7fffffff

#ifndef MAX_PATH
#define MAX_PATH 260
#endif
#define MAXIMUM_FILENAME_LENGTH 256

/* ----------------------------------------------------------------------------------------------- small operations -- */

#define CONTAINING_RECORD(address, type, field) ((type *)((PCHAR)(address)-offsetof(type, field)))
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field) ((ULONG)offsetof(type, field))
#define FIELD_SIZE(type, field) sizeof(((type *)0)->field)
#define RTL_FIELD_SIZE(type, field) sizeof(((type *)0)->field)
#define RTL_FIELD_TYPE(type, field) __typeof__(((type *)0)->field)
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(structure, size, field)                                                                             \
    ((((PCHAR)(&(structure)->field)) + sizeof((structure)->field)) <= (((PCHAR)(structure)) + (size)))
#define RTL_NUMBER_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RTL_NUMBER_OF_V1(array) RTL_NUMBER_OF(array)
#define RTL_NUMBER_OF_V2(array) RTL_NUMBER_OF(array)
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)
#define _ARRAYSIZE(array) RTL_NUMBER_OF(array)
#define _countof(array) RTL_NUMBER_OF(array)
#define RTL_NUMBER_OF_FIELD(type, field) RTL_NUMBER_OF(RTL_FIELD_TYPE(type, field))
#define TYPE_ALIGNMENT(type) ((ULONG) _Alignof(type))
#define PROBE_ALIGNMENT(type) TYPE_ALIGNMENT(type)
#define ARGUMENT_PRESENT(argument) ((PVOID)(argument) != NULL)

#define LOWORD(value) ((USHORT)((ULONG_PTR)(value)&0xffff))
#define HIWORD(value) ((USHORT)(((ULONG_PTR)(value) >> 16) & 0xffff))
#define LOBYTE(value) ((UCHAR)((ULONG_PTR)(value)&0xff))
#define HIBYTE(value) ((UCHAR)(((ULONG_PTR)(value) >> 8) & 0xff))
#define MAKEWORD(low, high) ((USHORT)(((UCHAR)(low)) | ((USHORT)((UCHAR)(high))) << 8))
#define MAKELONG(low, high) ((LONG)(((USHORT)(low)) | ((ULONG)((USHORT)(high))) << 16))

#define PtrToUlong(pointer) ((ULONG)(ULONG_PTR)(pointer))
#define PtrToLong(pointer) ((LONG)(LONG_PTR)(pointer))
#define PtrToUint(pointer) ((UINT)(ULONG_PTR)(pointer))
#define PtrToInt(pointer) ((INT)(LONG_PTR)(pointer))
#define PtrToUshort(pointer) ((USHORT)(ULONG_PTR)(pointer))
#define HandleToUlong(handle) ((ULONG)(ULONG_PTR)(handle))
#define HandleToULong(handle) HandleToUlong(handle)
#define HandleToLong(handle) ((LONG)(LONG_PTR)(handle))
#define UlongToPtr(value) ((PVOID)(ULONG_PTR)(ULONG)(value))
#define ULongToPtr(value) UlongToPtr(value)
#define LongToPtr(value) ((PVOID)(LONG_PTR)(LONG)(value))
#define UintToPtr(value) ((PVOID)(ULONG_PTR)(UINT)(value))
#define IntToPtr(value) ((PVOID)(LONG_PTR)(INT)(value))
#define UlongToHandle(value) ((HANDLE)(ULONG_PTR)(ULONG)(value))
#define ULongToHandle(value) UlongToHandle(value)
#define LongToHandle(value) ((HANDLE)(LONG_PTR)(LONG)(value))
#define PtrToPtr64(pointer) ((void *)(pointer))

#define Int32x32To64(a, b) ((LONGLONG)(LONG)(a) * (LONGLONG)(LONG)(b))
#define UInt32x32To64(a, b) ((ULONGLONG)(ULONG)(a) * (ULONGLONG)(ULONG)(b))
#define Int64ShllMod32(value, count) ((ULONGLONG)(value) << (count))
#define Int64ShraMod32(value, count) ((LONGLONG)(value) >> (count))
#define Int64ShrlMod32(value, count) ((ULONGLONG)(value) >> (count))

/* Addresses and sizes that are multiples of a power of two. */
#define ALIGN_DOWN_BY(length, alignment) ((ULONG_PTR)(length) & ~((ULONG_PTR)(alignment)-1))
#define ALIGN_UP_BY(length, alignment) ALIGN_DOWN_BY(((ULONG_PTR)(length) + (alignment)-1), (alignment))
#define ALIGN_DOWN(length, type) ALIGN_DOWN_BY((length), sizeof(type))
#define ALIGN_UP(length, type) ALIGN_UP_BY((length), sizeof(type))
#define ALIGN_DOWN_POINTER_BY(address, alignment) ((PVOID)ALIGN_DOWN_BY((address), (alignment)))
#define ALIGN_UP_POINTER_BY(address, alignment) ((PVOID)ALIGN_UP_BY((address), (alignment)))
#define ALIGN_DOWN_POINTER(address, type) ALIGN_DOWN_POINTER_BY((address), sizeof(type))
#define ALIGN_UP_POINTER(address, type) ALIGN_UP_POINTER_BY((address), sizeof(type))
#define IS_ALIGNED(address, alignment) ((((ULONG_PTR)(address)) & ((alignment)-1)) == 0)

#define FlagOn(flags, flag) ((flags) & (flag))
#define BooleanFlagOn(flags, flag) ((BOOLEAN)(((flags) & (flag)) != 0))
#define SetFlag(flags, flag) ((flags) |= (flag))
#define ClearFlag(flags, flag) ((flags) &= ~(flag))

#ifdef WDM_FOR_DRIVER
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

#endif
