/* notify.h - device interfaces and notifications: what the PnP manager tells them, and what they tell each other. */
#ifndef CORE_PNP_NOTIFY_H
#define CORE_PNP_NOTIFY_H

#include "../io/io.h"

#include <wdmguid.h>

/* A device interface, as a driver registered it. */
enum { INTERFACE_LIMIT = 32, INTERFACE_NAME_LIMIT = 128 };

struct device_interface {
    PDEVICE_OBJECT pdo; /* NULL: forgotten */
    GUID class_guid;
    bool enabled;   /* IoSetDeviceInterfaceState said so */
    bool announced; /* its arrival was notified, its removal not */
    WCHAR name[INTERFACE_NAME_LIMIT];
    uint32_t name_length;      /* characters */
    uint32_t reference_length; /* of the reference string, the last characters of the name */
};

uint32_t pnp_interface_count(void);
const struct device_interface *pnp_interface_at(uint32_t index);

/* The device whose enabled interface has this name, or NULL. */
PDEVICE_OBJECT pnp_find_interface(PCUNICODE_STRING name);

/* IRP_MN_START_DEVICE has succeeded for the stack on `pdo`: its enabled interfaces arrive. */
void pnp_interfaces_started(PDEVICE_OBJECT pdo);

/* The device is removed: its interfaces go, those that are still enabled with a notification. */
void pnp_interfaces_removed(PDEVICE_OBJECT pdo);

/* Notifies, in a task of the PnP manager, those who registered for the class. */
void pnp_notify_interface(const struct device_interface *interface, const GUID *event);

/*
 * Calls, in the running task, those who registered for files on the device, as before and after a removal. Returns the first
 * status that is an error: a veto when `event` is GUID_TARGET_DEVICE_QUERY_REMOVE.
 */
NTSTATUS pnp_notify_target(PDEVICE_OBJECT pdo, const GUID *event);

bool guids_equal(const GUID *one, const GUID *other);

#endif
