/*
 * core.h - the kernel model and the remove lock, as the harness sees them.
 *
 * Code under test includes wdm.h and knows nothing of this header. Here an execution is prepared (which lock, which
 * personality, what shall fail), the kernel's remarks are heard, and a lock is looked at from outside.
 */
#ifndef REMLOCK_CORE_H
#define REMLOCK_CORE_H

#include <wdm.h>

#include <stdbool.h>

/* ------------------------------------------------------------------------------------------------- personalities -- */

/*
 * PERSONALITY_FREE: the driver was built free; the lock is its common part and checks nothing.
 * PERSONALITY_CHECKED: the driver was built with DBG; the lock tracks every acquisition and reports misuse.
 * PERSONALITY_VERIFIER: the driver was built free and runs under Driver Verifier with I/O Verification: a shadow lock, kept
 * outside the driver's memory, tracks every acquisition, misuse is a bug check (Holan, "More Vista remove lock changes"; Bug
 * Check 0xC4).
 */
enum personality { PERSONALITY_FREE, PERSONALITY_CHECKED, PERSONALITY_VERIFIER };

/*
 * HighWatermark is documented in two ways that differ by one. WATERMARK_MAXIMUM (today's page, the default): the most
 * acquisitions allowed. WATERMARK_REACHED (the older page): the number of acquisitions at which the system asserts.
 */
enum watermark_reading { WATERMARK_MAXIMUM, WATERMARK_REACHED };

struct remove_lock_mutant;

struct core_options {
    enum personality personality;
    enum watermark_reading watermark_reading;
    const struct remove_lock_mutant *mutant; /* NULL: the correct lock */
    bool allocation_failures;                /* pool allocations may fail by choice */
    uint32_t processors;                     /* 1: nothing runs beside a task at DISPATCH_LEVEL; 0 or more: many */
    bool lock_in_one_step;                   /* nobody sees a lock in the middle of an acquire or a release */
};

/* Forgets the last execution's kernel. Call after scheduler_reset(), before anything of wdm.h. */
void core_reset(const struct core_options *options);

/* The RemlockSize that a driver of this personality passes: 0x20 free and under the verifier, 0x78 checked. */
ULONG core_remove_lock_size(enum personality personality);

/* ------------------------------------------------------------------------------------------------------ remarks -- */

/* What the kernel or the lock's own checks have to say about a caller, or about themselves. */
enum remark_kind {
    REMARK_UNKNOWN_TAG,       /* released with a tag that is not outstanding (verifier: bug check 0xC4/0xD5) */
    REMARK_LAST_TAG,          /* ReleaseAndWait with another tag than the last acquisition's (0xC4/0xD6) */
    REMARK_REINITIALIZED,     /* initialised again (0xC4/0xD7) */
    REMARK_WATERMARK,         /* acquired more often than HighWatermark allows */
    REMARK_HELD_TOO_LONG,     /* an acquisition is older than MaxLockedMinutes */
    REMARK_ASSERTION,         /* an assertion of the lock's own: `text` */
    REMARK_IRQL,              /* called above the IRQL allowed: `text` (waits at DISPATCH_LEVEL: 0xC4/0x3B) */
    REMARK_SIGNAL_AFTER_FREE, /* KeSetEvent on an event whose memory is freed */
    REMARK_BUG_CHECK,         /* any other KeBugCheckEx */
    REMARK_VIOLATION,         /* a breach of the kernel's rules: `identifier`, `lock` is the object concerned */
};

struct remark {
    enum remark_kind kind;
    const void *lock; /* as the driver knows it; NULL when none is concerned */
    PVOID tag;        /* the tag in question */
    PVOID other_tag;  /* REMARK_LAST_TAG: the tag of the last acquisition */
    PCSTR file;       /* REMARK_HELD_TOO_LONG: where it was acquired */
    ULONG line;
    ULONG bug_check; /* 0: no bug check, a message or an assertion */
    ULONG_PTR parameters[4];
    const char *text;
    const char *identifier; /* REMARK_VIOLATION: the finding's */
};

/* Who hears the remarks, in the task that caused them. May end the execution. Stays over resets. */
void core_on_remark(void (*hear)(const struct remark *remark));

