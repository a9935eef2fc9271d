/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/read_tree.h"

static struct regval make_value(struct reader *reader, const struct reg_value *from)
{
    struct regval value = {
        .name = from->name,
        .state = VALUE_OK,
        .type = from->type,
        .raw = from->data,
        .line = from->line,
        .column = from->column,
    };
    regval_decode_text(reader->arena, &value);
    return value;
}

static void read_values(struct reader *reader, const struct tree_key *from, struct regkey *key)
{
    key->values = arena_alloc(reader->arena, from->nvalues, sizeof *key->values);
    key->nvalues = from->nvalues;
    for (size_t i = 0; i < from->nvalues; i++)
        key->values[i] = make_value(reader, from->values[i]);
}

static void read_subkeys(struct reader *reader, const struct tree_key *from, struct regkey *key)
{
    key->subkeys = arena_alloc(reader->arena, from->nsubkeys, sizeof *key->subkeys);
    key->nsubkeys = from->nsubkeys;
    for (size_t i = 0; i < from->nsubkeys; i++) {
        const struct tree_key *subkey = from->subkeys[i];
        key->subkeys[i] = (struct origin){
            .key = arena_printf(reader->arena, "%s\\%s", key->origin.key, subkey->name),
            .name = subkey->name,
            .view = key->origin.view,
            .line = subkey->line,
            .column = subkey->column,
        };
    }
    regkey_index_subkeys(reader->arena, key);
}

struct regkey read_tree_key(struct reader *reader, const struct origin *origin, unsigned parts)
{
    struct regkey key = {.origin = *origin, .state = KEY_ABSENT};
    const struct tree_key *found = key_tree_find(reader->tree, origin->key);
    if (!found)
        return key;
    key.state = KEY_PRESENT;
    key.origin.line = found->line;
    key.origin.column = found->column;
    if (parts & KEY_VALUES)
        read_values(reader, found, &key);
    if (parts & KEY_SUBKEYS)
        read_subkeys(reader, found, &key);
    return key;
}

void read_tree_find_views(struct reader *reader)
{
    for (enum view view = 0; view <= NVIEWS; view++) {
        const char *name = reader_root_names[view];
        const struct tree_key *root = *name ? key_tree_find(reader->tree, name) : reader->tree;
        reader->root_state[view] = root ? HIVE_OK : HIVE_ABSENT;
        reader->root_name[view] =
            *name ? arena_printf(reader->arena, "%s\\", root ? root->name : name) : "";
    }
}
