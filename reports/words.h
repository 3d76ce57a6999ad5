/* words.h - events of a trace in the words of the field. */
#ifndef REPORTS_WORDS_H
#define REPORTS_WORDS_H

#include <remlock/reports.h>

/* "InterlockedDecrement", "write", "KeSetEvent", ... */
const char *words_operation(const struct scheduler_event *event, char *text, size_t size);

/* "lock0.IoCount", or "" when there is no object worth naming. */
void words_object(const void *object, char *text, size_t size);

/* The same for what an event is about: the whole object when it is a call, the field when it is an access. */
void words_object_of(const struct scheduler_event *event, char *text, size_t size);

/*
 * The same as short as it is clear: a field of a device extension without the device, when there is only one extension. With
 * `whole` the largest object that begins there.
 */
void words_brief(const void *object, bool whole, char *text, size_t size);

/* Text in which "FDO extension+0x10" and the like have become names of fields, where these are known. */
void words_with_fields(const char *text, char *named, size_t size);

/* "2 -> 1" with the given arrow, "= 1" for what only looked, or "" when the event has no value. */
void words_values(const struct scheduler_event *event, const char *arrow, char *text, size_t size);

/* What a weak memory model did with it: "an older value: the store of 1 by pnp is not yet visible to it", or "". */
void words_memory(const struct scheduler_event *event, char *text, size_t size);

/* All of it, in brief: "InterlockedDecrement lock0.IoCount: 2 -> 1". */
void words_event(const struct scheduler_event *event, const char *arrow, char *text, size_t size);

/* The name of a task of the last execution, "nobody" for SCHEDULER_NO_TASK. */
const char *words_task(uint32_t task);

/* Whether a place belongs to the harness or the kernel model, which say nothing to a reader of the code under test. */
bool words_is_ours(const struct report_frame *frame);

/* The routine in which a finding happened, "" when in none. */
const char *words_routine(const struct verdict *verdict);

/* The source line of the code under test at an address: "release.c:33", or "". */
void words_site(uintptr_t site, char *text, size_t size);

/* The source line of the code under test that the event belongs to: "release.c:33", or "". */
void words_place(const struct scheduler_event *event, char *text, size_t size);

#endif
