/* states.c - see states.h. */
#include "state.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

enum { WIPED = 4096 }; /* bytes of stack that the scheduler may have used while a task stood */

extern const struct scheduler_state_entry *const __start_scheduler_state[] __attribute__((weak));
extern const struct scheduler_state_entry *const __stop_scheduler_state[] __attribute__((weak));

/* The program, from its first byte to behind its last variable; from the linker. Shared objects have no such beginning. */
extern const char __executable_start __attribute__((weak)), _end[];

static XXH3_state_t hash;

/* ---------------------------------------------------------------------------------------------------------- stacks -- */

__attribute__((noinline)) void states_stand(struct task *task)
{
#if defined(__x86_64__)
    uint64_t *registers = task->registers;
    __asm__ volatile("movq %%rbx, 0(%0)\n\t"
                     "movq %%r12, 8(%0)\n\t"
                     "movq %%r13, 16(%0)\n\t"
                     "movq %%r14, 24(%0)\n\t"
                     "movq %%r15, 32(%0)"
                     :
                     : "a"(registers)
                     : "memory");
    const uint64_t *frame = __builtin_frame_address(0);
    registers[5] = frame[0]; /* the caller's rbp */
    task->live = (uintptr_t)(frame + 2);
#else
    (void)task;
#endif
}

__attribute__((noinline)) void states_go_on(void)
{
#if defined(__x86_64__)
    uintptr_t from, count = WIPED / 8;
    __asm__ volatile("leaq %c2(%%rsp), %0\n\t"
                     "rep stosq"
                     : "=&D"(from), "+c"(count)
                     : "i"(-WIPED), "a"((uint64_t)0)
                     : "memory", "cc");
#endif
}

static uintptr_t top_of(const struct task *task)
{
    return (uintptr_t)task->fiber->at.stack + task->fiber->at.stack_size;
}

/* ------------------------------------------------------------------------------------------------------------ parts -- */

/*
 * The program lies at another address in every process, and what a search has seen may be taken up in another one: words that
 * point into the program are counted from its beginning, and so are upper halves that were left of such words. They are made to
 * look like no address at all.
 */
static uint64_t settle(uint64_t word)
{
    const uint64_t mark = 0x7E57000000000000, half_mark = 0x7E58000000000000;
    uint64_t start = (uintptr_t)&__executable_start, size = (uintptr_t)_end - start;
    if (word - start < size) {
        return mark + (word - start);
    }
    uint64_t upper = (word >> 32) - (start >> 32);
    return upper <= 1 ? half_mark + (upper << 32 | (uint32_t)word) : word;
}

enum { PIECE = 512 }; /* words */

#ifdef WITH_ADDRESS_SANITIZER
/* Stacks are read across the borders of their variables. */
__attribute__((no_sanitize_address)) static void copy(uint64_t *to, const char *from, size_t size)
{
    for (size_t index = 0; index < size; index++) {
        ((volatile char *)to)[index] = from[index];
    }
}
#else
static inline void copy(uint64_t *to, const char *from, size_t size)
{
    memcpy(to, from, size);
}
#endif

/* The next piece of the memory, settled; returns its size in bytes. */
static size_t take_piece(const char *bytes, size_t left, uint64_t *piece)
{
    size_t size = left > PIECE * sizeof *piece ? PIECE * sizeof *piece : left;
    copy(piece, bytes, size);
    for (size_t word = 0; word < size / sizeof *piece; word++) {
        piece[word] = settle(piece[word]);
    }
    return size;
}

static void add(const void *bytes, size_t size)
{
    uint64_t piece[PIECE];
    for (size_t taken; size > 0; size -= taken, bytes = (const char *)bytes + taken) {
        taken = take_piece(bytes, size, piece);
        XXH3_128bits_update(&hash, piece, taken);
    }
}

