/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_CONTAINER_H
#define HIVEAUDIT_INPUT_CONTAINER_H

#include "input/content.h"
#include "input/members.h"
#include "input/volume.h"

/* Which shadow copies are read besides the volume as it is. */
struct shadow_choice {
    bool any;                /* false: none */
    const unsigned *numbers; /* NULL: all */
    size_t count;
};

/* What of an image is read. */
struct container_choice {
    const char *image; /* the number or name of one image of a WIM; NULL: all */
    struct shadow_choice shadows;
    bool all_copies; /* old copies of hives, too */
};

/* A file system in an image: a volume, one of its shadow copies, an image of a WIM, an archive. */
struct volume {
    const char *name;   /* "p3", "p3/vss1", "2"; "" where there can be but one */
    const char *origin; /* the name of the volume that it is an earlier state of, or its own */
    unsigned shadow;    /* number of the shadow copy; 0: none */
    int64_t created;    /* FILETIME of the shadow copy */
    enum members_where where;
    bool is_open; /* there is a tree */
    struct tree tree;
    struct diags *diags; /* met while it was opened */
};

/* An image, opened as far as its volumes. */
struct container {
    struct access *access;
    struct volume *volumes;
    size_t count;
    struct diags diags; /* about the image as a whole */
    struct strings_seen {
        const char **items;
        size_t count;
    } others; /* what its other partitions hold: "p1: FAT" */
};

/* Whether something is read by what this opens. */
bool container_is(enum content content);

/* Opens an image: its disk, partitions, volumes, shadow copies. Nothing is lost where a part of it
 * fails: diagnostics of the volume, or of the container, say it. Where access wants a library after
 * that, the image has to be opened again with it. All of it lives in the arena of access. */
void container_open(struct access *access, const struct source *file, enum content content,
                    const struct container_choice *choice, struct container *container);

#endif
