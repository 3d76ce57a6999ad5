/* fields.h - names for places in memory, by the types that debug information knows. */
#ifndef REPORTS_FIELDS_H
#define REPORTS_FIELDS_H

#include <remlock/reports.h>

/*
 * The field of the object that lies at an address of the last execution: ".RemoveLock.IoCount". With `whole` the outermost one
 * that begins there: ".RemoveLock.RemoveEvent", not the first field of the event. False, and nothing written, when the object's
 * type is not known.
 */
bool fields_name(const void *address, bool whole, char *text, size_t size);

#endif
