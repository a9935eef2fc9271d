/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/sqlite_parts.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

#define PATIENCE 60 /* seconds, for others that write to the same database */

void sqlite_refuse(struct output *output, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!output->error) {
        output->error = EINVAL;
        output->fault = arena_vprintf(output->arena, format, args);
    }
    va_end(args);
}

/* Why the system refused, as an errno; 0: not known. Of what a COMMIT could not write, the file
 * alone knows it. */
static int find_cause(sqlite3 *db)
{
    int cause = sqlite3_system_errno(db);
    if (!cause)
        sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &cause);
    return cause;
}

void sqlite_fail(struct output *output, sqlite3 *db)
{
    int code = sqlite3_errcode(db), cause = find_cause(db);
    if (code == SQLITE_BUSY)
        sqlite_refuse(output, "another program keeps it locked (waited %d s)", PATIENCE);
    else if (code == SQLITE_IOERR && cause)
        sqlite_refuse(output, "%s", strerror(cause));
    else
        sqlite_refuse(output, "%s", sqlite3_errmsg(db));
}

/* Behind "./" no name is a URI, nor ":memory:". What SQLite advises for files of others
 * (sqlite.org/security.html); triggers and views are none of ours to run. */
sqlite3 *sqlite_open_file(struct output *output, const char *path)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    sqlite3 *db = NULL;
    const char *name = *path == '/' ? path : arena_printf(arena, "./%s", path);
    if (sqlite3_open_v2(name, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(db, PATIENCE * 1000) == SQLITE_OK &&
        sqlite_run(output, db, "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON"))
        return db;
    if (!db)
        end_out_of_memory();
    sqlite_fail(output, db);
    sqlite3_close(db);
    return NULL;
}

bool sqlite_run(struct output *output, sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    sqlite_fail(output, db);
    return false;
}

const char *sqlite_ask(struct output *output, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *query = NULL;
    const char *answer = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) == SQLITE_OK &&
        sqlite3_step(query) == SQLITE_ROW) {
        answer = (const char *)sqlite3_column_text(query, 0);
        answer = arena_strdup(output->arena, answer ? answer : "");
    } else
        sqlite_fail(output, db);
    sqlite3_finalize(query);
    return answer;
}
