/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_SQLITE_PARTS_H
#define HIVEAUDIT_REPORT_SQLITE_PARTS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/embedded.h"
#include "base/slice.h"
#include "report/report.h"

/* What the files of the SQLite report share. */

/* The one file sqlite_schema.sql. */
extern const struct embedded sqlite_schema[];

enum sqlite_table {
    TABLE_RUNS,
    TABLE_RULES,
    TABLE_RULE_TAGS,
    TABLE_EVIDENCE,
    TABLE_ENTRIES,
    TABLE_FINDINGS,
    TABLE_DIAGNOSTICS,
    TABLE_GONE,
    TABLE_MISSING,
    TABLE_WAIVERS,
    TABLE_INPUTS,
    NSQLITE_TABLES,
};
/* Their names; what others refer to comes first. */
extern const char *const sqlite_table_names[NSQLITE_TABLES];

/* Opens a database that is there, to read and write it, and believes nothing that is in it. NULL
 * after sqlite_fail. */
sqlite3 *sqlite_open_file(struct output *output, const char *path);

/* Notes why the output cannot be written, by the last error of the connection. */
void sqlite_fail(struct output *output, sqlite3 *db);

/* Likewise in words: "it is no database". */
void sqlite_refuse(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Runs statements that give nothing. False after sqlite_fail. */
bool sqlite_run(struct output *output, sqlite3 *db, const char *sql);

/* The first value of a query as text, in the output's arena; NULL is "". NULL after sqlite_fail. */
const char *sqlite_ask(struct output *output, sqlite3 *db, const char *sql);

/* Whether the output's target can take the run: there is nothing yet, or a sound database of this
 * kind. False after sqlite_fail. */
bool sqlite_check_target(struct output *output);

/* Puts a complete database, the output's temporary, in the place of its target, or adds its run to
 * what is there. False after sqlite_fail: the target is as it was. */
bool sqlite_place(struct output *output);

/* Rows: a statement that inserts one, whose parameters are the columns by their names, with ":" in
 * front. What is not put is NULL. */

/* Prepares the statement of a table; NULL after sqlite_fail. */
sqlite3_stmt *sqlite_prepare_row(struct output *output, sqlite3 *db, enum sqlite_table table);

/* A text of base/text.h, or NULL. */
void sqlite_put_text(sqlite3_stmt *row, const char *column, const char *text);

/* The same, and where it is lossy its UTF-16LE. */
void sqlite_put_exact(sqlite3_stmt *row, const char *column, const char *exact, const char *text);
void sqlite_put_number(sqlite3_stmt *row, const char *column, int64_t number);
void sqlite_put_bytes(sqlite3_stmt *row, const char *column, struct slice bytes);
void sqlite_put_filetime(sqlite3_stmt *row, const char *column, int64_t filetime);

/* Inserts the row, unless its key is there already, and forgets all values. Errors are noted in the
 * output. */
void sqlite_end_row(struct output *output, sqlite3_stmt *row);

#endif
