/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/sqlite_parts.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf16.h"

const char *const sqlite_table_names[NSQLITE_TABLES] = {
    "runs",        "rules",         "rule_tags",        "evidence", "entries", "findings",
    "diagnostics", "gone_findings", "missing_evidence", "waivers",  "inputs",
};

/* "INSERT INTO runs (run_id, version) VALUES (:run_id, :version) ON CONFLICT DO NOTHING", of the
 * columns that the schema has. */
sqlite3_stmt *sqlite_prepare_row(struct output *output, sqlite3 *db, enum sqlite_table table)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    sqlite3_stmt *row = NULL;
    const char *name = sqlite_table_names[table];
    const char *sql =
        sqlite_ask(output, db,
                   arena_printf(arena,
                                "SELECT 'INSERT INTO %s (' || group_concat(name) || ') VALUES (' ||"
                                " group_concat(':' || name) || ') ON CONFLICT DO NOTHING'"
                                " FROM pragma_table_info('%s')",
                                name, name));
    if (sql && sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        sqlite_fail(output, db);
    return row;
}

static int find_column(sqlite3_stmt *row, const char *column)
{
    int index = sqlite3_bind_parameter_index(row, column);
    assert(index > 0);
    return index;
}

/* Values of evidence are far below the limit of SQLite, 1,000,000,000 bytes: only memory can be
 * missing. */
static void accept(int status)
{
    if (status != SQLITE_OK)
        end_out_of_memory();
}

/* Whether a code point has no place in a text: SQLite takes a NUL for the end here and there. */
static bool is_lost(uint32_t code)
{
    return code == TEXT_NUL || text_is_surrogate(code);
}

void sqlite_put_text(sqlite3_stmt *row, const char *column, const char *text)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    if (!text)
        return;
    char *utf8 = arena_alloc(arena, 3 * strlen(text) + 1, 1); /* U+FFFD has three bytes */
    size_t len = 0;
    for (uint32_t code; (code = text_next(&text));)
        len += text_put(utf8 + len, is_lost(code) ? 0xfffd : code);
    accept(sqlite3_bind_text64(row, find_column(row, column), utf8, len, SQLITE_TRANSIENT,
                               SQLITE_UTF8));
}

static bool is_lossy(const char *text)
{
    for (uint32_t code; (code = text_next(&text));)
        if (is_lost(code))
            return true;
    return false;
}

void sqlite_put_exact(sqlite3_stmt *row, const char *column, const char *exact, const char *text)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    sqlite_put_text(row, column, text);
    if (is_lossy(text))
        sqlite_put_bytes(row, exact, utf16_encode(arena, text));
}

void sqlite_put_number(sqlite3_stmt *row, const char *column, int64_t number)
{
    accept(sqlite3_bind_int64(row, find_column(row, column), number));
}

/* A pointer of NULL would be NULL, not no bytes. */
void sqlite_put_bytes(sqlite3_stmt *row, const char *column, struct slice bytes)
{
    accept(sqlite3_bind_blob64(row, find_column(row, column), bytes.len ? (void *)bytes.ptr : "",
                               bytes.len, SQLITE_TRANSIENT));
}

void sqlite_put_filetime(sqlite3_stmt *row, const char *column, int64_t filetime)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    sqlite_put_text(row, column, text_filetime(arena, filetime));
}

void sqlite_end_row(struct output *output, sqlite3_stmt *row)
{
    if (!output->error && sqlite3_step(row) != SQLITE_DONE)
        sqlite_fail(output, sqlite3_db_handle(row));
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
}
