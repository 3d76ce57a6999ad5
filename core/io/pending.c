/* pending.c - see pending.h. */
#include "pending.h"

#include <string.h>

enum { RETURNED_FINAL = 1, RETURNED_PENDING = 2 };

void pending_forget(struct irp_record *record)
{
    for (uint32_t level = 0; level < sizeof record->times; level++) {
        record->times[level]++;
    }
    memset(record->marked, PENDING_UNKNOWN, sizeof record->marked);
    memset(record->returned, 0, sizeof record->returned);
}

static void compare(const struct irp_record *record, uint8_t marked, uint8_t returned)
{
    if (marked == PENDING_YES && (returned & RETURNED_FINAL) != 0) {
        kernel_violation("pending-mismatch", record->irp,
                         "a dispatch routine marks %s pending, but does not return STATUS_PENDING",
                         driver_routine_name(ROUTINE_DISPATCH, record->major, record->minor));
    } else if (marked == PENDING_NO && (returned & RETURNED_PENDING) != 0) {
        kernel_violation("pending-mismatch", record->irp,
                         "a dispatch routine returns STATUS_PENDING for %s, but nobody marks it pending by IoMarkIrpPending",
                         driver_routine_name(ROUTINE_DISPATCH, record->major, record->minor));
    }
}

/* When the completion has passed the location already, somebody above has sent the request again. */
uint8_t pending_called(struct irp_record *record, CHAR level)
{
    if (level < 1 || level > IRP_STACK_LIMIT) {
        return 0;
    }
    if (record->marked[(uint32_t)level] != PENDING_UNKNOWN) {
        record->marked[(uint32_t)level] = PENDING_UNKNOWN;
        record->returned[(uint32_t)level] = 0;
        record->times[(uint32_t)level]++;
    }
    return record->times[(uint32_t)level];
}

bool pending_is_same(const struct irp_record *record, CHAR level, uint8_t time)
{
    return level < 1 || level > IRP_STACK_LIMIT || record->times[(uint32_t)level] == time;
}

void pending_returned(struct irp_record *record, CHAR level, bool pending)
{
    if (level < 1 || level > IRP_STACK_LIMIT) {
        return;
    }
    uint8_t returned = pending ? RETURNED_PENDING : RETURNED_FINAL;
    record->returned[(uint32_t)level] |= returned;
    compare(record, record->marked[(uint32_t)level], returned);
}

void pending_marked(struct irp_record *record, CHAR level, bool marked)
{
    if (level < 1 || level > IRP_STACK_LIMIT) {
        return;
    }
    record->marked[(uint32_t)level] = marked ? PENDING_YES : PENDING_NO;
    compare(record, record->marked[(uint32_t)level], record->returned[(uint32_t)level]);
}
