/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/hive_write.h"

#include <assert.h>
#include <errno.h>
#include <hivex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/source.h"
#include "base/text.h"
#include "hive/base_block.h"

/* Limits of the registry ("Registry element size limits"), in UTF-16 code units and levels. */
#define KEY_NAME_MAX   255
#define VALUE_NAME_MAX 16383
#define DEPTH_MAX      512

/* hivex refuses cells of more than a million bytes. */
#define DATA_MAX (1000000 - 8)

/* What a build may cost in all: hivex looks at all subkeys of a key, and writes their list anew,
 * for each that is added; it writes all values of a key anew for each change; and it reuses no
 * cell. */
#define NAMES_MAX  (UINT64_C(8) << 20) /* 4096 subkeys of one key */
#define BYTES_MAX  (UINT64_C(64) << 20)
#define VALUE_COST 128 /* bytes of a value's cells, beside name and data */

/* 2024-01-01T00:00:00Z as a FILETIME. hivex gives a new key its parent's time, so that this is the
 * last write of every key: the same text makes the same bytes on any day. */
#define LAST_WRITE UINT64_C(133485408000000000)

/* A hive with one hive bin of three cells: the root key, its security, and what is left. Offsets
 * of cells count from the first hive bin. */
enum {
    BIN_SIZE = 4096,
    ROOT_CELL = 32, /* behind the header of the hive bin */
    ROOT_CELL_SIZE = 88,
    SECURITY_CELL = ROOT_CELL + ROOT_CELL_SIZE,
    SECURITY_CELL_SIZE = 152,
    FREE_CELL = SECURITY_CELL + SECURITY_CELL_SIZE,
};

#define NO_CELL UINT32_C(0xffffffff)

/* Self-relative, with a NUL behind it. Administrators own it; subkeys inherit the rights. */
static const char security_descriptor[] =
    "\x01\0\x04\x80\x60\0\0\0\x70\0\0\0\0\0\0\0\x14\0\0\0" /* where owner, group and DACL lie */
    "\x02\0\x4c\0\x03\0\0\0"                               /* DACL of three entries */
    "\0\x02\x14\0\x3f\0\x0f\0"                             /* KEY_ALL_ACCESS for SYSTEM */
    "\x01\x01\0\0\0\0\0\x05\x12\0\0\0"
    "\0\x02\x18\0\x3f\0\x0f\0" /* KEY_ALL_ACCESS for Administrators */
    "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0"
    "\0\x02\x18\0\x19\0\x02\0" /* KEY_READ for Users */
    "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x21\x02\0\0"
    "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0" /* owner: Administrators */
    "\x01\x01\0\0\0\0\0\x05\x12\0\0\0";            /* group: SYSTEM */

#define SECURITY_SIZE (sizeof security_descriptor - 1)
static_assert(4 + 20 + SECURITY_SIZE <= SECURITY_CELL_SIZE, "the cell holds the descriptor");

/* An allocated cell has a negative size (Windows registry file format specification, "Cell"). */
static uint8_t *put_cell(uint8_t *bin, uint32_t offset, uint32_t size)
{
    put_u32(bin + offset, -size);
    return bin + offset + 4;
}

/* "Key node" and "Key security" of the same specification. */
static void put_root(uint8_t *bin)
{
    static const char name[] = {'R', 'O', 'O', 'T'};
    uint8_t *nk = put_cell(bin, ROOT_CELL, ROOT_CELL_SIZE);
    memcpy(nk, "nk", 2);
    put_u16(nk + 2, 0x2c); /* KEY_HIVE_ENTRY, KEY_NO_DELETE, KEY_COMP_NAME */
    put_u64(nk + 4, LAST_WRITE);
    put_u32(nk + 16, NO_CELL); /* parent */
    put_u32(nk + 28, NO_CELL); /* subkeys list */
    put_u32(nk + 32, NO_CELL); /* volatile subkeys list */
    put_u32(nk + 40, NO_CELL); /* key values list */
    put_u32(nk + 44, SECURITY_CELL);
    put_u32(nk + 48, NO_CELL); /* class name */
    put_u16(nk + 72, sizeof name);
    memcpy(nk + 76, name, sizeof name);

    uint8_t *sk = put_cell(bin, SECURITY_CELL, SECURITY_CELL_SIZE);
    memcpy(sk, "sk", 2);
    put_u32(sk + 4, SECURITY_CELL); /* next and previous: a list of one */
    put_u32(sk + 8, SECURITY_CELL);
    put_u32(sk + 12, 1); /* reference count; hivex counts on */
    put_u32(sk + 16, SECURITY_SIZE);
    memcpy(sk + 20, security_descriptor, SECURITY_SIZE);
}

