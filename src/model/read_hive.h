/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_READ_HIVE_H
#define HIVEAUDIT_MODEL_READ_HIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "hive/image.h"
#include "model/read_key.h"
#include "model/snapshot.h"

/* The way from a source to a model that all hives take, whatever is in them. */

/* A hive in memory, not sealed yet. */
struct loaded_hive {
    struct hive_image found;     /* as it was found */
    struct hive_image recovered; /* with its logs replayed; fd is -1 where they were not */
};

/* Loads a hive, takes the facts of its base block, and replays its logs where it is dirty. False
 * after a DIAG_FAILED diagnostic: it cannot be loaded, or is not recovered as policy demands.
 * loaded_hive_close releases it either way. */
bool loaded_hive_open(struct arena *arena, struct diags *diags, const struct source *source,
                      const struct source *logs, size_t nlogs, enum log_policy policy,
                      struct loaded_hive *loaded, struct hive_facts *facts);
void loaded_hive_close(struct loaded_hive *loaded);

/* Its last state that is to be had. */
struct hive_image *loaded_hive_last(struct loaded_hive *loaded);

/* Whether an image is a whole hive that shows the last state. */
bool image_is_recovered(struct arena *arena, const struct hive_image *image,
                        const struct hive_facts *facts);

/* What a kind of hive is read into. */
struct hive_model {
    /* Reads an open hive whose root can be read, and sets the kind in its facts. False after a
     * DIAG_FAILED diagnostic. */
    bool (*read)(struct reader *reader, void *into);
    void *into; /* what each attempt starts with; the one that counts fills it */
    size_t size;
    struct hive_facts *facts; /* of *into */
};

/* Seals an image and reads it. Where that met damage, a copy of the image is repaired as far as
 * that goes and read in its place: a sound hive never pays for that. False after a DIAG_FAILED
 * diagnostic. */
bool image_read(struct arena *arena, struct diags *diags, const struct hive_image *image,
                const struct hive_model *model);

/* The kind of hive whose root is read, by the words for what it is instead of the one wanted. */
enum hive_kind reader_judge_kind(const struct reader *reader, const char *other,
                                 enum hive_kind wanted);

#endif
