/*
 * merge.c - one database of several.
 *
 * All rows of all sources are put into temporary tables first, with the number of their source. Then each table is made of
 * them, of those above it first: rows that mean the same are found by what they say, never by their number, and of their
 * values the least or greatest by one total order is taken. So neither the order of the sources nor a source that comes twice
 * makes a difference; and since rows are entered in an order of their own contents, not even their numbers differ.
 */
#include "database.h"
#include "schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tables[] = {"session", "subject", "build", "slice", "finding", "sighting"};
enum { TABLE_COUNT = sizeof(tables) / sizeof(tables[0]), SQL_SIZE = 512 };

/* Of a session that several know, the one that saw more of it. */
static const char merge_sessions[] =
    "INSERT INTO session (host, started, invocation, version, build, jobs, time_limit, ended, elapsed)"
    "  SELECT host, started, invocation, version, build, jobs, time_limit, ended, elapsed FROM"
    "    (SELECT *, row_number() OVER (PARTITION BY host, started, invocation"
    "      ORDER BY elapsed DESC, ended DESC, version DESC, build DESC, jobs DESC, time_limit DESC) AS place FROM in_session)"
    "  WHERE place = 1 ORDER BY started, host, invocation;"
    "CREATE TEMP TABLE session_of AS SELECT source, i.id AS was, s.id AS id"
    "  FROM in_session AS i JOIN session AS s USING (host, started, invocation);"
    "CREATE INDEX temp.session_by_source ON session_of (source, was);";

/* What is said of a subject goes with its newest build. */
static const char merge_subjects[] =
    "INSERT INTO subject (name, summary, correct, canary, build, build_since)"
    "  SELECT name, summary, correct, canary, build, build_since FROM"
    "    (SELECT *, row_number() OVER (PARTITION BY name"
    "      ORDER BY build_since DESC, build DESC, summary DESC, correct DESC, canary DESC) AS place FROM in_subject)"
    "  WHERE place = 1 ORDER BY name;"
    "CREATE TEMP TABLE subject_of AS SELECT source, i.id AS was, s.id AS id"
    "  FROM in_subject AS i JOIN subject AS s USING (name);"
    "CREATE INDEX temp.subject_by_source ON subject_of (source, was);";

static const char merge_builds[] = "INSERT INTO build (subject, build, first_used, last_used)"
                                   "  SELECT subject_of.id, build, min(first_used), max(last_used)"
                                   "    FROM in_build AS i JOIN subject_of ON subject_of.source = i.source AND was = subject"
                                   "  GROUP BY subject_of.id, build ORDER BY subject_of.id, build;"
                                   "CREATE TEMP TABLE build_of AS SELECT i.source AS source, i.id AS was, build.id AS id"
                                   "  FROM in_build AS i JOIN subject_of ON subject_of.source = i.source AND was = i.subject"
                                   "    JOIN build ON build.subject = subject_of.id AND build.build = i.build;"
                                   "CREATE INDEX temp.build_by_source ON build_of (source, was);";

/* A session numbers its slices; of one that several know, the one that has come further. */
static const char merge_slices[] =
    "CREATE TEMP TABLE slices AS SELECT i.source AS source, i.id AS was, session_of.id AS new_session,"
    "    subject_of.id AS new_subject, build_of.id AS new_build, i.* FROM in_slice AS i"
    "  JOIN session_of ON session_of.source = i.source AND session_of.was = i.session"
    "  JOIN subject_of ON subject_of.source = i.source AND subject_of.was = i.subject"
    "  LEFT JOIN build_of ON build_of.source = i.source AND build_of.was = i.build;"
    "INSERT INTO slice (session, number, subject, build, engine, configuration, seed, started, at, outcome, seconds,"
    "    executions, coverage, inputs, found, message)"
    "  SELECT new_session, number, new_subject, new_build, engine, configuration, seed, started, at, outcome, seconds,"
    "    executions, coverage, inputs, found, message FROM"
    "    (SELECT *, row_number() OVER (PARTITION BY new_session, number"
    "      ORDER BY instr('running killed failed done', outcome) DESC, seconds DESC, executions DESC, coverage DESC,"
    "        inputs DESC, found DESC, message DESC, new_subject, new_build, engine, configuration, seed, started, at) AS place"
    "      FROM slices)"
    "  WHERE place = 1 ORDER BY new_session, number;"
    "CREATE TEMP TABLE slice_of AS SELECT source, was, slice.id AS id"
    "  FROM slices JOIN slice ON slice.session = new_session AND slice.number = slices.number;"
    "CREATE INDEX temp.slice_by_source ON slice_of (source, was);";

