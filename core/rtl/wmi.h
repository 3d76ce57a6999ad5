/* wmi.h - which devices have registered with WMI, for the machine that asks them. */
#ifndef CORE_RTL_WMI_H
#define CORE_RTL_WMI_H

#include "../kernel/kernel.h"

bool wmi_is_registered(const DEVICE_OBJECT *device);

#endif
