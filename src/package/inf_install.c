/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_install.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "package/inf_addreg.h"
#include "package/inf_target.h"

/* One target being collected. */
struct collector {
    struct inf *inf;
    enum package_target target;
    unsigned mark; /* of sections that it has dealt with */
    struct installation installation;
};

static void add_key(struct collector *collector, const struct inf_write *write, const char *path)
{
    struct installation *installation = &collector->installation;
    installation->keys = arena_grow(collector->inf->arena, installation->keys, installation->nkeys,
                                    sizeof *installation->keys);
    installation->keys[installation->nkeys++] = (struct reg_key){
        .path = path,
        .remove = write->removes_key,
        .line = write->line,
        .column = write->column,
    };
}

/* Lines in a row about one key are one key. */
static void add_write(struct collector *collector, const struct inf_write *write)
{
    struct installation *installation = &collector->installation;
    const char *path = inf_write_path(collector->inf, write, collector->target != TARGET_X86);
    const struct reg_key *last =
        installation->nkeys ? &installation->keys[installation->nkeys - 1] : NULL;
    if (!last || last->remove || write->removes_key || !text_equal(last->path, path))
        add_key(collector, write, path);
    if (!write->has_value)
        return;
    struct reg_key *key = &installation->keys[installation->nkeys - 1];
    key->values = arena_grow(collector->inf->arena, key->values, key->nvalues, sizeof *key->values);
    key->values[key->nvalues++] = write->value;
}

static void add_writes(struct collector *collector, const char *name)
{
    struct inf_section *section = inf_find(collector->inf, name);
    if (!section || (section->added & collector->mark))
        return;
    section->added |= collector->mark;
    inf_read_writes(collector->inf, section);
    for (size_t i = 0; i < section->nwrites; i++)
        add_write(collector, &section->writes[i]);
}

static void add_directives(struct collector *collector, const struct inf_section *section)
{
    for (size_t i = 0; i < section->nlines; i++) {
        const struct inf_line *line = &section->lines[i];
        if (!inf_line_is(line, "AddReg"))
            continue;
        for (size_t j = 0; j < line->nfields; j++)
            add_writes(collector, line->fields[j].text);
    }
}

/* What an install section writes, with what belongs to it and may write (INF AddReg directive). */
static void add_install(struct collector *collector, struct inf_section *section)
{
    static const char *const suffixes[] = {".HW", ".CoInstallers"};
    char name[INF_NAME_MAX * 4 + 16];
    if (!section || (section->listed & collector->mark) || strlen(section->name) > INF_NAME_MAX * 4)
        return;
    section->listed |= collector->mark;
    add_directives(collector, section);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        sprintf(name, "%s%s", section->name, suffixes[i]);
        const struct inf_section *part = inf_find(collector->inf, name);
        if (part)
            add_directives(collector, part);
    }
}

static void add_id(struct collector *collector, const struct inf_field *field)
{
    struct installation *installation = &collector->installation;
    installation->ids = arena_grow(collector->inf->arena, installation->ids, installation->nids,
                                   sizeof *installation->ids);
    installation->ids[installation->nids++] =
        (struct hardware_id){.id = field->text, .line = field->line, .column = field->column};
}

/* description = install section, hardware ID, compatible IDs */
static void add_models(struct collector *collector, struct inf_section *models)
{
    if (models->listed & collector->mark)
        return;
    models->listed |= collector->mark;
    for (size_t i = 0; i < models->nlines; i++) {
        const struct inf_line *line = &models->lines[i];
        for (size_t j = 1; j < line->nfields; j++)
            if (*line->fields[j].text)
                add_id(collector, &line->fields[j]);
        add_install(collector, inf_find_decorated(collector->inf, inf_line_text(line, 0),
                                                  (enum inf_arch)collector->target));
    }
}

