/* annotations.h - source annotations and idioms of Microsoft's compiler, with a meaning here or with none. */
#ifndef WDM_ANNOTATIONS_H
#define WDM_ANNOTATIONS_H

#define NTAPI
#define NTKERNELAPI
#define FORCEINLINE static inline __attribute__((always_inline))
#define CONST const
#define VOID void
#define IN
#define OUT
#define OPTIONAL
#define _In_
#define _In_opt_
#define _Out_
#define _Inout_
#define _When_(condition, annotation)
#define _IRQL_requires_max_(level)
#define _IRQL_requires_min_(level)
#define _Must_inspect_result_ __attribute__((warn_unused_result))
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))

#ifndef DBG
#define DBG 0
#endif

#endif
