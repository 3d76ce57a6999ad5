/* usbd.c - USB descriptors walked through, and the request that selects a configuration. */
#include "rtl.h"

#include <usbdlib.h>

enum { USBDI_VERSION = 0x500, USB_VERSION = 0x200, URB_TAG = 0x20425355 };

VOID USBD_GetUSBDIVersion(PUSBD_VERSION_INFORMATION VersionInformation)
{
    touch(VersionInformation, sizeof *VersionInformation, true, SITE);
    *VersionInformation = (USBD_VERSION_INFORMATION){USBDI_VERSION, USB_VERSION};
}

/* The next descriptor of a type at or behind a place; NULL at the end, or where a descriptor has no length. */
static PUSB_COMMON_DESCRIPTOR find(UCHAR *buffer, ULONG size, UCHAR *place, LONG type, uintptr_t site)
{
    UCHAR *end = buffer + size;
    while (place >= buffer && place + sizeof(USB_COMMON_DESCRIPTOR) <= end) {
        PUSB_COMMON_DESCRIPTOR descriptor = (PUSB_COMMON_DESCRIPTOR)(PVOID)place;
        touch(descriptor, sizeof *descriptor, false, site);
        if (descriptor->bLength == 0) {
            return NULL;
        }
        if (descriptor->bDescriptorType == type) {
            return descriptor;
        }
        place += descriptor->bLength;
    }
    return NULL;
}

PUSB_COMMON_DESCRIPTOR USBD_ParseDescriptors(PVOID DescriptorBuffer, ULONG TotalLength, PVOID StartPosition,
                                             LONG DescriptorType)
{
    return find(DescriptorBuffer, TotalLength, StartPosition, DescriptorType, SITE);
}

static bool matches(LONG wanted, UCHAR actual)
{
    return wanted == -1 || wanted == actual;
}

PUSB_INTERFACE_DESCRIPTOR USBD_ParseConfigurationDescriptorEx(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                                              PVOID StartPosition, LONG InterfaceNumber, LONG AlternateSetting,
                                                              LONG InterfaceClass, LONG InterfaceSubClass,
                                                              LONG InterfaceProtocol)
{
    UCHAR *buffer = (UCHAR *)ConfigurationDescriptor;
    touch(ConfigurationDescriptor, sizeof *ConfigurationDescriptor, false, SITE);
    ULONG size = ConfigurationDescriptor->wTotalLength;
    PVOID found = find(buffer, size, StartPosition, USB_INTERFACE_DESCRIPTOR_TYPE, SITE);
    while (found != NULL) {
        PUSB_INTERFACE_DESCRIPTOR interface = found;
        touch(interface, sizeof *interface, false, SITE);
        if (matches(InterfaceNumber, interface->bInterfaceNumber) && matches(AlternateSetting, interface->bAlternateSetting) &&
            matches(InterfaceClass, interface->bInterfaceClass) && matches(InterfaceSubClass, interface->bInterfaceSubClass) &&
            matches(InterfaceProtocol, interface->bInterfaceProtocol)) {
            return interface;
        }
        found = find(buffer, size, (UCHAR *)found + interface->bLength, USB_INTERFACE_DESCRIPTOR_TYPE, SITE);
    }
    return NULL;
}

static void fill_interface(PUSBD_INTERFACE_INFORMATION interface, const USB_INTERFACE_DESCRIPTOR *descriptor)
{
    interface->Length = (USHORT)GET_USBD_INTERFACE_SIZE(descriptor->bNumEndpoints);
    interface->InterfaceNumber = descriptor->bInterfaceNumber;
    interface->AlternateSetting = descriptor->bAlternateSetting;
    interface->NumberOfPipes = descriptor->bNumEndpoints;
    for (ULONG pipe = 0; pipe < interface->NumberOfPipes; pipe++) {
        interface->Pipes[pipe].MaximumTransferSize = PAGE_SIZE;
    }
}

PURB USBD_CreateConfigurationRequestEx(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                       PUSBD_INTERFACE_LIST_ENTRY InterfaceList)
{
    size_t size = offsetof(struct _URB_SELECT_CONFIGURATION, Interface);
    PUSBD_INTERFACE_LIST_ENTRY entry = InterfaceList;
    for (touch(entry, sizeof *entry, false, SITE); entry->InterfaceDescriptor != NULL; entry++) {
        touch(entry->InterfaceDescriptor, sizeof(USB_INTERFACE_DESCRIPTOR), false, SITE);
        size += GET_USBD_INTERFACE_SIZE(entry->InterfaceDescriptor->bNumEndpoints);
        touch(entry + 1, sizeof *entry, false, SITE);
    }
    size = size < sizeof(struct _URB_SELECT_CONFIGURATION) ? sizeof(struct _URB_SELECT_CONFIGURATION) : size;
    PURB urb = ExAllocatePoolWithTag(NonPagedPoolNx, size, URB_TAG);
    if (urb == NULL) {
        return NULL;
    }
    __builtin_memset(urb, 0, size);
    urb->UrbHeader.Function = URB_FUNCTION_SELECT_CONFIGURATION;
    urb->UrbHeader.Length = (USHORT)size;
    urb->UrbSelectConfiguration.ConfigurationDescriptor = ConfigurationDescriptor;
    PUCHAR place = (PUCHAR)&urb->UrbSelectConfiguration.Interface;
    for (entry = InterfaceList; entry->InterfaceDescriptor != NULL; entry++) {
        touch(entry, sizeof *entry, true, SITE);
        entry->Interface = (PUSBD_INTERFACE_INFORMATION)(PVOID)place;
        fill_interface(entry->Interface, entry->InterfaceDescriptor);
        place += entry->Interface->Length;
    }
    return urb;
}
