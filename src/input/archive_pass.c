/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/archive_pass.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "input/gunzip.h"

#define BLOCK_SIZE     (64 * 1024)
#define EMPTY_RUNS_MAX 1000 /* one after the other */

#define FUNCTIONS(X)                                                                               \
    X(archive_read_new)                                                                            \
    X(archive_read_free)                                                                           \
    X(archive_read_open2)                                                                          \
    X(archive_read_set_seek_callback)                                                              \
    X(archive_read_next_header)                                                                    \
    X(archive_read_header_position)                                                                \
    X(archive_read_data_block)                                                                     \
    X(archive_read_support_filter_bzip2)                                                           \
    X(archive_read_support_filter_xz)                                                              \
    X(archive_read_support_filter_zstd)                                                            \
    X(archive_read_support_format_7zip)                                                            \
    X(archive_read_support_format_iso9660)                                                         \
    X(archive_read_support_format_raw)                                                             \
    X(archive_read_support_format_tar)                                                             \
    X(archive_read_support_format_zip)                                                             \
    X(archive_filter_code)                                                                         \
    X(archive_format)                                                                              \
    X(archive_error_string)                                                                        \
    X(archive_set_error)                                                                           \
    X(archive_entry_filetype)                                                                      \
    X(archive_entry_hardlink)                                                                      \
    X(archive_entry_is_data_encrypted)                                                             \
    X(archive_entry_pathname) X(archive_entry_size) X(archive_entry_size_is_set)
LIBRARY_TABLE(la, FUNCTIONS)

/* What is compressed as a whole passes two stages. The outer one unpacks it, the inner one takes
 * that for the archive. So that the outer one can be read to its end, where checksums stand: the
 * inner one stops where the archive says that it ends. */
struct archive_pass {
    struct arena *arena; /* of the pass itself */
    const struct source *file;
    uint64_t offset;       /* where file is read next */
    struct gunzip *gunzip; /* the outer stage of gzip */
    struct archive *outer; /* that of other compressions; both NULL where there is none */
    struct archive *inner;
    const char *outer_error; /* why the outer stage ended early */
    const char *error;       /* of the last step; NULL: the inner stage knows */
    unsigned char block[BLOCK_SIZE];
};

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_OTHER };

static enum compression tell_compression(const struct source *file)
{
    static const struct {
        size_t len;
        const char *magic;
        enum compression compression;
    } kinds[] = {
        {3, "\x1f\x8b\x08", COMPRESSION_GZIP}, /* deflate, the only method there is */
        {3, "BZh", COMPRESSION_OTHER},
        {6, "\xfd\x37\x7a\x58\x5a\x00", COMPRESSION_OTHER}, /* xz */
        {4, "\x28\xb5\x2f\xfd", COMPRESSION_OTHER},         /* zstd */
    };
    unsigned char head[6] = {0};
    if (file->read_at(file, 0, head, sizeof head) < 0)
        return COMPRESSION_NONE; /* the same error comes again where it is said */
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (memcmp(head, kinds[i].magic, kinds[i].len) == 0)
            return kinds[i].compression;
    return COMPRESSION_NONE;
}

static la_ssize_t read_file(struct archive *archive, void *client, const void **bytes)
{
    struct archive_pass *pass = client;
    ssize_t n = pass->file->read_at(pass->file, pass->offset, pass->block, sizeof pass->block);
    if (n < 0) {
        la.archive_set_error(archive, errno, "%s", strerror(errno));
        return ARCHIVE_FATAL;
    }
    pass->offset += (uint64_t)n;
    *bytes = pass->block;
    return n;
}

static la_int64_t skip_file(struct archive *archive, void *client, la_int64_t wanted)
{
    (void)archive;
    struct archive_pass *pass = client;
    uint64_t left = pass->offset < pass->file->size ? pass->file->size - pass->offset : 0;
    uint64_t step = wanted < 0 ? 0 : (uint64_t)wanted < left ? (uint64_t)wanted : left;
    pass->offset += step;
    return (la_int64_t)step;
}

static la_int64_t seek_file(struct archive *archive, void *client, la_int64_t offset, int whence)
{
    struct archive_pass *pass = client;
    la_int64_t size = (la_int64_t)pass->file->size, to;
    la_int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_END ? size : (la_int64_t)pass->offset;
    if (__builtin_add_overflow(base, offset, &to) || to < 0 || to > size) {
        la.archive_set_error(archive, EINVAL, "it points behind its end");
        return ARCHIVE_FATAL;
    }
    pass->offset = (uint64_t)to;
    return to;
}

