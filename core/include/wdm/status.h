/* status.h - what routines return. */
#ifndef WDM_STATUS_H
#define WDM_STATUS_H

#include "status_codes.h"
#include "types.h"

#define NT_SUCCESS(status) (((NTSTATUS)(status)) >= 0)
#define NT_INFORMATION(status) ((((ULONG)(status)) >> 30) == 1)
#define NT_WARNING(status) ((((ULONG)(status)) >> 30) == 2)
#define NT_ERROR(status) ((((ULONG)(status)) >> 30) == 3)
#define NT_FACILITY(status) ((((ULONG)(status)) >> 16) & 0xfff)
#define NT_CUSTOMER(status) (((ULONG)(status)) & 0x20000000)

#define STATUS_SEVERITY_SUCCESS 0x0
#define STATUS_SEVERITY_INFORMATIONAL 0x1
#define STATUS_SEVERITY_WARNING 0x2
#define STATUS_SEVERITY_ERROR 0x3
#define FACILITY_NTWIN32 0x7
#define FACILITY_IO_ERROR_CODE 0x4

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define SUCCEEDED(result) ((HRESULT)(result) >= 0)
#define FAILED(result) ((HRESULT)(result) < 0)

#endif
