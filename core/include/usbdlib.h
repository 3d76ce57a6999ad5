/* usbdlib.h - routines that read descriptors of a device and build requests to its bus. */
#ifndef __USBDLIB_H__
#define __USBDLIB_H__

#include "usbdi.h"

typedef struct _USBD_INTERFACE_LIST_ENTRY {
    PUSB_INTERFACE_DESCRIPTOR InterfaceDescriptor; /* NULL ends the list */
    PUSBD_INTERFACE_INFORMATION Interface;
} USBD_INTERFACE_LIST_ENTRY, *PUSBD_INTERFACE_LIST_ENTRY;

typedef struct _USBD_VERSION_INFORMATION {
    ULONG USBDI_Version;
    ULONG Supported_USB_Version;
} USBD_VERSION_INFORMATION, *PUSBD_VERSION_INFORMATION;

#define URB_STATUS(urb) ((urb)->UrbHeader.Status)
#define GET_USBD_INTERFACE_SIZE(endpoints)                                                                                     \
    (sizeof(USBD_INTERFACE_INFORMATION) + sizeof(USBD_PIPE_INFORMATION) * (endpoints) - sizeof(USBD_PIPE_INFORMATION))
#define GET_SELECT_INTERFACE_REQUEST_SIZE(endpoints)                                                                           \
    (sizeof(struct _URB_SELECT_INTERFACE) + ((endpoints)-1) * sizeof(USBD_PIPE_INFORMATION))
#define GET_ISO_URB_SIZE(packets) (sizeof(struct _URB_ISOCH_TRANSFER) + sizeof(USBD_ISO_PACKET_DESCRIPTOR) * (packets))

#define UsbBuildInterruptOrBulkTransferRequest(urb, length, pipe, buffer, mdl, size, flags, link)                              \
    ((urb)->UrbHeader.Function = URB_FUNCTION_BULK_OR_INTERRUPT_TRANSFER, (urb)->UrbHeader.Length = (USHORT)(length),          \
     (urb)->UrbBulkOrInterruptTransfer.PipeHandle = (pipe), (urb)->UrbBulkOrInterruptTransfer.TransferBufferLength = (size),   \
     (urb)->UrbBulkOrInterruptTransfer.TransferBufferMDL = (mdl), (urb)->UrbBulkOrInterruptTransfer.TransferBuffer = (buffer), \
     (urb)->UrbBulkOrInterruptTransfer.TransferFlags = (flags), (urb)->UrbBulkOrInterruptTransfer.UrbLink = (link))
#define UsbBuildGetDescriptorRequest(urb, length, type, index, language, buffer, mdl, size, link)                              \
    ((urb)->UrbHeader.Function = URB_FUNCTION_GET_DESCRIPTOR_FROM_DEVICE, (urb)->UrbHeader.Length = (USHORT)(length),          \
     (urb)->UrbControlDescriptorRequest.TransferBufferLength = (size),                                                         \
     (urb)->UrbControlDescriptorRequest.TransferBufferMDL = (mdl),                                                             \
     (urb)->UrbControlDescriptorRequest.TransferBuffer = (buffer), (urb)->UrbControlDescriptorRequest.DescriptorType = (type), \
     (urb)->UrbControlDescriptorRequest.Index = (index), (urb)->UrbControlDescriptorRequest.LanguageId = (language),           \
     (urb)->UrbControlDescriptorRequest.UrbLink = (link))

VOID USBD_GetUSBDIVersion(PUSBD_VERSION_INFORMATION VersionInformation);

/* The first interface descriptor that matches; -1 stands for any. NULL when there is none. */
PUSB_INTERFACE_DESCRIPTOR USBD_ParseConfigurationDescriptorEx(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                                              PVOID StartPosition, LONG InterfaceNumber, LONG AlternateSetting,
                                                              LONG InterfaceClass, LONG InterfaceSubClass,
                                                              LONG InterfaceProtocol);
PUSB_COMMON_DESCRIPTOR USBD_ParseDescriptors(PVOID DescriptorBuffer, ULONG TotalLength, PVOID StartPosition,
                                             LONG DescriptorType);

/* A request from pool that selects the configuration with the interfaces of the list; whoever asks for it frees it. */
PURB USBD_CreateConfigurationRequestEx(PUSB_CONFIGURATION_DESCRIPTOR ConfigurationDescriptor,
                                       PUSBD_INTERFACE_LIST_ENTRY InterfaceList);

#endif
