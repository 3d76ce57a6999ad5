/*
 * weigh.c - which steps a reader must see: those on objects that several tasks touch are what interleavings are about, and
 * calls are rare enough to be shown all.
 *
 * Around a driver they are not rare: a whole system calls, and much of it is routine. There a call counts when other tasks are
 * concerned with its object as well, or when it sends the driver something; what builds the world before the program begins
 * does not count at all, nor how a remove lock keeps its books.
 */
#include "timeline.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

struct touch {
    const void *object;
    uint8_t task;
};

static int compare_touches(const void *left, const void *right)
{
    const struct touch *one = left, *other = right;
    if (one->object != other->object) {
        return one->object < other->object ? -1 : 1;
    }
    return (int)one->task - (int)other->task;
}

static int compare_objects(const void *key, const void *element)
{
    const struct touch *touch = element;
    return key < touch->object ? -1 : key > touch->object;
}

/* Leaves in `touches` one entry for each object that several tasks touched; returns how many. */
static uint32_t keep_shared(struct touch *touches, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t index = 0; index < count;) {
        uint32_t end = index;
        while (end < count && touches[end].object == touches[index].object) {
            end++;
        }
        if (touches[index].task != touches[end - 1].task) {
            touches[kept++] = touches[index];
        }
        index = end;
    }
    return kept;
}

static bool is_read(const struct scheduler_event *event)
{
    return event->operation == OPERATION_ATOMIC_LOAD || event->operation == OPERATION_VOLATILE_READ ||
           event->operation == OPERATION_PLAIN_READ;
}

/* A lock that is tracked allocates, asks for the time and locks its list. */
static bool keeps_books(const struct row *row)
{
    struct report_frame frame;
    return row->event->operation == OPERATION_CALL && report_place(row->event->stack[0], &frame) && frame.is_program &&
           strstr(frame.file, "/core/lock/") != NULL;
}

/* Not the driver itself; and not for the second time, when something of ours stands above the driver. */
bool timeline_sends(const struct timeline *timeline, const struct row *row)
{
    const struct scheduler_event *before = row > timeline->rows ? row[-1].event : NULL;
    if (row->kind != ROW_STEP || !row->event) {
        return false;
    }
    bool again = before && before->call == row->event->call && before->object == row->event->object;
    return row->event->call && row->place[0] == 0 && !again && strcmp(row->event->call->name, "IoCallDriver") == 0;
}

static void weigh(const struct timeline *timeline, struct row *row, bool shared)
{
    if (row->kind != ROW_STEP) {
        return;
    }
    bool is_weak = row->event->memory != MEMORY_NOTE_NONE && row->event->memory != MEMORY_NOTE_DRAINED;
    row->matters |= is_weak || row->event->operation == OPERATION_FLUSH;
    if (!timeline->has_world) {
        row->matters |= shared || row->event->operation == OPERATION_CALL;
    } else {
        row->matters |= (shared && !is_read(row->event) && !keeps_books(row)) || timeline_sends(timeline, row);
    }
}

/* Who builds the world then waits for the program's tasks, also when there are none: the first wait of the model's own. */
static bool ends_prelude(const struct row *row, const struct program *program)
{
    char object[128];
    if (row->task < program->task_count) {
        return true;
    }
    if (!row->event || !row->event->call || row->place[0] || strncmp(row->event->call->name, "wait ", 5) != 0) {
        return false;
    }
    words_object(row->event->object, object, sizeof(object));
    return object[0] == 0;
}

static uint32_t rows_of_prelude(const struct timeline *timeline, const struct program *program)
{
    uint32_t row = 0;
    while (row < timeline->count && !ends_prelude(&timeline->rows[row], program)) {
        row++;
    }
    return row == timeline->count ? 0 : row;
}

void timeline_weigh(struct timeline *timeline, const struct report_execution *execution)
{
    struct touch *touches = calloc(timeline->count + 1, sizeof(*touches));
    if (!touches) {
        return;
    }
    uint32_t count = 0;
    timeline->has_world = execution->scenario->subject->conduct != NULL;
    timeline->prelude = timeline->has_world ? rows_of_prelude(timeline, &execution->scenario->program) : 0;
    for (uint32_t index = timeline->prelude; index < timeline->count; index++) {
        const struct row *row = &timeline->rows[index];
        if (row->event && row->event->object) {
            touches[count++] = (struct touch){.object = row->event->object, .task = row->task};
        }
    }
    qsort(touches, count, sizeof(*touches), compare_touches);
    uint32_t shared = keep_shared(touches, count);
    for (uint32_t index = timeline->prelude; index < timeline->count; index++) {
        struct row *row = &timeline->rows[index];
        if (row->event && row->event->object) {
            weigh(timeline, row, bsearch(row->event->object, touches, shared, sizeof(*touches), compare_objects) != NULL);
        }
    }
    free(touches);
}