/* "Base block" and "Hive bin" of the same specification. hivex_commit moves both sequence numbers
 * on by one and fits the size and the checksum. */
static void put_empty_hive(uint8_t *hive)
{
    memcpy(hive, "regf", 4);
    put_u64(hive + BASE_AT_LAST_WRITTEN, LAST_WRITE);
    put_u32(hive + BASE_AT_MAJOR, 1);
    put_u32(hive + BASE_AT_MINOR, 5);
    put_u32(hive + BASE_AT_FORMAT, 1); /* direct memory load */
    put_u32(hive + BASE_AT_ROOT_OFFSET, ROOT_CELL);
    put_u32(hive + BASE_AT_BINS_SIZE, BIN_SIZE);
    put_u32(hive + BASE_AT_CLUSTERING, 1);
    base_block_put_checksum(hive);

    uint8_t *bin = hive + BASE_BLOCK_SIZE;
    memcpy(bin, "hbin", 4);
    put_u32(bin + 8, BIN_SIZE);
    put_u64(bin + 20, LAST_WRITE);
    put_root(bin);
    put_u32(bin + FREE_CELL, BIN_SIZE - FREE_CELL);
}

struct writer {
    struct arena *arena;
    hive_h *hivex;
    const char *path; /* of the key at hand */
    uint64_t names_left, bytes_left;
    const char *fault;
};

/* Returns false, so that callers can return it. */
static bool refuse(struct writer *writer, const char *what, const char *why)
{
    writer->fault = arena_printf(writer->arena, "key %s: cannot %s: %s",
                                 text_escape(writer->arena, writer->path), what, why);
    return false;
}

static bool spend(struct writer *writer, uint64_t *left, size_t cost)
{
    if (cost > *left)
        return refuse(writer, "go on", "too much for one hive");
    *left -= cost;
    return true;
}

/* What no hive can hold as a name. hivex itself would crash on a value's name that it cannot
 * encode.
 */
static const char *name_fault(const char *name, size_t units_max)
{
    size_t units = 0;
    for (uint32_t code; (code = text_next(&name)); units += code >= 0x10000 ? 2 : 1)
        if (code == TEXT_NUL || text_is_surrogate(code))
            return "its name holds a NUL or half a surrogate pair";
    return units > units_max ? "its name is too long" : NULL;
}

/* Whether a subkey has a name: 1, 0, or -1 where that cannot be told. hivex gives no name that is
 * not valid UTF-16, which is none of those looked for, and of others the part before a NUL. */
static int has_name(struct writer *writer, hive_node_h node, const char *name)
{
    errno = 0;
    CLEANUP(free) char *own = hivex_node_name(writer->hivex, node);
    if (!own)
        return errno == EILSEQ || errno == EINVAL ? 0 : -1;
    return text_equal(own, name) && hivex_node_name_len(writer->hivex, node) == strlen(own);
}

/* *found is 0 where there is no such subkey. hivex_node_get_child knows the letter case of ASCII
 * only. */
static bool find_subkey(struct writer *writer, hive_node_h key, const char *name,
                        hive_node_h *found)
{
    CLEANUP(free) hive_node_h *nodes = hivex_node_children(writer->hivex, key);
    *found = 0;
    if (!nodes)
        return refuse(writer, "list its subkeys", strerror(errno));
    for (size_t i = 0; nodes[i]; i++) {
        int match = has_name(writer, nodes[i], name);
        if (match < 0)
            return refuse(writer, "read a subkey's name", strerror(errno));
        if (!spend(writer, &writer->names_left, 1))
            return false;
        if (match) {
            *found = nodes[i];
            return true;
        }
    }
    return true;
}

