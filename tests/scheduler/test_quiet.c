/*
 * test_quiet.c - once the first executions are over, nothing is allocated and no system call made while tasks run, nor between
 * one execution and the next.
 *
 * Allocations are counted by functions that stand in front of libc's. System calls are watched by the kernel: in a child, a
 * seccomp filter allows exit() and nothing else, and kills whoever does more.
 */
#include "support.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---------------------------------------------------------------------------------------------------- allocations -- */

static uint64_t allocations;

#ifndef WITH_ADDRESS_SANITIZER
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocations++;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    allocations++;
    return __libc_memalign(alignment, size);
}
#endif

/* ------------------------------------------------------------------------------------------------------ executions -- */

static const struct world worlds[] = {
    {"rundown", begin_rundown, 3},
    {"hasty rundown", begin_hasty_rundown, 3},
    {"bluetooth", begin_bluetooth, 0},
    {"mixture", begin_mixture, 3},
};

static const struct scheduler_options all_options[] = {
    {0}, {.record = true}, {.feedback = true}, {.plain_points = true}, {.record = true, .feedback = true, .plain_points = true},
};

/* Finished and failing executions under every strategy; the sum keeps the work from being thought useless. */
static uint64_t run_everything(uint64_t seed)
{
    uint64_t sum = 0;
    for (size_t index = 0; index < COUNT_OF(worlds); index++) {
        for (size_t option = 0; option < COUNT_OF(all_options); option++) {
            struct strategy *const strategies[] = {random_walk(seed), pct(seed, 3), exhaustive(1),
                                                   strategy_bytes((const uint8_t *)&seed, sizeof seed)};
            for (size_t strategy = 0; strategy < COUNT_OF(strategies); strategy++) {
                sum += run_world(&worlds[index], strategies[strategy], &all_options[option]);
                sum += run_world(&worlds[index], strategy_replay(copy_schedule()), &all_options[option]);
                sum += scheduler_hash();
            }
        }
    }
    return sum;
}

static void warm_up(void)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        run_everything(seed);
    }
}

static void executions_allocate_nothing(void **unused)
{
    (void)unused;
#ifdef WITH_ADDRESS_SANITIZER
    print_message("skipped: AddressSanitizer has the allocation functions\n");
    skip();
#endif
    free(aligned_alloc(16, 32));
    assert_true(allocations > 0); /* the functions are ours */
    warm_up();
    uint64_t before = allocations;
    for (uint64_t seed = 100; seed < 200; seed++) {
        run_everything(seed);
    }
    assert_int_equal(allocations, before);
}

/* --------------------------------------------------------------------------------------------------- system calls -- */

static int allow_exit_only(void)
{
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog program = {.len = COUNT_OF(instructions), .filter = instructions};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

enum { QUIET = 0, WITHOUT_SECCOMP = 3 };

static _Noreturn void run_in_silence(bool noisily)
{
    warm_up();
    if (allow_exit_only() != 0) {
        _exit(WITHOUT_SECCOMP);
    }
    for (uint64_t seed = 100; seed < 120; seed++) {
        run_everything(seed);
    }
    if (noisily) {
        getppid();
    }
    syscall(SYS_exit, QUIET);
    abort();
}

static int status_of_silence(bool noisily)
{
    pid_t child = fork();
    if (child == 0) {
        run_in_silence(noisily);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == WITHOUT_SECCOMP) {
        print_message("skipped: no seccomp filters here\n");
        skip();
    }
    return status;
}

static void executions_make_no_system_calls(void **unused)
{
    (void)unused;
#ifdef WITH_ADDRESS_SANITIZER
    print_message("skipped: AddressSanitizer makes system calls of its own\n");
    skip();
#endif
    int status = status_of_silence(false);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), QUIET);
}

static void a_system_call_would_have_been_noticed(void **unused)
{
    (void)unused;
    assert_true(WIFSIGNALED(status_of_silence(true)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executions_allocate_nothing),
        cmocka_unit_test(executions_make_no_system_calls),
        cmocka_unit_test(a_system_call_would_have_been_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
