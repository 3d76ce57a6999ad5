/* remarks.c - what a tracked lock has to say. Part of the kernel model, not of the code under test. */
#include "../kernel/kernel.h"
#include "lock.h"

/* Driver Verifier stops the system where a checked lock prints a message: bug check 0xC4 with the code as first parameter. */
static void remark_with_code(struct remark *remark, PIO_REMOVE_LOCK lock, ULONG_PTR code, ULONG_PTR third, ULONG_PTR fourth)
{
    remark->lock = VerifierOwner(lock);
    if (kernel.options.personality == PERSONALITY_VERIFIER && code != 0) {
        remark->bug_check = DRIVER_VERIFIER_DETECTED_VIOLATION;
        remark->parameters[0] = code;
        remark->parameters[1] = (ULONG_PTR)lock;
        remark->parameters[2] = third;
        remark->parameters[3] = fourth;
    }
    kernel_remark(remark);
}

VOID RemoveLockRemarkUnknownTag(PIO_REMOVE_LOCK Lock, PVOID Tag)
{
    struct remark remark = {.kind = REMARK_UNKNOWN_TAG, .tag = Tag, .text = "the lock says: released with an unknown tag"};
    remark_with_code(&remark, Lock, 0xD5, (ULONG_PTR)Tag, 0);
}

VOID RemoveLockRemarkLastTag(PIO_REMOVE_LOCK Lock, PVOID Tag, PVOID LastTag)
{
    struct remark remark = {
        .kind = REMARK_LAST_TAG, .tag = Tag, .other_tag = LastTag, .text = "the lock says: another tag than the last one"};
    remark_with_code(&remark, Lock, 0xD6, (ULONG_PTR)Tag, (ULONG_PTR)LastTag);
}

VOID RemoveLockRemarkWatermark(PIO_REMOVE_LOCK Lock, LONG Count)
{
    struct remark remark = {.kind = REMARK_WATERMARK, .line = (ULONG)Count, .text = "the lock says: high watermark passed"};
    remark_with_code(&remark, Lock, 0, 0, 0);
}

VOID RemoveLockRemarkHeldTooLong(PIO_REMOVE_LOCK Lock, PIO_REMOVE_LOCK_TRACKING_BLOCK Block)
{
    struct remark remark = {.kind = REMARK_HELD_TOO_LONG,
                            .tag = Block->Tag,
                            .file = Block->File,
                            .line = Block->Line,
                            .text = "the lock says: held too long"};
    remark_with_code(&remark, Lock, 0, 0, 0);
}

VOID RemoveLockRemarkReinitialized(PVOID Lock)
{
    struct remark remark = {.kind = REMARK_REINITIALIZED, .text = "the lock says: initialized again"};
    PIO_REMOVE_LOCK shadow = VerifierShadow(Lock);
    remark_with_code(&remark, shadow == NULL ? Lock : shadow, 0xD7, (ULONG_PTR)Lock, 0);
}

VOID RemoveLockRemarkAssertion(PIO_REMOVE_LOCK Lock, PCSTR Text)
{
    struct remark remark = {.kind = REMARK_ASSERTION, .text = Text};
    remark_with_code(&remark, Lock, 0, 0, 0);
}

/* The most acquisitions allowed, whichever way HighWatermark is read. */
LONG RemoveLockWatermarkOf(PIO_REMOVE_LOCK Lock)
{
    LONG watermark = ((PEXTENDED_REMOVE_LOCK)Lock)->Dbg.HighWatermark;

    if (watermark == 0) {
        return MAXLONG;
    }
    return kernel.options.watermark_reading == WATERMARK_REACHED ? watermark - 1 : watermark;
}
