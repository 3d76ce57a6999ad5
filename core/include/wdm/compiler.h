/*
 * compiler.h - keywords of Microsoft's compiler, for gcc and clang.
 *
 * Guarded blocks: nothing raises exceptions here, so a guarded body just runs, a handler never does, and a termination handler
 * runs after the body. What leaves a body by return, goto or break skips its termination handler; __leave is refused.
 */
#ifndef WDM_COMPILER_H
#define WDM_COMPILER_H

#define __declspec(what) WDM_DECLSPEC_##what
#define _declspec(what) WDM_DECLSPEC_##what
#define WDM_DECLSPEC_align(bytes) __attribute__((aligned(bytes)))
#define WDM_DECLSPEC_noinline __attribute__((noinline))
#define WDM_DECLSPEC_noreturn __attribute__((noreturn))
#define WDM_DECLSPEC_selectany __attribute__((weak))
#define WDM_DECLSPEC_allocate(section)
#define WDM_DECLSPEC_code_seg(section)
#define WDM_DECLSPEC_deprecated
#define WDM_DECLSPEC_dllexport
#define WDM_DECLSPEC_dllimport
#define WDM_DECLSPEC_guard(what)
#define WDM_DECLSPEC_naked
#define WDM_DECLSPEC_noalias
#define WDM_DECLSPEC_nothrow
#define WDM_DECLSPEC_novtable
#define WDM_DECLSPEC_no_init_all
#define WDM_DECLSPEC_restrict
#define WDM_DECLSPEC_safebuffers
#define WDM_DECLSPEC_thread
#define WDM_DECLSPEC_uuid(text)

#define __cdecl
#define _cdecl
#define __stdcall
#define _stdcall
#define __fastcall
#define _fastcall
#define __thiscall
#define __vectorcall
#define __clrcall
#define __unaligned
#define __ptr32
#define __ptr64
#define __sptr
#define __uptr
#define __w64
#ifndef __pragma
#define __pragma(...)
#endif
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long
#define _int64 long
#define __wchar_t unsigned short
#define __forceinline FORCEINLINE
#define _forceinline FORCEINLINE
#define _inline __inline__
#define __FUNCDNAME__ __FUNCTION__
#define __FUNCSIG__ __PRETTY_FUNCTION__
#define __noop(...) ((void)0)
#define __debugbreak() DbgBreakPoint()
#define _ReturnAddress() __builtin_return_address(0)
#define _AddressOfReturnAddress() __builtin_frame_address(0)

#ifdef WDM_FOR_DRIVER

#define __try if (1)
#define WDM_EXCEPT(filter) else if (0 && (filter))
#define __except WDM_EXCEPT
#define __finally                                                                                                              \
    else                                                                                                                       \
    {                                                                                                                          \
    }
#define __leave goto this_model_does_not_know___leave
#define try __try
#define except __except
#define finally __finally
#define leave __leave
#define GetExceptionCode() ((unsigned int)0)
#define GetExceptionInformation() NULL
#define AbnormalTermination() 0
#define _exception_code() GetExceptionCode()
#define _abnormal_termination() AbnormalTermination()
#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

/* What Microsoft's compiler knows or takes in silence. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmultichar"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wfour-char-constants"
#pragma clang diagnostic ignored "-Wignored-pragmas"
#pragma clang diagnostic ignored "-Wignored-pragma-intrinsic"
#pragma clang diagnostic ignored "-Wpragma-pack"
#pragma clang diagnostic ignored "-Wmicrosoft"
#endif

#endif
#endif
