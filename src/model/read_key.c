/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/read_key.h"

#include <string.h>
#include <strings.h>

#include "model/read_tree.h"

const char *const reader_root_names[NVIEWS + 1] = {
    [VIEW_NATIVE] = "",
    [VIEW_WOW6432NODE] = "Wow6432Node",
    [VIEW_WOWAA32NODE] = "WowAA32Node",
    [VIEW_NONE] = "",
};

static void say_unreadable(struct reader *reader, struct regkey *key, const char *what)
{
    key->state = KEY_UNREADABLE;
    diag_add(reader->diags, DIAG_INCOMPLETE, key->origin.key, "%s cannot be read: %s", what,
             hive_fault(reader->hive));
}

/* A value whose name is unreadable may be any that is looked for: none of the key's is then absent.
 */
static struct regval make_value(struct reader *reader, struct regkey *key,
                                const struct hive_value *from)
{
    if (!from->name)
        key->state = KEY_UNREADABLE;
    struct regval value = {
        .name = from->name ? from->name : "(unreadable name)",
        .state = from->unreadable ? VALUE_UNREADABLE : VALUE_OK,
        .type = from->type,
        .raw = from->raw,
    };
    if (from->unreadable)
        diag_add(reader->diags, DIAG_INCOMPLETE, key->origin.key, "value \"%s\" cannot be read: %s",
                 value.name, from->unreadable);
    else
        regval_decode_text(reader->arena, &value);
    return value;
}

static bool has_losses(const struct reader *reader, hive_key key, bool of_values)
{
    for (size_t i = 0; i < reader->nlost; i++)
        if (reader->lost[i].parent == key && reader->lost[i].is_value == of_values)
            return true;
    return reader->lost_more;
}

static void read_values(struct reader *reader, struct regkey *key)
{
    struct hive_value *values;
    size_t count;
    if (has_losses(reader, key->origin.offset, true))
        key->state = KEY_UNREADABLE; /* the repair has said which */
    if (hive_values(reader->hive, key->origin.offset, &values, &count) != HIVE_OK) {
        say_unreadable(reader, key, "the list of values");
        return;
    }
    key->values = arena_alloc(reader->arena, count, sizeof *key->values);
    key->nvalues = count;
    for (size_t i = 0; i < count; i++)
        key->values[i] = make_value(reader, key, &values[i]);
}

/* A subkey without a readable name is said and left out, as nobody knows what it is: its name is
 * NULL. */
static struct origin make_origin(struct reader *reader, struct regkey *parent, hive_key key)
{
    const char *name = hive_key_name(reader->hive, key);
    if (!name) {
        reader->lost = arena_grow(reader->arena, reader->lost, reader->nlost, sizeof *reader->lost);
        reader->lost[reader->nlost++] = (struct loss_at){.parent = parent->origin.offset,
                                                         .offset = key,
                                                         .count = 1,
                                                         .reason = hive_fault(reader->hive)};
        say_unreadable(
            reader, parent,
            arena_printf(reader->arena, "the name of the subkey at 0x%jx", (uintmax_t)key));
        return (struct origin){0};
    }
    return (struct origin){
        .key = arena_printf(reader->arena, "%s\\%s", parent->origin.key, name),
        .name = name,
        .view = parent->origin.view,
        .last_write = hive_key_last_write(reader->hive, key),
        .offset = key,
    };
}

bool reader_has_losses(const struct reader *reader, hive_key key)
{
    return has_losses(reader, key, false);
}

static void read_subkeys(struct reader *reader, struct regkey *key)
{
    hive_key *keys;
    size_t count;
    if (reader_has_losses(reader, key->origin.offset))
        key->state = KEY_UNREADABLE; /* the repair has said which */
    if (hive_subkeys(reader->hive, key->origin.offset, &keys, &count) != HIVE_OK) {
        say_unreadable(reader, key, "the list of subkeys");
        return;
    }
    key->subkeys = arena_alloc(reader->arena, count, sizeof *key->subkeys);
    for (size_t i = 0; i < count; i++) {
        struct origin origin = make_origin(reader, key, keys[i]);
        if (origin.name)
            key->subkeys[key->nsubkeys++] = origin;
    }
    regkey_index_subkeys(reader->arena, key);
}

