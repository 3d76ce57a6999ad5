/* subjects.c - what is tested, and the builds of it. */
#include "statement.h"

static bool enter(struct campaign *campaign, const struct campaign_subject *subject, int64_t *id)
{
    double now = campaign->session_started;
    return statement_run(campaign,
                         "INSERT INTO subject (name, summary, correct, canary, build, build_since) VALUES (?, ?, ?, ?, ?, ?)"
                         "  ON CONFLICT (name) DO UPDATE SET summary = excluded.summary, correct = excluded.correct,"
                         "    canary = excluded.canary, build_since = CASE WHEN subject.build = excluded.build THEN build_since"
                         "      ELSE excluded.build_since END, build = excluded.build",
                         "ttiitd", subject->name, subject->summary, (int64_t)subject->correct, (int64_t)subject->canary,
                         subject->build, now) &&
           statement_number(campaign, id, "SELECT id FROM subject WHERE name = ?", "t", subject->name) &&
           statement_run(campaign,
                         "INSERT INTO build (subject, build, first_used, last_used) VALUES (?1, ?2, ?3, ?3)"
                         "  ON CONFLICT (subject, build) DO UPDATE SET last_used = max(last_used, excluded.last_used)",
                         "itd", *id, subject->build, now);
}

bool campaign_subject_enter(struct campaign *campaign, struct campaign_subject *subject)
{
    int64_t id = 0;
    if (!transaction_begin(campaign) || !transaction_end(campaign, enter(campaign, subject, &id))) {
        return false;
    }
    subject->id = id;
    return true;
}

static const char select_subjects[] =
    "SELECT subject.id, name, summary, subject.build, correct, canary, total(slice.executions), total(slice.seconds), "
    "count(slice.id),"
    "  coalesce(max(slice.coverage), 0),"
    "  (SELECT count(*) FROM finding WHERE finding.subject = subject.id AND state = 'confirmed')"
    "  FROM subject LEFT JOIN slice ON slice.subject = subject.id GROUP BY subject.id ORDER BY subject.id";

bool campaign_each_subject(struct campaign *campaign, bool (*take)(const struct campaign_subject *, void *), void *context)
{
    sqlite3_stmt *statement = statement_make(campaign, select_subjects, "");
    bool trouble = !statement, wanted = true;
    while (wanted && !trouble && statement_next(campaign, statement, &trouble)) {
        struct campaign_subject subject = {.id = sqlite3_column_int64(statement, 0),
                                           .correct = sqlite3_column_int(statement, 4) != 0,
                                           .canary = sqlite3_column_int(statement, 5) != 0,
                                           .executions = (uint64_t)sqlite3_column_double(statement, 6),
                                           .seconds = sqlite3_column_double(statement, 7),
                                           .slices = column_count(statement, 8),
                                           .coverage = column_count(statement, 9),
                                           .findings = column_count(statement, 10)};
        column_text(statement, 1, subject.name, sizeof(subject.name));
        column_text(statement, 2, subject.summary, sizeof(subject.summary));
        column_text(statement, 3, subject.build, sizeof(subject.build));
        wanted = take(&subject, context);
    }
    sqlite3_finalize(statement);
    return !trouble;
}