static bool add_subkey(struct writer *writer, hive_node_h parent, const char *name,
                       hive_node_h *added)
{
    const char *fault = name_fault(name, KEY_NAME_MAX);
    if (fault)
        return refuse(writer, "create it", fault);
    *added = hivex_node_add_child(writer->hivex, parent, name);
    return *added || refuse(writer, "create it", strerror(errno));
}

/* Finds the key at hand, and creates what is missing of it on the way if create is set: without
 * that, *found is 0 where it is not there. */
static bool walk(struct writer *writer, bool create, hive_node_h *found)
{
    *found = hivex_root(writer->hivex);
    int depth = 0;
    for (const char *p = writer->path; *p && *found;) {
        size_t len = strcspn(p, "\\");
        const char *name = arena_strndup(writer->arena, p, len);
        hive_node_h parent = *found;
        if (++depth > DEPTH_MAX)
            return refuse(writer, "create it", "it lies too deep");
        if (!find_subkey(writer, parent, name, found))
            return false;
        if (!*found && create && !add_subkey(writer, parent, name, found))
            return false;
        p += len + (p[len] == '\\');
    }
    return true;
}

/* A value to be written: of those with equal names the last one counts. */
struct entry {
    const char *name;
    uint32_t type;
    struct slice data;
    bool remove;
    size_t order;
};

static int compare_names(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = text_compare(a->name, b->name);
    return order ? order : a->order < b->order ? -1 : 1;
}

static int compare_order(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return a->order < b->order ? -1 : 1;
}

static bool read_existing(struct writer *writer, hive_value_h handle, struct entry *entry)
{
    hive_type type;
    size_t len;
    CLEANUP(free) char *name = hivex_value_key(writer->hivex, handle);
    CLEANUP(free) char *data = hivex_value_value(writer->hivex, handle, &type, &len);
    if (!name || !data)
        return refuse(writer, "read back a value", strerror(errno));
    *entry = (struct entry){
        .name = arena_strdup(writer->arena, name),
        .type = (uint32_t)type,
        .data = arena_dup(writer->arena, (struct slice){(const uint8_t *)data, len}),
    };
    return spend(writer, &writer->bytes_left, VALUE_COST + strlen(name) + len);
}

static bool take_value(struct writer *writer, const struct reg_value *value, struct entry *entry)
{
    const char *fault = name_fault(value->name, VALUE_NAME_MAX);
    if (!fault && value->data.len > DATA_MAX)
        fault = "its data is too long";
    if (fault)
        return refuse(writer, arena_printf(writer->arena, "set the value of line %u", value->line),
                      fault);
    *entry = (struct entry){value->name, value->type, value->data, value->remove, 0};
    return spend(writer, &writer->bytes_left, VALUE_COST + strlen(value->name) + value->data.len);
}

/* Drops what is removed or set again later; returns how many are left, in their order. */
static size_t settle_entries(struct entry *entries, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        entries[i].order = i;
    qsort(entries, count, sizeof *entries, compare_names);
    for (size_t i = 0; i < count; i++) {
        bool is_last = i + 1 == count || !text_equal(entries[i].name, entries[i + 1].name);
        if (is_last && !entries[i].remove)
            entries[left++] = entries[i];
    }
    qsort(entries, left, sizeof *entries, compare_order);
    return left;
}

