/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/sqlite_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"

/* The header of a database file (sqlite.org/fileformat.html, 1.3). */
#define HEADER_SIZE    100
#define MAGIC          "SQLite format 3" /* with the NUL behind it */
#define WRITE_VERSION  18                /* 2: a write-ahead log is in use */
#define USER_VERSION   60
#define APPLICATION_ID 68

/* As in sqlite_schema.sql. */
#define OUR_APPLICATION_ID 0x68697661
#define OUR_USER_VERSION   1

/* All that rows go to or through. Views are the user's to add; the statistics are what ANALYZE
 * leaves. What an object is, SQLite takes from its statement alone. */
static const char list_schema[] =
    "SELECT group_concat(quote(type) || quote(name) || quote(tbl_name) || quote(sql))"
    " FROM (SELECT * FROM main.sqlite_schema WHERE ifnull(sql, '') NOT LIKE 'CREATE VIEW %'"
    " AND ifnull(sql, '') <> 'CREATE TABLE sqlite_stat1(tbl,idx,stat)'"
    " AND ifnull(sql, '') <> 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)'"
    " ORDER BY type, name)";

/* What the tables of a database are when this version makes them. */
static const char *ask_own_schema(struct output *output)
{
    sqlite3 *db = NULL;
    const char *schema = NULL;
    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        end_out_of_memory();
    if (sqlite_run(output, db, sqlite_schema->text))
        schema = sqlite_ask(output, db, list_schema);
    sqlite3_close(db);
    return schema;
}

/* The tables come first: to check a foreign one would run the expressions in it. */
static bool check_content(struct output *output, sqlite3 *db)
{
    const char *own = ask_own_schema(output);
    const char *there = own ? sqlite_ask(output, db, list_schema) : NULL;
    if (there && strcmp(own, there) != 0)
        sqlite_refuse(output, "its tables are not as hiveaudit makes them");
    const char *health =
        output->error ? NULL : sqlite_ask(output, db, "PRAGMA main.quick_check(1)");
    if (health && strcmp(health, "ok") != 0)
        sqlite_refuse(output, "it is damaged: %s", health);
    return !output->error;
}

/* Decides by the file alone as far as that goes, since SQLite begins with what lies beside it: it
 * would finish a write-ahead log, and write. */
static bool check_header(struct output *output, const uint8_t *header, ssize_t len)
{
    if (len < HEADER_SIZE || memcmp(header, MAGIC, sizeof MAGIC) != 0)
        sqlite_refuse(output, "it is no SQLite database");
    else if (get_be32(header + APPLICATION_ID) != OUR_APPLICATION_ID)
        sqlite_refuse(output,
                      "it is the database of another program (application_id %#x, want %#x)",
                      get_be32(header + APPLICATION_ID), OUR_APPLICATION_ID);
    else if (get_be32(header + USER_VERSION) != OUR_USER_VERSION)
        sqlite_refuse(output, "it is of another version of hiveaudit (user_version %u, want %d)",
                      get_be32(header + USER_VERSION), OUR_USER_VERSION);
    else if (header[WRITE_VERSION] != 1)
        sqlite_refuse(output, "it uses a write-ahead log (want PRAGMA journal_mode = DELETE)");
    return !output->error;
}

/* What SQLite would take for its own once a database is there: what is left of one that was
 * removed.
 */
static bool check_leftovers(struct output *output)
{
    static const char *const suffixes[] = {"-journal", "-wal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const char *path = arena_printf(output->arena, "%s%s", output->target, suffixes[i]);
        bool is_there = access(path, F_OK) == 0;
        if (is_there && access(output->target, F_OK) < 0)
            sqlite_refuse(output, "%s is there without it", path);
    }
    return !output->error;
}

enum target { TARGET_REFUSED, TARGET_EMPTY, TARGET_DATABASE };

