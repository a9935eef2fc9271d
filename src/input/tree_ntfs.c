/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/layout.h>
#include <ntfs-3g/logfile.h>
#include <ntfs-3g/volume.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/utf16.h"
#include "input/ntfs_volume.h"

/* One byte of $FILE_NAME counts its code units. */
#define NAME_BYTES_MAX (2 * 255)

/* Reads of the medium that one name takes: a few blocks of an index, its record, and those that
 * continue it. An index may go in circles. */
#define FIND_READS_MAX 10000

/* Names of one folder; stock folders have some 30,000 at most. */
#define LIST_MAX (1 << 18)

/* $FILE_NAMEs of one file: Windows makes up to 1,024 hard links, each with a DOS name at most. */
#define FILE_NAMES_MAX 2048

/* Reparse tags ([MS-FSCC] 2.1.2.1). */
#define TAG_NAME_SURROGATE UINT32_C(0x20000000) /* a bit: another name of something, a link */
#define TAG_WOF            UINT32_C(0x80000017)
#define TAG_DEDUP          UINT32_C(0x80000013)
#define TAG_HSM            UINT32_C(0xc0000004)
#define TAG_HSM2           UINT32_C(0x80000006)
#define TAG_CLOUD          UINT32_C(0x9000001a)
#define TAG_CLOUD_KINDS    UINT32_C(0x0000f000) /* bits: which of the clouds of a machine */

#define FUNCTIONS(X)                                                                               \
    X(ntfs_attr_close)                                                                             \
    X(ntfs_attr_get_search_ctx)                                                                    \
    X(ntfs_attr_lookup)                                                                            \
    X(ntfs_attr_open)                                                                              \
    X(ntfs_attr_pread)                                                                             \
    X(ntfs_attr_put_search_ctx)                                                                    \
    X(ntfs_check_logfile)                                                                          \
    X(ntfs_inode_close)                                                                            \
    X(ntfs_inode_lookup_by_name)                                                                   \
    X(ntfs_inode_open)                                                                             \
    X(ntfs_is_logfile_clean)                                                                       \
    X(ntfs_readdir)
LIBRARY_TABLE(lib, FUNCTIONS)

struct ntfs_file {
    struct ntfs *ntfs;
    struct access *access;
    const char *path;
    ntfs_attr *data;
    bool is_lost; /* that it cannot be read was said */
};

static const char *show(const char *path)
{
    return *path ? path : "the root folder";
}

static ntfs_inode *open_inode(struct ntfs *ntfs, uint64_t id)
{
    return lib.ntfs_inode_open(ntfs->volume, id);
}

/* Opens an unnamed attribute; the library takes a named one where there is no other. */
static ntfs_attr *open_attribute(ntfs_inode *inode, ATTR_TYPES type)
{
    ntfs_attr *attribute = lib.ntfs_attr_open(inode, type, NULL, 0);
    if (!attribute || attribute->name_len == 0)
        return attribute;
    lib.ntfs_attr_close(attribute);
    errno = ENOENT;
    return NULL;
}

/* Reads the reparse tag of an inode; 0 where it is no reparse point. */
static bool read_tag(ntfs_inode *inode, uint32_t *tag)
{
    uint8_t bytes[4];
    *tag = 0;
    ntfs_attr *attribute = open_attribute(inode, AT_REPARSE_POINT);
    if (!attribute)
        return errno == ENOENT && !(inode->flags & FILE_ATTR_REPARSE_POINT);
    errno = EIO;
    bool is_read = lib.ntfs_attr_pread(attribute, 0, sizeof bytes, bytes) == sizeof bytes;
    lib.ntfs_attr_close(attribute);
    if (is_read)
        *tag = get_u32(bytes);
    return is_read;
}

