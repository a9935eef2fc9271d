/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/hive.h"

#include <assert.h>
#include <errno.h>
#include <hivex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf16.h"

/* Budgets: no hive, however made, costs more than this. */
#define VALUE_SIZE_MAX  ((size_t)1 << 20)  /* bytes of one value; larger ones are said, not read */
#define HIVE_DATA_MAX   ((size_t)64 << 20) /* bytes of all values read */
#define HIVE_VALUES_MAX ((size_t)1000000)
#define HIVE_NAMES_MAX  ((size_t)4000000)  /* names looked at */
#define NAME_DATA_MAX   ((size_t)64 << 20) /* bytes of all these names, as UTF-8 */
#define NAME_UNITS_MAX  ((size_t)16383)    /* UTF-16 units of a name */
#define KEY_NAME_MAX    ((size_t)255 * 3)  /* 255 units, as UTF-8 */
#define VALUE_NAME_MAX  (NAME_UNITS_MAX * 3)

struct hive {
    hive_h *hivex;
    struct arena *arena;
    int fd; /* of the image, which outlives this */
    const char *fault;
    size_t data_left, values_left, names_left, name_data_left;
};

/* errno as hivex uses it. */
static const char *explain_errno(int error)
{
    switch (error) {
    case ENOTSUP:
        return "corrupt or unsupported structure";
    case EFAULT:
        return "damaged cell, or one outside the hive bins";
    case ERANGE:
        return "absurd count or length";
    case EINVAL:
        return "malformed structure";
    case EILSEQ:
        return "not valid UTF-16";
    case ELOOP:
        return "cyclic structure";
    default:
        return error ? strerror(error) : "malformed structure";
    }
}

/* To and from UTF-8, by the names that hivex gives them. */
static const char *const charsets[][2] = {
    {"UTF-8", "UTF-16LE"}, {"UTF-16LE", "UTF-8"}, {"UTF-8", "LATIN1"}, {"LATIN1", "UTF-8"}};
#define NCHARSETS (sizeof charsets / sizeof *charsets)

bool hive_load_converters(struct hive_converters *converters)
{
    static_assert(NCHARSETS == sizeof converters->handles / sizeof *converters->handles,
                  "one handle for each converter");
    for (size_t i = 0; i < NCHARSETS; i++) {
        converters->handles[i] = iconv_open(charsets[i][0], charsets[i][1]);
        if (converters->handles[i] != (iconv_t)-1)
            continue;
        while (i-- > 0)
            iconv_close(converters->handles[i]);
        return false;
    }
    return true;
}

void hive_unload_converters(struct hive_converters *converters)
{
    for (size_t i = 0; i < NCHARSETS; i++)
        iconv_close(converters->handles[i]);
}

static enum hive_result set_fault(struct hive *hive, const char *fault)
{
    hive->fault = fault;
    return HIVE_UNREADABLE;
}

const char *hive_fault(const struct hive *hive)
{
    return hive->fault;
}

struct hive *hive_open(struct arena *arena, struct diags *diags, const struct hive_image *image)
{
    struct hive *hive = arena_alloc(arena, 1, sizeof *hive);
    *hive = (struct hive){
        .arena = arena,
        .fd = image->fd,
        .data_left = HIVE_DATA_MAX,
        .values_left = HIVE_VALUES_MAX,
        .names_left = HIVE_NAMES_MAX,
        .name_data_left = NAME_DATA_MAX,
    };
    char path[sizeof "/proc/self/fd/-2147483648"];
    snprintf(path, sizeof path, "/proc/self/fd/%d", image->fd);
    errno = 0;
    hive->hivex = hivex_open(path, 0);
    if (hive->hivex)
        return hive;
    diag_add(diags, DIAG_FAILED, NULL, "is damaged: its hive bins cannot be read (%s)",
             explain_errno(errno));
    return NULL;
}

void hive_close(struct hive *hive)
{
    if (hive)
        hivex_close(hive->hivex);
}

hive_key hive_root(const struct hive *hive)
{
    return hivex_root(hive->hivex);
}

