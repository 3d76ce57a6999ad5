/* statement.c - SQL with its values, and the rows that come of it. */
#include "statement.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int bind_one(sqlite3_stmt *statement, int parameter, char type, va_list *values)
{
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(statement, parameter, va_arg(*values, int64_t));
    case 'd':
        return sqlite3_bind_double(statement, parameter, va_arg(*values, double));
    default:
        return sqlite3_bind_text(statement, parameter, va_arg(*values, const char *), -1, SQLITE_STATIC);
    }
}

static sqlite3_stmt *make(struct campaign *campaign, const char *sql, const char *types, va_list *values)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(campaign->database, sql, -1, &statement, NULL);
    for (int index = 0; result == SQLITE_OK && types[index]; index++) {
        result = bind_one(statement, index + 1, types[index], values);
    }
    if (result != SQLITE_OK) {
        database_trouble(campaign);
        sqlite3_finalize(statement);
        return NULL;
    }
    return statement;
}

sqlite3_stmt *statement_make(struct campaign *campaign, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    sqlite3_stmt *statement = make(campaign, sql, types, &values);
    va_end(values);
    return statement;
}

bool statement_next(struct campaign *campaign, sqlite3_stmt *statement, bool *trouble)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result != SQLITE_DONE) {
        *trouble = true;
        database_trouble(campaign);
    }
    return false;
}

static bool finish(struct campaign *campaign, sqlite3_stmt *statement)
{
    bool trouble = !statement;
    while (!trouble && statement_next(campaign, statement, &trouble)) {
    }
    sqlite3_finalize(statement);
    return !trouble;
}

bool statement_run(struct campaign *campaign, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    sqlite3_stmt *statement = make(campaign, sql, types, &values);
    va_end(values);
    return finish(campaign, statement);
}

bool statement_change(struct campaign *campaign, const char *what, int64_t id, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    sqlite3_stmt *statement = make(campaign, sql, types, &values);
    va_end(values);
    if (!finish(campaign, statement)) {
        return false;
    }
    return sqlite3_changes(campaign->database) > 0 || database_complain(campaign, "there is no %s %lld", what, (long long)id);
}

bool statement_number(struct campaign *campaign, int64_t *number, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    sqlite3_stmt *statement = make(campaign, sql, types, &values);
    va_end(values);
    bool trouble = !statement;
    if (statement && statement_next(campaign, statement, &trouble)) {
        *number = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return !trouble;
}

void column_text(sqlite3_stmt *statement, int column, char *text, size_t size)
{
    const char *value = (const char *)sqlite3_column_text(statement, column);
    snprintf(text, size, "%s", value ? value : "");
}

uint32_t column_count(sqlite3_stmt *statement, int column)
{
    return (uint32_t)sqlite3_column_int64(statement, column);
}

uint32_t column_word(sqlite3_stmt *statement, int column, const char *const *words)
{
    const char *value = (const char *)sqlite3_column_text(statement, column);
    for (uint32_t index = 0; value && words[index]; index++) {
        if (strcmp(value, words[index]) == 0) {
            return index;
        }
    }
    return 0;
}
