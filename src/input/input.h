/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_INPUT_H
#define HIVEAUDIT_INPUT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"
#include "input/content.h"

/* A piece of evidence whose file is open and in which nobody has looked yet: that is left to a
 * process that may be lost over it. */
struct input {
    const char *name; /* as reports name it */
    const char *path; /* to open it again; "-" is standard input */
    int fd;           /* read-only; negative: none, and the error that opening it gave */
    bool is_stream;   /* a pipe: its size is not known */
    uint64_t size;    /* bytes */
    uint64_t stored;  /* bytes that it takes on its disk: less than size where it is sparse */
};

/* Opens an argument read-only, without changing its access time where that is allowed: a file, or
 * standard input for "-". Returns false after a DIAG_FAILED diagnostic. */
bool input_open(struct arena *arena, struct diags *diags, const char *argument,
                struct input *input);
void input_close(struct input *input);

/* Opens a file as input_open does. -1 with errno set. */
int input_open_file(const char *path);
/* Opens a name in a folder so, with these flags. */
int input_open_at(int folder, const char *name, int flags);

/* Looks at the bytes and tells what they are. A stream is read into memory, a memfd that is the
 * input from then on; one that was read before stands there already. Returns false after a
 * DIAG_FAILED diagnostic, where they cannot be read or are nothing that may be audited; *content is
 * CONTENT_HIVE unless it is certain that this is no hive. */
bool input_read(struct input *input, int memory, struct diags *diags, enum content *content,
                const char **kind);

/* Whether an error says that something ran out which may be there again soon. */
bool input_is_shortage(int error);

/* The bytes of an open input, whatever they are. */
struct source input_source(const struct input *input);

#endif
