/*
 * toy.h - a subject that is no lock: more than 200 operations, arguments in base 16 and of 32 bits, settings of its own, tasks
 * that are started while a program runs, choices of devices and faults.
 *
 * It has one bug. `arm` asks the device what to do; `queue` starts a task "dpc" that remembers the answer. When that was 2 and
 * the dpc runs while an `ioctl` with a code whose last two bits are set is under way, it reports a leak.
 */
#ifndef TESTS_TOY_H
#define TESTS_TOY_H

#include <remlock/harness.h>

enum { TOY_DEPTH = SETTING_SUBJECT, TOY_MODE };                                         /* settings */
enum { TOY_IOCTL, TOY_QUEUE, TOY_ARM, TOY_TRY, TOY_FIRST_SPARE, TOY_OPERATIONS = 250 }; /* operations */

extern const uint32_t toy_codes[3]; /* the suggestions of `ioctl` */

/* Each call gives another instance with tables of its own, as drivers have them; at most 4. */
const struct subject *toy_subject(void);

#endif