struct regkey reader_read_subkey(struct reader *reader, const struct origin *origin, unsigned parts)
{
    if (reader->tree)
        return read_tree_key(reader, origin, parts);
    struct regkey key = {.origin = *origin, .state = KEY_PRESENT};
    if (parts & KEY_VALUES)
        read_values(reader, &key);
    if (parts & KEY_SUBKEYS)
        read_subkeys(reader, &key);
    return key;
}

/* Policies are one for all programs (domain: C.2): what stands there is of no view. A copy in
 * another view is of that view, and means nothing. */
static enum view find_view(enum view view, const char *path)
{
    static const char policies[] = "Policies\\";
    bool is_shared = strncasecmp(path, policies, sizeof policies - 1) == 0;
    return view == VIEW_NATIVE && is_shared ? VIEW_NONE : view;
}

/* A repair drops keys that cannot be read: where one of them may have been on the path, nobody can
 * say that the rest of it is absent. */
static bool may_be_lost(struct reader *reader, hive_key key, const char *path)
{
    hive_key next;
    for (; *path; key = next) {
        size_t len = strcspn(path, "\\");
        const char *name = arena_strndup(reader->arena, path, len);
        if (hive_find(reader->hive, key, name, &next) != HIVE_OK)
            return reader_has_losses(reader, key);
        path += len + (path[len] == '\\');
    }
    return false;
}

static void say_lost(struct reader *reader, struct regkey *key)
{
    key->state = KEY_UNREADABLE;
    diag_add(reader->diags, DIAG_INCOMPLETE, key->origin.key,
             "the key is not there, but may be one that is lost");
}

/* Reads what looking for a key came to. */
static struct regkey read_found(struct reader *reader, struct regkey key, enum hive_result result,
                                hive_key found, unsigned parts)
{
    if (result == HIVE_UNREADABLE)
        say_unreadable(reader, &key, "the key");
    if (result != HIVE_OK)
        return key;
    key.origin.offset = found;
    key.origin.last_write = hive_key_last_write(reader->hive, found);
    return reader_read_subkey(reader, &key.origin, parts);
}

struct regkey reader_read_key(struct reader *reader, enum view view, const char *path,
                              unsigned parts)
{
    const char *name = strrchr(path, '\\');
    struct regkey key = {
        .origin = {.key = arena_printf(reader->arena, "%s%s", reader->root_name[view], path),
                   .name = name ? name + 1 : path,
                   .view = find_view(view, path)},
        .state = KEY_ABSENT,
    };
    if (reader->tree)
        return read_tree_key(reader, &key.origin, parts);
    hive_key found = 0;
    enum hive_result result = reader->root_state[view];
    if (result == HIVE_OK)
        result = hive_find(reader->hive, reader->root[view], path, &found);
    if (result == HIVE_ABSENT && reader->nlost &&
        may_be_lost(reader, hive_root(reader->hive), key.origin.key))
        say_lost(reader, &key);
    return read_found(reader, key, result, found, parts);
}

struct regkey reader_read_child(struct reader *reader, const struct origin *parent,
                                const char *name, unsigned parts)
{
    struct regkey key = {
        .origin = {.key = arena_printf(reader->arena, "%s\\%s", parent->key, name),
                   .name = name,
                   .view = parent->view},
        .state = KEY_ABSENT,
    };
    hive_key found = 0;
    enum hive_result result = hive_find(reader->hive, parent->offset, name, &found);
    if (result == HIVE_ABSENT && reader_has_losses(reader, parent->offset))
        say_lost(reader, &key);
    return read_found(reader, key, result, found, parts);
}

void reader_find_views(struct reader *reader)
{
    if (reader->tree) {
        read_tree_find_views(reader);
        return;
    }
    hive_key root = hive_root(reader->hive);
    for (enum view view = 0; view <= NVIEWS; view++) {
        const char *name = reader_root_names[view];
        reader->root[view] = root;
        reader->root_name[view] = "";
        if (!*name)
            continue;
        reader->root_state[view] = hive_find(reader->hive, root, name, &reader->root[view]);
        if (reader->root_state[view] == HIVE_OK)
            name = hive_key_name(reader->hive, reader->root[view]);
        reader->root_name[view] =
            arena_printf(reader->arena, "%s\\", name ? name : reader_root_names[view]);
    }
}