/* Why a name of len bytes of UTF-8 is left alone; NULL where it fits the budgets. */
static const char *refuse_name(struct hive *hive, size_t len, size_t limit)
{
    if (len > limit)
        return "its name is longer than the registry allows";
    if (hive->names_left == 0 || len > hive->name_data_left)
        return "too many names in this hive";
    hive->names_left--;
    hive->name_data_left -= len;
    return NULL;
}

/* What has a name: how hivex reads it, and where its record has it, by offsets from the start of
 * the cell ("Key node", "Key value"). */
struct named {
    char *(*read)(hive_h *hivex, size_t cell);
    size_t (*measure)(hive_h *hivex, size_t cell);
    size_t limit; /* bytes of UTF-8 */
    char signature[3];
    uint8_t length, name;
};
static const struct named key_named = {
    hivex_node_name, hivex_node_name_len, KEY_NAME_MAX, "nk", 4 + 72, 4 + 76,
};
static const struct named value_named = {
    hivex_value_key, hivex_value_key_len, VALUE_NAME_MAX, "vk", 4 + 2, 4 + 20,
};

/* Whether it is only that a name is no valid UTF-16 (iconv's EILSEQ and EINVAL) which hivex met. */
static bool is_odd_name(int error)
{
    return error == EILSEQ || error == EINVAL;
}

/* Reads a name of UTF-16 that is not valid from the image: hivex gives none. Its EINVAL may also
 * mean that there is no such record. */
static const char *read_odd_name(struct hive *hive, size_t cell, const struct named *named,
                                 const char **fault)
{
    uint8_t record[4 + 76], name[2 * NAME_UNITS_MAX];
    *fault = explain_errno(EINVAL);
    if (pread(hive->fd, record, named->name, (off_t)cell) != named->name ||
        memcmp(record + 4, named->signature, 2) != 0)
        return NULL;
    size_t len = get_u16(record + named->length);
    if (len % 2)
        *fault = explain_errno(EILSEQ);
    else
        *fault = refuse_name(hive, len / 2 * 3, named->limit);
    if (*fault)
        return NULL;
    unsigned flaws;
    ssize_t n = pread(hive->fd, name, len, (off_t)(cell + named->name));
    return utf16_decode(hive->arena, (struct slice){.ptr = name, .len = n < 0 ? 0 : (size_t)n},
                        &flaws);
}

/* The name of a key or value as text, or NULL with *fault set. */
static const char *read_name(struct hive *hive, size_t cell, const struct named *named,
                             const char **fault)
{
    errno = 0;
    CLEANUP(free) char *name = named->read(hive->hivex, cell);
    if (!name && is_odd_name(errno))
        return read_odd_name(hive, cell, named, fault);
    *fault = name ? refuse_name(hive, strlen(name), named->limit) : explain_errno(errno);
    return *fault ? NULL : text_from_utf8(hive->arena, name, named->measure(hive->hivex, cell));
}

const char *hive_key_name(struct hive *hive, hive_key key)
{
    const char *fault;
    const char *name = read_name(hive, key, &key_named, &fault);
    if (!name)
        set_fault(hive, fault);
    return name;
}

int64_t hive_key_last_write(struct hive *hive, hive_key key)
{
    int64_t filetime = hivex_node_timestamp(hive->hivex, key);
    return filetime < 0 ? 0 : filetime;
}

enum hive_result hive_subkeys(struct hive *hive, hive_key key, hive_key **keys, size_t *count)
{
    errno = 0;
    CLEANUP(free) hive_node_h *nodes = hivex_node_children(hive->hivex, key);
    if (!nodes)
        return set_fault(hive, explain_errno(errno));
    size_t n = 0;
    while (nodes[n])
        n++;
    *keys = arena_alloc(hive->arena, n, sizeof **keys);
    for (size_t i = 0; i < n; i++)
        (*keys)[i] = nodes[i];
    *count = n;
    return HIVE_OK;
}

