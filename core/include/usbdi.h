/* usbdi.h - the older name for usb.h and usbioctl.h together. */
#ifndef __USBDI_H__
#define __USBDI_H__

#include "usb.h"
#include "usbioctl.h"

#endif
