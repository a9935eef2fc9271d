/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "provenance.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/text.h"
#include "input/logs.h"
#include "rule/atr_names.h"
#include "rule/shipped.h"

#define EPOCH_DIFFERENCE INT64_C(11644473600) /* seconds from 1601 to 1970 */

struct list {
    struct arena *arena;
    struct used_file *items;
    size_t count;
};

static struct used_file *add(struct list *list, const char *option, const char *name)
{
    list->items = arena_grow(list->arena, list->items, list->count, sizeof *list->items);
    struct used_file *file = &list->items[list->count++];
    *file = (struct used_file){.option = option,
                               .name = text_from_utf8(list->arena, name, strlen(name))};
    return file;
}

/* A pipe has been read by now: it has no digest. */
static void add_path(struct list *list, const char *option, const char *path)
{
    if (!path)
        return;
    struct used_file *file = add(list, option, path);
    struct input input = log_open(list->arena, path);
    struct source source = input_source(&input);
    file->has_digest = digest_source(&source, file->digest);
    input_close(&input);
}

static void add_paths(struct list *list, const char *option, const struct strings *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        add_path(list, option, paths->items[i]);
}

static size_t count_shipped(const struct options *options)
{
    size_t count = 0;
    while (!options->no_default_rules && shipped_rules[count].name)
        count++;
    return count;
}

/* The rules that are built in, as sha256sum has it of their files one behind the other. */
static void add_shipped(struct list *list, const struct rule_file *files, size_t count)
{
    struct digester *digester = digester_new();
    for (size_t i = 0; i < count; i++)
        digester_add(digester, (struct slice){(const uint8_t *)files[i].text, files[i].len});
    struct used_file *file = add(list, "default-rules", "built in");
    file->has_digest = true;
    digester_end(digester, file->digest);
}

/* Files, each of a folder that was named as well, whose bytes are here as they were loaded. */
static void add_loaded(struct list *list, const char *option, const struct rule_file *files,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct used_file *file = add(list, option, files[i].name);
        file->has_digest = true;
        digest_bytes((struct slice){(const uint8_t *)files[i].text, files[i].len}, file->digest);
    }
}

/* A ruleset is made of the built-in files, then of those of --rules, then of what --expect makes.
 */
static void add_rules(struct list *list, const struct options *options,
                      const struct ruleset *ruleset)
{
    size_t shipped = count_shipped(options);
    if (shipped)
        add_shipped(list, ruleset->files, shipped);
    add_loaded(list, "rules", ruleset->files + shipped,
               ruleset->nfiles - shipped - options->expected.count);
}

int64_t provenance_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec + EPOCH_DIFFERENCE) * 10000000 + now.tv_nsec / 100;
}

void provenance_describe(struct arena *arena, const struct options *options,
                         const struct rule_files *waivers, struct run *run)
{
    struct list list = {.arena = arena};
    CLEANUP(free) char *directory = getcwd(NULL, 0);
    add_rules(&list, options, run->ruleset);
    add_paths(&list, "expect", &options->expected);
    add_loaded(&list, "waivers", waivers->items, waivers->count);
    add_path(&list, "baseline", options->baseline);
    add_path(&list, "golden", options->golden);
    add_paths(&list, "cards-from", &options->card_files);
    add_path(&list, "files0-from", options->files0_from);
    add_path(&list, "atr-names", run->names ? run->names->file : NULL);
    run->files = list.items;
    run->nfiles = list.count;
    run->directory = directory ? text_from_utf8(arena, directory, strlen(directory)) : NULL;
    run->started = provenance_clock();
}
