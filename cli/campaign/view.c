/* view.c - see view.h. */
#include "view.h"

#include "events.h"
#include "export.h"
#include "progress.h"
#include "values.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double TERMINAL_INTERVAL = 0.5, PLAIN_INTERVAL = 60, SHORT_INTERVAL = 10, SHORT_CAMPAIGN = 600;

enum { LATEST = 3, SLOTS_SHOWN = 16, KEYS_LIMIT = 256, WIDTH_LIMIT = 200, TROUBLE_SIZE = PATH_MAX + 1024 };

struct campaign_view {
    bool terminal;
    uint32_t shown; /* lines that stand there */
    double last;
    uint64_t executions_before; /* of earlier sessions */
    char latest[LATEST][WIDTH_LIMIT];
    char *keys[KEYS_LIMIT];
    uint32_t key_count;
};

bool view_open(struct campaign_run *run)
{
    const char *terminal = getenv("TERM");
    run->view = calloc(1, sizeof(*run->view));
    if (!run->view) {
        complain("out of memory");
        return false;
    }
    run->view->terminal = isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0 && !run->options.common.quiet;
    return true;
}

void view_close(struct campaign_run *run)
{
    if (!run->view) {
        return;
    }
    for (uint32_t index = 0; index < run->view->key_count; index++) {
        free(run->view->keys[index]);
    }
    free(run->view);
    run->view = NULL;
}

/* ---------------------------------------------------------------------------------------------------------- the block -- */

static void wipe(struct campaign_view *view)
{
    if (view->shown) {
        fprintf(stderr, "\033[%uA\r\033[J", view->shown);
        fflush(stderr);
    }
    view->shown = 0;
}

static int width(void)
{
    struct winsize size;
    int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
    return columns - 1 < WIDTH_LIMIT ? columns - 1 : WIDTH_LIMIT - 1;
}

static void show_line(struct campaign_view *view, const char *text)
{
    fprintf(stderr, "%.*s\n", width(), text);
    view->shown++;
}

static void write_state(const struct campaign_run *run, char *text, size_t size)
{
    char count[32], rate[32], elapsed[32], left[64];
    double seconds = run_seconds(run);
    uint64_t executions = run->executions - run->view->executions_before;
    uint32_t open = run->counts.found - run->counts.confirmed - run->counts.unreproducible;
    char confirming[48] = "";
    if (open) {
        snprintf(confirming, sizeof(confirming), " (%u not confirmed yet)", open);
    }
    snprintf(text, size, "%s%s: %s executions, %s, coverage %llu, %u slices, %u finding%s%s",
             progress_duration(run_elapsed(run), elapsed, sizeof(elapsed)),
             progress_left(run->options.seconds, run_elapsed(run), left, sizeof(left)),
             progress_count(run->executions, count, sizeof(count)),
             progress_rate(seconds > 0 ? (double)executions / seconds : 0, rate, sizeof(rate)),
             (unsigned long long)run->coverage, run->slices, run->counts.found, run->counts.found == 1 ? "" : "s", confirming);
}

static void show_slots(const struct campaign_run *run)
{
    char line[WIDTH_LIMIT], left[32];
    uint32_t shown = run->options.jobs < SLOTS_SHOWN ? run->options.jobs : SLOTS_SHOWN;
    for (uint32_t index = 0; index < shown; index++) {
        const struct slot *slot = &run->slots[index];
        double seconds = slot->until - run_seconds(run);
        bool counts = slot->use == SLOT_SLICE && seconds > 0;
        snprintf(line, sizeof(line), "  %s%s%s", slot->use == SLOT_FREE ? "-" : slot->label, counts ? ", " : "",
                 counts ? progress_duration(seconds, left, sizeof(left)) : "");
        show_line(run->view, line);
    }
}

static void show_block(struct campaign_run *run)
{
    struct campaign_view *view = run->view;
    char line[512];
    wipe(view);
    write_state(run, line, sizeof(line));
    show_line(view, line);
    show_slots(run);
    for (uint32_t index = 0; index < LATEST; index++) {
        if (view->latest[index][0]) {
            show_line(view, view->latest[index]);
        }
    }
    fflush(stderr);
}

void view_progress(struct campaign_run *run)
{
    struct campaign_view *view = run->view;
    double plain = run->options.seconds <= SHORT_CAMPAIGN ? SHORT_INTERVAL : PLAIN_INTERVAL;
    double interval = view->terminal && !run->options.common.json ? TERMINAL_INTERVAL : plain;
    if (run->options.common.quiet || run_seconds(run) - view->last < interval) {
        return;
    }
    view->last = run_seconds(run);
    if (run->options.common.json) {
        event_progress(run);
    } else if (view->terminal) {
        show_block(run);
    } else {
        char line[512];
        write_state(run, line, sizeof(line));
        fprintf(stderr, "%s\n", line);
    }
}

/* ------------------------------------------------------------------------------------------------------------- events -- */

static void write_size(uint64_t bytes, char *text, size_t size)
{
    if (bytes >= 1000000000) {
        snprintf(text, size, "%.3g GB", (double)bytes / 1e9);
    } else {
        snprintf(text, size, "%.3g MB", (double)bytes / 1e6);
    }
}

