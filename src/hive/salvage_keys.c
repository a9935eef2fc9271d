/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/text.h"
#include "base/utf16.h"
#include "hive/salvage_steps.h"

/* The tree of keys, level by level from the root: each key, list of subkeys and list of values
 * belongs to the first key that has it. So each is looked at once, and the tree is one. */

#define DEPTH_MAX 512   /* levels below the root; the registry allows as many */
#define LOST_MAX  10000 /* subkeys and values that are handed back as lost */

struct level_key {
    size_t cell;
    size_t parent; /* its place in the walk */
    unsigned depth;
};

/* The walk. Of the keys that were found, those before `done` have been looked at. */
struct walk {
    struct salvager *salvager;
    uint8_t *tree;        /* bitmap: keys and lists of subkeys that are in the tree */
    uint8_t *value_lists; /* bitmap: lists of values that are */
    struct level_key *found;
    size_t nfound, done;
    struct level_key key; /* the one that is looked at */
};

/* The name of a key as text; cell and name were found to be whole, or the key is the root. */
static const char *name_key(const struct salvager *salvager, size_t key)
{
    const uint8_t *record = salvager->bytes + key;
    size_t len = get_u16(record + NK_NAME_LENGTH), room = cell_size(salvager, key) - NK_NAME;
    struct slice name = {.ptr = record + NK_NAME, .len = len < room ? len : room};
    unsigned flaws;
    if (!(get_u16(record + NK_FLAGS) & KEY_COMP_NAME))
        return utf16_decode(salvager->arena, name, &flaws);
    char *text = arena_alloc(salvager->arena, 2 * name.len + 1, 1), *out = text;
    for (size_t i = 0; i < name.len; i++)
        out += text_put(out, name.ptr[i] ? name.ptr[i] : TEXT_NUL);
    return text;
}

/* The path of the key that is looked at; NULL for the root, and where nobody hears it. */
static const char *show_path(const struct walk *walk)
{
    struct salvager *salvager = walk->salvager;
    const char *path = NULL;
    if (!salvage_is_heard(salvager))
        return NULL;
    for (struct level_key key = walk->key; key.depth; key = walk->found[key.parent]) {
        const char *key_name = name_key(salvager, key.cell);
        path = path ? arena_printf(salvager->arena, "%s\\%s", key_name, path) : key_name;
    }
    return path;
}

/* The cell that an offset in the hive refers to, or 0 where no allocated cell starts there. */
static size_t follow(const struct salvager *salvager, uint32_t offset)
{
    size_t cell = BASE_BLOCK_SIZE + (size_t)offset;
    bool is_cell =
        cell < salvager->size && cell % CELL_ALIGNMENT == 0 && bitmap_has(salvager->cells, cell);
    return is_cell ? cell : 0;
}

bool salvage_is_key(const struct salvager *salvager, size_t cell)
{
    return cell >= BASE_BLOCK_SIZE && follow(salvager, (uint32_t)(cell - BASE_BLOCK_SIZE)) &&
           cell_size(salvager, cell) >= NK_NAME && has_signature(salvager, cell, "nk");
}

/* Why an element of a list names no subkey; NULL where it does. */
static const char *refuse_key(const struct walk *walk, uint32_t offset)
{
    const struct salvager *salvager = walk->salvager;
    size_t cell = follow(salvager, offset);
    if (!cell)
        return "no allocated cell is there";
    if (!salvage_is_key(salvager, cell))
        return "the cell is no key";
    if (get_u16(salvager->bytes + cell + NK_NAME_LENGTH) > cell_size(salvager, cell) - NK_NAME)
        return "its name is longer than its cell";
    if (bitmap_has(walk->tree, cell))
        return "the key is already in the tree";
    if (walk->key.depth == DEPTH_MAX)
        return "the tree is deeper than the registry allows";
    return NULL;
}