/* Tells what a node is by its own record: a folder's copy of size and attributes may be old. */
static bool describe(ntfs_inode *inode, struct node *node)
{
    uint32_t tag;
    if (!read_tag(inode, &tag))
        return false;
    if (tag & TAG_NAME_SURROGATE)
        node->kind = NODE_OTHER;
    else if (inode->mrec->flags & MFT_RECORD_IS_DIRECTORY)
        node->kind = NODE_FOLDER;
    else
        node->kind = NODE_FILE;
    node->is_elsewhere = tag && node->kind == NODE_FILE;
    node->size = node->kind == NODE_FILE && inode->data_size > 0 ? (uint64_t)inode->data_size : 0;
    return true;
}

static char *decode_name(struct arena *arena, const void *units, size_t count)
{
    unsigned flaws;
    return utf16_decode(arena, (struct slice){.ptr = units, .len = 2 * count}, &flaws);
}

/* The next name that an inode has in a folder, DOS names left out; NULL: no more. */
static const FILE_NAME_ATTR *next_name(ntfs_attr_search_ctx *search, uint64_t folder,
                                       unsigned *left)
{
    while ((*left)-- > 0 &&
           lib.ntfs_attr_lookup(AT_FILE_NAME, NULL, 0, CASE_SENSITIVE, 0, NULL, 0, search) == 0) {
        const uint8_t *value =
            (const uint8_t *)search->attr + le16_to_cpu(search->attr->value_offset);
        const FILE_NAME_ATTR *name = (const FILE_NAME_ATTR *)(const void *)value;
        if (MREF_LE(name->parent_directory) == MREF(folder) &&
            name->file_name_type != FILE_NAME_DOS)
            return name; /* the library has checked that it lies in its attribute */
    }
    return NULL;
}

/* The name as it is spelled. A hard link may be another name in the same folder; where none is the
 * wanted one, that is a DOS name, and the first long one stands for it. */
static const char *spell(struct arena *arena, ntfs_inode *inode, uint64_t folder,
                         const char *wanted)
{
    const char *spelled = NULL;
    unsigned left = FILE_NAMES_MAX;
    ntfs_attr_search_ctx *search = lib.ntfs_attr_get_search_ctx(inode, NULL);
    if (!search)
        end_out_of_memory();
    for (const FILE_NAME_ATTR *name; (name = next_name(search, folder, &left));) {
        const void *units = (const uint8_t *)name + offsetof(FILE_NAME_ATTR, file_name);
        const char *text = decode_name(arena, units, name->file_name_length);
        bool is_wanted = text_equal(text, wanted);
        if (is_wanted || !spelled)
            spelled = text;
        if (is_wanted)
            break;
    }
    lib.ntfs_attr_put_search_ctx(search);
    return spelled ? spelled : arena_strdup(arena, wanted);
}

/* Looks a name up in the index of a folder: in any letter case, for the moment. In that mode the
 * library would list names in lower case. */
static enum tree_result look_up(struct ntfs *ntfs, const struct node *folder, struct slice name,
                                uint64_t *id)
{
    ntfs_inode *inode = open_inode(ntfs, folder->id);
    if (!inode)
        return TREE_FAILED;
    NVolClearCaseSensitive(ntfs->volume);
    *id = lib.ntfs_inode_lookup_by_name(inode, (const ntfschar *)(const void *)name.ptr,
                                        (int)(name.len / 2));
    NVolSetCaseSensitive(ntfs->volume);
    enum tree_result result = *id != UINT64_MAX ? TREE_FOUND
                              : errno == ENOENT ? TREE_ABSENT
                                                : TREE_FAILED;
    int error = errno;
    lib.ntfs_inode_close(inode);
    errno = error;
    return result;
}

static bool describe_found(struct ntfs *ntfs, struct arena *arena, const struct node *folder,
                           const char *name, struct node *found)
{
    ntfs_inode *inode = open_inode(ntfs, found->id);
    if (!inode)
        return false;
    bool is_described = describe(inode, found);
    int error = errno;
    if (is_described) {
        found->name = spell(arena, inode, folder->id, name);
        found->path = tree_join(arena, folder, found->name);
    }
    lib.ntfs_inode_close(inode);
    errno = error;
    return is_described;
}