/* How it was first seen is told by who saw it first; what is known of it by who has the smallest confirmed replay. */
static const char merge_findings[] =
    "CREATE TEMP TABLE findings AS SELECT i.source AS source, i.id AS was, subject_of.id AS new_subject, i.*,"
    "    row_number() OVER (PARTITION BY subject_of.id, identifier, routine"
    "      ORDER BY first_seen, at, executions, engine, configuration, found) AS first,"
    "    row_number() OVER (PARTITION BY subject_of.id, identifier, routine"
    "      ORDER BY instr('confirmed unreproducible found', state), minimised IS NULL, operations, preemptions, tasks,"
    "        length(minimised), minimised, attempts DESC, reproduced DESC, message) AS best"
    "  FROM in_finding AS i JOIN subject_of ON subject_of.source = i.source AND subject_of.was = i.subject;"
    "CREATE INDEX temp.findings_by_words ON findings (new_subject, identifier, routine);"
    "INSERT INTO finding (subject, identifier, routine, fingerprint, state, first_seen, last_seen, at, executions, engine,"
    "    configuration, found, attempts, reproduced, announced, tasks, operations, preemptions, message, minimised)"
    "  SELECT f.new_subject, f.identifier, f.routine, f.fingerprint, b.state, f.first_seen, o.last_seen, f.at, f.executions,"
    "    f.engine, f.configuration, f.found, b.attempts, b.reproduced, o.announced, b.tasks, b.operations, b.preemptions,"
    "    b.message, b.minimised"
    "  FROM findings AS f JOIN findings AS b USING (new_subject, identifier, routine)"
    "    JOIN (SELECT new_subject, identifier, routine, max(last_seen) AS last_seen, max(announced) AS announced"
    "      FROM findings GROUP BY new_subject, identifier, routine) AS o USING (new_subject, identifier, routine)"
    "  WHERE f.first = 1 AND b.best = 1 ORDER BY f.first_seen, f.new_subject, f.identifier, f.routine;"
    "CREATE TEMP TABLE finding_of AS SELECT source, was, finding.id AS id FROM findings JOIN finding"
    "  ON finding.subject = new_subject AND finding.identifier = findings.identifier AND finding.routine = findings.routine;"
    "CREATE INDEX temp.finding_by_source ON finding_of (source, was);";

static const char merge_sightings[] =
    "INSERT INTO sighting (finding, session, slice, count, last_seen)"
    "  SELECT finding_of.id, session_of.id, coalesce(slice_of.id, 0), max(count), max(last_seen) FROM in_sighting AS i"
    "    JOIN finding_of ON finding_of.source = i.source AND finding_of.was = i.finding"
    "    JOIN session_of ON session_of.source = i.source AND session_of.was = i.session"
    "    LEFT JOIN slice_of ON slice_of.source = i.source AND slice_of.was = i.slice"
    "  GROUP BY finding_of.id, session_of.id, coalesce(slice_of.id, 0);";

static const char *const steps[] = {merge_sessions, merge_subjects, merge_builds,
                                    merge_slices,   merge_findings, merge_sightings};

/* ---------------------------------------------------------------------------------------------------------- reading -- */

static bool prepare(struct campaign *campaign, sqlite3_stmt **statement, const char *format, const char *table, int columns)
{
    char sql[SQL_SIZE];
    int length = snprintf(sql, sizeof(sql), format, table);
    for (int column = 0; column < columns; column++) {
        length += snprintf(sql + length, sizeof(sql) - (size_t)length, "%s?", column ? ", " : "");
    }
    snprintf(sql + length, sizeof(sql) - (size_t)length, "%s", columns ? ")" : "");
    return sqlite3_prepare_v2(campaign->database, sql, -1, statement, NULL) == SQLITE_OK || database_trouble(campaign);
}