static void add_lost(struct walk *walk, uint32_t offset, bool is_value, uint32_t count,
                     const char *reason)
{
    struct salvage *result = &walk->salvager->result;
    result->lost_more |= result->nlost == LOST_MAX;
    if (result->lost_more)
        return;
    result->lost =
        arena_grow(walk->salvager->arena, result->lost, result->nlost, sizeof *result->lost);
    result->lost[result->nlost++] = (struct loss_at){
        .parent = walk->key.cell,
        .offset = BASE_BLOCK_SIZE + (uint64_t)offset,
        .is_value = is_value,
        .count = count,
        .reason = reason,
    };
}

static void add_key(struct walk *walk, size_t cell)
{
    bitmap_add(walk->tree, cell);
    walk->found =
        arena_grow(walk->salvager->scratch, walk->found, walk->nfound, sizeof *walk->found);
    walk->found[walk->nfound++] =
        (struct level_key){.cell = cell, .parent = walk->done - 1, .depth = walk->key.depth + 1};
}

/* Takes a subkey into the tree; where that cannot be, says so. */
static bool take_key(struct walk *walk, size_t element)
{
    uint32_t offset = get_u32(walk->salvager->bytes + element);
    const char *reason = refuse_key(walk, offset);
    if (!reason) {
        add_key(walk, BASE_BLOCK_SIZE + (size_t)offset);
        return true;
    }
    salvage_note(walk->salvager, show_path(walk), element, "its subkey at 0x%zx is lost: %s",
                 BASE_BLOCK_SIZE + (size_t)offset, reason);
    add_lost(walk, offset, false, 1, reason);
    return false;
}

static bool is_list(const struct salvager *salvager, size_t cell)
{
    return has_signature(salvager, cell, "lf") || has_signature(salvager, cell, "lh") ||
           has_signature(salvager, cell, "li") || has_signature(salvager, cell, "ri");
}

/* Why an offset refers to no list of subkeys; NULL where it does. */
static const char *refuse_list(const struct walk *walk, uint32_t offset)
{
    size_t cell = follow(walk->salvager, offset);
    if (!cell)
        return "no allocated cell is there";
    if (!is_list(walk->salvager, cell))
        return "the cell is no list of subkeys";
    if (bitmap_has(walk->tree, cell))
        return "the list is already in the tree";
    return NULL;
}

/* Makes the count of a list no more than its cell holds. */
static size_t fit_count(struct walk *walk, size_t list, size_t width)
{
    uint8_t *field = walk->salvager->bytes + list + LIST_COUNT;
    size_t count = get_u16(field);
    size_t room = (cell_size(walk->salvager, list) - LIST_ELEMENTS) / width;
    if (count <= room)
        return count;
    salvage_note(walk->salvager, show_path(walk), list + LIST_COUNT,
                 "number of subkeys in a list (got %zu, want at most %zu)", count, room);
    put_u16(field, (uint16_t)room);
    return room;
}

/* Drops the elements that name no subkey; returns how many are left. */
static size_t mend_leaf(struct walk *walk, size_t list)
{
    uint8_t *bytes = walk->salvager->bytes;
    size_t width = has_signature(walk->salvager, list, "li") ? 4 : 8, kept = 0;
    size_t count = fit_count(walk, list, width), first = list + LIST_ELEMENTS;
    bitmap_add(walk->tree, list);
    for (size_t i = 0; i < count; i++)
        if (take_key(walk, first + i * width))
            memmove(bytes + first + kept++ * width, bytes + first + i * width, width);
    put_u16(bytes + list + LIST_COUNT, (uint16_t)kept);
    return kept;
}

