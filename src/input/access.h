/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_ACCESS_H
#define HIVEAUDIT_INPUT_ACCESS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/source.h"
#include "input/library.h"

/* What opens a BitLocker volume; all may be missing. Never shown in any output. */
struct unlock {
    const char *recovery_key; /* 48 digits in 8 groups */
    const char *password;     /* UTF-8 */
    struct slice bek;         /* the bytes of a startup key file */
};

/* What the readers of images and archives work with. They add to diags what they meet, at any
 * time: while something is opened and also while it is read. */
struct access {
    struct arena *arena; /* of the image: handles in it live until all of it is read */
    struct diags *diags; /* of what is being read just now; may change from one to the next */
    unsigned libraries;  /* those that are loaded, LIBRARY_BITs */
    unsigned wanted;     /* those that a reader asked for and that are not */
    int folder;          /* of the image, to open what it names; -1: none */
    const struct unlock *unlock; /* NULL: nothing */
    bool is_later_part;  /* the image is read with the first of its parts, which lies beside it */
    const char **opened; /* names of the files that were opened beside it, so far */
    size_t nopened;
};

/* Fills a LIBRARY_TABLE. False after a diagnostic; or without one where the library is not loaded:
 * it is noted in wanted then, and the whole image is to be opened again in a process that has it.
 */
bool access_bind(struct access *access, enum library library, const char *const *names, void *table,
                 size_t count);

/* Opens a file by a plain name in a folder: no link, nothing but a file. -1 with errno set; EXDEV
 * where the name would leave the folder. */
int access_open_name(int folder, const char *name);

/* Opens a file that an image names, read-only: a plain name, in the image's own folder. The source
 * lives as long as the image. On failure, false without a diagnostic, with errno set: EXDEV where
 * the name would leave the folder. */
bool access_open_beside(struct access *access, const char *name, struct source *source);

/* Notes that the image is a later part of the one with this name, if that lies beside it. */
void access_note_part(struct access *access, const char *first);

/* Fails: adds a DIAG_FAILED diagnostic and returns false. */
bool access_fail(struct access *access, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
