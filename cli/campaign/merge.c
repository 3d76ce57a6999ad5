/* merge.c - `remlock campaign merge`: one campaign of several, with their corpora. */
#include "export.h"
#include "files.h"
#include "options.h"
#include "views.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DESCRIPTOR_LIMIT = 32, MESSAGE_SIZE = 2 * PATH_MAX };

struct merge_options {
    struct common_options common;
    const char **folders;
    uint32_t count;
    const char *output;
};

/* ---------------------------------------------------------------------------------------------------------- options -- */

static const struct argp_option option_list[] = {
    {"out", 'o', "DIR", 0, "Folder of the new campaign", 1},
    {0},
};

static void add_folder(struct merge_options *options, const char *folder)
{
    const char **folders = realloc(options->folders, (options->count + 1) * sizeof(*folders));
    if (!folders) {
        complain("out of memory");
        exit(EXIT_USAGE);
    }
    folders[options->count++] = folder;
    options->folders = folders;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct merge_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case ARGP_KEY_ARG:
        add_folder(options, argument);
        return 0;
    case ARGP_KEY_END:
        if (options->count == 0) {
            argp_error(state, "folders of campaigns are missing");
        }
        if (!options->output) {
            argp_error(state, "-o DIR is missing: the folder of the new campaign");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp merge_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "DIR...",
    .doc =
        "Makes one campaign of several, of different machines say: subjects and findings that are the same become one, corpora "
        "are put together. The order makes no difference, and a campaign that is given twice counts once. The result can be "
        "gone on with, reported, and merged again."
        "\vExamples:\n"
        "  remlock campaign merge monday tuesday -o week\n"
        "  remlock campaign merge machine-*/night -o all\n"
        "\nExit codes: 0 merged, 2 usage, or something cannot be read or written.",
    .children = common_children,
};

/* ----------------------------------------------------------------------------------------------------------- corpora -- */

/* What nftw() has no place for. */
static struct {
    const char *target;
    size_t prefix; /* of the source's name, in the paths that come */
    uint64_t copied;
    char *message;
} copying;

static bool copy_bytes(const char *from, const char *to)
{
    size_t size;
    struct replay_error error;
    uint8_t *bytes = file_read(from, &size, copying.message, MESSAGE_SIZE);
    bool copied = bytes && replay_replace_file(to, bytes, size, &error);
    if (bytes && !copied) {
        snprintf(copying.message, MESSAGE_SIZE, "%s", error.message);
    }
    free(bytes);
    return copied;
}

/* Inputs are named by what they hold, so one that is there needs not be looked at. */
static int visit(const char *path, const struct stat *status, int type, struct FTW *position)
{
    char to[PATH_MAX];
    (void)status, (void)position;
    if (snprintf(to, sizeof(to), "%s/%s", copying.target, path + copying.prefix) >= (int)sizeof(to)) {
        snprintf(copying.message, MESSAGE_SIZE, "%s: the name is too long", path);
        return 1;
    }
    if (type == FTW_D) {
        return !folder_prepare(to, copying.message, MESSAGE_SIZE);
    }
    if (type != FTW_F || access(to, F_OK) == 0) {
        return 0;
    }
    copying.copied++;
    return !copy_bytes(path, to);
}

/* A campaign need not have a corpus. */
static bool copy_corpus(const char *folder, const char *output, char *message)
{
    char from[PATH_MAX];
    if (snprintf(from, sizeof(from), "%s/corpus", folder) >= (int)sizeof(from)) {
        snprintf(message, MESSAGE_SIZE, "%s: the name is too long", folder);
        return false;
    }
    if (access(from, F_OK) != 0) {
        return true;
    }
    copying.target = output;
    copying.prefix = strlen(folder) + 1;
    copying.message = message;
    snprintf(message, MESSAGE_SIZE, "cannot read the folder '%s'", from);
    return nftw(from, visit, DESCRIPTOR_LIMIT, FTW_PHYS) == 0;
}

/* What --resume goes on with: as the first of them did. */
static bool copy_options(const char *folder, const char *output, char *message)
{
    char from[PATH_MAX], to[PATH_MAX];
    snprintf(from, sizeof(from), "%s/%s", folder, CAMPAIGN_OPTIONS_FILE);
    snprintf(to, sizeof(to), "%s/%s", output, CAMPAIGN_OPTIONS_FILE);
    copying.message = message;
    return access(from, F_OK) != 0 || copy_bytes(from, to);
}

/* ---------------------------------------------------------------------------------------------------------- findings -- */

struct exporting {
    const char *folder;
    uint32_t count;
    bool failed;
    char *message;
};

static bool export_one(const struct campaign_finding *finding, void *context)
{
    struct exporting *exporting = context;
    exporting->failed = !export_finding(exporting->folder, finding, exporting->message, MESSAGE_SIZE);
    exporting->count += !exporting->failed && !finding->canary;
    return !exporting->failed;
}

static bool export_all(const char *folder, uint32_t *count, char *message)
{
    char place[PATH_MAX];
    struct exporting exporting = {.folder = folder, .message = message};
    snprintf(place, sizeof(place), "%s/findings", folder);
    struct campaign *campaign = campaign_open(folder, CAMPAIGN_READ, message, MESSAGE_SIZE);
    bool exported = campaign && folder_prepare(place, message, MESSAGE_SIZE);
    if (exported && !campaign_each_finding(campaign, export_one, &exporting)) {
        snprintf(message, MESSAGE_SIZE, "%s", campaign_error(campaign));
        exported = false;
    }
    campaign_close(campaign);
    *count = exporting.count;
    return exported && !exporting.failed;
}

/* --------------------------------------------------------------------------------------------------------- command -- */

static bool merge(const struct merge_options *options, uint32_t *finding_count, char *message)
{
    if (!folder_prepare(options->output, message, MESSAGE_SIZE)) {
        return false;
    }
    /* The database last: with it the campaign is there. */
    for (uint32_t index = 0; index < options->count; index++) {
        if (!copy_corpus(options->folders[index], options->output, message)) {
            return false;
        }
    }
    if (!copy_options(options->folders[0], options->output, message) ||
        !campaign_merge(options->folders, options->count, options->output, message, MESSAGE_SIZE)) {
        return false;
    }
    return export_all(options->output, finding_count, message);
}

static void tell(const struct merge_options *options, uint32_t finding_count)
{
    if (options->common.json) {
        cJSON *json = json_begin("campaign merge");
        cJSON_AddItemToObject(json, "merged", cJSON_CreateStringArray(options->folders, (int)options->count));
        cJSON_AddStringToObject(json, "folder", options->output);
        cJSON_AddNumberToObject(json, "findings", finding_count);
        cJSON_AddNumberToObject(json, "inputs", (double)copying.copied);
        json_print(stdout, json);
        return;
    }
    if (!options->common.quiet) {
        printf("%u campaign%s merged into %s: %u finding%s, %" PRIu64 " inputs copied\n", options->count,
               options->count == 1 ? "" : "s", options->output, finding_count, finding_count == 1 ? "" : "s", copying.copied);
    }
}

int campaign_command_merge(int argument_count, char **arguments)
{
    struct merge_options options = {0};
    char message[MESSAGE_SIZE] = "";
    uint32_t finding_count = 0;
    argp_parse(&merge_argp, argument_count, arguments, 0, NULL, &options);
    bool merged = merge(&options, &finding_count, message);
    if (merged) {
        tell(&options, finding_count);
    } else {
        complain("%s", message);
    }
    free(options.folders);
    return merged ? EXIT_CLEAN : EXIT_USAGE;
}