/* A list of lists; "Index root can't point to another Index root". */
static size_t mend_list(struct walk *walk, size_t list)
{
    struct salvager *salvager = walk->salvager;
    if (!has_signature(salvager, list, "ri"))
        return mend_leaf(walk, list);
    size_t count = fit_count(walk, list, 4), first = list + LIST_ELEMENTS, kept = 0, keys = 0;
    bitmap_add(walk->tree, list);
    for (size_t i = 0; i < count; i++) {
        uint32_t offset = get_u32(salvager->bytes + first + 4 * i);
        size_t leaf = BASE_BLOCK_SIZE + (size_t)offset;
        const char *reason = refuse_list(walk, offset);
        if (!reason && has_signature(salvager, leaf, "ri"))
            reason = "the cell is a list of lists in a list of lists";
        if (reason) {
            salvage_note(salvager, show_path(walk), first + 4 * i,
                         "its list of subkeys at 0x%zx is lost: %s", leaf, reason);
            add_lost(walk, offset, false, 1, reason);
            continue;
        }
        put_u32(salvager->bytes + first + 4 * kept++, offset);
        keys += mend_leaf(walk, leaf);
    }
    put_u16(salvager->bytes + list + LIST_COUNT, (uint16_t)kept);
    return keys;
}

/* Makes a key one without elements in the list that its fields count and refer to. */
static void put_no_list(struct walk *walk, size_t count_field, size_t list_field)
{
    put_u32(walk->salvager->bytes + walk->key.cell + count_field, 0);
    put_u32(walk->salvager->bytes + walk->key.cell + list_field, NO_CELL);
}

/* A key that counts no subkeys keeps that, unless there is a list with its own in it. */
static bool has_own_list(const struct walk *walk, uint32_t offset)
{
    const struct salvager *salvager = walk->salvager;
    size_t list = BASE_BLOCK_SIZE + (size_t)offset;
    if (refuse_list(walk, offset) || has_signature(salvager, list, "ri") ||
        cell_size(salvager, list) < LIST_ELEMENTS + 4 ||
        get_u16(salvager->bytes + list + LIST_COUNT) == 0)
        return false;
    uint32_t child = get_u32(salvager->bytes + list + LIST_ELEMENTS);
    size_t parent = BASE_BLOCK_SIZE;
    if (!refuse_key(walk, child))
        parent += get_u32(salvager->bytes + BASE_BLOCK_SIZE + child + NK_PARENT);
    return parent == walk->key.cell;
}

/* Of a list of lists that is lost nobody knows how many it had, but for what the key counts. */
static void fit_losses(struct walk *walk, size_t first, size_t missing)
{
    struct salvage *result = &walk->salvager->result;
    for (size_t i = first; i < result->nlost; i++)
        missing -= missing < result->lost[i].count ? missing : result->lost[i].count;
    if (first < result->nlost)
        result->lost[result->nlost - 1].count += (uint32_t)missing;
}

static void mend_subkeys(struct walk *walk)
{
    struct salvager *salvager = walk->salvager;
    size_t cell = walk->key.cell;
    uint32_t count = get_u32(salvager->bytes + cell + NK_SUBKEY_COUNT);
    uint32_t offset = get_u32(salvager->bytes + cell + NK_SUBKEYS);
    if (count == 0 && !has_own_list(walk, offset))
        return;
    const char *reason = refuse_list(walk, offset);
    if (reason) {
        salvage_note(salvager, show_path(walk), cell + NK_SUBKEYS,
                     "its list of %u subkeys at 0x%zx is lost: %s", count,
                     BASE_BLOCK_SIZE + (size_t)offset, reason);
        add_lost(walk, offset, false, count ? count : 1, reason);
        put_no_list(walk, NK_SUBKEY_COUNT, NK_SUBKEYS);
        return;
    }
    size_t before = salvager->result.repairs, nlost = salvager->result.nlost;
    size_t kept = mend_list(walk, BASE_BLOCK_SIZE + (size_t)offset);
    fit_losses(walk, nlost, kept < count ? count - kept : 0);
    if (kept != count && salvager->result.repairs == before)
        salvage_note(salvager, show_path(walk), cell + NK_SUBKEY_COUNT,
                     "number of its subkeys (got %u, want %zu)", count, kept);
    if (kept < count && salvager->result.nlost == nlost)
        add_lost(walk, offset, false, count - (uint32_t)kept,
                 "fewer subkeys are listed than are counted");
    if (kept == 0)
        put_no_list(walk, NK_SUBKEY_COUNT, NK_SUBKEYS);
    else
        put_u32(salvager->bytes + cell + NK_SUBKEY_COUNT, (uint32_t)kept);
}