/* The volume's own files ($MFT and so on) are no part of the tree. */
static enum tree_result find(struct tree *tree, struct arena *arena, const struct node *folder,
                             const char *name, struct node *found)
{
    struct ntfs *ntfs = tree->context;
    struct slice units = utf16_encode(arena, name);
    if (units.len == 0 || units.len > NAME_BYTES_MAX)
        return TREE_ABSENT;
    struct node node = {0};
    ntfs_expect(ntfs, FIND_READS_MAX);
    enum tree_result result = look_up(ntfs, folder, units, &node.id);
    if (result == TREE_FOUND && MREF(node.id) < FILE_first_user)
        return TREE_ABSENT;
    if (result == TREE_FOUND && !describe_found(ntfs, arena, folder, name, &node))
        result = TREE_FAILED;
    if (result == TREE_FAILED)
        diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: cannot be looked for: %s",
                 tree_join(arena, folder, name), ntfs_explain(ntfs, arena));
    else
        *found = node;
    return result;
}

struct listing {
    struct arena *arena;
    const struct node *folder;
    struct node *nodes;
    size_t count;
    bool is_cut;
};

/* Takes an entry of a folder; whatever is not 0 ends the listing. */
static int add_entry(void *context, const ntfschar *name, const int len, const int type,
                     const s64 position, const MFT_REF id, const unsigned kind)
{
    struct listing *listing = context;
    (void)position, (void)kind;
    if (type == FILE_NAME_DOS || MREF(id) < FILE_first_user || len <= 0)
        return 0;
    listing->is_cut = listing->count == LIST_MAX;
    if (listing->is_cut)
        return -1;
    listing->nodes =
        arena_grow(listing->arena, listing->nodes, listing->count, sizeof *listing->nodes);
    struct node *node = &listing->nodes[listing->count++];
    *node = (struct node){.name = decode_name(listing->arena, name, (size_t)len), .id = id};
    node->path = tree_join(listing->arena, listing->folder, node->name);
    return 0;
}

/* Reads the names of a folder. The library's "." and ".." are at positions 0 and 1. */
static bool read_names(struct ntfs *ntfs, struct listing *listing)
{
    s64 position = 2;
    ntfs_inode *inode = open_inode(ntfs, listing->folder->id);
    if (!inode)
        return false;
    bool is_read = lib.ntfs_readdir(inode, &position, listing, add_entry) == 0 || listing->is_cut;
    int error = errno;
    lib.ntfs_inode_close(inode);
    errno = error;
    return is_read;
}

static bool describe_entry(struct ntfs *ntfs, struct node *node)
{
    ntfs_inode *inode = open_inode(ntfs, node->id);
    if (!inode)
        return false;
    bool is_described = describe(inode, node);
    int error = errno;
    lib.ntfs_inode_close(inode);
    errno = error;
    return is_described;
}

/* Keeps the entries whose records can be read, and says once which cannot. */
static bool describe_entries(struct ntfs *ntfs, struct diags *diags, struct listing *listing)
{
    const char *first = NULL, *reason = NULL;
    size_t kept = 0, count = listing->count;
    for (size_t i = 0; i < count; i++) {
        struct node node = listing->nodes[i];
        if (describe_entry(ntfs, &node)) {
            listing->nodes[kept++] = node;
        } else if (!first) {
            first = node.name;
            reason = ntfs_explain(ntfs, listing->arena);
        }
        ntfs_expect(ntfs, UINT64_MAX);
    }
    listing->count = kept;
    if (first)
        diag_add(diags, DIAG_INCOMPLETE, NULL,
                 "%s: %zu of %zu entries cannot be read, the first is %s: %s",
                 show(listing->folder->path), count - kept, count, first, reason);
    return !first;
}

