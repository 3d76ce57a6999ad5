/* update.c - `remlock regress --update`: shows what would change, asks, and changes it. */
#include "regress.h"

#include "interrupt.h"
#include "propose.h"
#include "text_difference.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>
#include <unistd.h>

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_ALL, ANSWER_QUIT };

struct update {
    const struct regress_options *options;
    bool asks; /* there is somebody to answer */
    bool all, quit;
    uint32_t changed, left;
    cJSON *files; /* with --json */
};

static enum answer ask(const char *path)
{
    char line[64];
    for (;;) {
        fprintf(stderr, "change %s? [y]es, [n]o, [a]ll, [q]uit: ", path);
        fflush(stderr);
        if (!fgets(line, sizeof(line), stdin)) {
            fputc('\n', stderr);
            return ANSWER_QUIT;
        }
        switch (tolower((unsigned char)line[0])) {
        case 'y':
            return ANSWER_YES;
        case 'n':
            return ANSWER_NO;
        case 'a':
            return ANSWER_ALL;
        case 'q':
            return ANSWER_QUIT;
        default:
            break;
        }
    }
}

static bool is_wanted(struct update *update, const char *path)
{
    if (update->options->yes || update->all) {
        return true;
    }
    if (!update->asks || update->quit) {
        return false;
    }
    enum answer answer = ask(path);
    update->all = answer == ANSWER_ALL;
    update->quit = answer == ANSWER_QUIT;
    return answer == ANSWER_YES || answer == ANSWER_ALL;
}

static void show(const struct update *update, const char *path, const struct regress_proposal *proposal)
{
    if (update->options->common.json) {
        return;
    }
    printf("%s\n  %s\n", path, proposal->message);
    if (proposal->new_text) {
        bool colour = common_style(&update->options->common).colour;
        text_difference(stdout, path, proposal->old_text, path, proposal->new_text, colour);
    }
    fflush(stdout);
}

static void note(struct update *update, const char *path, const struct regress_proposal *proposal, bool changed)
{
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "file", path);
    cJSON_AddStringToObject(entry, "message", proposal->message);
    cJSON_AddStringToObject(entry, "text", proposal->new_text ? proposal->new_text : "");
    cJSON_AddBoolToObject(entry, "changed", changed);
    cJSON_AddItemToArray(update->files, entry);
    update->changed += changed;
    update->left += !changed;
}

static bool change(const char *path, const char *text)
{
    struct replay_error error;
    if (replay_replace_file(path, text, strlen(text), &error)) {
        return true;
    }
    complain("%s", error.message);
    return false;
}

static void consider(struct update *update, const char *path)
{
    struct regress_proposal proposal;
    bool changed = false;
    regress_propose(path, update->options->subject, update->options->time_limit, &proposal);
    show(update, path, &proposal);
    if (proposal.new_text && is_wanted(update, path)) {
        changed = change(path, proposal.new_text);
    }
    note(update, path, &proposal, changed);
    regress_proposal_free(&proposal);
}

static void conclude(struct update *update, const struct regress_list *list, const struct regress_summary *summary)
{
    if (update->options->common.json) {
        cJSON *json = regress_json(list, summary);
        cJSON_AddItemToObject(json, "updates", update->files);
        json_print(stdout, json);
        return;
    }
    cJSON_Delete(update->files);
    if (update->options->common.quiet) {
        return;
    }
    if (update->changed + update->left == 0) {
        printf("all %u replays are as expected: nothing to change\n", list->count);
        return;
    }
    printf("%u changed, %u left as they are\n", update->changed, update->left);
    if (update->left > 0 && !update->asks && !update->options->yes) {
        printf("nobody can be asked here: --yes changes them\n");
    }
}

int regress_update(const struct regress_options *options, const struct regress_list *list,
                   const struct regress_summary *summary)
{
    struct update update = {.options = options,
                            .asks = !options->common.json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO),
                            .files = cJSON_CreateArray()};
    for (uint32_t index = 0; index < list->count && !update.quit && !interrupt_requested; index++) {
        if (list->results[index].outcome > REGRESS_AS_EXPECTED) {
            consider(&update, list->paths[index]);
        }
    }
    conclude(&update, list, summary);
    bool complete = update.left == 0 && !update.quit && !summary->interrupted && !interrupt_requested;
    return complete ? EXIT_CLEAN : EXIT_FINDING;
}