/* Opens it here and closes it before SQLite does: its locks go with any descriptor of the file. */
static enum target look_at_target(struct output *output)
{
    uint8_t header[HEADER_SIZE];
    CLEANUP(fd) int fd = open(output->target, O_RDWR | O_CLOEXEC | O_NOCTTY);
    ssize_t len = fd < 0 ? -1 : pread(fd, header, sizeof header, 0);
    if (len < 0)
        sqlite_refuse(output, "%s", strerror(errno));
    else if (len > 0)
        check_header(output, header, len);
    return output->error ? TARGET_REFUSED : len ? TARGET_DATABASE : TARGET_EMPTY;
}

bool sqlite_check_target(struct output *output)
{
    if (!check_leftovers(output))
        return false;
    if (access(output->target, F_OK) < 0)
        return true;
    if (look_at_target(output) == TARGET_DATABASE) {
        sqlite3 *db = sqlite_open_file(output, output->target);
        if (db)
            check_content(output, db);
        sqlite3_close(db);
    }
    return !output->error;
}

/* "INSERT INTO main.runs SELECT 7, version FROM run.runs". */
static bool copy_table(struct output *output, sqlite3 *db, const char *table, const char *run)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *sql =
        sqlite_ask(output, db,
                   arena_printf(arena,
                                "SELECT 'INSERT INTO main.%s SELECT ' ||"
                                " group_concat(iif(name = 'run_id', '%s', name)) || ' FROM run.%s'"
                                " FROM pragma_table_info('%s', 'run')",
                                table, run, table, table));
    return sql && sqlite_run(output, db, sql);
}

static bool copy_run(struct output *output, sqlite3 *db)
{
    const char *run = sqlite_ask(output, db, "SELECT ifnull(max(run_id), 0) + 1 FROM main.runs");
    for (int table = 0; run && table < NSQLITE_TABLES; table++)
        if (!copy_table(output, db, sqlite_table_names[table], run))
            return false;
    return run != NULL;
}

/* The run is not journalled: a journal of both files together would be another file. */
static bool attach_run(struct output *output, sqlite3 *db)
{
    sqlite3_stmt *attach = NULL;
    const char *path = output->temporary;
    if (*path != '/')
        path = arena_printf(output->arena, "./%s", path);
    bool good = sqlite3_prepare_v2(db, "ATTACH ? AS run", -1, &attach, NULL) == SQLITE_OK &&
                sqlite3_bind_text(attach, 1, path, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(attach) == SQLITE_DONE;
    if (!good)
        sqlite_fail(output, db);
    sqlite3_finalize(attach);
    return good && sqlite_run(output, db, "PRAGMA run.journal_mode = MEMORY");
}

/* Another writer may have filled an empty file meanwhile, or changed what was checked. Closing
 * without a COMMIT takes all back. */
static bool append_run(struct output *output)
{
    if (look_at_target(output) == TARGET_REFUSED)
        return false;
    sqlite3 *db = sqlite_open_file(output, output->target);
    if (!db)
        return false;
    if (attach_run(output, db) && sqlite_run(output, db, "BEGIN IMMEDIATE")) {
        const char *count = sqlite_ask(output, db, "SELECT count(*) FROM main.sqlite_schema");
        bool is_empty = count && strcmp(count, "0") == 0;
        bool good = is_empty ? sqlite_run(output, db, sqlite_schema->text)
                             : count && check_content(output, db);
        if (good && copy_run(output, db))
            sqlite_run(output, db, "COMMIT");
    }
    sqlite3_close(db);
    return !output->error;
}

/* Not every file system knows the first way (NFS), nor the second (FAT). */
static bool move_to_free_place(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    return errno == EINVAL && link(from, to) == 0 && unlink(from) == 0;
}

bool sqlite_place(struct output *output)
{
    if (!check_leftovers(output))
        return false;
    if (move_to_free_place(output->temporary, output->target))
        return true;
    if (errno != EEXIST) {
        sqlite_refuse(output, "%s", strerror(errno));
        return false;
    }
    bool good = append_run(output);
    if (good)
        unlink(output->temporary);
    return good;
}
