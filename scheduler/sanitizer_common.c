/*
 * sanitizer_common.c - what fibers and threads share: how ThreadSanitizer's runtime behaves unless TSAN_OPTIONS says otherwise,
 * and how it is told of plain accesses.
 */
#include "sanitizer.h"

/*
 * The verdict decides our exit code, and who replays wants all reports of an execution. Set TSAN_OPTIONS to say otherwise.
 * Lock order is not the runtime's to judge: a deadlock is seen when it happens.
 */
__attribute__((used, visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "exitcode=0:halt_on_error=0:detect_deadlocks=0:report_thread_leaks=0:report_signal_unsafe=0:atexit_sleep_ms=0:"
           "history_size=7";
}

void sanitizer_link_options(void)
{
}

void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
void __tsan_read_range_pc(void *address, unsigned long size, void *site);
void __tsan_write_range_pc(void *address, unsigned long size, void *site);

/* The usual sizes have functions of their own: reports say more of them. */
#define TELL(bytes)                                                                                                            \
    void __tsan_read##bytes##_pc(void *address, void *site);                                                                   \
    void __tsan_write##bytes##_pc(void *address, void *site);                                                                  \
    static void tell_##bytes(void *address, bool write, void *site)                                                            \
    {                                                                                                                          \
        if (write) {                                                                                                           \
            __tsan_write##bytes##_pc(address, site);                                                                           \
        } else {                                                                                                               \
            __tsan_read##bytes##_pc(address, site);                                                                            \
        }                                                                                                                      \
    }

TELL(1)
TELL(2)
TELL(4)
TELL(8)

static void tell_range(void *address, size_t size, bool write, void *site)
{
    if (write) {
        __tsan_write_range_pc(address, size, site);
    } else {
        __tsan_read_range_pc(address, size, site);
    }
}

void sanitizer_plain_access(const void *address, size_t size, bool write, uintptr_t site)
{
    void *at = (void *)address, *from = (void *)site;
    bool aligned = size != 0 && (uintptr_t)address % size == 0;
    __tsan_ignore_thread_end();
    if (size == 1) {
        tell_1(at, write, from);
    } else if (size == 2 && aligned) {
        tell_2(at, write, from);
    } else if (size == 4 && aligned) {
        tell_4(at, write, from);
    } else if (size == 8 && aligned) {
        tell_8(at, write, from);
    } else if (size != 0) {
        tell_range(at, size, write, from);
    }
    __tsan_ignore_thread_begin();
}
