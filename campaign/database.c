/* database.c - transactions, and what goes wrong with the database in words. */
#include "database.h"

#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------------------------------------------------- trouble -- */

#define WRITE_TROUBLE "cannot be written: the disk is full, or it fails; make room: nothing that was written is lost"

/* Looked through from above: what stands first is more precise. */
static const struct {
    int code;
    const char *text;
} reasons[] = {
    {SQLITE_FULL, "the disk is full; make room: nothing that was written is lost, and it goes on then"},
    /* SQLite does not tell a quota or a limit on the size of files from a disk that fails. */
    {SQLITE_IOERR_WRITE, WRITE_TROUBLE},
    {SQLITE_IOERR_SHMSIZE, WRITE_TROUBLE},
    {SQLITE_IOERR_TRUNCATE, WRITE_TROUBLE},
    {SQLITE_IOERR_FSYNC, WRITE_TROUBLE},
    {SQLITE_BUSY, "another process is changing it; wait for that one, or end it"},
    {SQLITE_LOCKED, "another process is changing it; wait for that one, or end it"},
    {SQLITE_READONLY, "cannot be written; see to the permissions of the file and its folder"},
    {SQLITE_PERM, "cannot be opened; see to the permissions of the file and its folder"},
    {SQLITE_CANTOPEN, "cannot be opened; see to the permissions of the file and its folder"},
    {SQLITE_NOTADB, "not a database, or damaged; name another folder, or 'sqlite3 FILE .recover' to save what is left"},
    {SQLITE_CORRUPT, "damaged; 'sqlite3 FILE .recover' saves what is left"},
    {SQLITE_IOERR, "cannot be read or written; see to the disk"},
    {SQLITE_NOMEM, "out of memory"},
};

bool database_trouble(struct campaign *campaign)
{
    if (!campaign->database) {
        return database_complain(campaign, "out of memory");
    }
    int code = sqlite3_extended_errcode(campaign->database), system = sqlite3_system_errno(campaign->database);
    bool tell = system && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN);
    for (size_t index = 0; index < sizeof(reasons) / sizeof(reasons[0]); index++) {
        if (reasons[index].code == code || reasons[index].code == (code & 0xff)) {
            return database_complain(campaign, "%s%s%s%s", reasons[index].text, tell ? " (" : "", tell ? strerror(system) : "",
                                     tell ? ")" : "");
        }
    }
    return database_complain(campaign, "%s", sqlite3_errmsg(campaign->database));
}

bool database_complain(struct campaign *campaign, const char *format, ...)
{
    va_list arguments;
    int length = snprintf(campaign->error, sizeof(campaign->error), "%s: ", campaign->path);
    va_start(arguments, format);
    vsnprintf(campaign->error + length, sizeof(campaign->error) - (size_t)length, format, arguments);
    va_end(arguments);
    return false;
}

const char *campaign_error(const struct campaign *campaign)
{
    return campaign->error;
}

/* ------------------------------------------------------------------------------------------------------- statements -- */

bool database_run(struct campaign *campaign, const char *sql)
{
    return sqlite3_exec(campaign->database, sql, NULL, NULL, NULL) == SQLITE_OK || database_trouble(campaign);
}

bool database_number(struct campaign *campaign, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(campaign->database, sql, -1, &statement, NULL) != SQLITE_OK) {
        return database_trouble(campaign);
    }
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    if (found) {
        *number = sqlite3_column_int64(statement, 0);
    } else {
        database_trouble(campaign);
    }
    sqlite3_finalize(statement);
    return found;
}

bool transaction_begin(struct campaign *campaign)
{
    return database_run(campaign, "BEGIN IMMEDIATE");
}

bool transaction_end(struct campaign *campaign, bool done)
{
    if (done && database_run(campaign, "COMMIT")) {
        return true;
    }
    /* Some troubles end the transaction by themselves. */
    if (!sqlite3_get_autocommit(campaign->database)) {
        sqlite3_exec(campaign->database, "ROLLBACK", NULL, NULL, NULL);
    }
    return false;
}

/* ------------------------------------------------------------------------------------------------------------ files -- */

bool database_lock(struct campaign *campaign, const char *folder)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/lock", folder) >= (int)sizeof(path)) {
        return database_complain(campaign, "the name is too long; name another folder");
    }
    campaign->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (campaign->lock < 0) {
        return database_complain(campaign, "cannot be opened for writing: %s: %s; name a folder that can be written", path,
                                 strerror(errno));
    }
    if (flock(campaign->lock, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    if (errno == EWOULDBLOCK) {
        return database_complain(campaign, "another campaign is running in this folder; wait for it, or name another folder");
    }
    return database_complain(campaign, "cannot be locked: %s; name a folder on another file system", strerror(errno));
}

bool database_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

void database_remove(const char *path)
{
    static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
    char name[PATH_MAX + 16];
    for (size_t index = 0; index < sizeof(endings) / sizeof(endings[0]); index++) {
        snprintf(name, sizeof(name), "%s%s", path, endings[index]);
        unlink(name);
    }
}

bool database_make(struct campaign *campaign)
{
    database_remove(campaign->path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(campaign->path, &campaign->database, flags, NULL) != SQLITE_OK) {
        return database_trouble(campaign);
    }
    return database_run(campaign, "PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON") &&
           schema_migrate(campaign, schema_steps, schema_version);
}

bool database_place(struct campaign *campaign, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    if (rename(campaign->path, path) != 0) {
        return database_complain(campaign, "cannot be renamed to '%s': %s", path, strerror(errno));
    }
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    return true;
}

void database_close(struct campaign *campaign)
{
    sqlite3_close(campaign->database);
    campaign->database = NULL;
    if (campaign->lock >= 0) {
        close(campaign->lock);
        campaign->lock = -1;
    }
}
