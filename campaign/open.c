/* open.c - opens the database of a campaign's folder: to make it, to go on with it, or to look at it. */
#include "database.h"
#include "schema.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Somebody who looks at the database with another program holds it for moments only. */
enum { BUSY_MILLISECONDS = 10000 };

/* ---------------------------------------------------------------------------------------------------------- writing -- */

static bool make(struct campaign *campaign)
{
    char path[PATH_MAX];
    memcpy(path, campaign->path, sizeof(path));
    if (database_exists(path)) {
        return database_complain(campaign, "there is a campaign already; go on with it by --resume, or name another folder");
    }
    if (snprintf(campaign->path, sizeof(campaign->path), "%s.new", path) >= (int)sizeof(campaign->path)) {
        return database_complain(campaign, "the name is too long; name another folder");
    }
    bool made = database_make(campaign);
    sqlite3_close(campaign->database);
    campaign->database = NULL;
    made = made && database_place(campaign, path);
    if (!made) {
        database_remove(campaign->path);
    }
    memcpy(campaign->path, path, sizeof(path));
    return made;
}

/* The first look after what may have been a crash of the machine. */
static bool is_whole(struct campaign *campaign)
{
    bool whole = false;
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(campaign->database, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK) {
        return database_trouble(campaign);
    }
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const char *answer = (const char *)sqlite3_column_text(statement, 0);
        whole = answer && strcmp(answer, "ok") == 0;
        if (!whole) {
            database_complain(campaign, "damaged (%s); 'sqlite3 FILE .recover' saves what is left", answer ? answer : "");
        }
    } else {
        database_trouble(campaign);
    }
    sqlite3_finalize(statement);
    return whole;
}

static bool open_for_writing(struct campaign *campaign)
{
    uint32_t version;
    if (sqlite3_open_v2(campaign->path, &campaign->database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        return database_trouble(campaign);
    }
    sqlite3_busy_timeout(campaign->database, BUSY_MILLISECONDS);
    return schema_recognise(campaign, schema_version, &version) &&
           database_run(campaign, "PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                  "PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 1000000") &&
           is_whole(campaign) && (version == schema_version || schema_migrate(campaign, schema_steps, schema_version));
}

/* ---------------------------------------------------------------------------------------------------------- reading -- */

/* A database that was closed in an orderly way can be read where nothing can be written, if SQLite is told that none will. */
static bool open_unchanging(struct campaign *campaign)
{
    char uri[3 * PATH_MAX + 32], *end = uri;
    end += sprintf(end, "file:");
    for (const char *at = campaign->path; *at; at++) {
        bool plain = *at != '%' && *at != '?' && *at != '#';
        end += plain ? sprintf(end, "%c", *at) : sprintf(end, "%%%02x", (unsigned)*at);
    }
    sprintf(end, "?immutable=1");
    sqlite3_close(campaign->database);
    campaign->database = NULL;
    if (sqlite3_open_v2(uri, &campaign->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK) {
        return database_trouble(campaign);
    }
    return true;
}

static bool has_log(const struct campaign *campaign)
{
    char path[PATH_MAX + 8];
    struct stat status;
    snprintf(path, sizeof(path), "%s-wal", campaign->path);
    return stat(path, &status) == 0 && status.st_size > 0;
}

/* Nothing is changed, so tables of an older version become those of today in memory. */
static bool migrate_copy(struct campaign *campaign)
{
    sqlite3 *file = campaign->database, *copy = NULL;
    bool copied = sqlite3_open_v2(":memory:", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK;
    sqlite3_backup *backup = copied ? sqlite3_backup_init(copy, "main", file, "main") : NULL;
    copied = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
    sqlite3_backup_finish(backup);
    campaign->database = copy;
    sqlite3_close(file);
    return (copied || database_trouble(campaign)) && schema_migrate(campaign, schema_steps, schema_version);
}

static bool open_for_reading(struct campaign *campaign)
{
    uint32_t version;
    if (sqlite3_open_v2(campaign->path, &campaign->database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        return database_trouble(campaign);
    }
    sqlite3_busy_timeout(campaign->database, BUSY_MILLISECONDS);
    bool recognised = schema_recognise(campaign, schema_version, &version);
    int code = sqlite3_errcode(campaign->database) & 0xff;
    if (!recognised && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && !has_log(campaign)) {
        recognised = open_unchanging(campaign) && schema_recognise(campaign, schema_version, &version);
    }
    return recognised && (version == schema_version || migrate_copy(campaign));
}

/* -------------------------------------------------------------------------------------------------------------- all -- */

static bool open_as(struct campaign *campaign, const char *folder, enum campaign_mode mode)
{
    struct stat status;
    int length = snprintf(campaign->path, sizeof(campaign->path), "%s/%s", folder, CAMPAIGN_DATABASE);
    if (length >= (int)sizeof(campaign->path)) {
        return database_complain(campaign, "the name is too long; name another folder");
    }
    if (stat(folder, &status) != 0) {
        return database_complain(campaign, "cannot be reached: %s; name another folder", strerror(errno));
    }
    if (mode != CAMPAIGN_CREATE && !database_exists(campaign->path)) {
        return database_complain(campaign, "there is no campaign in this folder; name another one, or begin one there");
    }
    if (mode == CAMPAIGN_READ) {
        return open_for_reading(campaign);
    }
    return database_lock(campaign, folder) && (mode == CAMPAIGN_RESUME || make(campaign)) && open_for_writing(campaign);
}

struct campaign *campaign_open(const char *folder, enum campaign_mode mode, char *message, size_t message_size)
{
    struct campaign *campaign = calloc(1, sizeof(*campaign));
    if (!campaign) {
        snprintf(message, message_size, "out of memory");
        return NULL;
    }
    campaign->lock = -1;
    if (open_as(campaign, folder, mode)) {
        return campaign;
    }
    snprintf(message, message_size, "%s", campaign->error);
    database_close(campaign);
    free(campaign);
    return NULL;
}

void campaign_close(struct campaign *campaign)
{
    if (!campaign) {
        return;
    }
    if (campaign->lock >= 0) {
        /* One file without a log beside it. Whoever reads just now prevents that, and it does not matter. */
        sqlite3_busy_timeout(campaign->database, 0);
        sqlite3_exec(campaign->database, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    }
    database_close(campaign);
    free(campaign);
}
