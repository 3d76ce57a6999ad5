/*
 * source.c - see source.h.
 *
 * A finding is seen where a rule is broken, which may be deep in the lock or in the model of the kernel. Whoever is to mend it
 * wants the innermost line of his own code. When there is none on the stack of the finding (a leak is seen after everything has
 * ended), the other moments of the memory that it is about are asked, then what the task of the finding did last, then what
 * anybody did last.
 */
#include "source.h"

#include "stacks.h"
#include "words.h"

#include <string.h>

static bool is_header(const char *name)
{
    size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, ".h") == 0;
}

/* What is loaded is under test. A lock is part of this program, and stands beside what runs it. */
static bool is_under_test(const struct report_frame *frame, bool is_lock)
{
    return frame->line && !is_header(frame->name) && (!frame->is_program || (is_lock && !words_is_ours(frame)));
}

static bool innermost(const uintptr_t *addresses, uint32_t depth, bool is_lock, struct report_frame *source)
{
    for (uint32_t level = 0; level < depth && addresses[level]; level++) {
        struct report_frame frames[REPORT_FRAME_LIMIT];
        uint32_t count = report_locate(addresses[level], frames, REPORT_FRAME_LIMIT);
        for (uint32_t index = 0; index < count; index++) {
            if (is_under_test(&frames[index], is_lock)) {
                *source = frames[index];
                return true;
            }
        }
    }
    return false;
}

static bool last_of_trace(uint32_t task, bool is_lock, struct report_frame *source)
{
    struct scheduler_trace trace = scheduler_trace();
    for (uint32_t index = trace.count; index > 0; index--) {
        const struct scheduler_event *event = &trace.events[index - 1];
        if ((task == SCHEDULER_NO_TASK || event->task == task) && event->operation != OPERATION_NOTE &&
            innermost(event->stack, SCHEDULER_STACK_DEPTH, is_lock, source)) {
            return true;
        }
    }
    return false;
}

bool source_of(const struct report_execution *execution, struct report_frame *source)
{
    struct stack_moment moments[STACK_MOMENTS];
    const struct verdict *verdict = execution->verdict;
    const struct subject *subject = execution->scenario->subject;
    bool is_lock = !subject->conduct && !subject_is_path(subject->name);
    uint32_t count = stacks_collect(execution, moments);
    for (uint32_t index = 0; index < count; index++) {
        if (innermost(moments[index].addresses, SCHEDULER_STACK_DEPTH, is_lock, source)) {
            return true;
        }
    }
    return (verdict->task != SCHEDULER_NO_TASK && last_of_trace(verdict->task, is_lock, source)) ||
           last_of_trace(SCHEDULER_NO_TASK, is_lock, source);
}
