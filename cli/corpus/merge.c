/* merge.c - `remlock corpus merge`. */
#include "corpus.h"
#include "files.h"
#include "interrupt.h"
#include "progress.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_IN_PLACE = 0x200, KEY_MISUSE };

struct merge {
    struct corpus_paths paths;
    bool in_place, misuse;
    struct fuzz_corpus corpus;
    struct progress progress;
    uint32_t before, after; /* counters touched by all, by the kept ones */
};

/* ---------------------------------------------------------------------------------------------------------- options -- */

static const struct argp_option option_list[] = {
    {"out", 'o', "DIR", 0, "Write what is kept into this folder, which must be empty or not exist", 1},
    {"in-place", KEY_IN_PLACE, NULL, 0, "Delete what is not kept from where it is", 1},
    {"subject", 'S', "SUBJECT", 0, "Run all inputs on this one, whatever they say they are for", 1},
    {"misuse", KEY_MISUSE, NULL, 0, "Also run operations that only a broken caller does", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct merge *merge = state->input;
    switch (key) {
    case KEY_IN_PLACE:
        merge->in_place = true;
        return 0;
    case KEY_MISUSE:
        merge->misuse = true;
        return 0;
    case ARGP_KEY_END:
        if (merge->paths.count == 0) {
            argp_error(state, "a folder with inputs is missing");
        }
        if (merge->in_place == (merge->paths.out != NULL)) {
            argp_error(state, "where shall the result be? Either --out DIR or --in-place");
        }
        return 0;
    default:
        return corpus_parse_paths(key, argument, state, &merge->paths);
    }
}

static const struct argp merge_argp = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FROM...",
    .doc = "Keeps the smallest set of inputs that touches the same interleaving counters as all in the files and folders FROM. "
           "Each input runs under the schedule that it proposes, on the subject that it names. Which ones are kept depends on "
           "what is in them, not on their names or order. Inputs that show a finding, crash or hang are named and left out; "
           "--in-place leaves those where they are."
           "\vExamples:\n"
           "  remlock corpus merge first/corpus second/corpus --out both\n"
           "  remlock corpus merge corpus/lock --in-place\n"
           "  remlock corpus merge found --subject ./driver.so --out small --json\n"
           "\nExit codes: 0 done, 1 interrupted, 2 usage.",
    .children = common_children,
};

/* ---------------------------------------------------------------------------------------------------------- running -- */

static void on_progress(uint32_t done, uint32_t count, void *context)
{
    struct merge *merge = context;
    if (progress_due(&merge->progress)) {
        progress_show(&merge->progress, "%u of %u inputs", done, count);
    }
}

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static bool is_empty(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_entry, NULL);
    for (int index = 0; index < count; index++) {
        free(entries[index]);
    }
    if (count >= 0) {
        free(entries);
    }
    return count <= 0;
}

static bool prepare_out(const char *folder)
{
    char message[PATH_MAX + 256];
    if (!is_empty(folder)) {
        complain("the folder '%s' is not empty; name a new one, or merge it too: --in-place", folder);
        return false;
    }
    if (!folder_prepare(folder, message, sizeof(message))) {
        complain("%s", message);
        return false;
    }
    return true;
}

static bool keep(const struct merge *merge, const struct fuzz_specimen *specimen)
{
    char name[32], message[512];
    corpus_content_name(specimen->bytes, specimen->size, name);
    if (fuzz_is_text(specimen->bytes, specimen->size)) {
        strcat(name, ".replay");
    }
    if (!fuzz_corpus_write(merge->paths.out, name, specimen->bytes, specimen->size, message, sizeof(message))) {
        complain("%s", message);
        return false;
    }
    return true;
}

static bool write_result(const struct merge *merge)
{
    for (uint32_t index = 0; index < merge->corpus.count; index++) {
        const struct fuzz_specimen *specimen = &merge->corpus.specimens[index];
        if (merge->in_place) {
            if (specimen->outcome == FUZZ_CLEAN && !specimen->kept && unlink(specimen->path) != 0) {
                complain("cannot delete %s: %m", specimen->path);
                return false;
            }
        } else if (specimen->kept && !keep(merge, specimen)) {
            return false;
        }
    }
    return true;
}

/* --------------------------------------------------------------------------------------------------------- telling -- */

static const char *outcome_name(enum fuzz_outcome outcome)
{
    static const char *const names[] = {
        [FUZZ_UNMEASURED] = "not-run", [FUZZ_CLEAN] = "superfluous", [FUZZ_FINDING] = "finding",
        [FUZZ_CRASHED] = "crashed",    [FUZZ_HUNG] = "hung",         [FUZZ_FOREIGN] = "no-input",
    };
    return names[outcome];
}

struct sums {
    uint32_t kept;
    uint64_t bytes, kept_bytes;
};

