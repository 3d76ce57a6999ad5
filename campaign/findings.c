/* findings.c - what was found: entered once, sighted as often as it comes, confirmed, and never lost. */
#include "statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *const states[] = {
    [CAMPAIGN_FOUND] = "found",
    [CAMPAIGN_CONFIRMED] = "confirmed",
    [CAMPAIGN_UNREPRODUCIBLE] = "unreproducible",
    NULL,
};

void campaign_fingerprint(const char *subject, const char *identifier, const char *routine, char fingerprint[17])
{
    const char *const words[] = {subject, identifier, routine};
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (int index = 0; index < 3; index++) {
        /* With the byte that ends it, so that "a", "bc" and "ab", "c" differ. */
        XXH3_64bits_update(&state, words[index], strlen(words[index]) + 1);
    }
    snprintf(fingerprint, 17, "%016" PRIx64, XXH3_64bits_digest(&state));
}

/* --------------------------------------------------------------------------------------------------------- entering -- */

/* Nothing that was found is refused: a subject that nobody has entered comes into being. */
static bool find_subject(struct campaign *campaign, const char *name, int64_t *subject)
{
    return statement_run(campaign,
                         "INSERT OR IGNORE INTO subject (name, summary, correct, canary, build, build_since)"
                         "  VALUES (?, '', 0, 0, '', 0)",
                         "t", name) &&
           statement_number(campaign, subject, "SELECT id FROM subject WHERE name = ?", "t", name);
}

static const char insert_finding[] =
    "INSERT INTO finding (subject, identifier, routine, fingerprint, state, first_seen, last_seen, at, executions, engine,"
    "    configuration, found, attempts, reproduced, announced, tasks, operations, preemptions, message)"
    "  VALUES (?1, ?2, ?3, ?4, 'found', ?5, ?5, ?6,"
    "    ?7 + (SELECT coalesce(sum(executions), 0) FROM slice WHERE subject = ?1 AND outcome <> 'running'),"
    "    coalesce((SELECT engine FROM slice WHERE id = ?8), ''), coalesce((SELECT configuration FROM slice WHERE id = ?8), ''),"
    "    ?9, 0, 0, 0, 0, 0, 0, ?10)";

static bool insert(struct campaign *campaign, const struct campaign_finding *finding, int64_t subject, int64_t slice,
                   int64_t *id)
{
    char fingerprint[17];
    campaign_fingerprint(finding->subject, finding->identifier, finding->routine, fingerprint);
    bool written = statement_run(campaign, insert_finding, "itttddiitt", subject, finding->identifier, finding->routine,
                                 fingerprint, finding->last_seen, finding->at, (int64_t)finding->executions, slice,
                                 finding->found ? finding->found : "", finding->message);
    *id = sqlite3_last_insert_rowid(campaign->database);
    return written;
}

/* The session is the one of the slice: what a killed process left behind was seen in its time. */
static bool sight(struct campaign *campaign, const struct campaign_finding *finding, int64_t id, int64_t slice)
{
    int64_t known = 0, session = campaign->session;
    return statement_number(campaign, &known, "SELECT id FROM slice WHERE id = ?", "i", slice) &&
           statement_number(campaign, &session, "SELECT session FROM slice WHERE id = ?", "i", known) &&
           statement_run(campaign,
                         "INSERT INTO sighting (finding, session, slice, count, last_seen) VALUES (?, ?, ?, 1, ?)"
                         "  ON CONFLICT (finding, session, slice) DO UPDATE SET count = count + 1,"
                         "    last_seen = max(last_seen, excluded.last_seen)",
                         "iiid", id, session, known, finding->last_seen) &&
           statement_run(campaign, "UPDATE finding SET last_seen = max(last_seen, ?) WHERE id = ?", "di", finding->last_seen,
                         id);
}

static bool enter(struct campaign *campaign, const struct campaign_finding *finding, int64_t slice, int64_t *id)
{
    int64_t subject = 0;
    return find_subject(campaign, finding->subject, &subject) &&
           statement_number(campaign, id, "SELECT id FROM finding WHERE subject = ? AND identifier = ? AND routine = ?", "itt",
                            subject, finding->identifier, finding->routine) &&
           (*id || insert(campaign, finding, subject, slice, id)) && sight(campaign, finding, *id, slice);
}

