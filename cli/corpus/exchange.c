/*
 * exchange.c - `remlock corpus exchange`: several machines, one folder that all of them see.
 *
 * A machine writes into SHARED/HOST only, and reads what the others have there; what one of them has given nobody gives again.
 * Files are copied whole under another name and renamed; one that is there already is never written again. So nothing has to be
 * locked, and a machine may stop at any moment.
 */
#include "corpus.h"
#include "files.h"
#include "interrupt.h"
#include "values.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KEY_EVERY = 0x200, KEY_HOST, KEY_AFL, SETTLED = 2 /* seconds after which a file of AFL++ is whole */ };

struct exchange {
    struct corpus_paths paths;
    double every; /* seconds; 0: once */
    char host[64];
    bool afl;
    struct dirent **hosts; /* the folders of all that have given something */
    int host_count;
    uint32_t given, taken;
    bool failed;
};

/* ---------------------------------------------------------------------------------------------------------- options -- */

static const struct argp_option option_list[] = {
    {"every", KEY_EVERY, "TIME", 0, "Again and again after so much time, until interrupted", 1},
    {"host", KEY_HOST, "NAME", 0, "This machine is called so (default: what it is called)", 1},
    {"afl", KEY_AFL, NULL, 0, "DIR is a folder of --afl-sync: main-HOST goes out, the main instances of others come in", 1},
    {0},
};

static bool is_host_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 28 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

static void find_host_name(struct exchange *exchange)
{
    char name[256] = "";
    gethostname(name, sizeof(name) - 1);
    name[27] = 0;
    for (char *at = name; *at; at++) {
        *at = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *at) ? *at : '-';
    }
    snprintf(exchange->host, sizeof(exchange->host), "%.27s", *name ? name : "host");
}

static void trim_slashes(const char **path)
{
    char *trimmed = strdup(*path);
    for (size_t length = trimmed ? strlen(trimmed) : 0; length > 1 && trimmed[length - 1] == '/'; length--) {
        trimmed[length - 1] = 0;
    }
    *path = trimmed ? trimmed : *path;
}

static void check(struct exchange *exchange, struct argp_state *state)
{
    if (exchange->paths.count != 2) {
        argp_error(state, "two folders are wanted: the corpus of this machine, and one that all machines see");
    }
    trim_slashes(&exchange->paths.paths[0]);
    if (!*exchange->host) {
        find_host_name(exchange);
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct exchange *exchange = state->input;
    switch (key) {
    case KEY_EVERY:
        exchange->every = option_duration(state, "--every", argument);
        return 0;
    case KEY_HOST:
        if (!is_host_name(argument)) {
            argp_error(state, "--host: '%s' is no name of 1 to 27 letters, digits, - and _", argument);
        }
        snprintf(exchange->host, sizeof(exchange->host), "%.27s", argument);
        return 0;
    case KEY_AFL:
        exchange->afl = true;
        return 0;
    case ARGP_KEY_END:
        check(exchange, state);
        return 0;
    default:
        return corpus_parse_paths(key, argument, state, &exchange->paths);
    }
}

static const struct argp exchange_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "DIR SHARED",
    .doc =
        "Gives what is new in the corpus DIR, and in folders below it, to SHARED/HOST, and takes what other machines have put "
        "there. SHARED is a folder that all of them see, by NFS, say. Files appear whole or not at all, on both sides."
        "\vExamples:\n"
        "  remlock corpus exchange night/corpus /mnt/shared --every 10m\n"
        "  remlock corpus exchange --afl afl /mnt/shared-afl --every 1h     (afl/main-HOST is the main instance)\n"
        "\nExit codes: 0 done, 2 usage, or a folder cannot be used.",
    .children = common_children,
};

/* --------------------------------------------------------------------------------------------------------- copying -- */

static void fail(struct exchange *exchange, const char *what)
{
    complain("%s", what);
    exchange->failed = true;
}

