/*
 * guiddef.h - GUIDs. DEFINE_GUID declares one; in a file that has included initguid.h it defines it. What several files define
 * is one object.
 */
#ifndef GUID_DEFINED
#define GUID_DEFINED

#include <stdint.h>

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID, *LPGUID, *PGUID, IID, *LPIID, CLSID, *LPCLSID, FMTID;
typedef const GUID *LPCGUID;

#define REFGUID const GUID *
#define REFIID const GUID *
#define REFCLSID const GUID *
#define REFFMTID const GUID *
#define IsEqualGUID(one, other) (__builtin_memcmp((one), (other), sizeof(GUID)) == 0)
#define IsEqualIID(one, other) IsEqualGUID(one, other)
#define IsEqualCLSID(one, other) IsEqualGUID(one, other)
#define InlineIsEqualGUID(one, other) IsEqualGUID(one, other)

#endif

#undef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                                           \
    extern const GUID name;                                                                                                    \
    __attribute__((weak)) const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) extern const GUID name
#endif