/* A decoration without a processor, or none, is x86 (INF Manufacturer section). */
static bool takes(const struct collector *collector, const struct inf_decoration *decoration)
{
    enum inf_arch arch = decoration->arch == INF_NO_ARCH ? INF_X86 : decoration->arch;
    return (unsigned)arch == collector->target && inf_is_current(decoration);
}

/* Adds the models of an entry of [Manufacturer] that the newest Windows takes: those of the highest
 * version that has a section; an empty one leaves this Windows out. Whether it names any. */
static bool add_manufacturer(struct collector *collector, const struct inf_line *line)
{
    struct inf *inf = collector->inf;
    struct inf_decoration best = {.arch = INF_NO_ARCH}, next;
    struct inf_section *models =
        collector->target == TARGET_X86 ? inf_find_models(inf, line, 0) : NULL;
    bool names = collector->target == TARGET_X86 && (models || !inf_is_decorated(line));
    bool is_plain = true; /* so far, the one for what is older than decorations */
    for (size_t i = 1; i < line->nfields; i++) {
        if (!inf_parse_decoration(line->fields[i].text, &next) || !takes(collector, &next))
            continue;
        names = true;
        struct inf_section *section = inf_find_models(inf, line, i);
        if (!section || (!is_plain && !inf_prefers(&next, &best)))
            continue;
        models = section;
        best = next;
        is_plain = false;
    }
    if (models)
        add_models(collector, models);
    return names;
}

/* The DefaultInstall of this target. *is_decorated: it says that it is for it. */
static struct inf_section *find_default(struct collector *collector, bool *is_decorated)
{
    struct inf *inf = collector->inf;
    struct inf_section *found = NULL;
    struct inf_decoration best = {0}, next;
    for (size_t i = 0; i < inf->nsections; i++) {
        if (!inf_is_default(&inf->sections[i], &next) || next.arch == INF_NO_ARCH ||
            !takes(collector, &next) || (found && !inf_prefers(&next, &best)))
            continue;
        found = &inf->sections[i];
        best = next;
    }
    *is_decorated = found;
    return found ? found
                 : inf_find_decorated(inf, "DefaultInstall", (enum inf_arch)collector->target);
}

static int compare_ids(const void *a, const void *b)
{
    const struct hardware_id *first = *(const struct hardware_id *const *)a;
    const struct hardware_id *second = *(const struct hardware_id *const *)b;
    int order = text_compare(first->id, second->id);
    return order ? order : first < second ? -1 : first > second;
}

/* Leaves the first of the IDs that are the same. */
static void unite_ids(struct collector *collector)
{
    struct installation *installation = &collector->installation;
    size_t count = installation->nids, kept = 0;
    struct hardware_id **sorted = arena_alloc(collector->inf->arena, count, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &installation->ids[i];
    if (count)
        qsort(sorted, count, sizeof *sorted, compare_ids);
    bool *repeats = arena_alloc(collector->inf->arena, count, sizeof *repeats);
    for (size_t i = 1; i < count; i++)
        if (text_equal(sorted[i - 1]->id, sorted[i]->id))
            repeats[sorted[i] - installation->ids] = true;
    for (size_t i = 0; i < count; i++)
        if (!repeats[i])
            installation->ids[kept++] = installation->ids[i];
    installation->nids = kept;
}

bool inf_install(struct inf *inf, enum package_target target, struct installation *installation)
{
    struct collector collector = {
        .inf = inf, .target = target, .mark = 1u << target, .installation.target = target};
    const struct inf_section *manufacturer = inf_find(inf, "Manufacturer");
    bool exists = false;
    struct inf_section *section = find_default(&collector, &exists);
    exists |= section && !manufacturer;
    add_install(&collector, section);
    for (size_t i = 0; manufacturer && i < manufacturer->nlines; i++)
        exists |= add_manufacturer(&collector, &manufacturer->lines[i]);
    unite_ids(&collector);
    *installation = collector.installation;
    return exists;
}