static XXH128_hash_t hash_alone(const void *bytes, size_t size, uint64_t seed)
{
    uint64_t piece[PIECE];
    XXH128_hash_t result = {.low64 = seed};
    for (size_t taken; size > 0; size -= taken, bytes = (const char *)bytes + taken) {
        taken = take_piece(bytes, size, piece);
        XXH128_hash_t next = XXH3_128bits_withSeed(piece, taken, result.low64);
        result = (XXH128_hash_t){.low64 = next.low64, .high64 = next.high64 + result.high64 * 31};
    }
    return result;
}

void scheduler_add_state(const void *memory, size_t size)
{
    add(memory, size);
}

/* Allocations are taken in no particular order: they are the same ones whoever was first. */
static void add_arena(void)
{
    uint64_t low = 0, high = 0;
    for (uint32_t index = 0; index < scheduler_allocation_count(); index++) {
        const struct scheduler_allocation *allocation = scheduler_allocation_at(index);
        uint64_t seed = (uint64_t)(uintptr_t)allocation->address ^ (uint64_t)allocation->size << 48 ^ allocation->live;
        XXH128_hash_t one = hash_alone(allocation->address, allocation->size, seed);
        low += one.low64;
        high += one.high64;
    }
    add(&low, sizeof low);
    add(&high, sizeof high);
}

/* How many wait before it where somebody will be picked by the order in which they came. */
static uint32_t rank_of(const struct task *task)
{
    uint32_t rank = 0;
    for (uint32_t number = 0; number < state.task_count; number++) {
        const struct task *other = &state.tasks[number];
        bool same = other->object == task->object || (other->deadline == task->deadline && task->deadline != SCHEDULER_NEVER);
        rank += other->state == TASK_WAITING && same && other->queued < task->queued;
    }
    return rank;
}

static bool has_run(const struct task *task)
{
    return task->live != 0;
}

/* What it waits for, while it does; what is left there of an earlier wait counts for nothing. */
static void add_wait(const struct task *task)
{
    uint32_t patience = task->patient_until > state.steps ? task->patient_until - state.steps : 0;
    uint64_t numbers[] = {(uintptr_t)task->object,
                          (uintptr_t)task->condition,
                          (uintptr_t)task->condition_argument,
                          task->woken,
                          task->timed_out,
                          task->keeps_time,
                          patience,
                          task->deadline,
                          task->state == TASK_WAITING ? rank_of(task) : 0};
    add(numbers, sizeof numbers);
}

static void add_task(const struct task *task)
{
    uint64_t numbers[] = {task->state,          has_run(task),           task->fresh, task->may_wait, task->unpreemptible,
                          task->object != NULL, (uintptr_t)task->routine};
    if (task->state == TASK_ENDED) {
        add(&task->state, sizeof task->state);
        return;
    }
    add(numbers, sizeof numbers);
    if (task->object != NULL) {
        add_wait(task);
    }
    if (has_run(task)) {
        add(task->registers, sizeof task->registers);
        add((const void *)task->live, top_of(task) - task->live);
    } else {
        uint64_t beginning[] = {(uintptr_t)task->body, (uintptr_t)task->argument};
        add(beginning, sizeof beginning);
    }
}

static void add_static(void)
{
    const struct scheduler_state_entry *const *entry = __start_scheduler_state;
    for (; entry < __stop_scheduler_state; entry++) {
        if ((*entry)->add != NULL) {
            (*entry)->add();
        } else {
            add((*entry)->base, (*entry)->size);
        }
    }
}

struct state_hash states_hash(const struct choice *choice)
{
    /* Who stands at the choice matters only when it is the one that goes on from there. */
    uint32_t who = choice->kind == CHOICE_TASK ? SCHEDULER_NO_TASK : choice->task;
    uint64_t about[] = {choice->kind, choice->alternatives, who, state.now, state.task_count};
    XXH3_128bits_reset(&hash);
    add(about, sizeof about);
    for (uint32_t number = 0; number < state.task_count; number++) {
        add_task(&state.tasks[number]);
    }
    add_arena();
    add_static();
    XXH128_hash_t result = XXH3_128bits_digest(&hash);
    return (struct state_hash){.low = result.low64, .high = result.high64};
}
