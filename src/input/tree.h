/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_TREE_H
#define HIVEAUDIT_INPUT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"
#include "input/access.h"

/* Folders and files, whatever holds them: a volume, an image of a WIM, an archive, a folder. Names
 * are texts (base/text.h) and compare in any letter case, as in Windows. */

enum node_kind {
    NODE_FILE,
    NODE_FOLDER,
    NODE_OTHER, /* a link, a device: nobody follows it */
};

struct node {
    const char *name; /* as spelled in its folder; "" is the root */
    const char *path; /* from the root: "Windows/System32"; "" is the root */
    enum node_kind kind;
    uint64_t size; /* bytes of a file */
    uint64_t id;   /* the tree's own */
    bool is_hive;  /* starts like a hive; only where a tree learns that at little cost */
    bool
        is_elsewhere; /* a file without its bytes: compressed by WOF, in a cloud; open says which */
};

enum tree_result {
    TREE_FOUND,
    TREE_ABSENT,
    TREE_FAILED, /* a diagnostic says why */
};

struct tree {
    struct access *access;
    const struct tree_methods *methods;
    void *context;
    struct node root;
    bool is_sequential; /* files are read fastest in the order of their ids */
};

struct tree_methods {
    /* Finds a name in a folder. What is found lives in the arena. */
    enum tree_result (*find)(struct tree *tree, struct arena *arena, const struct node *folder,
                             const char *name, struct node *found);
    /* All nodes of a folder, sorted by name. False after a diagnostic, with those that could be
     * read. */
    bool (*list)(struct tree *tree, struct arena *arena, const struct node *folder,
                 struct node **nodes, size_t *count);
    /* The bytes of a file, as long as the arena lives. False after a DIAG_FAILED diagnostic, which
     * leaves it to the caller to name the file: what is compressed by WOF, encrypted or offline is
     * said, and is never zeros. */
    bool (*open)(struct tree *tree, struct arena *arena, const struct node *file,
                 struct source *source);
    /* Sequential trees only: fetches the bytes of files, in one pass, for open to give. They live
     * in memory as long as the arena. NULL: open does it all. */
    bool (*fetch)(struct tree *tree, struct arena *arena, const struct node *const *files,
                  size_t count);
};

/* Finds a path from a folder on, "System32/config/SOFTWARE". A part of it that is no folder means
 * that it is absent; found is that part then, as it may be a link. */
enum tree_result tree_find(struct tree *tree, struct arena *arena, const struct node *folder,
                           const char *path, struct node *found);

/* The path of a node with this name in a folder. */
const char *tree_join(struct arena *arena, const struct node *folder, const char *name);

/* Sorts nodes by name, without regard to letter case. */
void tree_sort(struct node *nodes, size_t count);

/* An NTFS volume: libntfs-3g, which never writes here. A dirty or hibernated volume is said. */
bool tree_open_ntfs(struct access *access, const struct source *volume, struct tree *tree);

/* A folder of this machine, by a descriptor that outlives the tree; links in it are not followed.
 */
bool tree_open_folder(struct access *access, int folder, struct tree *tree);

/* An archive: tar (plain, or by gzip, bzip2, xz, zstd), zip, 7z, ISO 9660: libarchive. */
bool tree_open_archive(struct access *access, const struct source *file, struct tree *tree);

/* A UDF file system: libudfread. */
bool tree_open_udf(struct access *access, const struct source *disk, struct tree *tree);

/* Whether a disk has a UDF file system; ISO 9660 may be beside it, and often shows less. */
bool udf_is_volume(const struct source *disk);

/* A WIM, ESD or SWM: libwim. */
struct wim;
struct wim_image {
    unsigned number;  /* from 1 on */
    const char *name; /* "" where it has none */
};

/* Opens a WIM, with the other parts of a split one in the same folder. file->fd is its file; where
 * it has none, what is needed of it is copied into memory. */
bool wim_open(struct access *access, const struct source *file, struct wim **wim);
size_t wim_images(const struct wim *wim, const struct wim_image **images);
bool tree_open_wim(struct access *access, struct wim *wim, unsigned number, struct tree *tree);

#endif