static struct sums sum_up(const struct fuzz_corpus *corpus)
{
    struct sums sums = {0};
    for (uint32_t index = 0; index < corpus->count; index++) {
        const struct fuzz_specimen *specimen = &corpus->specimens[index];
        sums.bytes += specimen->size;
        sums.kept += specimen->kept;
        sums.kept_bytes += specimen->kept ? specimen->size : 0;
    }
    return sums;
}

static cJSON *entry_of(const struct fuzz_specimen *specimen)
{
    cJSON *entry = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "file", specimen->path);
    cJSON_AddStringToObject(entry, "why", outcome_name(specimen->outcome));
    cJSON_AddStringToObject(entry, "message", specimen->remark);
    return entry;
}

static void print_json(const struct merge *merge)
{
    struct sums sums = sum_up(&merge->corpus);
    cJSON *json = json_begin("corpus merge");
    cJSON_AddNumberToObject(json, "inputs", merge->corpus.count);
    cJSON_AddNumberToObject(json, "bytes", (double)sums.bytes);
    cJSON_AddNumberToObject(json, "kept_inputs", sums.kept);
    cJSON_AddNumberToObject(json, "kept_bytes", (double)sums.kept_bytes);
    cJSON_AddNumberToObject(json, "coverage", merge->before);
    cJSON_AddNumberToObject(json, "kept_coverage", merge->after);
    cJSON_AddNumberToObject(json, "seconds", progress_elapsed(&merge->progress));
    cJSON *kept = cJSON_AddArrayToObject(json, "kept"), *left_out = cJSON_AddArrayToObject(json, "left_out");
    for (uint32_t index = 0; index < merge->corpus.count; index++) {
        const struct fuzz_specimen *specimen = &merge->corpus.specimens[index];
        if (specimen->kept) {
            cJSON_AddItemToArray(kept, cJSON_CreateString(specimen->path));
        } else {
            cJSON_AddItemToArray(left_out, entry_of(specimen));
        }
    }
    json_print(stdout, json);
}

static void print_text(const struct merge *merge)
{
    char count[32], bytes[32], kept[32], kept_bytes[32], duration[32];
    struct sums sums = sum_up(&merge->corpus);
    for (uint32_t index = 0; index < merge->corpus.count; index++) {
        const struct fuzz_specimen *specimen = &merge->corpus.specimens[index];
        if (specimen->outcome != FUZZ_CLEAN) {
            complain("left out: %s: %s%s", specimen->path, specimen->outcome == FUZZ_FINDING ? "shows " : "", specimen->remark);
        }
    }
    printf("%s inputs (%s) before, %s inputs (%s) after; coverage %u before, %u after; %s\n",
           progress_count(merge->corpus.count, count, sizeof(count)), corpus_bytes(sums.bytes, bytes, sizeof(bytes)),
           progress_count(sums.kept, kept, sizeof(kept)), corpus_bytes(sums.kept_bytes, kept_bytes, sizeof(kept_bytes)),
           merge->before, merge->after, progress_duration(progress_elapsed(&merge->progress), duration, sizeof(duration)));
}

static int run(struct merge *merge)
{
    char message[1024];
    struct fuzz_measurement how = {
        .misuse = merge->misuse, .stop = &interrupt_requested, .on_progress = on_progress, .context = merge};
    if (!corpus_read(&merge->paths, &merge->corpus)) {
        return EXIT_USAGE;
    }
    if (!fuzz_corpus_measure(&merge->corpus, &how, message, sizeof(message))) {
        progress_wipe(&merge->progress);
        complain("%s; nothing was changed", message);
        return interrupt_requested ? EXIT_FINDING : EXIT_USAGE;
    }
    progress_wipe(&merge->progress);
    fuzz_corpus_choose(&merge->corpus);
    merge->before = fuzz_corpus_coverage(&merge->corpus, false);
    merge->after = fuzz_corpus_coverage(&merge->corpus, true);
    if (merge->after != merge->before) {
        complain("the kept inputs would touch %u counters instead of %u; nothing was changed", merge->after, merge->before);
        return EXIT_USAGE;
    }
    if (!write_result(merge)) {
        return EXIT_USAGE;
    }
    if (merge->paths.common.json) {
        print_json(merge);
    } else {
        print_text(merge);
    }
    return EXIT_CLEAN;
}

int corpus_merge(int argument_count, char **arguments)
{
    static struct merge merge;
    argp_parse(&merge_argp, argument_count, arguments, 0, NULL, &merge);
    if (merge.paths.out && !prepare_out(merge.paths.out)) {
        return EXIT_USAGE;
    }
    interrupt_catch();
    merge.progress = progress_begin(merge.paths.common.quiet);
    int code = run(&merge);
    fuzz_corpus_free(&merge.corpus);
    return code;
}
