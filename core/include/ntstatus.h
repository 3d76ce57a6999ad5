/* ntstatus.h - NTSTATUS codes. */
#ifndef _NTSTATUS_
#define _NTSTATUS_

#include "wdm/status.h"

#endif
