/* sessions.c - the lives of the process that runs the campaign. */
#include "statement.h"

/* Sessions are told apart by host, start and command: a clock that was set back must not make two of them one. */
static const char insert_session[] =
    "INSERT INTO session (host, started, invocation, version, build, jobs, time_limit, ended, elapsed)"
    "  SELECT ?1, CASE WHEN EXISTS (SELECT 1 FROM session WHERE host = ?1 AND started = ?2 AND invocation = ?3)"
    "    THEN (SELECT max(started) + 0.001 FROM session) ELSE ?2 END, ?3, ?4, ?5, ?6, ?7, ?8, ?9";

bool campaign_session_begin(struct campaign *campaign, struct campaign_session *session)
{
    int64_t id = 0;
    if (!transaction_begin(campaign)) {
        return false;
    }
    bool written = statement_run(campaign, insert_session, "tdtttiddd", session->host, session->started, session->invocation,
                                 session->version, session->build, (int64_t)session->jobs, session->limit, session->ended,
                                 session->elapsed);
    id = sqlite3_last_insert_rowid(campaign->database);
    if (!transaction_end(campaign, written)) {
        return false;
    }
    session->id = id;
    campaign->session = id;
    campaign->session_started = session->started;
    return true;
}

bool campaign_session_beat(struct campaign *campaign, const struct campaign_session *session)
{
    return statement_change(campaign, "session", session->id, "UPDATE session SET ended = ?, elapsed = ? WHERE id = ?", "ddi",
                            session->ended, session->elapsed, session->id);
}

double campaign_elapsed(struct campaign *campaign)
{
    bool trouble = false;
    double elapsed = 0;
    sqlite3_stmt *statement = statement_make(campaign, "SELECT total(elapsed) FROM session", "");
    if (statement && statement_next(campaign, statement, &trouble)) {
        elapsed = sqlite3_column_double(statement, 0);
    }
    sqlite3_finalize(statement);
    return elapsed;
}

bool campaign_each_session(struct campaign *campaign, bool (*take)(const struct campaign_session *, void *), void *context)
{
    sqlite3_stmt *statement = statement_make(campaign,
                                             "SELECT id, version, build, host, invocation, jobs, time_limit, started, ended,"
                                             "  elapsed FROM session ORDER BY id",
                                             "");
    bool trouble = !statement, wanted = true;
    while (wanted && !trouble && statement_next(campaign, statement, &trouble)) {
        struct campaign_session session = {.id = sqlite3_column_int64(statement, 0),
                                           .jobs = column_count(statement, 5),
                                           .limit = sqlite3_column_double(statement, 6),
                                           .started = sqlite3_column_double(statement, 7),
                                           .ended = sqlite3_column_double(statement, 8),
                                           .elapsed = sqlite3_column_double(statement, 9)};
        column_text(statement, 1, session.version, sizeof(session.version));
        column_text(statement, 2, session.build, sizeof(session.build));
        column_text(statement, 3, session.host, sizeof(session.host));
        column_text(statement, 4, session.invocation, sizeof(session.invocation));
        wanted = take(&session, context);
    }
    sqlite3_finalize(statement);
    return !trouble;
}
