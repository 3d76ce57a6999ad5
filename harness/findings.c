/* findings.c - the catalogue. To add a finding: its row here; who reports it names its identifier. */
#include <remlock/harness.h>

#include <string.h>

const struct finding findings[] = {
    {"use-after-free", "memory was used after it had been freed",
     "undefined; under special pool bug check 0xD5 (DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL)",
     "hold the remove lock (or a reference) for as long as the memory is used, and free it only after "
     "IoReleaseRemoveLockAndWait."},
    {"out-of-bounds", "memory beside an allocation was used", "undefined; under special pool bug check 0xD6 or 0xCD",
     "compare the size of the access with the size of the allocation; build all files of a driver with the same DBG setting."},
    {"double-free", "memory was freed that is not allocated", "bug check 0xC2 (BAD_POOL_CALLER)",
     "let one place own the memory, and free it there once."},
    {"acquire-after-remove", "an acquisition succeeded although IoReleaseRemoveLockAndWait had returned",
     "nothing; memory is used after it was freed later on",
     "increment the count before looking at the removed flag, and set the flag before giving back the bias."},
    {"early-return", "IoReleaseRemoveLockAndWait returned while the lock was still held",
     "nothing; memory is used after it was freed later on",
     "let the wait end only when the count has reached zero, and let only the one who brings it there set the event."},
    {"lost-wakeup", "the remover waits although nobody holds the lock any more",
     "removal hangs; bug check 0x9F (DRIVER_POWER_STATE_FAILURE) later on",
     "whoever brings the count to zero must set the event, whether it was a release or an acquire that failed."},
    {"deadlock", "no task can go on", "removal hangs; bug check 0x9F (DRIVER_POWER_STATE_FAILURE) later on",
     "look at the table of holders: whoever still holds the lock must release it without waiting for the removal."},
    {"livelock", "the tasks run without making progress, under a fair schedule as well",
     "a hang; bug check 0x133 (DPC_WATCHDOG_VIOLATION) at raised IRQL",
     "find the loop whose condition no other task will change."},
    {"count-mismatch", "the lock's count or its list of acquisitions disagrees with what was acquired and released",
     "nothing on a free build", "balance each successful acquisition with one release; a failed one must not be released."},
    {"negative-count", "the lock's count is below zero", "an assertion on a checked build, nothing on a free one",
     "release only what was acquired, and call IoReleaseRemoveLockAndWait once and with an acquisition to give back."},
    {"double-release", "the lock was released by somebody who did not hold it", "Driver Verifier: bug check 0xC4/0xD5",
     "release once for each successful acquisition, never after a failed one."},
    {"tag-mismatch", "the lock was released with another tag than it was acquired with",
     "Driver Verifier: bug check 0xC4/0xD5, for the remover 0xC4/0xD6",
     "use the same tag for an acquisition and its release; the IRP's address is customary."},
    {"watermark", "the lock was acquired more often at a time than HighWatermark allows",
     "documented for checked builds and Driver Verifier, without a code",
     "find the leaking acquisitions, or raise HighWatermark; zero means no limit."},
    {"held-too-long", "an acquisition was held longer than MaxLockedMinutes",
     "documented for checked builds and Driver Verifier, without a code",
     "find out what the request waited for, or raise MaxLockedMinutes; zero means no limit."},
    {"reinitialised", "a lock was initialised again", "Driver Verifier: bug check 0xC4/0xD7",
     "initialise the lock once, in AddDevice; a device that comes back gets a new extension."},
    {"irql", "a routine was called at too high an IRQL",
     "Driver Verifier: bug check 0xC4, 0x3B for a wait, 0x80 for KeSetEvent, 0xE5 otherwise",
     "wait at PASSIVE_LEVEL only; acquire and release at DISPATCH_LEVEL or below."},
    {"signal-after-free", "an event was set after its memory had been freed", "undefined; under special pool bug check 0xD5",
     "the last access of the one who signals must come before the waiter can go on."},
    {"leak", "something was never given back",
     "nothing; at unload Driver Verifier reports leaked pool with bug check 0xC4/0x62",
     "release on every path, the error paths included."},
    {"not-linearisable", "a routine's result fits no order of the calls", "nothing",
     "an acquire fails with STATUS_DELETE_PENDING once removal has begun, and succeeds otherwise."},
    {"assertion", "an assertion of the lock's own failed although its callers did nothing wrong",
     "a checked build stops in the debugger",
     "compare the assertion with the lock's invariant: the bias, plus the holders, plus the acquires about to fail."},
    {"false-diagnostic", "the lock accuses a caller who did nothing wrong",
     "a checked build or Driver Verifier stops without a reason", "compare the lock's tracking with what its callers did."},
    {"missed-diagnostic", "the lock did not notice a misuse that it must report",
     "a checked build or Driver Verifier stays silent", "compare the lock's tracking with what its callers did."},
    {"bug-check", "the code under test stopped the system", "the bug check itself", "see the code and its parameters."},
    {"nondeterminism", "the same schedule gave two different executions", "nothing",
     "find what besides the schedule decides: uninitialised memory, an address, a clock, a variable that survives an "
     "execution."},
    {NULL, NULL, NULL, NULL},
};

const struct finding *finding_find(const char *identifier)
{
    for (const struct finding *finding = findings; finding->identifier != NULL; finding++) {
        if (strcmp(finding->identifier, identifier) == 0) {
            return finding;
        }
    }
    return NULL;
}
