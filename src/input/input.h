/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_INPUT_H
#define HIVEAUDIT_INPUT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"

/* A piece of evidence whose file is open and in which nobody has looked yet: that is left to a
 * process that may be lost over it. */
struct input {
    const char *name; /* as reports name it */
    int fd;           /* read-only; negative: none, and the error that opening it gave */
    bool is_stream;   /* a pipe: its size is not known */
    uint64_t size;    /* bytes */
};

/* Opens an argument read-only, without changing its access time where that is allowed: a file, or
 * standard input for "-". Returns false after a DIAG_FAILED diagnostic. */
bool input_open(struct arena *arena, struct diags *diags, const char *argument,
                struct input *input);
void input_close(struct input *input);

/* Opens a file as input_open does. -1 with errno set. */
int input_open_file(const char *path);

/* Looks at the bytes: only what starts like a registry hive is taken (or has hive bins where a hive
 * has them), all else is named. A stream is read into memory, and the input is that from then on.
 * Returns false after a DIAG_FAILED diagnostic; *is_hive is false where it is certain that this is
 * no hive. */
bool input_read(struct input *input, struct diags *diags, bool *is_hive);

/* Whether an error says that something ran out which may be there again soon. */
bool input_is_shortage(int error);

/* Whether the first bytes of a file, up to INPUT_HEAD_SIZE of them, are those of a hive or log. A
 * base block may be lost and the hive behind it be whole: the logs, or what is left, tell. */
#define INPUT_HEAD_SIZE 4100
bool input_is_hive(const unsigned char *head, size_t len);

/* The bytes of an open input, whatever they are. */
struct source input_source(const struct input *input);

#endif