static bool copy_row(struct campaign *target, sqlite3_stmt *row, sqlite3_stmt *insert, uint32_t source)
{
    int result = sqlite3_bind_int64(insert, 1, source);
    for (int column = 0; result == SQLITE_OK && column < sqlite3_column_count(row); column++) {
        result = sqlite3_bind_value(insert, column + 2, sqlite3_column_value(row, column));
    }
    return (result == SQLITE_OK && sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK) ||
           database_trouble(target);
}

static bool copy_table(struct campaign *target, struct campaign *from, const char *table, uint32_t source)
{
    sqlite3_stmt *rows = NULL, *insert = NULL;
    int result = SQLITE_ROW;
    bool copied = prepare(from, &rows, "SELECT * FROM %s", table, 0) || database_complain(target, "%s", from->error);
    copied = copied && prepare(target, &insert, "INSERT INTO in_%s VALUES (", table, sqlite3_column_count(rows) + 1);
    while (copied && (result = sqlite3_step(rows)) == SQLITE_ROW) {
        copied = copy_row(target, rows, insert, source);
    }
    if (copied && result != SQLITE_DONE) {
        database_trouble(from);
        copied = database_complain(target, "%s", from->error);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(insert);
    return copied;
}

/* All tables as they were at one moment: somebody may be writing. */
static bool copy_all(struct campaign *target, const char *folder, uint32_t source)
{
    char message[DATABASE_ERROR_SIZE];
    struct campaign *from = campaign_open(folder, CAMPAIGN_READ, message, sizeof(message));
    if (!from) {
        snprintf(target->error, sizeof(target->error), "%s", message);
        return false;
    }
    bool copied = database_run(from, "BEGIN") || database_complain(target, "%s", from->error);
    for (int table = 0; copied && table < TABLE_COUNT; table++) {
        copied = copy_table(target, from, tables[table], source);
    }
    campaign_close(from);
    return copied;
}

/* ---------------------------------------------------------------------------------------------------------- merging -- */

static bool make_temporary_tables(struct campaign *target)
{
    char sql[SQL_SIZE];
    for (int table = 0; table < TABLE_COUNT; table++) {
        snprintf(sql, sizeof(sql), "CREATE TEMP TABLE in_%s AS SELECT 0 AS source, * FROM %s WHERE 0", tables[table],
                 tables[table]);
        if (!database_run(target, sql)) {
            return false;
        }
    }
    return true;
}

static bool merge_all(struct campaign *target, const char *const *folders, uint32_t count)
{
    bool merged = make_temporary_tables(target);
    for (uint32_t source = 0; merged && source < count; source++) {
        merged = copy_all(target, folders[source], source);
    }
    for (size_t step = 0; merged && step < sizeof(steps) / sizeof(steps[0]); step++) {
        merged = database_run(target, steps[step]);
    }
    return merged;
}

static bool make_merged(struct campaign *target, const char *const *folders, uint32_t count)
{
    return database_make(target) && transaction_begin(target) && transaction_end(target, merge_all(target, folders, count));
}

static bool is_free(struct campaign *target, const char *folder, char *path, size_t size)
{
    if (snprintf(path, size, "%s/%s", folder, CAMPAIGN_DATABASE) >= (int)size) {
        return database_complain(target, "the name is too long; name another folder");
    }
    memcpy(target->path, path, size);
    if (!database_lock(target, folder)) {
        return false;
    }
    return !database_exists(path) || database_complain(target, "there is a campaign already; name another folder");
}

bool campaign_merge(const char *const *folders, uint32_t count, const char *folder, char *message, size_t message_size)
{
    char path[PATH_MAX - 8];
    struct campaign target = {.lock = -1};
    bool merged = is_free(&target, folder, path, sizeof(path));
    if (merged) {
        snprintf(target.path, sizeof(target.path), "%s.new", path);
        merged = make_merged(&target, folders, count);
        sqlite3_close(target.database);
        target.database = NULL;
        merged = merged && database_place(&target, path);
        if (!merged) {
            database_remove(target.path);
        }
    }
    if (!merged) {
        snprintf(message, message_size, "%s", target.error);
    }
    database_close(&target);
    return merged;
}
