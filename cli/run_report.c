/* run_report.c - see run_report.h. */
#include "run_report.h"

#include "command.h"
#include "progress.h"

#include <limits.h>
#include <string.h>
#include <sys/resource.h>

/* The schedule died with the worker; the program is known. */
void report_crash(const struct worker_crash *crash, const char *command, const char *folder)
{
    char path[PATH_MAX], message[PATH_MAX + 256];
    struct replay replay = {.scenario = *crash->scenario};
    struct replay_error error;
    if (!crash->signal) {
        complain("a worker ended early with status %d", crash->status);
        return;
    }
    complain("the code under test crashed: %s", strsignal(crash->signal));
    if (!replay.scenario.subject) {
        return;
    }
    struct replay_remarks remarks = {.heading = "a schedule of this program crashed the process"};
    snprintf(path, sizeof(path), "%s/crash.replay", folder);
    if (replay_save(&replay, &remarks, path, &error)) {
        snprintf(message, sizeof(message), "its program is saved; to see the crash in a debugger: remlock %s %s --program @%s",
                 command, replay.scenario.subject->name, path);
    } else {
        snprintf(message, sizeof(message), "%s", error.message);
    }
    complain("%s", message);
}

void report_left_out(const struct search_counters *counters)
{
    char left_out[32], operations[32];
    if (counters->left_out < counters->operations - counters->operations / 4 || counters->operations == 0) {
        return;
    }
    printf("  note: %s of %s operations came to nothing: the driver has no device, or does not let itself be opened\n",
           progress_count(counters->left_out, left_out, sizeof(left_out)),
           progress_count(counters->operations, operations, sizeof(operations)));
}

void report_abandoned(const struct search_counters *counters)
{
    char abandoned[32];
    if (counters->abandoned <= counters->executions) {
        return;
    }
    printf("  note: %s executions were given up: an assumption of the program did not hold\n",
           progress_count(counters->abandoned, abandoned, sizeof(abandoned)));
}

double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