static ssize_t read_outer_archive(struct archive_pass *pass, const void **bytes, const char **error)
{
    for (unsigned empty = 0; empty < EMPTY_RUNS_MAX; empty++) {
        size_t len;
        la_int64_t offset;
        int status = la.archive_read_data_block(pass->outer, bytes, &len, &offset);
        if (status == ARCHIVE_EOF)
            return 0;
        *error = la.archive_error_string(pass->outer);
        if (status != ARCHIVE_OK)
            return -1;
        if (len)
            return (ssize_t)len;
    }
    *error = "its compressed data yields nothing";
    return -1;
}

/* The unpacked bytes: 0 at the end, -1 with an error. */
static ssize_t read_outer(struct archive_pass *pass, const void **bytes, const char **error)
{
    return pass->gunzip ? gunzip_read(pass->gunzip, bytes, error)
                        : read_outer_archive(pass, bytes, error);
}

static la_ssize_t read_unpacked(struct archive *archive, void *client, const void **bytes)
{
    struct archive_pass *pass = client;
    const char *error = NULL;
    ssize_t n = read_outer(pass, bytes, &error);
    if (n >= 0)
        return n;
    pass->outer_error = error ? error : "it cannot be unpacked";
    la.archive_set_error(archive, EIO, "%s", pass->outer_error);
    return ARCHIVE_FATAL;
}

static void free_reader(void *reader)
{
    la.archive_read_free(reader);
}

static struct archive *new_reader(struct archive_pass *pass)
{
    struct archive *reader = la.archive_read_new();
    if (!reader)
        end_out_of_memory();
    arena_on_free(pass->arena, free_reader, reader);
    return reader;
}

static bool is_readable(int status)
{
    return status == ARCHIVE_OK || status == ARCHIVE_WARN;
}

/* To libarchive, any file is an archive with a single member; what is not compressed, too. */
static bool open_outer(struct archive_pass *pass)
{
    struct archive_entry *entry;
    pass->outer = new_reader(pass);
    la.archive_read_support_filter_bzip2(pass->outer);
    la.archive_read_support_filter_xz(pass->outer);
    la.archive_read_support_filter_zstd(pass->outer);
    la.archive_read_support_format_raw(pass->outer);
    if (la.archive_read_open2(pass->outer, pass, NULL, read_file, skip_file, NULL) != ARCHIVE_OK ||
        !is_readable(la.archive_read_next_header(pass->outer, &entry)))
        return false;
    if (la.archive_filter_code(pass->outer, 0) != ARCHIVE_FILTER_NONE)
        return true;
    la.archive_set_error(pass->outer, EINVAL, "it only starts like compressed data");
    return false;
}

static bool open_inner(struct archive_pass *pass, bool is_compressed)
{
    pass->inner = new_reader(pass);
    la.archive_read_support_format_tar(pass->inner);
    if (is_compressed) {
        la.archive_read_support_format_raw(pass->inner);
        return la.archive_read_open2(pass->inner, pass, NULL, read_unpacked, NULL, NULL) ==
               ARCHIVE_OK;
    }
    la.archive_read_support_format_zip(pass->inner);
    la.archive_read_support_format_7zip(pass->inner);
    la.archive_read_support_format_iso9660(pass->inner);
    la.archive_read_set_seek_callback(pass->inner, seek_file);
    return la.archive_read_open2(pass->inner, pass, NULL, read_file, skip_file, NULL) == ARCHIVE_OK;
}

static bool fail_open(struct access *access, const char *what, struct archive *reader)
{
    const char *error = la.archive_error_string(reader);
    error = error ? error : "no reason is known";
    return access_fail(access, "%s: %s", what,
                       text_from_utf8(access->diags->arena, error, strlen(error)));
}

static bool open_stages(struct access *access, struct archive_pass *pass)
{
    enum compression compression = tell_compression(pass->file);
    if (compression == COMPRESSION_GZIP) {
        pass->gunzip = gunzip_open(access, pass->arena, pass->file);
        if (!pass->gunzip)
            return false;
    }
    if (compression == COMPRESSION_OTHER && !open_outer(pass))
        return fail_open(access, "cannot be unpacked", pass->outer);
    if (!open_inner(pass, compression != COMPRESSION_NONE))
        return fail_open(access, "cannot be read as an archive", pass->inner);
    return true;
}

