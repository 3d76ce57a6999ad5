/* run.c - see run.h. */
#include "run.h"

#include "command.h"
#include "interrupt.h"
#include "progress.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_LIMIT = 64 << 20, COMPLAINT_LIMIT = 64 << 10, NAME_SIZE = PATH_MAX + 32 };

/* A process at work. */
struct slot {
    pid_t process; /* 0: none */
    uint32_t run;
    double started;
    bool timed_out;
};

struct yard {
    const struct report_run_options *options;
    struct report_run *runs;
    struct slot *slots;
    uint32_t count, next, done, busy;
    char folder[PATH_MAX]; /* what the processes write to */
    sigset_t mask_before;
};

static void name_file(const struct yard *yard, uint32_t run, const char *ending, char *path)
{
    snprintf(path, NAME_SIZE, "%s/%u.%s", yard->folder, run, ending);
}

/* -------------------------------------------------------------------------------------------------------- processes -- */

static void limit_output(void)
{
    struct rlimit none = {0}, output = {.rlim_cur = OUTPUT_LIMIT, .rlim_max = OUTPUT_LIMIT};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &output);
}

static void point(int descriptor, const char *path, int flags)
{
    int opened = open(path, flags, 0600);
    if (opened >= 0) {
        dup2(opened, descriptor);
        close(opened);
    }
}

static _Noreturn void become(const struct yard *yard, uint32_t run, pid_t parent)
{
    char result[NAME_SIZE], complaint[NAME_SIZE];
    name_file(yard, run, "json", result);
    name_file(yard, run, "err", complaint);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(EXIT_USAGE);
    }
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &yard->mask_before, NULL);
    limit_output();
    point(STDIN_FILENO, "/dev/null", O_RDONLY);
    point(STDOUT_FILENO, result, O_WRONLY | O_CREAT | O_TRUNC);
    point(STDERR_FILENO, complaint, O_WRONLY | O_CREAT | O_TRUNC);
    execl("/proc/self/exe", "remlock", "explain", "--json", "--", yard->runs[run].path, (char *)NULL);
    fprintf(stderr, "remlock cannot be started again: %s\n", strerror(errno));
    _exit(EXIT_USAGE);
}

static bool start(struct yard *yard, struct slot *slot)
{
    pid_t parent = getpid();
    *slot = (struct slot){.run = yard->next, .started = progress_clock()};
    slot->process = fork();
    if (slot->process == 0) {
        become(yard, slot->run, parent);
    }
    if (slot->process < 0) {
        slot->process = 0;
        return false;
    }
    yard->next++;
    yard->busy++;
    return true;
}

static void kill_all(struct yard *yard)
{
    for (uint32_t index = 0; index < yard->options->jobs; index++) {
        if (yard->slots[index].process) {
            kill(-yard->slots[index].process, SIGKILL);
            kill(yard->slots[index].process, SIGKILL);
        }
    }
}

/* ---------------------------------------------------------------------------------------------------------- results -- */

static char *read_file(const char *path, size_t most)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    size_t wanted = size > 0 ? (size_t)size : 0;
    wanted = wanted < most ? wanted : most;
    char *text = malloc(wanted + 1);
    rewind(file);
    if (text) {
        text[fread(text, 1, wanted, file)] = 0;
    }
    fclose(file);
    return text;
}

/* The last line of what it complained of, without our own name before it. */
static char *last_words(const char *complaint)
{
    static const char name[] = "remlock explain: ";
    char *text = strdup(complaint ? complaint : "");
    if (!text) {
        return NULL;
    }
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' ')) {
        text[--length] = 0;
    }
    char *line = strrchr(text, '\n');
    line = line ? line + 1 : text;
    line += strncmp(line, name, sizeof(name) - 1) == 0 ? sizeof(name) - 1 : 0;
    memmove(text, line, strlen(line) + 1);
    return text;
}

static void say(struct report_run *run, enum report_end end, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(struct report_run *run, enum report_end end, const char *format, ...)
{
    va_list arguments;
    run->end = end;
    va_start(arguments, format);
    if (vasprintf(&run->message, format, arguments) < 0) {
        run->message = NULL;
    }
    va_end(arguments);
}

static void judge(struct report_run *run, int status, const char *complaint)
{
    if (run->output) {
        run->end = REPORT_TOLD;
    } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) {
        say(run, REPORT_CRASHED, "its explanation is longer than %d MiB", OUTPUT_LIMIT >> 20);
    } else if (WIFSIGNALED(status)) {
        say(run, REPORT_CRASHED, "the code under test crashed: %s", strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) == EXIT_MALFORMED) {
        run->end = REPORT_MALFORMED;
        run->message = last_words(complaint);
    } else {
        char *words = last_words(complaint);
        say(run, REPORT_CRASHED, "the code under test ended the process with status %d%s%s", WEXITSTATUS(status),
            words && words[0] ? ": " : "", words ? words : "");
        free(words);
    }
}