/* Why an element of a list of values names none; NULL where it does. */
static const char *refuse_value(const struct salvager *salvager, uint32_t offset)
{
    size_t cell = follow(salvager, offset);
    if (!cell)
        return "no allocated cell is there";
    if (cell_size(salvager, cell) < VK_NAME || !has_signature(salvager, cell, "vk"))
        return "the cell is no value";
    return NULL;
}

/* Drops the elements that name no value; returns how many are left. */
static size_t mend_value_list(struct walk *walk, size_t list, size_t count)
{
    struct salvager *salvager = walk->salvager;
    size_t first = list + CELL_SIGNATURE, kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t offset = get_u32(salvager->bytes + first + 4 * i);
        const char *reason = refuse_value(salvager, offset);
        if (!reason) {
            put_u32(salvager->bytes + first + 4 * kept++, offset);
            continue;
        }
        salvage_note(salvager, show_path(walk), first + 4 * i, "its value at 0x%zx is lost: %s",
                     BASE_BLOCK_SIZE + (size_t)offset, reason);
        add_lost(walk, offset, true, 1, reason);
    }
    return kept;
}

/* Why an offset refers to no list of values; NULL where it does, for all that can be told: it has
 * no signature, but that of another record cannot be the offset of a cell. */
static const char *refuse_value_list(const struct walk *walk, uint32_t offset)
{
    const struct salvager *salvager = walk->salvager;
    size_t cell = follow(salvager, offset);
    if (!cell)
        return "no allocated cell is there";
    if (has_signature(salvager, cell, "nk") || has_signature(salvager, cell, "vk") ||
        has_signature(salvager, cell, "sk") || is_list(salvager, cell))
        return "the cell is no list of values";
    if (bitmap_has(walk->value_lists, cell))
        return "it belongs to another key";
    return NULL;
}

static void mend_values(struct walk *walk)
{
    struct salvager *salvager = walk->salvager;
    size_t cell = walk->key.cell;
    uint32_t count = get_u32(salvager->bytes + cell + NK_VALUE_COUNT);
    uint32_t offset = get_u32(salvager->bytes + cell + NK_VALUES);
    if (count == 0)
        return;
    size_t list = BASE_BLOCK_SIZE + (size_t)offset;
    const char *reason = refuse_value_list(walk, offset);
    if (reason) {
        salvage_note(salvager, show_path(walk), cell + NK_VALUES,
                     "its list of %u values at 0x%zx is lost: %s", count, list, reason);
        add_lost(walk, offset, true, 1, reason);
        put_no_list(walk, NK_VALUE_COUNT, NK_VALUES);
        return;
    }
    bitmap_add(walk->value_lists, list);
    size_t room = (cell_size(salvager, list) - CELL_SIGNATURE) / 4;
    if (count > room) {
        salvage_note(salvager, show_path(walk), cell + NK_VALUE_COUNT,
                     "number of its values (got %u, want at most %zu)", count, room);
        add_lost(walk, offset, true, 1, "the list of values is shorter than their number");
    }
    size_t kept = mend_value_list(walk, list, count < room ? count : room);
    if (kept == 0)
        put_no_list(walk, NK_VALUE_COUNT, NK_VALUES);
    else
        put_u32(salvager->bytes + cell + NK_VALUE_COUNT, (uint32_t)kept);
}

void salvage_keys(struct salvager *salvager, size_t root)
{
    struct walk walk = {
        .salvager = salvager,
        .tree = bitmap_new(salvager),
        .value_lists = bitmap_new(salvager),
    };
    add_key(&walk, root);
    walk.found[0] = (struct level_key){.cell = root};
    while (walk.done < walk.nfound) { /* ends: a cell is added once */
        walk.key = walk.found[walk.done++];
        mend_subkeys(&walk);
        mend_values(&walk);
    }
}
