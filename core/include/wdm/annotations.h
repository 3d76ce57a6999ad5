/*
 * annotations.h - the idioms of Microsoft's compiler, with a meaning here or with none.
 *
 * Drivers are compiled with 16-bit wide characters, and for them libc's string routines are replaced and the compiler keeps
 * quiet about what Microsoft's accepts: WDM_FOR_DRIVER says so. The kernel model's own files see the rest of these headers
 * alone.
 */
#ifndef WDM_ANNOTATIONS_H
#define WDM_ANNOTATIONS_H

#if __SIZEOF_WCHAR_T__ == 2
#define WDM_FOR_DRIVER
#endif

#include "../driverspecs.h"
#include "../sal.h"
#include "compiler.h"
#include "version.h"

#ifdef WDM_FOR_DRIVER
#include "../specstrings.h"
#endif

#define NTAPI
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTKERNELAPI
#define NTHALAPI
#define WINAPI
#define APIENTRY
#define CALLBACK
#define FASTCALL
#define NTAPI_INLINE
#define CONST const
#define VOID void
#define VOLATILE volatile
#define IN
#define OUT
#define OPTIONAL
#define CRITICAL
#define FAR
#define NEAR
#define UNALIGNED
#define RESTRICTED_POINTER __restrict__
#define POINTER_32
#define POINTER_64

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

#define WDM_INLINE static __inline__ __attribute__((always_inline))
/* Drivers often write `static` beside it. A call is always inlined, so no other definition is asked for. */
#ifdef WDM_FOR_DRIVER
#define FORCEINLINE __inline__ __attribute__((always_inline))
#else
#define FORCEINLINE WDM_INLINE
#endif
#define CFORCEINLINE FORCEINLINE
#define STDAPICALLTYPE
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define DECLSPEC_CACHEALIGN __attribute__((aligned(64)))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOTHROW
#define DECLSPEC_NOVTABLE
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_RESTRICT
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_UUID(text)
#define DECLSPEC_GUARD_SUPPRESS
#define MIDL_INTERFACE(text) struct

#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define DBG_UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(variable) ((void)(variable))
#define DEFAULT_UNREACHABLE                                                                                                    \
    default:                                                                                                                   \
        __builtin_unreachable()
#define UNREACHABLE __builtin_unreachable()
#define __assume(expression) ((void)0)
#define C_ASSERT(expression) typedef char WDM_JOIN(wdm_c_assert_, __COUNTER__)[(expression) ? 1 : -1] __attribute__((unused))
#define WDM_JOIN_(a, b) a##b
#define WDM_JOIN(a, b) WDM_JOIN_(a, b)
#define UNREFERENCED_LOCAL_VARIABLE(variable) ((void)(variable))

#ifndef DBG
#define DBG 0
#endif

#endif