struct archive_pass *archive_pass_open(struct access *access, const struct source *file)
{
    if (!LIBRARY_BIND(access, LIBRARY_ARCHIVE, la))
        return NULL;
    struct arena *arena = arena_new();
    struct archive_pass *pass = arena_alloc(arena, 1, sizeof *pass);
    pass->arena = arena;
    pass->file = file;
    if (open_stages(access, pass))
        return pass;
    archive_pass_close(pass);
    return NULL;
}

void archive_pass_close(struct archive_pass *pass)
{
    if (pass)
        arena_free(pass->arena);
}

static enum archive_step fail(struct archive_pass *pass, const char *error)
{
    pass->error = error;
    return ARCHIVE_STEP_BROKEN;
}

const char *archive_pass_error(const struct archive_pass *pass, struct arena *arena)
{
    const char *error = pass->outer_error ? pass->outer_error : pass->error;
    if (!error)
        error = la.archive_error_string(pass->inner);
    return error ? text_from_utf8(arena, error, strlen(error)) : "no reason is known";
}

/* A tar ends with blocks of zeros (tar(5), "General Format"). To libarchive one that ends where
 * they would begin is whole, too, though it may have been cut between two members. */
static bool lacks_tar_end(const struct archive_pass *pass)
{
    return (la.archive_format(pass->inner) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR &&
           la.archive_read_header_position(pass->inner) >= (la_int64_t)pass->file->size;
}

/* The outer stage ends with the file; its last checksum comes last, and tells of all cuts. */
static enum archive_step finish(struct archive_pass *pass)
{
    const void *bytes;
    const char *error = "it cannot be unpacked";
    ssize_t n = 0;
    if (!pass->gunzip && !pass->outer)
        return lacks_tar_end(pass) ? fail(pass, "it has no end mark, and may have been cut")
                                   : ARCHIVE_STEP_END;
    do
        n = read_outer(pass, &bytes, &error);
    while (n > 0);
    return n < 0 ? fail(pass, error) : ARCHIVE_STEP_END;
}

static enum node_kind get_kind(struct archive_entry *entry)
{
    switch (la.archive_entry_filetype(entry)) {
    case AE_IFREG:
        return NODE_FILE;
    case AE_IFDIR:
        return NODE_FOLDER;
    default:
        return la.archive_entry_hardlink(entry) ? NODE_FILE : NODE_OTHER;
    }
}

enum archive_step archive_pass_next(struct archive_pass *pass, struct archive_member *member)
{
    struct archive_entry *entry;
    int status = la.archive_read_next_header(pass->inner, &entry);
    if (status == ARCHIVE_EOF)
        return finish(pass);
    if (!is_readable(status))
        return fail(pass, NULL);
    la_int64_t size = la.archive_entry_size(entry);
    *member = (struct archive_member){
        .path = la.archive_entry_pathname(entry),
        .link = la.archive_entry_hardlink(entry),
        .kind = get_kind(entry),
        .size = size < 0 ? 0 : (uint64_t)size,
        .has_size = la.archive_entry_size_is_set(entry),
        .is_encrypted = la.archive_entry_is_data_encrypted(entry),
        .is_single = la.archive_format(pass->inner) == ARCHIVE_FORMAT_RAW,
    };
    return ARCHIVE_STEP_ONE;
}

enum archive_step archive_pass_read(struct archive_pass *pass, struct archive_run *run)
{
    for (unsigned empty = 0; empty < EMPTY_RUNS_MAX; empty++) {
        la_int64_t offset = 0;
        int status = la.archive_read_data_block(pass->inner, &run->bytes, &run->len, &offset);
        run->offset = offset < 0 ? 0 : (uint64_t)offset;
        if (status == ARCHIVE_EOF)
            return ARCHIVE_STEP_END;
        if (status != ARCHIVE_OK)
            return fail(pass, NULL);
        if (run->len)
            return ARCHIVE_STEP_ONE;
    }
    return fail(pass, "its packed data yields nothing");
}

bool archive_pass_is_stream(const struct archive_pass *pass)
{
    int format = la.archive_format(pass->inner) & ARCHIVE_FORMAT_BASE_MASK;
    return format == ARCHIVE_FORMAT_TAR || format == ARCHIVE_FORMAT_RAW;
}
