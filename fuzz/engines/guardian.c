/*
 * guardian.c - a process between this one and an engine, so that nothing of the engine outlives either.
 *
 * Engines have processes of their own, in sessions of their own, which nobody else knows: whoever kills an engine leaves them
 * behind. The guardian adopts them (it is their "subreaper"), and kills whatever is left when the engine has ended, or when
 * this process has, however it ended: the system sends SIGTERM to the guardian then.
 */
#include "engines.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_START = 127 };

/* "PID (NAME) STATE PARENT ..."; the name may hold anything. */
static pid_t parent_of(const char *process)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", process);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    int parent = 0;
    const char *end = strrchr(text, ')');
    return end != NULL && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

static void kill_children(void)
{
    DIR *processes = opendir("/proc");
    if (processes == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(processes); entry != NULL; entry = readdir(processes)) {
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == getpid()) {
            kill((pid_t)atoi(entry->d_name), SIGKILL);
        }
    }
    closedir(processes);
}

/* The children of who dies become ours, so all there are get their turn. */
static void end_descendants(pid_t engine, int *engine_status)
{
    for (;;) {
        int status;
        kill_children();
        pid_t ended = waitpid(-1, &status, 0);
        if (ended < 0 && errno == ECHILD) {
            return;
        }
        if (ended == engine) {
            *engine_status = status;
        }
    }
}

static bool has_ended(pid_t engine, int *engine_status)
{
    int status;
    for (pid_t ended = waitpid(-1, &status, WNOHANG); ended > 0; ended = waitpid(-1, &status, WNOHANG)) {
        if (ended == engine) {
            *engine_status = status;
            return true;
        }
    }
    return false;
}

/* An interrupt is for the engine, which is in the same group and ends by itself. */
static int watch(pid_t engine, const sigset_t *signals)
{
    int status = 0, signal = 0;
    while (signal != SIGTERM && !has_ended(engine, &status)) {
        sigwait(signals, &signal);
    }
    end_descendants(engine, &status);
    return status;
}

/* As the engine did. */
static _Noreturn void end_like(int status)
{
    if (WIFSIGNALED(status)) {
        sigset_t all;
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : CANNOT_START);
}

_Noreturn void guardian_run(pid_t parent, int output, void (*become)(void *context, pid_t parent), void *context)
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    setpgid(0, 0);
    sigprocmask(SIG_BLOCK, &signals, &before);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    prctl(PR_SET_NAME, "remlock-guard");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(CANNOT_START);
    }
    pid_t self = getpid();
    pid_t engine = fork();
    if (engine == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        become(context, self);
    }
    if (engine < 0) {
        _exit(CANNOT_START);
    }
    /* Whoever reads what the engine says is to see its end. */
    close(output);
    end_like(watch(engine, &signals));
}
