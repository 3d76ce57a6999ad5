/*
 * database.h - the one SQLite database of a campaign: transactions, and what goes wrong with it in words.
 *
 * The journal is a write-ahead log, so that others can read while the campaign writes, and every transaction is on the disk
 * before it counts as done. A kill or a full disk loses what had not been done, and nothing else. Closing in an orderly way
 * leaves one file without a log beside it, which can be copied and read anywhere.
 */
#ifndef CAMPAIGN_DATABASE_H
#define CAMPAIGN_DATABASE_H

#include <remlock/campaign.h>

#include <limits.h>
#include <sqlite3.h>

enum { DATABASE_ERROR_SIZE = PATH_MAX + 512 };

struct campaign {
    sqlite3 *database;
    int lock;        /* descriptor of the file that keeps other writers out; -1 without one */
    int64_t session; /* the one that this process has begun, or 0 */
    double session_started;
    char path[PATH_MAX]; /* of the database */
    char error[DATABASE_ERROR_SIZE];
};

/* Writes into `error` why the last call of SQLite failed: file, reason, remedy. Returns false, always. */
bool database_trouble(struct campaign *campaign);

/* The same for a reason of our own. */
bool database_complain(struct campaign *campaign, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs statements that take and give nothing. */
bool database_run(struct campaign *campaign, const char *sql);

/* The number that a statement gives, such as a pragma. */
bool database_number(struct campaign *campaign, const char *sql, int64_t *number);

/* A transaction that writes: ended as done when `done`, else taken back. Returns whether all of it has happened. */
bool transaction_begin(struct campaign *campaign);
bool transaction_end(struct campaign *campaign, bool done);

/* Keeps other writers out of the folder: ends with the process, however that ends, and is not inherited by those it starts. */
bool database_lock(struct campaign *campaign, const char *folder);

/*
 * A new database at campaign->path, in one file without a log and without a lock: for a name of its own, to be renamed when it
 * is complete. A file that is there is replaced.
 */
bool database_make(struct campaign *campaign);

/* Puts a complete file, which is closed, in its place and makes sure that it stays there. */
bool database_place(struct campaign *campaign, const char *path);

/* Closes the database and gives up the lock; the struct itself stays. */
void database_close(struct campaign *campaign);

bool database_exists(const char *path);

/* Removes a database with all that SQLite may have left beside it. */
void database_remove(const char *path);

#endif