static void collect(struct yard *yard, const struct slot *slot, int status)
{
    struct report_run *run = &yard->runs[slot->run];
    char path[NAME_SIZE];
    run->seconds = progress_clock() - slot->started;
    name_file(yard, slot->run, "err", path);
    char *complaint = read_file(path, COMPLAINT_LIMIT);
    unlink(path);
    name_file(yard, slot->run, "json", path);
    bool whole = WIFEXITED(status) && (WEXITSTATUS(status) == EXIT_CLEAN || WEXITSTATUS(status) == EXIT_DIVERGED);
    run->output = whole && !slot->timed_out ? read_file(path, OUTPUT_LIMIT) : NULL;
    unlink(path);
    if (slot->timed_out) {
        say(run, REPORT_TIMED_OUT, "it did not end within %g s", yard->options->time_limit);
    } else {
        judge(run, status, complaint);
    }
    free(complaint);
}

void report_run_read(struct report_run *run)
{
    run->explained = run->output ? cJSON_Parse(run->output) : NULL;
    if (run->end == REPORT_TOLD && !run->explained) {
        say(run, REPORT_CRASHED, "the code under test ended the process before it was explained");
    }
    free(run->output);
    run->output = NULL;
}

/* ---------------------------------------------------------------------------------------------------------- waiting -- */

static void reap(struct yard *yard)
{
    for (uint32_t index = 0; index < yard->options->jobs; index++) {
        struct slot *slot = &yard->slots[index];
        siginfo_t ended = {0};
        int status = 0;
        if (!slot->process || waitid(P_PID, (id_t)slot->process, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || !ended.si_pid) {
            continue;
        }
        kill(-slot->process, SIGKILL); /* what it may have left behind, while the number is still its own */
        waitpid(slot->process, &status, 0);
        slot->process = 0;
        yard->busy--;
        yard->done++;
        collect(yard, slot, status);
        if (yard->options->progress) {
            yard->options->progress(yard->options->context, yard->done, yard->count);
        }
    }
}

/* Ends who is over time; returns how long the next one may go on. */
static double enforce(struct yard *yard)
{
    double now = progress_clock(), shortest = 1;
    for (uint32_t index = 0; index < yard->options->jobs; index++) {
        struct slot *slot = &yard->slots[index];
        if (!slot->process || slot->timed_out) {
            continue;
        }
        double left = slot->started + yard->options->time_limit - now;
        if (left <= 0) {
            slot->timed_out = true;
            kill(-slot->process, SIGKILL);
            kill(slot->process, SIGKILL);
        } else if (left < shortest) {
            shortest = left;
        }
    }
    return shortest;
}

/* Children's ends are waited for by their signal, which is blocked: none can be missed between looking and waiting. */
static void wait_for_any(double seconds)
{
    sigset_t children;
    struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigtimedwait(&children, NULL, &time);
}

static bool fill(struct yard *yard)
{
    for (uint32_t index = 0; index < yard->options->jobs && yard->next < yard->count; index++) {
        if (!yard->slots[index].process && !start(yard, &yard->slots[index])) {
            return yard->busy > 0; /* when others end there may be room again */
        }
    }
    return true;
}

static bool work(struct yard *yard)
{
    bool started = true;
    while (started && !interrupt_requested && (yard->next < yard->count || yard->busy > 0)) {
        started = fill(yard);
        wait_for_any(enforce(yard));
        reap(yard);
    }
    int reason = errno;
    kill_all(yard);
    while (yard->busy > 0) {
        wait_for_any(1);
        reap(yard);
    }
    errno = reason;
    return started;
}

static bool make_folder(char *folder)
{
    const char *where = getenv("TMPDIR");
    snprintf(folder, PATH_MAX, "%s/remlock-report-XXXXXX", where && where[0] ? where : "/tmp");
    return mkdtemp(folder) != NULL;
}

/* With what a process that was killed has not finished writing. */
static void remove_folder(const char *folder)
{
    char path[PATH_MAX + NAME_MAX + 2];
    const struct dirent *entry;
    DIR *listing = opendir(folder);
    while (listing && (entry = readdir(listing)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (listing) {
        closedir(listing);
    }
    rmdir(folder);
}

bool report_run_all(struct report_run *runs, uint32_t count, const struct report_run_options *options, char *message,
                    uint32_t message_size)
{
    struct yard yard = {.options = options, .runs = runs, .count = count};
    sigset_t children;
    yard.slots = calloc(options->jobs, sizeof(*yard.slots));
    if (!yard.slots || !make_folder(yard.folder)) {
        snprintf(message, message_size, "cannot make a folder in '%s' for what is explained: %s; set TMPDIR to another one",
                 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", strerror(errno));
        free(yard.slots);
        return false;
    }
    for (uint32_t index = 0; index < count; index++) {
        runs[index].end = REPORT_NOT_RUN;
    }
    fflush(NULL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &yard.mask_before);
    bool started = work(&yard);
    int reason = errno;
    sigprocmask(SIG_SETMASK, &yard.mask_before, NULL);
    remove_folder(yard.folder);
    free(yard.slots);
    if (!started) {
        snprintf(message, message_size, "cannot start a process: %s", strerror(reason));
    } else if (interrupt_requested) {
        snprintf(message, message_size, "interrupted: no report was written");
    }
    return started && !interrupt_requested;
}
