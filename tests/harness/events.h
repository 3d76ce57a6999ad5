/*
 * events.h - what drivers do, written as text and fed to the judges without any driver.
 *
 * A script is a list of steps, separated by semicolons. A step is a word with its arguments; "1:" before it says that task 1
 * does it (otherwise task 0). Names are made up on the way: D, E are devices, L and K locks in the extension of D, M in that of
 * E, P one in pool, G one in a variable of the driver; r, s, t are requests.
 *
 *     create D; attach D; init L                      a filter or function device with its lock
 *     enter READ r [E]; exit STATUS                   a dispatch routine of device D (or E) is called, and returns
 *     completion r STATUS; left STATUS                a completion routine; the first status is the lower driver's
 *     run ROUTINE; leave                              dpc, work, thread, add, load: another routine
 *     acquire L TAG; refused L TAG; release L TAG     a tag is a request, 0, or a number
 *     wait L TAG; waited L TAG                        IoReleaseRemoveLockAndWait is called, and has returned
 *     routine r; mark r; call r; called r STATUS; complete r STATUS; queue r
 *     detach D; delete D; allocate; free P; power STATUS; wmi NUMBER; slept STATUS
 *     stuck; end                                      nothing can go on; the execution is over
 *
 * Requests are asked for by CREATE, CLOSE, CLEANUP, READ, WRITE, CONTROL, INTERNAL, SHUTDOWN, WMI, FLUSH, START, QUERY, REMOVE,
 * SURPRISE, RELATIONS, BUS, CANCEL, S0, S3, D0, D3, WAKE; statuses are ok, pending, more, failed, notsupported, deletepending,
 * nodevice.
 */
#ifndef TESTS_HARNESS_EVENTS_H
#define TESTS_HARNESS_EVENTS_H

#include "driver/rules.h"

/* Feeds a script to the judges, after a reset. Returns the identifier of the first finding, or "clean". */
const char *play(enum rules_mode mode, const char *rule, bool warnings, const char *script);

/* The same, with each '%' of the script replaced by a word. */
const char *play_with(enum rules_mode mode, const char *rule, const char *word, const char *script);

/* What the finding says; "" when there is none. */
const char *message(void);

#endif
