/*
 * world.h - what surrounds the lock in an execution: devices, the I/O manager's references, and a model of each lock.
 *
 * A device is an extension with data and a remove lock in it. The I/O manager keeps the extension alive while somebody refers
 * to the device: the references here are the ones that Windows counts. An acquire holds one only until the routine has
 * returned; from then on the lock itself must keep the device alive. That is the lock's promise, and everything here tests it.
 *
 * One exception, because the documented algorithm needs it. A release that brought the count to zero and has not yet set the
 * event can be overtaken by an acquire that is refused: it lifts the count to one and back, sets the event itself, the remover
 * frees the device, and the release sets an event in freed memory. What saves Windows is that the refused request still has its
 * handle open. So a refused request keeps its reference until the calls under way have returned (refused=keep); refused=drop
 * shows the other world.
 *
 * Beside each lock runs a model: which acquisitions there are, in the order in which calls began and ended. Calls of the lock
 * begin and end without a scheduling point in between, so the model knows at each moment what has certainly happened, what is
 * under way, and what has not begun.
 */
#ifndef HARNESS_LOCK_WORLD_H
#define HARNESS_LOCK_WORLD_H

#include <remlock/core.h>
#include <remlock/harness.h>

enum {
    LOCK_LIMIT = 3,    /* locks a program can name */
    DEVICE_LIMIT = 12, /* devices in an execution, plugged one after another */
    HOLD_LIMIT = 8,    /* acquisitions of one operation */
    ACQUISITION_LIMIT = PROGRAM_OPERATION_LIMIT * HOLD_LIMIT,
    TAG_LETTERS = 8, /* A to H */
    TAG_REMOVE = 8,  /* the tag of `remove` */
    TAG_SURPRISE,    /* of `surprise-remove` */
    TAG_HOLD,        /* of `hold`: one for each task */
    TAG_LIMIT = TAG_HOLD + PROGRAM_TASK_LIMIT,
    EXTENSION_DATA_SIZE = 32,
};

/* The lock's own settings, after the harness's. */
enum {
    SETTING_LOCK = SETTING_SUBJECT, /* lock=free|checked|verifier */
    SETTING_MINUTES,                /* MaxLockedMinutes */
    SETTING_WATERMARK,              /* HighWatermark */
    SETTING_WATERMARK_READING,      /* maximum|reached */
    SETTING_REFUSED,                /* keep|drop: how long a refused request keeps its reference */
};

enum { REFUSED_KEEP, REFUSED_DROP };

enum acquisition_state {
    ACQUISITION_NONE,      /* has not begun */
    ACQUISITION_ACQUIRING, /* the call is under way */
    ACQUISITION_HELD,
    ACQUISITION_FAILED,    /* remembered so that its release is left out */
    ACQUISITION_RELEASING, /* the call is under way */
    ACQUISITION_OVER,
};

struct acquisition {
    uint8_t state; /* enum acquisition_state */
    uint8_t task;  /* of the program; who acquired */
    uint8_t tag;
    uint16_t position; /* of the operation in its task */
    uint16_t peak;     /* the most acquisitions, held or under way, while this one was acquired */
    uint64_t began;    /* virtual time when the acquiring call began */
    uint64_t ended;    /* and when it had returned */
};

struct device {
    char *extension; /* NULL once its memory is freed */
    PIO_REMOVE_LOCK lock;
    uint8_t number; /* which lock of the program it has */
    uint32_t references;
    uint32_t deferred; /* of them: those of refused requests, kept until no acquire or release is under way */
    uint32_t requests; /* acquires and releases under way */
    bool gone;         /* surprise removed: new requests are refused after acquiring */
    bool removing;     /* somebody is responsible for its removal */
    bool deleted;      /* removal has finished: freed with the last reference */