static bool list(struct tree *tree, struct arena *arena, const struct node *folder,
                 struct node **nodes, size_t *count)
{
    struct ntfs *ntfs = tree->context;
    struct diags *diags = tree->access->diags;
    struct listing listing = {.arena = arena, .folder = folder};
    ntfs_expect(ntfs, UINT64_MAX); /* LIST_MAX ends it */
    bool is_whole = read_names(ntfs, &listing);
    if (!is_whole)
        diag_add(diags, DIAG_INCOMPLETE, NULL, "%s: cannot be listed: %s", show(folder->path),
                 ntfs_explain(ntfs, arena));
    if (listing.is_cut)
        diag_add(diags, DIAG_INCOMPLETE, NULL, "%s: has too many entries (read %d)",
                 show(folder->path), LIST_MAX);
    is_whole = describe_entries(ntfs, diags, &listing) && is_whole && !listing.is_cut;
    tree_sort(listing.nodes, listing.count);
    *nodes = listing.nodes;
    *count = listing.count;
    return is_whole;
}

static ssize_t lose(struct ntfs_file *file, uint64_t offset)
{
    int error = file->ntfs->error ? file->ntfs->error : errno;
    struct diags *diags = file->access->diags;
    if (!file->is_lost)
        diag_add(diags, DIAG_INCOMPLETE, NULL, "%s: cannot be read at byte %ju: %s", file->path,
                 (uintmax_t)offset, ntfs_explain(file->ntfs, diags->arena));
    file->is_lost = true;
    errno = error ? error : EIO;
    return -1;
}

/* The library returns what it could read before it failed; asked for the rest, it fails. */
static ssize_t read_file(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    struct ntfs_file *file = source->context;
    len = source_limit(source, offset, len);
    if (!len)
        return 0;
    ntfs_expect(file->ntfs, UINT64_MAX);
    for (size_t done = 0; done < len;) {
        errno = 0;
        s64 n = lib.ntfs_attr_pread(file->data, (s64)(offset + done), (s64)(len - done),
                                    (uint8_t *)buf + done);
        if (n <= 0)
            return lose(file, offset + done);
        done += (size_t)n;
    }
    return (ssize_t)len;
}

/* What a reparse tag of a file says about where its bytes are. */
static const char *name_tag(struct arena *arena, uint32_t tag)
{
    switch (tag & ~((tag & ~TAG_CLOUD_KINDS) == TAG_CLOUD ? TAG_CLOUD_KINDS : 0)) {
    case TAG_WOF:
        return "is compressed by WOF (Compact OS), which cannot be read here";
    case TAG_DEDUP:
        return "is deduplicated: its bytes are in the chunk store of the volume";
    case TAG_HSM:
    case TAG_HSM2:
        return "is offline: its bytes were moved to other storage";
    case TAG_CLOUD:
        return "is a file of a cloud: its bytes need not be here";
    default:
        return arena_printf(arena, "is a reparse point (tag 0x%08x), whose bytes are elsewhere",
                            (unsigned)tag);
    }
}

/* Refuses what has no bytes of its own here, or others than a program on Windows would get. */
static bool accept(struct tree *tree, ntfs_inode *inode)
{
    struct ntfs *ntfs = tree->context;
    struct arena *arena = tree->access->diags->arena;
    uint32_t tag;
    if (!read_tag(inode, &tag))
        return access_fail(tree->access, "cannot be opened: %s", ntfs_explain(ntfs, arena));
    if (tag)
        return access_fail(tree->access, "%s", name_tag(arena, tag));
    if (inode->flags & FILE_ATTR_ENCRYPTED)
        return access_fail(tree->access, "is encrypted (EFS)");
    if (inode->mrec->flags & MFT_RECORD_IS_DIRECTORY)
        return access_fail(tree->access, "is a folder");
    return true;
}

static void close_inode(void *handle)
{
    lib.ntfs_inode_close(handle);
}

static void close_attribute(void *handle)
{
    lib.ntfs_attr_close(handle);
}

