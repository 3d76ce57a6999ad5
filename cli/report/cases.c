/* cases.c - see cases.h. */
#include "cases.h"

#include "campaign/export.h"
#include "files.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DESCRIPTOR_LIMIT = 32 };

static const char replay_ending[] = ".replay", found_ending[] = ".found.replay";

/* ----------------------------------------------------------------------------------------------------------- adding -- */

static struct report_case *add(struct report_cases *cases, const char *file, const char *path)
{
    if (cases->count == cases->capacity) {
        uint32_t capacity = cases->capacity ? cases->capacity * 2 : 64;
        struct report_case *items = realloc(cases->items, capacity * sizeof(*items));
        if (!items) {
            return NULL;
        }
        cases->items = items;
        cases->capacity = capacity;
    }
    struct report_case *added = &cases->items[cases->count++];
    memset(added, 0, sizeof(*added));
    added->file = strdup(file);
    added->path = strdup(path);
    return added->file && added->path ? added : NULL;
}

/* The words of a line that begins with `keyword`: "subject X", "expect X Y". */
static void take_words(const char *line, const char *keyword, char *first, size_t first_size, char *second, size_t second_size)
{
    size_t length = strlen(keyword);
    if (strncmp(line, keyword, length) != 0 || (line[length] != ' ' && line[length] != '\t')) {
        return;
    }
    line += length + strspn(line + length, " \t");
    size_t word = strcspn(line, " \t\r\n#");
    snprintf(first, first_size, "%.*s", (int)word, line);
    line += word + strspn(line + word, " \t");
    word = strcspn(line, " \t\r\n#");
    if (second) {
        snprintf(second, second_size, "%.*s", (int)word, line);
    }
}

/* As much of the text as can be known without loading the code that it is for, which may take this process along. */
static void skim(struct report_case *item)
{
    for (const char *line = item->text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        take_words(line, "subject", item->subject, sizeof(item->subject), NULL, 0);
        take_words(line, "expect", item->identifier, sizeof(item->identifier), item->routine, sizeof(item->routine));
    }
    if (strcmp(item->identifier, "clean") == 0) {
        item->identifier[0] = 0;
    }
}

static void read_text(struct report_case *item)
{
    char message[PATH_MAX + 256];
    size_t size = 0;
    uint8_t *bytes = file_read(item->path, &size, message, sizeof(message));
    if (bytes && replay_recognise(bytes, size)) {
        item->text = strndup((const char *)bytes, size);
    }
    free(bytes);
    if (item->text) {
        skim(item);
    }
}

static bool out_of_memory(char *message, size_t size)
{
    snprintf(message, size, "out of memory while listing replays");
    return false;
}

static bool take_file(struct report_cases *cases, const char *path, char *message, size_t size)
{
    struct report_case *item = add(cases, path, path);
    if (!item) {
        return out_of_memory(message, size);
    }
    read_text(item);
    return true;
}

/* ---------------------------------------------------------------------------------------------------------- folders -- */

static struct {
    char **paths;
    uint32_t count, capacity;
    bool failed;
} listing;

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), end = strlen(ending);
    return length > end && strcmp(path + length - end, ending) == 0;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)position;
    if (type != FTW_F || !ends_in(path, replay_ending)) {
        return 0;
    }
    if (listing.count == listing.capacity) {
        uint32_t capacity = listing.capacity ? listing.capacity * 2 : 64;
        char **paths = realloc(listing.paths, capacity * sizeof(*paths));
        if (!paths) {
            listing.failed = true;
            return 1;
        }
        listing.paths = paths;
        listing.capacity = capacity;
    }
    listing.paths[listing.count] = strdup(path);
    listing.failed = listing.paths[listing.count] == NULL;
    listing.count += !listing.failed;
    return listing.failed;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool is_listed(const char *path)
{
    return bsearch(&path, listing.paths, listing.count, sizeof(*listing.paths), compare) != NULL;
}

/* What a replay that is there as well was minimised from. */
static bool is_superseded(const char *path)
{
    char minimised[PATH_MAX];
    if (!ends_in(path, found_ending)) {
        return false;
    }
    snprintf(minimised, sizeof(minimised), "%.*s%s", (int)(strlen(path) - strlen(found_ending)), path, replay_ending);
    return is_listed(minimised);
}

static bool take_folder(struct report_cases *cases, const char *folder, char *message, size_t size)
{
    memset(&listing, 0, sizeof(listing));
    errno = 0;
    bool taken = nftw(folder, visit, DESCRIPTOR_LIMIT, 0) == 0;
    if (!taken) {
        snprintf(message, size, "cannot read the folder '%s': %s", folder, listing.failed ? "out of memory" : strerror(errno));
    }
    if (listing.count) {
        qsort(listing.paths, listing.count, sizeof(*listing.paths), compare);
    }
    for (uint32_t index = 0; index < listing.count; index++) {
        taken = taken && (is_superseded(listing.paths[index]) || take_file(cases, listing.paths[index], message, size));
    }
    for (uint32_t index = 0; index < listing.count; index++) {
        free(listing.paths[index]);
    }
    free(listing.paths);
    return taken;
}

