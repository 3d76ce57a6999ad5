/* slices.c - the processes of a campaign: begun, ended, or cut off with the one that started them. */
#include "statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const outcomes[] = {
    [CAMPAIGN_RUNNING] = "running", [CAMPAIGN_DONE] = "done", [CAMPAIGN_FAILED] = "failed", [CAMPAIGN_KILLED] = "killed", NULL,
};

static bool insert(struct campaign *campaign, const struct campaign_slice *slice)
{
    char seed[24];
    snprintf(seed, sizeof(seed), "%" PRIu64, slice->seed);
    return statement_run(campaign,
                         "INSERT INTO slice (session, number, subject, build, engine, configuration, seed, started, at,"
                         "    outcome, seconds, executions, coverage, inputs, found, message)"
                         "  VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM slice WHERE session = ?1), ?2,"
                         "    (SELECT build.id FROM build JOIN subject ON subject.id = build.subject"
                         "      AND subject.build = build.build WHERE subject.id = ?2),"
                         "    ?3, ?4, ?5, ?6, ?7, 'running', 0, 0, 0, 0, 0, '')",
                         "iitttdd", campaign->session, slice->subject, slice->engine, slice->configuration, seed,
                         slice->started, slice->at);
}

bool campaign_slice_begin(struct campaign *campaign, struct campaign_slice *slice)
{
    if (!campaign->session) {
        return database_complain(campaign, "a slice without a session; begin one first");
    }
    if (!transaction_begin(campaign)) {
        return false;
    }
    bool written = insert(campaign, slice);
    int64_t id = sqlite3_last_insert_rowid(campaign->database);
    if (!transaction_end(campaign, written)) {
        return false;
    }
    slice->id = id;
    slice->outcome = CAMPAIGN_RUNNING;
    return true;
}

bool campaign_slice_end(struct campaign *campaign, const struct campaign_slice *slice)
{
    return statement_change(campaign, "slice", slice->id,
                            "UPDATE slice SET outcome = ?, seconds = ?, executions = ?, coverage = ?, inputs = ?, found = ?,"
                            "  message = ? WHERE id = ?",
                            "tdiiiiti", outcomes[slice->outcome], slice->seconds, (int64_t)slice->executions,
                            (int64_t)slice->coverage, (int64_t)slice->inputs, (int64_t)slice->found, slice->message, slice->id);
}

bool campaign_slices_abandon(struct campaign *campaign)
{
    return statement_run(campaign, "UPDATE slice SET outcome = 'killed' WHERE outcome = 'running' AND session <> ?", "i",
                         campaign->session);
}

bool campaign_each_slice(struct campaign *campaign, bool (*take)(const struct campaign_slice *, void *), void *context)
{
    sqlite3_stmt *statement = statement_make(campaign,
                                             "SELECT id, subject, engine, configuration, seed, started, at, outcome, seconds,"
                                             "  executions, coverage, inputs, found, message FROM slice ORDER BY id",
                                             "");
    bool trouble = !statement, wanted = true;
    while (wanted && !trouble && statement_next(campaign, statement, &trouble)) {
        char seed[24];
        column_text(statement, 4, seed, sizeof(seed));
        struct campaign_slice slice = {.id = sqlite3_column_int64(statement, 0),
                                       .subject = sqlite3_column_int64(statement, 1),
                                       .seed = strtoull(seed, NULL, 10),
                                       .started = sqlite3_column_double(statement, 5),
                                       .at = sqlite3_column_double(statement, 6),
                                       .outcome = (enum campaign_outcome)column_word(statement, 7, outcomes),
                                       .seconds = sqlite3_column_double(statement, 8),
                                       .executions = (uint64_t)sqlite3_column_int64(statement, 9),
                                       .coverage = column_count(statement, 10),
                                       .inputs = column_count(statement, 11),
                                       .found = column_count(statement, 12)};
        column_text(statement, 2, slice.engine, sizeof(slice.engine));
        column_text(statement, 3, slice.configuration, sizeof(slice.configuration));
        column_text(statement, 13, slice.message, sizeof(slice.message));
        wanted = take(&slice, context);
    }
    sqlite3_finalize(statement);
    return !trouble;
}