/* ---------------------------------------------------------------------------------------------------- injection -- */

/* The next `count` pool allocations fail. */
void core_fail_allocations(uint32_t count);

/* A block of pool that is not freed. */
struct core_pool_block {
    const void *address;
    SIZE_T size;
    ULONG tag;      /* 0: the driver gave none */
    uint8_t task;   /* that allocated it */
    bool by_driver; /* which called for it itself; otherwise a routine of the kernel did on its behalf */
};

/* Walks the live blocks in the order in which they were allocated: *cursor is 0 at first. False when there are no more. */
bool core_next_pool_block(uint32_t *cursor, struct core_pool_block *block);

/* An object that is still referred to: by an open handle, or otherwise (then `handle` is NULL). */
struct core_handle {
    HANDLE handle;
    const void *object;
    const char *what; /* "thread", "event" ... */
    uint8_t task;     /* that opened the handle; SCHEDULER_NO_TASK when not known */
};

/* Walk the open handles, and the threads that are still referred to or have not ended, as core_next_pool_block() does. */
bool core_next_handle(uint32_t *cursor, struct core_handle *handle);
bool core_next_reference(uint32_t *cursor, struct core_handle *reference);

/* How many pool allocations failed in this execution, by injection or by choice. */
uint32_t core_failed_allocations(void);

/*
 * The I/O manager deletes the memory of a device: [memory, memory + size) is freed, and what the verifier kept for locks in it
 * is forgotten.
 */
void core_delete_device(void *memory, size_t size);

/* What the verifier kept for locks in this memory is forgotten. */
void core_forget_locks(const void *memory, size_t size);

/* Virtual time in minutes. */
void core_advance_minutes(uint32_t minutes);
ULONGLONG core_ticks(void);
#define TICKS_PER_MINUTE 3840

/* --------------------------------------------------------------------------------------------------- inspection -- */

/* A lock seen from outside, whichever memory its state lives in. */
struct remove_lock_view {
    bool removed;
    LONG count;
    bool signalled;
    bool tracked;
    LONG low_memory_count;
    uint32_t blocks; /* length of the list of tracking blocks; UINT32_MAX when the list is broken */
};

/* False when the lock's memory cannot be read any more. `lock` is the driver's. */
bool core_view_lock(const void *lock, struct remove_lock_view *view);

/* Names for the fields of a lock: "IoCount" for its address, or NULL. `size` is the lock's size. */
const char *core_lock_field(size_t offset, size_t size);

/* The verifier's shadow of a driver's lock, as [address, address + size); NULL when there is none. */
const void *core_shadow_of(const void *lock, size_t *size);

/* ------------------------------------------------------------------------------------------------------ mutants -- */

/*
 * A remove lock with one bug. Routines that are NULL are the correct ones. To add a mutant: write core/mutants/NAME.c and put
 * its line into the table in core/mutants/mutants.c.
 */
struct remove_lock_routines {
    VOID (*Initialize)(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes, ULONG HighWatermark, ULONG RemlockSize);
    NTSTATUS (*Acquire)(PIO_REMOVE_LOCK Lock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize);
    VOID (*Release)(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize);
    VOID (*ReleaseAndWait)(PIO_REMOVE_LOCK Lock, PVOID Tag, ULONG RemlockSize);
    /*
     * The check of the checked and verifier personalities whether a lock is initialised again: remarks and returns FALSE when
     * it is, TRUE when the lock is new.
     */
    BOOLEAN (*VerifyInitialize)(PVOID Lock);
};

struct remove_lock_mutant {
    const char *name;    /* "p02-signal-on-every-release" */
    const char *summary; /* one line */
    const char *story;   /* a paragraph: the bug, how it shows, where it was seen */
    bool weak_memory;    /* cannot show under sequential consistency */
    bool needs_misuse;   /* shows only when a caller errs */
    struct remove_lock_routines routines;
};

/* NULL-ended, in the order of the catalogue: p01 to p11, m01 to m16. */
extern const struct remove_lock_mutant *const remove_lock_mutants[];

#endif