bool campaign_finding_enter(struct campaign *campaign, const struct campaign_finding *finding, int64_t slice, int64_t *id,
                            bool *is_new)
{
    int64_t entered = 0, before = 0, after = 0;
    if (!campaign->session) {
        return database_complain(campaign, "a finding without a session; begin one first");
    }
    if (!transaction_begin(campaign)) {
        return false;
    }
    bool written = statement_number(campaign, &before, "SELECT count(*) FROM finding", "") &&
                   enter(campaign, finding, slice, &entered) &&
                   statement_number(campaign, &after, "SELECT count(*) FROM finding", "");
    if (!transaction_end(campaign, written)) {
        return false;
    }
    *id = entered;
    *is_new = after > before;
    return true;
}

bool campaign_finding_update(struct campaign *campaign, const struct campaign_finding *finding)
{
    return statement_change(
        campaign, "finding", finding->id,
        "UPDATE finding SET state = ?, attempts = ?, reproduced = ?, announced = ?, tasks = ?, operations = ?,"
        "  preemptions = ?, message = ?, minimised = ? WHERE id = ?",
        "tiiiiiitti", states[finding->state], (int64_t)finding->attempts, (int64_t)finding->reproduced,
        (int64_t)finding->announced, (int64_t)finding->tasks, (int64_t)finding->operations, (int64_t)finding->preemptions,
        finding->message, finding->minimised, finding->id);
}

/* ---------------------------------------------------------------------------------------------------------- reading -- */

static const char select_findings[] =
    "SELECT finding.id, name, identifier, routine, fingerprint, state, canary,"
    "  (SELECT coalesce(sum(count), 0) FROM sighting WHERE sighting.finding = finding.id),"
    "  first_seen, last_seen, at, executions, engine, configuration, attempts, reproduced, announced, tasks, operations,"
    "  preemptions, message, found, minimised"
    "  FROM finding JOIN subject ON subject.id = finding.subject ORDER BY finding.id";

static char *column_pointer(sqlite3_stmt *statement, int column)
{
    return (char *)sqlite3_column_text(statement, column);
}

static void read_finding(sqlite3_stmt *statement, struct campaign_finding *finding)
{
    *finding = (struct campaign_finding){.id = sqlite3_column_int64(statement, 0),
                                         .state = (enum campaign_state)column_word(statement, 5, states),
                                         .canary = sqlite3_column_int(statement, 6) != 0,
                                         .sightings = column_count(statement, 7),
                                         .first_seen = sqlite3_column_double(statement, 8),
                                         .last_seen = sqlite3_column_double(statement, 9),
                                         .at = sqlite3_column_double(statement, 10),
                                         .executions = (uint64_t)sqlite3_column_int64(statement, 11),
                                         .attempts = column_count(statement, 14),
                                         .reproduced = column_count(statement, 15),
                                         .announced = sqlite3_column_int(statement, 16) != 0,
                                         .tasks = column_count(statement, 17),
                                         .operations = column_count(statement, 18),
                                         .preemptions = column_count(statement, 19),
                                         .found = column_pointer(statement, 21),
                                         .minimised = column_pointer(statement, 22)};
    static char nothing[1];
    finding->found = finding->found ? finding->found : nothing;
    column_text(statement, 1, finding->subject, sizeof(finding->subject));
    column_text(statement, 2, finding->identifier, sizeof(finding->identifier));
    column_text(statement, 3, finding->routine, sizeof(finding->routine));
    column_text(statement, 4, finding->fingerprint, sizeof(finding->fingerprint));
    column_text(statement, 12, finding->engine, sizeof(finding->engine));
    column_text(statement, 13, finding->configuration, sizeof(finding->configuration));
    column_text(statement, 20, finding->message, sizeof(finding->message));
}

bool campaign_each_finding(struct campaign *campaign, bool (*take)(const struct campaign_finding *, void *), void *context)
{
    sqlite3_stmt *statement = statement_make(campaign, select_findings, "");
    bool trouble = !statement, wanted = true;
    while (wanted && !trouble && statement_next(campaign, statement, &trouble)) {
        struct campaign_finding finding;
        read_finding(statement, &finding);
        wanted = take(&finding, context);
    }
    sqlite3_finalize(statement);
    return !trouble;
}