/* Whether a file of ours, `name` below our folder, has come from one of the others, or went out before. */
static bool is_known(const struct exchange *exchange, const char *name)
{
    char path[PATH_MAX];
    for (int index = 0; index < exchange->host_count; index++) {
        const char *host = exchange->hosts[index]->d_name;
        if (snprintf(path, sizeof(path), "%s/%s/%s", exchange->paths.paths[1], host, name) < PATH_MAX &&
            access(path, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_sound(const char *name, const uint8_t *bytes, size_t size)
{
    char content[17];
    corpus_content_name(bytes, size, content);
    return !corpus_is_content_name(name) || strcmp(name, content) == 0;
}

/* One that is there is the same: names say what is in files, or AFL++ has numbered them. */
static bool copy_file(struct exchange *exchange, const char *from, const char *folder, const char *name, uint32_t *count)
{
    char message[PATH_MAX + 256], to[PATH_MAX];
    size_t size, own = strlen(exchange->paths.paths[0]);
    bool giving = count == &exchange->given && !exchange->afl;
    if (snprintf(to, sizeof(to), "%s/%s", folder, name) >= PATH_MAX || access(to, F_OK) == 0 ||
        (giving && is_known(exchange, from + own + 1))) {
        return true;
    }
    uint8_t *bytes = file_read(from, &size, message, sizeof(message));
    if (bytes && !is_sound(name, bytes, size)) {
        snprintf(message, sizeof(message), "%s: does not hold what its name says", from);
        free(bytes);
        bytes = NULL;
    }
    bool copied = bytes && fuzz_corpus_write(folder, name, bytes, size, message, sizeof(message));
    free(bytes);
    if (!copied) {
        fail(exchange, message);
        return !exchange->afl; /* the others are worth having all the same */
    }
    ++*count;
    return true;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_settled(const struct stat *status)
{
    return status->st_mtime + SETTLED < time(NULL);
}

static bool make(struct exchange *exchange, const char *folder)
{
    char message[PATH_MAX + 256];
    if (folder_prepare_for("the arguments", folder, message, sizeof(message))) {
        return true;
    }
    fail(exchange, message);
    return false;
}

static bool join(char path[PATH_MAX], const char *folder, const char *name)
{
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

/*
 * In order of the names, and with `settled` only up to the first file that may still be written: instances of AFL++ wait for
 * the next number.
 */
static void copy_folder(struct exchange *exchange, const char *from, const char *to, bool settled, uint32_t *count)
{
    struct dirent **entries;
    int entry_count = scandir(from, &entries, is_visible, alphasort);
    bool more = entry_count > 0 && make(exchange, to);
    for (int index = 0; index < entry_count; index++) {
        char source[PATH_MAX], target[PATH_MAX];
        struct stat status;
        more = more && !interrupt_requested;
        if (more && join(source, from, entries[index]->d_name) && join(target, to, entries[index]->d_name) &&
            stat(source, &status) == 0) {
            if (S_ISDIR(status.st_mode)) {
                copy_folder(exchange, source, target, settled, count);
            } else {
                more = (!settled || is_settled(&status)) && copy_file(exchange, source, to, entries[index]->d_name, count);
            }
        }
        free(entries[index]);
    }
    if (entry_count >= 0) {
        free(entries);
    }
}

/* ------------------------------------------------------------------------------------------------------- exchanging -- */

static void take_from(struct exchange *exchange, const char *folder, const char *name)
{
    const char *own = exchange->paths.paths[0];
    char target[PATH_MAX], source[PATH_MAX];
    if (!exchange->afl) {
        copy_folder(exchange, folder, own, false, &exchange->taken);
    } else if (strncmp(name, "main-", 5) == 0 && snprintf(target, sizeof(target), "%s/%s/queue", own, name) < PATH_MAX &&
               join(source, folder, "queue")) {
        copy_folder(exchange, source, target, false, &exchange->taken);
    }
}

static bool find_hosts(struct exchange *exchange)
{
    char message[PATH_MAX + 256];
    const char *shared = exchange->paths.paths[1];
    exchange->host_count = scandir(shared, &exchange->hosts, is_visible, alphasort);
    if (exchange->host_count < 0) {
        snprintf(message, sizeof(message), "cannot read the folder '%s': %s", shared, strerror(errno));
        fail(exchange, message);
        return false;
    }
    return true;
}

static void forget_hosts(struct exchange *exchange)
{
    for (int index = 0; index < exchange->host_count; index++) {
        free(exchange->hosts[index]);
    }
    free(exchange->hosts);
}

static void take(struct exchange *exchange, const char *self)
{
    for (int index = 0; index < exchange->host_count; index++) {
        char folder[PATH_MAX];
        const char *name = exchange->hosts[index]->d_name;
        if (strcmp(name, self) != 0 && join(folder, exchange->paths.paths[1], name)) {
            take_from(exchange, folder, name);
        }
    }
}

static void give(struct exchange *exchange, const char *self)
{
    char source[PATH_MAX], target[PATH_MAX];
    const char *own = exchange->paths.paths[0], *shared = exchange->paths.paths[1];
    if (!exchange->afl && join(target, shared, self)) {
        copy_folder(exchange, own, target, false, &exchange->given);
    } else if (snprintf(source, sizeof(source), "%s/%s/queue", own, self) < PATH_MAX &&
               snprintf(target, sizeof(target), "%s/%s/queue", shared, self) < PATH_MAX) {
        copy_folder(exchange, source, target, true, &exchange->given);
    }
}

static void exchange_once(struct exchange *exchange)
{
    char self[96];
    snprintf(self, sizeof(self), "%s%s", exchange->afl ? "main-" : "", exchange->host);
    exchange->given = exchange->taken = 0;
    exchange->failed = false;
    if (make(exchange, exchange->paths.paths[0]) && make(exchange, exchange->paths.paths[1]) && find_hosts(exchange)) {
        give(exchange, self);
        take(exchange, self);
        forget_hosts(exchange);
    }
}

static void tell(const struct exchange *exchange)
{
    if (exchange->paths.common.json) {
        cJSON *json = json_begin("corpus exchange");
        cJSON_AddStringToObject(json, "host", exchange->host);
        cJSON_AddNumberToObject(json, "given", exchange->given);
        cJSON_AddNumberToObject(json, "taken", exchange->taken);
        cJSON_AddBoolToObject(json, "failed", exchange->failed);
        char *text = cJSON_PrintUnformatted(json);
        printf("%s\n", text ? text : "");
        free(text);
        cJSON_Delete(json);
    } else if (!exchange->failed || exchange->given + exchange->taken > 0) {
        printf("%s: %u inputs given, %u taken\n", exchange->host, exchange->given, exchange->taken);
    }
    fflush(stdout);
}

static void wait_for(double seconds)
{
    struct timespec step = {.tv_nsec = 100000000};
    for (double waited = 0; waited < seconds && !interrupt_requested; waited += 0.1) {
        nanosleep(&step, NULL);
    }
}

int corpus_exchange(int argument_count, char **arguments)
{
    static struct exchange exchange;
    argp_parse(&exchange_argp, argument_count, arguments, 0, NULL, &exchange);
    interrupt_catch();
    do {
        exchange_once(&exchange);
        tell(&exchange);
        wait_for(exchange.every);
    } while (exchange.every > 0 && !interrupt_requested);
    return exchange.failed ? EXIT_USAGE : EXIT_CLEAN;
}
