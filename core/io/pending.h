/* pending.h - whether what dispatch routines return agrees with the marks in their stack locations. */
#ifndef CORE_IO_PENDING_H
#define CORE_IO_PENDING_H

#include "io.h"

/* The request is sent for the first time, or again. */
void pending_forget(struct irp_record *record);

/*
 * A dispatch routine of the driver under test is called with the location `level`, and has returned. What pending_called()
 * says tells the times apart when the request comes to the same location again before an earlier call has returned.
 */
uint8_t pending_called(struct irp_record *record, CHAR level);
bool pending_is_same(const struct irp_record *record, CHAR level, uint8_t time);
void pending_returned(struct irp_record *record, CHAR level, bool pending);

/* The completion of the request passes the location: its mark will not change any more. */
void pending_marked(struct irp_record *record, CHAR level, bool marked);

#endif