static bool open_file(struct tree *tree, struct arena *arena, const struct node *node,
                      struct source *source)
{
    struct ntfs *ntfs = tree->context;
    struct ntfs_file *file = arena_alloc(arena, 1, sizeof *file);
    *file = (struct ntfs_file){.ntfs = ntfs, .access = tree->access};
    file->path = arena_strdup(arena, show(node->path));
    ntfs_expect(ntfs, FIND_READS_MAX);
    ntfs_inode *inode = open_inode(ntfs, node->id);
    if (inode)
        arena_on_free(arena, close_inode, inode);
    if (inode && !accept(tree, inode))
        return false;
    file->data = inode ? open_attribute(inode, AT_DATA) : NULL;
    if (!file->data)
        return access_fail(tree->access, "cannot be opened: %s",
                           ntfs_explain(ntfs, tree->access->diags->arena));
    arena_on_free(arena, close_attribute, file->data);
    uint64_t size = file->data->data_size > 0 ? (uint64_t)file->data->data_size : 0;
    *source = (struct source){
        .name = file->path, .size = size, .read_at = read_file, .fd = -1, .context = file};
    return true;
}

static const struct tree_methods methods = {.find = find, .list = list, .open = open_file};

/* Whether hiberfil.sys says that Windows sleeps; fast startup is that, too. One that cannot be read
 * says nothing: whoever wants a file of this volume will hear of its damage. */
static bool is_hibernated(struct ntfs *ntfs, struct arena *arena, const struct node *root)
{
    char start[4] = "";
    struct node node = {0};
    struct slice name = utf16_encode(arena, "hiberfil.sys");
    if (look_up(ntfs, root, name, &node.id) != TREE_FOUND)
        return false;
    ntfs_inode *inode = open_inode(ntfs, node.id);
    ntfs_attr *data = inode ? open_attribute(inode, AT_DATA) : NULL;
    if (data) {
        lib.ntfs_attr_pread(data, 0, sizeof start, start);
        lib.ntfs_attr_close(data);
    }
    lib.ntfs_inode_close(inode);
    return memcmp(start, "hibr", 4) == 0 || memcmp(start, "HIBR", 4) == 0;
}

/* Whether the journal was left open: Windows ran, or ended without warning, and the last changes of
 * names and sizes may stand in it alone. One that cannot be read says nothing. */
static bool is_journal_open(struct ntfs *ntfs)
{
    RESTART_PAGE_HEADER *page = NULL;
    ntfs_inode *inode = open_inode(ntfs, FILE_LogFile);
    ntfs_attr *data = inode ? open_attribute(inode, AT_DATA) : NULL;
    bool is_open =
        data && !(lib.ntfs_check_logfile(data, &page) && lib.ntfs_is_logfile_clean(data, page));
    free(page);
    if (data)
        lib.ntfs_attr_close(data);
    lib.ntfs_inode_close(inode);
    return is_open && !ntfs->is_beyond_end && !ntfs->error;
}

/* Says once what the volume's state says about all that is read from it. */
static void say_state(struct ntfs *ntfs, struct tree *tree)
{
    struct diags *diags = tree->access->diags;
    const char *state = NULL;
    ntfs_expect(ntfs, FIND_READS_MAX);
    if (is_hibernated(ntfs, diags->arena, &tree->root))
        state = "Windows is hibernated on this volume (or shut down for a fast startup)";
    else if (ntfs->volume->flags & VOLUME_IS_DIRTY)
        state = "the volume is marked dirty";
    else if (is_journal_open(ntfs))
        state = "the volume was not unmounted, its journal is open";
    if (state)
        diag_add(diags, DIAG_NOTE, NULL, "%s: what was not written back to it is missing", state);
}

bool tree_open_ntfs(struct access *access, const struct source *volume, struct tree *tree)
{
    struct ntfs *ntfs = LIBRARY_BIND(access, LIBRARY_NTFS, lib) ? ntfs_open(access, volume) : NULL;
    if (!ntfs)
        return false;
    *tree = (struct tree){.access = access, .methods = &methods, .context = ntfs};
    tree->root = (struct node){.name = "", .path = "", .kind = NODE_FOLDER, .id = FILE_root};
    say_state(ntfs, tree);
    return true;
}
