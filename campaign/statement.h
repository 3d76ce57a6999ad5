/* statement.h - SQL with its values, and the rows that come of it. */
#ifndef CAMPAIGN_STATEMENT_H
#define CAMPAIGN_STATEMENT_H

#include "database.h"

/*
 * A statement whose parameters are bound to the values that follow, one letter each in `types`: i int64_t, d double, t text (a
 * null pointer is SQL's NULL). The texts must live until the statement was run. NULL with the reason in campaign_error().
 */
sqlite3_stmt *statement_make(struct campaign *campaign, const char *sql, const char *types, ...);

/* The next row. False after the last one, and on trouble; `trouble` is set then, and left as it is otherwise. */
bool statement_next(struct campaign *campaign, sqlite3_stmt *statement, bool *trouble);

/* Makes, runs and ends a statement that gives no rows. */
bool statement_run(struct campaign *campaign, const char *sql, const char *types, ...);

/* The same for a change of one row: false when there is none, `what` in words ("slice 7"). */
bool statement_change(struct campaign *campaign, const char *what, int64_t id, const char *sql, const char *types, ...);

/* The first column of the first row of a statement; unchanged without a row. False on trouble. */
bool statement_number(struct campaign *campaign, int64_t *number, const char *sql, const char *types, ...);

/* What stands in a column of the row: a text that is too long is cut. */
void column_text(sqlite3_stmt *statement, int column, char *text, size_t size);
uint32_t column_count(sqlite3_stmt *statement, int column);

/* The number of a word in a list that ends with NULL; 0 when it is none of them. */
uint32_t column_word(sqlite3_stmt *statement, int column, const char *const *words);

#endif
