/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_ARCHIVE_PASS_H
#define HIVEAUDIT_INPUT_ARCHIVE_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/source.h"
#include "input/access.h"
#include "input/tree.h"

/* One pass over the members of an archive, first to last: libarchive reads no other way. */
struct archive_pass;

enum archive_step {
    ARCHIVE_STEP_ONE, /* a member, or a run of its bytes */
    ARCHIVE_STEP_END,
    ARCHIVE_STEP_BROKEN, /* archive_pass_error says why */
};

struct archive_member {
    const char *path; /* as the archive spells it; NULL where it has no name that can be read */
    const char *link; /* the path of an earlier member, of which this is another name; or NULL */
    enum node_kind kind;
    uint64_t size;
    bool has_size;     /* else only reading it tells */
    bool is_encrypted; /* reading it fails */
    bool is_single;    /* it is all that the file holds: no archive, just compressed */
};

struct archive_run {
    const void *bytes;
    size_t len;
    uint64_t offset; /* in the member; what lies between runs is zeros. At the end: its size */
};

/* Ended by archive_pass_close; file outlives it. NULL after a diagnostic, or where a library is
 * wanted. */
struct archive_pass *archive_pass_open(struct access *access, const struct source *file);
void archive_pass_close(struct archive_pass *pass);

/* The next member, whose texts stay until the one after it. At the end all that surrounds the
 * members has been read, and its checksums were verified. */
enum archive_step archive_pass_next(struct archive_pass *pass, struct archive_member *member);

/* The next bytes of the member. Broken: the pass is of no more use, another may be. */
enum archive_step archive_pass_read(struct archive_pass *pass, struct archive_run *run);

/* Why the last step was broken, a text. */
const char *archive_pass_error(const struct archive_pass *pass, struct arena *arena);

/* Whether members follow each other as they are packed, so that to skip one is to read it. */
bool archive_pass_is_stream(const struct archive_pass *pass);

#endif