void view_start(struct campaign_run *run, const char *invocation)
{
    char disk[32], memory[32], time[32], left[64];
    run->view->executions_before = run->executions;
    if (run->options.common.json) {
        event_start(run, invocation);
        return;
    }
    if (run->options.common.quiet) {
        return;
    }
    write_size(run->options.disk, disk, sizeof(disk));
    write_size(run->options.memory, memory, sizeof(memory));
    uint32_t subjects = run->subjects.count - (run->subjects.canary < run->subjects.count);
    printf("%s\n\n%u subject%s, %u ways to run them, %u process%s at a time, %s%s; at most %s on disk, %s of memory\n",
           invocation, subjects, subjects == 1 ? "" : "s", run->arms.count, run->options.jobs,
           run->options.jobs == 1 ? "" : "es", progress_duration(run->options.seconds, time, sizeof(time)),
           run->before > 0 ? progress_left(run->options.seconds, run->before, left, sizeof(left)) : "", disk, memory);
    fflush(stdout);
}

void view_slice(struct campaign_run *run, const struct slot *slot)
{
    if (run->options.common.json) {
        event_slice(run, slot);
    }
}

static void remember(struct campaign_view *view, const char *text)
{
    memmove(view->latest[0], view->latest[1], sizeof(view->latest[0]) * (LATEST - 1));
    snprintf(view->latest[LATEST - 1], sizeof(view->latest[0]), "%s", text);
}

static void write_confirmed(const struct campaign_finding *finding, const char *remark)
{
    printf("  %u of %u replays in fresh processes show it; ", finding->reproduced, finding->attempts);
    if (finding->minimised) {
        printf("%u task%s, %u operation%s, %u preemption%s", finding->tasks, finding->tasks == 1 ? "" : "s",
               finding->operations, finding->operations == 1 ? "" : "s", finding->preemptions,
               finding->preemptions == 1 ? "" : "s");
    }
    printf("%s%s\n", remark[0] && finding->minimised ? "; " : "", remark);
}

static void print_finding(const struct campaign_finding *finding, const char *file, const char *remark)
{
    char when[32];
    bool confirmed = finding->state == CAMPAIGN_CONFIRMED;
    printf("\nASSERTION FAILED: %s %s %s\n  %s\n", confirmed ? finding->identifier : "nondeterminism", finding->subject,
           confirmed ? finding->routine : "-", finding->message);
    if (confirmed) {
        write_confirmed(finding, remark);
    }
    printf("  seen by %s%s%s after %s\n  remlock explain %s\n", finding->engine[0] ? finding->engine : "an earlier session",
           finding->configuration[0] ? " with " : "", finding->configuration,
           progress_duration(finding->at, when, sizeof(when)), file);
    fflush(stdout);
}

void view_finding(struct campaign_run *run, const struct campaign_finding *finding, const char *remark)
{
    char file[PATH_MAX], line[WIDTH_LIMIT];
    export_path(run->options.folder, finding, file, sizeof(file));
    if (run->options.common.json) {
        event_finding(run, finding, file, remark);
        return;
    }
    if (finding->canary) {
        return;
    }
    wipe(run->view);
    print_finding(finding, file, remark);
    snprintf(line, sizeof(line), "  ! %.60s %.60s %.60s", finding->identifier, finding->subject, finding->routine);
    remember(run->view, line);
}

static void tell_trouble(struct campaign_run *run, const char *text)
{
    if (run->options.common.json) {
        event_trouble(run, text);
        return;
    }
    if (run->view) {
        wipe(run->view);
    }
    complain("%s", text);
}

void view_trouble(struct campaign_run *run, const char *format, ...)
{
    char text[TROUBLE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    tell_trouble(run, text);
}

static bool is_news(struct campaign_view *view, const char *key)
{
    for (uint32_t index = 0; index < view->key_count; index++) {
        if (strcmp(view->keys[index], key) == 0) {
            return false;
        }
    }
    char *copy = view->key_count < KEYS_LIMIT ? strdup(key) : NULL;
    if (copy) {
        view->keys[view->key_count++] = copy;
    }
    return copy != NULL;
}

void view_trouble_once(struct campaign_run *run, const char *key, const char *format, ...)
{
    char text[TROUBLE_SIZE];
    if (!is_news(run->view, key)) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    tell_trouble(run, text);
}

/* --------------------------------------------------------------------------------------------------------------- end -- */

void view_end(struct campaign_run *run, int code)
{
    char line[512], folder[PATH_MAX + 16] = "";
    wipe(run->view);
    if (run->options.common.json) {
        event_end(run, code);
        return;
    }
    write_state(run, line, sizeof(line));
    printf("\n%s%s\n", line, run->hurried ? ", interrupted" : "");
    if (!run->options.common.quiet) {
        value_quote(folder, sizeof(folder), run->options.folder);
        printf("  remlock campaign summary %s\n", folder);
        if (run->hurried || run_elapsed(run) < run->options.seconds || confirm_open(run) > 0) {
            printf("  remlock campaign --resume --out %s\n", folder);
        }
    }
    fflush(stdout);
}