    /* The model. */
    bool misused;    /* an operation that only a broken caller does has begun */
    bool wait_began; /* IoReleaseRemoveLockAndWait */
    bool wait_returned;
    uint8_t waiter;                     /* the task of it */
    const struct model_call *lonely;    /* the call under way that nothing has overlapped so far */
    uint32_t in_flight;                 /* begun and not returned */
    uint32_t held;                      /* ACQUISITION_HELD, without the remover once it waits */
    uint32_t under_way;                 /* ACQUIRING and RELEASING */
    uint64_t heard_tags;                /* a bit for each tag that was called held too long */
    uint32_t heard;                     /* remarks since the last call that began alone, one bit for each remark_kind */
    uint8_t outstanding[TAG_LIMIT];     /* acquisitions of each tag, held or under way */
    uint8_t marks[PROGRAM_TASK_LIMIT];  /* never written: each stands for what is known of a task's acquisitions, see model.c */
    uint16_t begun[PROGRAM_TASK_LIMIT]; /* acquisitions of each task so far */

    /* Not cleared for a new device as a whole: what is beyond the program's acquisitions never counts. */
    uint64_t outstanding_since[TAG_LIMIT]; /* virtual time when that last became more than none */
    struct acquisition acquisitions[ACQUISITION_LIMIT];
};

struct world {
    const struct scenario *scenario;
    enum personality personality;
    ULONG size; /* RemlockSize */
    ULONG minutes, watermark;
    uint32_t device_count;
    struct device *current[LOCK_LIMIT]; /* the device plugged in now, or last */
    struct device devices[DEVICE_LIMIT];

    /* Where the acquisitions of each task lie, whoever was first: so that states which are equal look it. */
    uint16_t first_acquisition[PROGRAM_TASK_LIMIT];
    uint32_t acquisition_count; /* that the program can make of a device */
};

extern struct world world;

/* world.c */
void world_begin(const struct subject *subject, const struct scenario *scenario);
void world_end(const struct scenario *scenario);
struct device *device_plug(uint8_t number);
void device_reference(struct device *device);
void device_dereference(struct device *device);
void device_defer_dereference(struct device *device);
void device_request_begins(struct device *device);
void device_request_ends(struct device *device);
void device_delete(struct device *device);
PVOID tag_pointer(uint32_t tag);
uint32_t tag_number(const void *pointer); /* TAG_LIMIT when it is none of ours */
void tag_name(uint32_t tag, char *text, size_t size);

/* A call of one of the lock's routines, from its begin to its end. */
struct model_call {
    const char *routine;
    bool was_overdue; /* a release: its acquisition was too old when it began */
};

/* model.c: each pair brackets a call of the lock; the judges sit in the functions that end it. */
struct acquisition *model_acquire_begins(struct device *device, struct model_call *call, uint32_t task, uint32_t tag,
                                         uint32_t position);
void model_acquire_ends(struct device *device, struct model_call *call, struct acquisition *acquisition, NTSTATUS status);
void model_release_begins(struct device *device, struct model_call *call, struct acquisition *acquisition);
void model_release_ends(struct device *device, struct model_call *call, struct acquisition *acquisition);
void model_wait_begins(struct device *device, struct model_call *call, struct acquisition *own, uint32_t task);
void model_wait_ends(struct device *device, struct model_call *call, struct acquisition *own);
void model_misuse_begins(struct device *device, struct model_call *call, const char *routine);
void model_misuse_ends(struct device *device, struct model_call *call, bool must_be_noticed, const char *misuse);
void model_hear(const struct remark *remark);
void model_judge_at_end(void);
void model_stuck(void);
bool model_caller_erred(void);

/* names.c */
void names_describe(const void *address, char *text, size_t size);
void names_holders(char *text, size_t size);

/* generate.c */
void lock_generate(const struct subject *subject, struct scenario *scenario, struct generator *generator);

/* operations.c */
extern const struct operation lock_operations[];
extern const uint32_t lock_operation_count;
enum {
    LOCK_INIT,
    LOCK_ACQUIRE,
    LOCK_RELEASE,
    LOCK_REMOVE,
    LOCK_SURPRISE_REMOVE,
    LOCK_RELEASE_AND_WAIT,
    LOCK_HOLD,
    LOCK_ADVANCE,
    LOCK_FAIL_ALLOC,
    LOCK_LATE_ACQUIRE,
    LOCK_REINIT,
    LOCK_RELEASE_UNHELD,
    LOCK_RELEASE_AND_WAIT_UNHELD,
    LOCK_ACQUIRE_SIZED,
    LOCK_RAISE,
};

#endif
