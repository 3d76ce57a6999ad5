/* wdmsec.h - devices with a security descriptor of their own. Who may open a device is not modelled; the strings are kept. */
#ifndef _WDMSEC_H_
#define _WDMSEC_H_

#include "wdm.h"

#define WDM_SDDL(name, text) __attribute__((unused)) static const UNICODE_STRING name = RTL_CONSTANT_STRING(text)

#ifdef WDM_FOR_DRIVER
WDM_SDDL(SDDL_DEVOBJ_KERNEL_ONLY, L"D:P");
WDM_SDDL(SDDL_DEVOBJ_INF_SUPPLIED, L"D:P(A;;GA;;;SY)");
WDM_SDDL(SDDL_DEVOBJ_SYS_ALL, L"D:P(A;;GA;;;SY)");
WDM_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_ALL, L"D:P(A;;GA;;;SY)(A;;GA;;;BA)");
WDM_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RX, L"D:P(A;;GA;;;SY)(A;;GRGX;;;BA)");
WDM_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R, L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)");
WDM_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_R_RES_R, L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)(A;;GR;;;RC)");
WDM_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RW_RES_R, L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)");
WDM_SDDL(SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX, L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGWGX;;;WD)(A;;GRGWGX;;;RC)");
#endif

#define WdmlibIoCreateDeviceSecure IoCreateDeviceSecure
#define WdmlibIoValidateDeviceIoControlAccess IoValidateDeviceIoControlAccess
NTSTATUS IoValidateDeviceIoControlAccess(PIRP Irp, ULONG RequiredAccess);

#endif
