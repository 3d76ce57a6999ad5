/*
 * locate_probe.c - asks report_locate() about addresses of its own process and prints the answers, to be built in every way an
 * executable can be built. Arguments: a shared object to load late, or nothing.
 */
#include <remlock/reports.h>

#include <dlfcn.h>

__attribute__((noinline)) static uintptr_t return_address(void)
{
    return (uintptr_t)__builtin_return_address(0);
}

__attribute__((noinline)) static uintptr_t plain_function(void)
{
    uintptr_t address = return_address(); /* PLAIN */
    __asm__ volatile("" ::: "memory");
    return address;
}

static inline __attribute__((always_inline)) uintptr_t inlined_function(void)
{
    return return_address(); /* INLINED */
}

__attribute__((noinline)) static uintptr_t outer_function(void)
{
    uintptr_t address = inlined_function(); /* OUTER */
    __asm__ volatile("" ::: "memory");
    return address;
}

static void print(const char *what, uintptr_t address)
{
    struct report_frame frames[REPORT_FRAME_LIMIT];
    uint32_t count = report_locate(address, frames, REPORT_FRAME_LIMIT);
    printf("%s:", what);
    for (uint32_t index = 0; index < count; index++) {
        printf(" %s@%s:%u", frames[index].function, frames[index].name, frames[index].line);
    }
    putchar('\n');
}

#ifdef PROBE_IS_STATIC
static int print_late(const char *path)
{
    fprintf(stderr, "%s: a static executable loads nothing\n", path);
    return 1;
}
#else
static int print_late(const char *path)
{
    void *object = dlopen(path, RTLD_NOW);
    if (object == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    uintptr_t (*late)(void) = (uintptr_t(*)(void))dlsym(object, "late_function");
    print("late", late == NULL ? 0 : late());
    return 0;
}
#endif

int main(int argument_count, char **arguments)
{
    print("plain", plain_function());
    print("inlined", outer_function());
    print("nowhere", 0);
    print("unmapped", 64);
    return argument_count > 1 ? print_late(arguments[1]) : 0;
}