/* Whether a key has a name. A NUL in its name is part of it: hivex tells by the length. */
static bool has_name(struct hive *hive, hive_node_h node, const char *candidate, const char *name)
{
    return text_equal(candidate, name) &&
           hivex_node_name_len(hive->hivex, node) == strlen(candidate);
}

/* One step of a path. A subkey whose name is unreadable may be the one looked for, so that a search
 * which meets one and finds nothing else cannot say "absent". A name that is not valid UTF-16 is no
 * match: the names looked for are. */
static enum hive_result find_subkey(struct hive *hive, hive_key from, const char *name,
                                    hive_key *found)
{
    errno = 0;
    CLEANUP(free) hive_node_h *nodes = hivex_node_children(hive->hivex, from);
    if (!nodes)
        return set_fault(hive, explain_errno(errno));
    const char *unreadable = NULL;
    for (size_t i = 0; nodes[i]; i++) {
        errno = 0;
        CLEANUP(free) char *candidate = hivex_node_name(hive->hivex, nodes[i]);
        if (!candidate && is_odd_name(errno))
            continue;
        const char *fault =
            candidate ? refuse_name(hive, strlen(candidate), KEY_NAME_MAX) : explain_errno(errno);
        unreadable = fault ? fault : unreadable;
        if (!fault && has_name(hive, nodes[i], candidate, name)) {
            *found = nodes[i];
            return HIVE_OK;
        }
    }
    return unreadable ? set_fault(hive, unreadable) : HIVE_ABSENT;
}

enum hive_result hive_find(struct hive *hive, hive_key from, const char *path, hive_key *found)
{
    hive_key key = from;
    for (const char *p = path; *p;) {
        size_t len = strcspn(p, "\\");
        enum hive_result result = find_subkey(hive, key, arena_strndup(hive->arena, p, len), &key);
        if (result != HIVE_OK)
            return result;
        p += len + (p[len] == '\\');
    }
    *found = key;
    return HIVE_OK;
}

/* Why the data of a value is left unread; NULL where it fits the budgets. */
static const char *refuse_data(struct hive *hive, size_t len)
{
    if (len > VALUE_SIZE_MAX)
        return arena_printf(hive->arena, "its data has %zu bytes, over the limit of %zu", len,
                            VALUE_SIZE_MAX);
    if (len > hive->data_left)
        return "too much data in this hive";
    hive->data_left -= len;
    return NULL;
}

static void read_data(struct hive *hive, hive_value_h handle, struct hive_value *value)
{
    hive_type type;
    size_t len;
    errno = 0;
    if (hivex_value_type(hive->hivex, handle, &type, &len) < 0) {
        value->unreadable = explain_errno(errno);
        return;
    }
    value->type = (uint32_t)type;
    value->unreadable = refuse_data(hive, len);
    if (value->unreadable)
        return;
    errno = 0;
    CLEANUP(free) char *data = hivex_value_value(hive->hivex, handle, &type, &len);
    if (data)
        value->raw = arena_dup(hive->arena, (struct slice){(const uint8_t *)data, len});
    else
        value->unreadable = explain_errno(errno);
}

static void read_value(struct hive *hive, hive_value_h handle, struct hive_value *value)
{
    value->name = read_name(hive, handle, &value_named, &value->unreadable);
    if (value->name)
        read_data(hive, handle, value);
}

enum hive_result hive_values(struct hive *hive, hive_key key, struct hive_value **values,
                             size_t *count)
{
    errno = 0;
    CLEANUP(free) hive_value_h *handles = hivex_node_values(hive->hivex, key);
    if (!handles)
        return set_fault(hive, explain_errno(errno));
    size_t n = 0;
    while (handles[n])
        n++;
    if (n > hive->values_left)
        return set_fault(hive, "too many values in this hive");
    hive->values_left -= n;
    *values = arena_alloc(hive->arena, n, sizeof **values);
    for (size_t i = 0; i < n; i++)
        read_value(hive, handles[i], &(*values)[i]);
    *count = n;
    return HIVE_OK;
}