static bool write_entries(struct writer *writer, hive_node_h node, const struct entry *entries,
                          size_t count)
{
    struct hive_set_value *values = arena_alloc(writer->arena, count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (struct hive_set_value){
            .key = (char *)entries[i].name,
            .t = (hive_type)entries[i].type,
            .len = entries[i].data.len,
            .value = entries[i].data.len ? (char *)entries[i].data.ptr : (char *)"",
        };
    return hivex_node_set_values(writer->hivex, node, count, values, 0) == 0 ||
           refuse(writer, "set its values", strerror(errno));
}

/* hivex_node_set_values replaces all values of a key, so that the old ones go in again. */
static bool set_values(struct writer *writer, hive_node_h node, const struct reg_key *key)
{
    CLEANUP(free) hive_value_h *handles = hivex_node_values(writer->hivex, node);
    if (!handles)
        return refuse(writer, "list its values", strerror(errno));
    size_t nold = hivex_node_nr_values(writer->hivex, node), count = nold + key->nvalues;
    struct entry *entries = arena_alloc(writer->arena, count, sizeof *entries);
    for (size_t i = 0; i < nold; i++)
        if (!read_existing(writer, handles[i], &entries[i]))
            return false;
    for (size_t i = 0; i < key->nvalues; i++)
        if (!take_value(writer, &key->values[i], &entries[nold + i]))
            return false;
    return write_entries(writer, node, entries, settle_entries(entries, count));
}

static bool apply_key(struct writer *writer, const struct reg_key *key)
{
    hive_node_h node;
    writer->path = reg_path_in_hive(key->path);
    if (!walk(writer, !key->remove, &node))
        return false;
    if (!key->remove)
        return key->nvalues == 0 || set_values(writer, node, key);
    return !node || hivex_node_delete_child(writer->hivex, node) == 0 ||
           refuse(writer, "remove it", strerror(errno));
}

static bool apply_texts(struct writer *writer, const struct reg_text *texts, size_t ntexts)
{
    for (size_t i = 0; i < ntexts; i++)
        for (size_t j = 0; j < texts[i].nkeys; j++)
            if (!apply_key(writer, &texts[i].keys[j]))
                return false;
    return true;
}

/* Applies texts to the hive in a memfd. hivex reads the whole of it when it opens it, and replaces
 * the whole when it commits. */
static bool rewrite(int fd, struct writer *writer, const struct reg_text *texts, size_t ntexts)
{
    char path[sizeof "/proc/self/fd/-2147483648"];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    writer->hivex = hivex_open(path, HIVEX_OPEN_WRITE);
    bool done = writer->hivex && apply_texts(writer, texts, ntexts) &&
                hivex_commit(writer->hivex, NULL, 0) == 0;
    if (!done && !writer->fault)
        writer->fault = arena_printf(writer->arena, "no hive can be made: %s", strerror(errno));
    if (writer->hivex)
        hivex_close(writer->hivex);
    return done;
}

static bool put_empty(int fd)
{
    uint8_t empty[BASE_BLOCK_SIZE + BIN_SIZE] = {0};
    put_empty_hive(empty);
    return fd >= 0 && write_fully(fd, empty, sizeof empty);
}

static bool measure(struct hive_image *image)
{
    struct stat status;
    if (fstat(image->fd, &status) < 0)
        return false;
    image->size = (uint64_t)status.st_size;
    return true;
}

static struct writer new_writer(struct arena *arena)
{
    return (struct writer){.arena = arena, .names_left = NAMES_MAX, .bytes_left = BYTES_MAX};
}

struct hive_image hive_build(struct arena *arena, const struct reg_text *texts, size_t ntexts,
                             const char **fault)
{
    struct writer writer = new_writer(arena);
    struct hive_image image = {
        .fd = memfd_create("hiveaudit-hive", MFD_CLOEXEC | MFD_ALLOW_SEALING),
    };
    bool built = put_empty(image.fd) && rewrite(image.fd, &writer, texts, ntexts) &&
                 hive_image_seal(image.fd) == 0 && measure(&image);
    if (!built && !writer.fault)
        writer.fault = arena_printf(arena, "no hive can be made: %s", strerror(errno));
    if (!built)
        hive_image_close(&image);
    *fault = writer.fault;
    return image;
}

bool hive_apply(struct arena *arena, struct hive_image *image, const struct reg_text *text,
                const char **fault)
{
    struct writer writer = new_writer(arena);
    bool applied = rewrite(image->fd, &writer, text, 1) && measure(image);
    *fault = writer.fault;
    return applied;
}
