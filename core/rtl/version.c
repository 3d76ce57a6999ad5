/* version.c - the Windows that this model says it is. */
#include "rtl.h"

enum { MAJOR = 10, MINOR = 0, BUILD = 19045, BITS_PER_CONDITION = 3 };

NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation)
{
    touch(VersionInformation, sizeof *VersionInformation, true, SITE);
    VersionInformation->dwMajorVersion = MAJOR;
    VersionInformation->dwMinorVersion = MINOR;
    VersionInformation->dwBuildNumber = BUILD;
    VersionInformation->dwPlatformId = VER_PLATFORM_WIN32_NT;
    VersionInformation->szCSDVersion[0] = 0;
    if (VersionInformation->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        PRTL_OSVERSIONINFOEXW more = (PRTL_OSVERSIONINFOEXW)VersionInformation;
        touch(more, sizeof *more, true, SITE);
        more->wServicePackMajor = 0;
        more->wServicePackMinor = 0;
        more->wSuiteMask = 0;
        more->wProductType = VER_NT_WORKSTATION;
        more->wReserved = 0;
    }
    return STATUS_SUCCESS;
}

/* Three bits of the mask for each bit of the type. */
ULONGLONG VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition)
{
    for (unsigned int bit = 0; bit < 8; bit++) {
        if ((TypeMask >> bit & 1) != 0) {
            ConditionMask |= (ULONGLONG)(Condition & 7) << (bit * BITS_PER_CONDITION);
        }
    }
    return ConditionMask;
}

static bool fulfils(ULONGLONG ours, ULONGLONG asked, unsigned int condition)
{
    switch (condition) {
    case VER_EQUAL:
        return ours == asked;
    case VER_GREATER:
        return ours > asked;
    case VER_GREATER_EQUAL:
        return ours >= asked;
    case VER_LESS:
        return ours < asked;
    case VER_LESS_EQUAL:
        return ours <= asked;
    default:
        return false;
    }
}

static unsigned int condition_of(ULONGLONG mask, ULONG type)
{
    return mask >> (__builtin_ctz(type) * BITS_PER_CONDITION) & 7;
}

NTSTATUS RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask, ULONGLONG ConditionMask)
{
    if (TypeMask == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    touch(VersionInfo, sizeof *VersionInfo, false, SITE);
    /* Major, minor and service pack are one number, compared under the condition of the first that is asked for. */
    static const ULONG parts[] = {VER_MAJORVERSION, VER_MINORVERSION, VER_SERVICEPACKMAJOR, VER_SERVICEPACKMINOR};
    const ULONG values[] = {VersionInfo->dwMajorVersion, VersionInfo->dwMinorVersion, VersionInfo->wServicePackMajor,
                            VersionInfo->wServicePackMinor};
    static const ULONG own[] = {MAJOR, MINOR, 0, 0};
    ULONGLONG ours = 0;
    ULONGLONG asked = 0;
    unsigned int condition = 0;
    for (size_t i = 0; i < RTL_NUMBER_OF(parts); i++) {
        if ((TypeMask & parts[i]) != 0) {
            condition = condition == 0 ? condition_of(ConditionMask, parts[i]) : condition;
            ours = ours << 16 | own[i];
            asked = asked << 16 | (values[i] & 0xFFFF);
        }
    }
    bool holds = condition == 0 || fulfils(ours, asked, condition);
    if ((TypeMask & VER_BUILDNUMBER) != 0) {
        holds &= fulfils(BUILD, VersionInfo->dwBuildNumber, condition_of(ConditionMask, VER_BUILDNUMBER));
    }
    if ((TypeMask & VER_PRODUCT_TYPE) != 0) {
        holds &= fulfils(VER_NT_WORKSTATION, VersionInfo->wProductType, condition_of(ConditionMask, VER_PRODUCT_TYPE));
    }
    return holds ? STATUS_SUCCESS : STATUS_REVISION_MISMATCH;
}

BOOLEAN RtlIsNtDdiVersionAvailable(ULONG Version)
{
    return Version <= NTDDI_WIN10_VB;
}

BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber, PUNICODE_STRING CSDVersion)
{
    const struct {
        PULONG place;
        ULONG value;
    } answers[] = {{MajorVersion, MAJOR}, {MinorVersion, MINOR}, {BuildNumber, BUILD}};
    for (size_t i = 0; i < RTL_NUMBER_OF(answers); i++) {
        if (answers[i].place != NULL) {
            touch(answers[i].place, sizeof(ULONG), true, SITE);
            *answers[i].place = answers[i].value;
        }
    }
    if (CSDVersion != NULL) {
        RtlInitUnicodeString(CSDVersion, NULL);
    }
    return FALSE; /* a free build */
}

/* WDM 6.0 came with Vista and stayed. */
BOOLEAN IoIsWdmVersionAvailable(UCHAR MajorVersion, UCHAR MinorVersion)
{
    return MajorVersion < 6 || (MajorVersion == 6 && MinorVersion == 0);
}

/* No routine is found by name: every one that the model knows can be linked to. */
PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName)
{
    (void)text_of_unicode(SystemRoutineName, SITE);
    return NULL;
}
