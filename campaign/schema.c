/*
 * schema.c - the tables, their version, and how older ones become those of today.
 *
 * docs/campaign.md describes them for people who ask the database themselves; a test compares the two.
 */
#include "schema.h"

#include <stdio.h>

static const char first_tables[] =
    "CREATE TABLE session ("
    "  id INTEGER PRIMARY KEY, host TEXT NOT NULL, started REAL NOT NULL, invocation TEXT NOT NULL,"
    "  version TEXT NOT NULL, build TEXT NOT NULL, jobs INTEGER NOT NULL, time_limit REAL NOT NULL,"
    "  ended REAL NOT NULL, elapsed REAL NOT NULL,"
    "  UNIQUE (host, started, invocation)) STRICT;"

    "CREATE TABLE subject ("
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, summary TEXT NOT NULL,"
    "  correct INTEGER NOT NULL, canary INTEGER NOT NULL, build TEXT NOT NULL, build_since REAL NOT NULL) STRICT;"

    "CREATE TABLE build ("
    "  id INTEGER PRIMARY KEY, subject INTEGER NOT NULL REFERENCES subject, build TEXT NOT NULL,"
    "  first_used REAL NOT NULL, last_used REAL NOT NULL,"
    "  UNIQUE (subject, build)) STRICT;"

    "CREATE TABLE slice ("
    "  id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES session, number INTEGER NOT NULL,"
    "  subject INTEGER NOT NULL REFERENCES subject, build INTEGER REFERENCES build, engine TEXT NOT NULL,"
    "  configuration TEXT NOT NULL, seed TEXT NOT NULL, started REAL NOT NULL, at REAL NOT NULL,"
    "  outcome TEXT NOT NULL CHECK (outcome IN ('running', 'done', 'failed', 'killed')),"
    "  seconds REAL NOT NULL, executions INTEGER NOT NULL, coverage INTEGER NOT NULL, inputs INTEGER NOT NULL,"
    "  found INTEGER NOT NULL, message TEXT NOT NULL,"
    "  UNIQUE (session, number)) STRICT;"
    "CREATE INDEX slice_of_subject ON slice (subject, outcome);"

    "CREATE TABLE finding ("
    "  id INTEGER PRIMARY KEY, subject INTEGER NOT NULL REFERENCES subject, identifier TEXT NOT NULL,"
    "  routine TEXT NOT NULL, fingerprint TEXT NOT NULL,"
    "  state TEXT NOT NULL CHECK (state IN ('found', 'confirmed', 'unreproducible')),"
    "  first_seen REAL NOT NULL, last_seen REAL NOT NULL, at REAL NOT NULL, executions INTEGER NOT NULL,"
    "  engine TEXT NOT NULL, configuration TEXT NOT NULL, found TEXT NOT NULL,"
    "  attempts INTEGER NOT NULL, reproduced INTEGER NOT NULL, announced INTEGER NOT NULL,"
    "  tasks INTEGER NOT NULL, operations INTEGER NOT NULL, preemptions INTEGER NOT NULL,"
    "  message TEXT NOT NULL, minimised TEXT,"
    "  UNIQUE (subject, identifier, routine)) STRICT;"

    "CREATE TABLE sighting ("
    "  finding INTEGER NOT NULL REFERENCES finding, session INTEGER NOT NULL REFERENCES session,"
    "  slice INTEGER NOT NULL, count INTEGER NOT NULL, last_seen REAL NOT NULL,"
    "  PRIMARY KEY (finding, session, slice)) STRICT, WITHOUT ROWID;"

    "CREATE VIEW coverage AS"
    "  SELECT subject.name AS subject, slice.at + slice.seconds AS elapsed,"
    "    sum(slice.executions) OVER so_far AS executions, max(slice.coverage) OVER so_far AS coverage"
    "  FROM slice JOIN subject ON subject.id = slice.subject WHERE slice.outcome <> 'running'"
    "  WINDOW so_far AS (PARTITION BY slice.subject ORDER BY slice.at + slice.seconds, slice.id);";

const char *const schema_steps[] = {first_tables};
const uint32_t schema_version = sizeof(schema_steps) / sizeof(schema_steps[0]);

bool schema_recognise(struct campaign *campaign, uint32_t newest, uint32_t *version)
{
    int64_t application, number;
    if (!database_number(campaign, "PRAGMA application_id", &application) ||
        !database_number(campaign, "PRAGMA user_version", &number)) {
        return false;
    }
    if (application != SCHEMA_APPLICATION) {
        snprintf(campaign->error, sizeof(campaign->error), "%s: not the database of a campaign; name another folder",
                 campaign->path);
        return false;
    }
    if (number < 0 || number > newest) {
        snprintf(campaign->error, sizeof(campaign->error),
                 "%s: written by a newer remlock (its tables have version %lld, this one knows %u): use that one",
                 campaign->path, (long long)number, newest);
        return false;
    }
    *version = (uint32_t)number;
    return true;
}

static bool take_steps(struct campaign *campaign, const char *const *steps, uint32_t newest)
{
    int64_t version;
    char mark[96];
    if (!database_number(campaign, "PRAGMA user_version", &version)) {
        return false;
    }
    for (uint32_t step = (uint32_t)version; step < newest; step++) {
        if (!database_run(campaign, steps[step])) {
            return false;
        }
    }
    snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %u", SCHEMA_APPLICATION, newest);
    return database_run(campaign, mark);
}

bool schema_migrate(struct campaign *campaign, const char *const *steps, uint32_t newest)
{
    return transaction_begin(campaign) && transaction_end(campaign, take_steps(campaign, steps, newest));
}