/* -------------------------------------------------------------------------------------------------------- campaigns -- */

struct campaign_taking {
    struct report_cases *cases;
    const char *folder;
    bool failed;
};

static bool prepare_folder(struct report_cases *cases)
{
    const char *where = getenv("TMPDIR");
    if (cases->folder[0]) {
        return true;
    }
    snprintf(cases->folder, sizeof(cases->folder), "%s/remlock-report-XXXXXX", where && where[0] ? where : "/tmp");
    if (mkdtemp(cases->folder)) {
        return true;
    }
    cases->folder[0] = 0;
    return false;
}

static bool write_copy(struct report_case *item, const char *text)
{
    FILE *file = fopen(item->path, "we");
    if (!file) {
        return false;
    }
    item->is_copy = true;
    bool written = fputs(text, file) >= 0;
    return fclose(file) == 0 && written;
}

static bool take_text(struct campaign_taking *taking, const struct campaign_finding *finding, const char *text)
{
    struct report_cases *cases = taking->cases;
    char file[PATH_MAX], path[PATH_MAX + 64];
    /* The campaign writes its findings to files, too: those are what commands can name. */
    export_path(taking->folder, finding, file, sizeof(file));
    snprintf(path, sizeof(path), "%s/%u.replay", cases->folder, cases->count);
    struct report_case *item = add(cases, file, path);
    if (!item || !write_copy(item, text)) {
        return false;
    }
    item->text = strdup(text);
    item->known = malloc(sizeof(*item->known));
    if (!item->text || !item->known) {
        return false;
    }
    *item->known = *finding;
    item->known->found = item->known->minimised = NULL;
    snprintf(item->subject, sizeof(item->subject), "%s", finding->subject);
    snprintf(item->identifier, sizeof(item->identifier), "%s", finding->identifier);
    snprintf(item->routine, sizeof(item->routine), "%s", finding->routine);
    return true;
}

/* What must fail tells only that the campaign is alive: it is no finding. */
static bool take_finding(const struct campaign_finding *finding, void *context)
{
    struct campaign_taking *taking = context;
    const char *text = finding->minimised ? finding->minimised : finding->found;
    if (!finding->canary) {
        taking->failed = !take_text(taking, finding, text ? text : "");
    }
    return !taking->failed;
}

static bool take_campaign(struct report_cases *cases, const char *folder, char *message, size_t size)
{
    struct campaign_taking taking = {.cases = cases, .folder = folder};
    if (cases->campaign) {
        snprintf(message, size, "'%s' is a second campaign: 'remlock campaign merge' makes one of several", folder);
        return false;
    }
    cases->campaign = campaign_open(folder, CAMPAIGN_READ, message, size);
    if (!cases->campaign) {
        return false;
    }
    if (!prepare_folder(cases)) {
        snprintf(message, size, "cannot make a folder for what the campaign found: %s; set TMPDIR to another one",
                 strerror(errno));
        return false;
    }
    bool read = campaign_each_finding(cases->campaign, take_finding, &taking);
    if (!read || taking.failed) {
        snprintf(message, size, "%s", read ? "cannot copy what the campaign found" : campaign_error(cases->campaign));
    }
    return read && !taking.failed;
}

/* ----------------------------------------------------------------------------------------------------------- inputs -- */

bool report_cases_take(struct report_cases *cases, const char *input, char *message, size_t size)
{
    struct stat status;
    char database[PATH_MAX];
    if (stat(input, &status) != 0) {
        snprintf(message, size, "%s: cannot be read: %s", input, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
        snprintf(message, size, "'%s' is neither a file nor a folder", input);
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        return take_file(cases, input, message, size);
    }
    snprintf(database, sizeof(database), "%s/%s", input, CAMPAIGN_DATABASE);
    return access(database, F_OK) == 0 ? take_campaign(cases, input, message, size) : take_folder(cases, input, message, size);
}

void report_cases_free(struct report_cases *cases)
{
    for (uint32_t index = 0; index < cases->count; index++) {
        struct report_case *item = &cases->items[index];
        if (item->is_copy) {
            unlink(item->path);
        }
        free(item->file);
        free(item->path);
        free(item->text);
        free(item->known);
        free(item->run.message);
        free(item->run.output);
        cJSON_Delete(item->run.explained);
    }
    free(cases->items);
    if (cases->folder[0]) {
        rmdir(cases->folder);
    }
    if (cases->campaign) {
        campaign_close(cases->campaign);
    }
    memset(cases, 0, sizeof(*cases));
}
