/*
 * wdm.h - what drivers use of the header of this name in the Windows driver kit, for Linux.
 *
 * Driver source includes it as it would include the kit's own. Types have their Windows sizes although longs have 64 bits here:
 * LONG and ULONG have 32 bits, WCHAR has 16. Structures have the layout of x64 Windows; core/lock/layout.c asserts the offsets.
 *
 * What the routines do is documented by Microsoft; https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/ has a page for
 * each under its own name. Comments here say only what this model adds: every routine that other threads can notice is a
 * scheduling point and happens in one step.
 */
#ifndef _WDMDDK_
#define _WDMDDK_

#ifdef __cplusplus
extern "C" {
#endif

#include "wdm/annotations.h"
#include "wdm/bitmap.h"
#include "wdm/counted_string.h"
#include "wdm/crt.h"
#include "wdm/debug.h"
#include "wdm/device.h"
#include "wdm/ex.h"
#include "wdm/interlocked.h"
#include "wdm/interrupt.h"
#include "wdm/io.h"
#include "wdm/ke.h"
#include "wdm/list.h"
#include "wdm/mm.h"
#include "wdm/ob.h"
#include "wdm/pnp.h"
#include "wdm/po.h"
#include "wdm/ps.h"
#include "wdm/registry.h"
#include "wdm/remove_lock.h"
#include "wdm/resource.h"
#include "wdm/rtl.h"
#include "wdm/status.h"
#include "wdm/table.h"
#include "wdm/types.h"
#include "wdm/wmi.h"
#include "wdm/zw.h"

#ifdef __cplusplus
}
#endif

#endif
