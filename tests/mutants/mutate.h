/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_MUTATE_H
#define HIVEAUDIT_TESTS_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#define NFILES      3                 /* a hive, LOG1, LOG2; or a text */
#define FILE_MAX    ((size_t)4 << 20) /* bytes of a sample */
#define SPARE       8192              /* bytes that a mutant may be longer */
#define CELLS_MAX   4096              /* cells that are looked for in a mutant */
#define CHANGES_MAX 6

struct file {
    uint8_t *bytes; /* NULL: none */
    size_t len;
};

struct sample {
    struct file files[NFILES];
};

struct mutator {
    uint64_t state;
    const struct sample *samples;
    size_t nsamples;
    struct sample mutant;
    uint8_t *room[NFILES]; /* for the files of the mutant */
    size_t cells[CELLS_MAX], ncells;
};

/* A number below count; 0 where that is 0. */
size_t choose(struct mutator *m, size_t count);

/* Changes of a file that is not empty, whatever it is. */
typedef void change_file(struct mutator *m, struct file *file);
change_file flip_bits, set_bytes, splice, truncate_file, extend_file;

/* Makes one change of an INF or a .reg. */
void change_text(struct mutator *m);

#endif
