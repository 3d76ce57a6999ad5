/*
 * replay_gdb.c - see replay_gdb.h.
 *
 * gdb runs `remlock replay FILE` with the scripts of cli/gdb/, which are part of this program and are written into a private
 * folder, together with the story of the replay: it is run here first, so that the scripts know names of tasks and objects and
 * what comes next. The folder goes when gdb has ended.
 */
#include "replay_gdb.h"

#include "build/text.h"
#include "command.h"
#include "files.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern const char embedded_remlock_py[], embedded_inferior_py[], embedded_session_py[], embedded_story_py[];

static const struct script {
    const char *name, *text;
} scripts[] = {
    {"remlock.py", embedded_remlock_py}, /* the one that gdb is given */
    {"inferior.py", embedded_inferior_py},
    {"session.py", embedded_session_py},
    {"story.py", embedded_story_py},
};

enum { SCRIPT_COUNT = sizeof scripts / sizeof scripts[0] };

static const char story_name[] = "explanation.json";

/* ----------------------------------------------------------------------------------------------------------- folder -- */

static bool write_text(const char *folder, const char *name, const char *text)
{
    char *path = string_format("%s/%s", folder, name);
    bool written = string_write(path, text);
    if (!written) {
        complain("cannot write '%s': %s; TMPDIR names another folder for temporary files", path, strerror(errno));
    }
    return written;
}

static void remove_folder(const char *folder)
{
    for (uint32_t index = 0; index < SCRIPT_COUNT; index++) {
        unlink(string_format("%s/%s", folder, scripts[index].name));
    }
    unlink(string_format("%s/%s", folder, story_name));
    rmdir(folder);
}

static bool fill_folder(const char *folder, const char *story)
{
    bool written = write_text(folder, story_name, story);
    for (uint32_t index = 0; written && index < SCRIPT_COUNT; index++) {
        written = write_text(folder, scripts[index].name, scripts[index].text);
    }
    return written;
}

/* ------------------------------------------------------------------------------------------------------------ story -- */

/* What `remlock explain --json` says; NULL with a complaint, and the exit code that says why. */
static char *tell_story(const char *path, const struct subject *subject, int *code)
{
    struct case_file file = {0};
    struct replay_result result;
    char message[PATH_MAX + REPLAY_MESSAGE_SIZE];
    if (!case_load(&file, path, subject, message, sizeof(message))) {
        complain("%s", message);
        *code = EXIT_MALFORMED;
        return NULL;
    }
    char *text = NULL;
    replay_run(&file.replay, HARNESS_RECORD, &result);
    if (result.outcome == REPLAY_DIVERGED) {
        char why[REPLAY_MESSAGE_SIZE * 2];
        replay_explain_divergence(&file.replay, &result, why, sizeof(why));
        complain("%s: diverged: %s", path, why);
        *code = EXIT_DIVERGED;
    } else {
        struct report_execution execution = {.scenario = &file.replay.scenario, .verdict = &result.verdict, .path = path};
        cJSON *json = json_begin("explain");
        cJSON_AddItemToObject(json, "explanation", report_explanation_json(&execution));
        text = cJSON_PrintUnformatted(json);
        cJSON_Delete(json);
    }
    replay_free(&file.replay);
    return text;
}

/* -------------------------------------------------------------------------------------------------------------- gdb -- */

static void add_all(struct words *words, const char *const *list)
{
    for (; *list != NULL; list++) {
        words_add(words, *list);
    }
}

static void write_command(struct words *words, const char *folder, const char *path, const struct subject *subject,
                          const struct gdb_options *options)
{
    static char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    snprintf(program + (length > 0 ? length : 0), sizeof(program) - (length > 0 ? (size_t)length : 0), "%s",
             length > 0 ? "" : "remlock");
    add_all(words, (const char *const[]){"gdb", "-q", NULL});
    if (options->batch) {
        add_all(words, (const char *const[]){"-nx", "-batch", NULL});
    }
    add_all(words, (const char *const[]){"-x", string_format("%s/%s", folder, scripts[0].name), NULL});
    for (uint32_t index = 0; index < options->count; index++) {
        add_all(words, (const char *const[]){"-ex", options->commands[index], NULL});
    }
    add_all(words, (const char *const[]){"--args", program, "replay", NULL});
    if (subject != NULL) {
        add_all(words, (const char *const[]){"--subject", subject->name, NULL});
    }
    words_add(words, path);
}

/* Ctrl-C is gdb's while it runs. Returns gdb's exit status, or -1 when it did not run. */
static int run(struct words *command)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    fflush(NULL);
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    pid_t child = fork();
    if (child == 0) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        unsetenv("PYTHONHOME");
        setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
        execvp(command->items[0], command->items);
        _exit(127);
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    bool found = false;
    for (const char *at = path == NULL ? "" : path; !found && *at != '\0'; at += *at == ':') {
        size_t length = strcspn(at, ":");
        found = access(string_format("%.*s/%s", (int)length, at, program), X_OK) == 0;
        at += length;
    }
    return found;
}

static int run_in_folder(const char *folder, const char *story, const char *path, const struct subject *subject,
                         const struct gdb_options *options)
{
    struct words command = {0};
    if (!fill_folder(folder, story)) {
        return EXIT_USAGE;
    }
    write_command(&command, folder, path, subject, options);
    return run(&command) == 0 ? EXIT_CLEAN : EXIT_USAGE;
}

int replay_in_gdb(const char *path, const struct subject *subject, const struct gdb_options *options)
{
    int code = EXIT_USAGE;
    if (!on_path("gdb")) {
        complain("gdb is not installed; 'apt-get install gdb', or 'remlock explain %s' without a debugger", path);
        return EXIT_USAGE;
    }
    char *story = tell_story(path, subject, &code);
    if (story == NULL) {
        return code;
    }
    const char *temporary = getenv("TMPDIR");
    char *folder = string_format("%s/remlock-gdb-XXXXXX", temporary != NULL && temporary[0] != '\0' ? temporary : "/tmp");
    if (mkdtemp(folder) == NULL) {
        complain("cannot make a folder '%s': %s; TMPDIR names another place", folder, strerror(errno));
    } else {
        code = run_in_folder(folder, story, path, subject, options);
        remove_folder(folder);
    }
    free(story);
    string_free_all();
    return code;
}
