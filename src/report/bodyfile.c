/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* The body file of The Sleuth Kit 3, which mactime sorts into a timeline:
 *     MD5|name|inode|mode_as_string|UID|GID|size|atime|mtime|ctime|crtime
 * What does not apply is 0; of the times, a key has the one of its last write. A line that starts
 * with # is a comment. */

/* The keys of one hive that belong to smart cards, and those that rules look at. */
struct keys {
    struct arena *arena;
    const struct origin **items;
    size_t count;
};

/* A key that is not there, and one that a text would write, has no cell. */
static void add_key(struct keys *keys, const struct origin *origin)
{
    if (!origin->offset)
        return;
    keys->items = arena_grow(keys->arena, keys->items, keys->count, sizeof *keys->items);
    keys->items[keys->count++] = origin;
}

static void add_with_subkeys(struct keys *keys, const struct regkey *key)
{
    add_key(keys, &key->origin);
    for (size_t i = 0; i < key->nsubkeys; i++)
        add_key(keys, &key->subkeys[i]);
}

static void add_software_keys(struct keys *keys, const struct snapshot *snapshot)
{
    for (enum view view = 0; view < NVIEWS; view++) {
        add_with_subkeys(keys, &snapshot->views[view].calais);
        add_with_subkeys(keys, &snapshot->views[view].smart_cards);
        add_with_subkeys(keys, &snapshot->views[view].readers);
        add_with_subkeys(keys, &snapshot->views[view].providers);
    }
    for (int i = 0; i < NPOLICIES; i++)
        add_key(keys, &snapshot->policies[i].origin);
    for (int i = 0; i < NATR_CACHES; i++)
        add_key(keys, &snapshot->atr_caches[i].origin);
    for (size_t i = 0; i < snapshot->nrequests && snapshot->requested; i++)
        add_key(keys, &snapshot->requested[i].origin);
}

static void add_system_keys(struct keys *keys, const struct system_config *system)
{
    add_with_subkeys(keys, &system->providers);
    for (size_t i = 0; i < system->nksps; i++)
        add_key(keys, &system->ksps[i].user_mode.origin);
    for (int i = 0; i < NSERVICES; i++)
        add_key(keys, &system->services[i].origin);
}

static int compare_cells(const void *left, const void *right)
{
    const struct origin *a = *(const struct origin *const *)left;
    const struct origin *b = *(const struct origin *const *)right;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* A text as a field, or within a comment: escaped, and without the character that ends a field. */
static const char *make_field(struct arena *arena, const char *text)
{
    const char *escaped = text_escape(arena, text);
    if (!strchr(escaped, '|'))
        return escaped;
    char *field = arena_alloc(arena, strlen(escaped) + 1, sizeof "\\x7c" - 1), *out = field;
    for (const char *p = escaped; *p; p++)
        if (*p == '|')
            out = stpcpy(out, "\\x7c");
        else
            *out++ = *p;
    return field;
}

/* A time that is none is a comment: as 0 it would be 1970 to some readers. name is a field. */
static void write_row(FILE *stream, const char *name, uint64_t cell, uint64_t size,
                      int64_t filetime)
{
    int64_t seconds;
    if (text_filetime_seconds(filetime, &seconds))
        fprintf(stream, "0|%s|%" PRIu64 "|-/----------|0|0|%" PRIu64 "|0|%" PRId64 "|0|0\n", name,
                cell, size, seconds);
    else
        fprintf(stream, "# %s: no time: its FILETIME is %" PRId64 "\n", name, filetime);
}

/* prefix names evidence and hive, as a field. A key that was come upon twice has one row. */
static void write_keys(FILE *stream, const struct keys *keys, const char *prefix)
{
    if (keys->count)
        qsort(keys->items, keys->count, sizeof *keys->items, compare_cells);
    for (size_t i = 0; i < keys->count; i++) {
        const struct origin *origin = keys->items[i];
        if (i && origin->offset == keys->items[i - 1]->offset)
            continue;
        CLEANUP(arena) struct arena *arena = arena_new();
        const char *path = make_field(arena, origin->key);
        write_row(stream, arena_printf(arena, "%s%s", prefix, path), origin->offset, 0,
                  origin->last_write);
    }
}

/* What is missing in the timeline. */
static void write_diags(FILE *stream, struct arena *arena, const char *name,
                        const struct diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        if (diag->level == DIAG_NOTE)
            continue;
        fprintf(stream, "# %s: %s: %s%s%s\n", name, diag_level_names[diag->level],
                diag->key ? make_field(arena, diag->key) : "", diag->key ? ": " : "",
                make_field(arena, diag->message));
    }
}

static void write_software(FILE *stream, struct arena *arena, const char *name,
                           const struct audited *audited)
{
    const struct snapshot *snapshot = audited->snapshot;
    struct keys keys = {.arena = arena};
    if (snapshot->hive.known)
        write_row(stream, arena_printf(arena, "%s: hive last written", name), 0, audited->size,
                  snapshot->hive.last_written);
    add_software_keys(&keys, snapshot);
    write_keys(stream, &keys, arena_printf(arena, "%s: HKLM\\SOFTWARE\\", name));
}

static void write_system(FILE *stream, struct arena *arena, const char *name,
                         const struct system_config *system)
{
    struct keys keys = {.arena = arena};
    if (!system->hive.known)
        return;
    write_row(stream,
              arena_printf(arena, "%s: SYSTEM hive %s last written", name,
                           make_field(arena, system->name)),
              0, 0, system->hive.last_written);
    add_system_keys(&keys, system);
    write_keys(stream, &keys, arena_printf(arena, "%s: HKLM\\SYSTEM\\", name));
}

static void write_evidence(struct output *output, const struct audited *audited)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *name = make_field(arena, audited->name);
    write_diags(output->stream, arena, name, audited->diags);
    if (audited->snapshot->package)
        fprintf(output->stream, "# %s: a text, which has no times\n", name);
    write_software(output->stream, arena, name, audited);
    write_system(output->stream, arena, name, &audited->snapshot->system);
}

static void write_labels(struct output *output)
{
    struct label labels[NLABELS];
    size_t count = labels_list(&output->run->labels, labels);
    for (size_t i = 0; i < count; i++)
        fprintf(output->stream, "# %s: %s\n", labels[i].name,
                make_field(output->arena, labels[i].text));
}

/* Times that cannot be relied on. */
static void write_bad_inputs(struct output *output, const struct totals *totals)
{
    for (size_t i = 0; i < totals->ninputs; i++) {
        const struct input_record *input = &totals->inputs[i];
        if (input_is_bad(input))
            fprintf(output->stream, "# %s: %s\n", make_field(output->arena, input->name),
                    input_state_text(input_state(input)));
    }
}

const struct format bodyfile_format = {
    .name = "bodyfile",
    .begin = write_labels,
    .evidence = write_evidence,
    .end = write_bad_inputs,
};
